import type { Spec } from "../../model/spec.ts";
import { judge } from "../../machine/judge.ts";
import { initialStates } from "../../machine/program.ts";
import { samePicks, type Move } from "../../machine/schedule.ts";
import type { State } from "../../machine/state.ts";
import { scMachine } from "../sc/machine.ts";
import { brokenAxiom } from "./axioms.ts";
import { isSequential, Recorder, type Recorded } from "./execution.ts";
import type { Certified } from "./graph.ts";
import { initialOf, presentValue } from "./layout.ts";
import type { Lkmm } from "./lkmm.ts";
import { lkmmSpecs } from "./spec.ts";
import type { LkmmEffect } from "./transitions.ts";

// About as many as the machine of LKMM has looked at by then; it has more than sc.
const MOST_STATES = 100_000;
// As of the states that the search has kept of each: where none of so many will do, the others differ from them in little.
const MOST_TRIES = 40;

interface Reached {
  readonly state: State;
  readonly before: Reached | undefined;
  readonly move: Move;
}

/**
 * Of these specs and checks, a shortest run that sequential consistency has, as one of LKMM's machine, which the axioms allow. The search
 * may find only forbidden runs first, as where its grace periods wait for too few: what sc says is violated is violated all the same.
 */
export function sequentialRuns(
  lkmm: Lkmm,
  names: ReadonlySet<string>,
  stop: () => boolean,
): ReadonlyMap<string, Certified> {
  const runs = new Map<string, Certified>();
  if (names.size === 0) return runs;
  // With loads and stores apart: each of its steps is one of LKMM's machine.
  const machine = scMachine(lkmm.layout.program);
  const asked = lkmmSpecs(lkmm);
  const tries = new Map<string, number>();
  const open = (name: string): boolean => names.has(name) && !runs.has(name) && (tries.get(name) ?? 0) < MOST_TRIES;
  const meet = (name: string, last: Reached, step?: Move): void => {
    if (!open(name)) return;
    tries.set(name, (tries.get(name) ?? 0) + 1);
    const certified = asLkmm(lkmm, movesTo(last, step));
    if (certified && isBroken(lkmm, asked, name, certified.run)) runs.set(name, certified);
  };
  const specs = lkmm.source.scenario.specs.filter(({ name }) => names.has(name));
  const isMet = (spec: Spec, state: State): boolean =>
    machine.ask(spec, state) && (spec.kind !== "atEnd" || machine.isDone(state));
  const known = new Set<string>();
  const queue: Reached[] = [];
  const reach = (one: Reached): void => {
    const key = machine.key(one.state);
    if (known.has(key)) return;
    known.add(key);
    queue.push(one);
  };
  for (const [initial, state] of machine.initial.entries())
    reach({ state, before: undefined, move: { thread: initial, picks: [] } });
  for (let next = 0; next < queue.length && queue.length < MOST_STATES && runs.size < names.size; next++) {
    if (stop()) break;
    const here = queue[next]!;
    for (const spec of specs) if (open(spec.name) && isMet(spec, here.state)) meet(spec.name, here);
    let isStuck = !machine.isDone(here.state);
    machine.forEachStep(here.state, ({ move, to, failed }) => {
      isStuck = false;
      if (failed) meet(failed.check, here, move);
      else if (to) reach({ state: to, before: here, move });
    });
    if (isStuck) meet("not-stuck", here);
  }
  return runs;
}

/** From an initial state, which the first move names by its thread. */
function movesTo(last: Reached, step: Move | undefined): { readonly initial: number; readonly moves: readonly Move[] } {
  const moves: Move[] = step ? [step] : [];
  let at = last;
  for (; at.before; at = at.before) moves.push(at.move);
  return { initial: at.move.thread, moves: moves.toReversed() };
}

/** The same run of LKMM's machine: each load returns the newest store, each store becomes the newest. */
function asLkmm(lkmm: Lkmm, { initial, moves }: ReturnType<typeof movesTo>): Certified | undefined {
  const start = initialStates(lkmm.layout.program)[initial]!;
  const recorder = new Recorder(lkmm, initialOf(lkmm.layout, start));
  const left = [...moves];
  for (;;) {
    const effects = recorder.effects();
    // The barrier behind a fully ordered operation is one with it. What a thread does for itself may have to come first.
    const barrier = effects.find(({ taken }) => !taken);
    if (!barrier && left.length === 0) break;
    const firsts = left.filter(({ thread }, i) => left.findIndex((one) => one.thread === thread) === i);
    const [move, effect] = barrier
      ? [undefined, barrier]
      : (firsts
          .map((one) => [one, effects.find((other) => isThat(lkmm, recorder.state, other, one))] as const)
          .find(([, found]) => found) ?? []);
    if (!effect) return undefined;
    recorder.take(effect);
    if (move) left.splice(left.indexOf(move), 1);
    if (effect.taken?.leaf.kind !== "violation") continue;
    if (left.length > 0) return undefined;
    break;
  }
  const run = recorder.finish();
  return isSequential(lkmm.layout, run) && brokenAxiom(run.execution) === undefined ? { initial, run } : undefined;
}

/** Whether the run of LKMM's machine ends as that of sc did: the same steps may have come in another order. */
function isBroken(lkmm: Lkmm, asked: ReturnType<typeof lkmmSpecs>, name: string, { steps, final }: Recorded): boolean {
  const spec = lkmm.source.scenario.specs.find((one) => one.name === name);
  if (spec?.kind === "atEnd") {
    const judged = judge(lkmm.source, spec, (cell) => presentValue(lkmm.layout, final, cell));
    return lkmm.isDone(final) && !judged.holds;
  }
  if (spec) return asked(spec).ask(final) === true;
  if (name === "not-stuck") {
    const later = lkmm.eventually(final) ?? final;
    return !lkmm.isDone(later) && lkmm.effects(later).length === 0;
  }
  const leaf = steps.at(-1)?.effect.taken?.leaf;
  return leaf?.kind === "violation" && leaf.check === name;
}

const isThat = (lkmm: Lkmm, before: Int32Array, effect: LkmmEffect, { thread, picks }: Move): boolean =>
  effect.thread === thread &&
  effect.taken !== undefined &&
  samePicks(effect.picks, picks) &&
  isNewest(lkmm, before, effect);

function isNewest(lkmm: Lkmm, before: Int32Array, { at, inserted, taken }: LkmmEffect): boolean {
  const { list, lock, deed } = taken!.way;
  if (lock >= 0) return at === undefined || at === before[lkmm.layout.plainAt.get(taken!.way.word!.cells[0]!)!];
  if (list < 0) return true;
  const length = lkmm.lengthOf(before, list);
  if (deed === "write") return inserted === length;
  return at === length - 1;
}
