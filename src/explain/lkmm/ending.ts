import type { Cell } from "../../model/access.ts";
import type { Value } from "../../model/domain.ts";
import { InternalError } from "../../model/error.ts";
import type { Spec } from "../../model/spec.ts";
import { judge, type Judgement } from "../../machine/judge.ts";
import { isFinished } from "../../machine/finish.ts";
import type { LkmmStep } from "../../memory/lkmm/execution.ts";
import type { Lkmm } from "../../memory/lkmm/machine.ts";
import { presentValue, type Layout } from "../../memory/lkmm/layout.ts";
import { isFailure, runStep, type Failure } from "../../machine/execute-step.ts";
import type { Script } from "../../machine/script.ts";
import { DONE } from "../../machine/state.ts";
import { doomOf, type Ground, type ThreadStep } from "../doom.ts";
import { endingInDoom } from "../doomed.ts";
import type { Ended } from "../explain.ts";
import type { Blocked } from "../../machine/trace.ts";
import { callsOf, readsFrom } from "../../machine/tell.ts";
import type { ToldRun } from "./told.ts";

/** How a run under LKMM ends in a spec: in its violation, or for a `sometimes` spec where it is met. If it does not: why not. */
export function endingLkmm(lkmm: Lkmm, run: ToldRun, spec: Spec | string): Ended | string {
  const { layout } = lkmm;
  const { program } = layout;
  const { steps, final } = run;
  const last = steps.at(-1);
  const failed = last?.effect.taken?.leaf.kind === "violation" ? last : undefined;
  const isDone = lkmm.isDone(final);
  if (typeof spec !== "string") {
    if (failed) return "it ends in a failed check";
    if (spec.kind === "atEnd" && !isDone) return "some thread is not done";
    const isMet = ({ holds }: Judgement): boolean => holds === (spec.kind === "sometimes");
    const writers = new Map(lastWriters(layout, run));
    let judgement = judge(program, spec, (cell) => presentValue(layout, final, cell));
    if (last && spec.kind !== "atEnd" && !isMet(judgement)) {
      // What the last step has stored may lie in front of what others have stored.
      const stored = writesOf(last);
      judgement = judge(program, spec, (cell) => stored.get(cell) ?? presentValue(layout, final, cell));
      for (const cell of stored.keys()) writers.set(cell, steps.length - 1);
    }
    if (!isMet(judgement)) return judgement.holds ? "it holds" : "its last state does not meet it";
    const { reason, reads } = judgement;
    const idle = spec.kind === "atEnd" ? program.threads.keys() : [];
    const ending = {
      reason: spec.kind === "sometimes" ? spec.sentence : reason,
      reads: readsFrom(reads, writers),
      blocked: [...idle].flatMap((thread) => waitingLkmm(layout, run, thread)).map(({ blocked }) => blocked),
    };
    return { ending, reads: [...reads.keys()] };
  }
  if (spec === "not-stuck") {
    if (failed) return "it ends in a failed check";
    if (isDone) return "all threads are done";
    const waiting = program.threads.flatMap((_, thread) => waitingLkmm(layout, run, thread));
    return {
      ending: {
        reason: "no thread can go on, and not all are done",
        reads: [],
        blocked: waiting.map(({ blocked }) => blocked),
      },
      reads: waiting.flatMap(({ reads }) => reads),
    };
  }
  if (spec === "never-finishes") {
    if (failed) return "it ends in a failed check";
    const isFree = new Set(lkmm.effects(final).map(({ thread }) => thread));
    return endingInDoom(program, doomOf(program, groundOf(lkmm), final), {
      waiting: (thread) => (isFree.has(thread) ? undefined : waitingLkmm(layout, run, thread)[0]),
      now: (cell) => presentValue(layout, final, cell),
      readsIn: (reads) => readsFrom(reads, lastWriters(layout, run)),
    });
  }
  if (!failed) return "its last step fails no check";
  const { check, reason } = failureOf(layout, failed)!;
  return check === spec ? { ending: { reason, reads: [], blocked: [] }, reads: [] } : `it ends in ${check}`;
}

/** What a thread waits for at the end of a run, if it cannot go on, and all that it looks at there; nothing, if it is done. */
export function waitingLkmm(
  layout: Layout,
  run: ToldRun,
  thread: number,
): readonly { readonly blocked: Blocked; readonly reads: readonly Cell[] }[] {
  const index = run.final[layout.points + thread]! + DONE;
  const one = layout.program.threads[thread]!;
  const point = one.points[index];
  if (!point) return [];
  const { reads } = runStep(one, index, (cell) => presentValue(layout, run.final, cell), NO_PICKS);
  const waitsFor = readsFrom(reads, lastWriters(layout, run)).filter(({ scope }) => scope === "shared");
  const blocked: Blocked = {
    thread,
    calls: callsOf(point.frame),
    path: point.frame.path.name,
    label: point.label,
    waitsFor,
    ...(isFinished(one, index) && { how: "is idle" }),
  };
  return [{ blocked, reads: [...reads.keys()] }];
}

/** What can follow on a state, as the search looks at it. */
const groundOf = (lkmm: Lkmm): Ground<Int32Array> => ({
  initial: [],
  key: (state) => state.join(),
  pointOf: (state, thread) => state[lkmm.layout.points + thread]! + DONE,
  ways: (state) => {
    const ways: ThreadStep<Int32Array>[] = [];
    lkmm.forEachEffect(state, ({ thread, taken, state: to }) => {
      const isFailed = taken?.leaf.kind === "violation";
      const reads = taken && "reads" in taken.leaf ? taken.leaf.reads : new Map<Cell, Value>();
      ways.push({ thread, to: isFailed ? undefined : to.slice(), point: taken?.point, reads });
    });
    return ways;
  },
});

const NO_PICKS: Script = { pick: () => 0 };

/** Which check a step has failed, and why; nothing if it has not. */
export function failureOf(
  layout: Layout,
  { before, effect: { thread, picks, taken } }: Pick<LkmmStep, "before" | "effect">,
): Failure | undefined {
  if (taken?.leaf.kind !== "violation") return undefined;
  const { reads } = taken.leaf;
  const { next } = runStep(
    layout.program.threads[thread]!,
    taken.point,
    (cell) => (reads.has(cell) ? reads.get(cell)! : presentValue(layout, before, cell)),
    { pick: (_, turn) => picks[turn] ?? 0 },
  );
  if (!isFailure(next)) throw new InternalError("a step under lkmm fails a check, and not when it is taken again");
  return next;
}

/** The step that each cell has its last value from: of memory, the last one in coherence order. */
function lastWriters(
  { lists, listOf }: Layout,
  { steps, stepOf, execution: { co } }: ToldRun,
): ReadonlyMap<Cell, number> {
  const writers = new Map<Cell, number>();
  for (const [i, step] of steps.entries())
    for (const cell of writesOf(step).keys()) if (!listOf.has(cell)) writers.set(cell, i);
  for (const list of lists.keys())
    for (const store of co[list]!) {
      const step = stepOf[store]!;
      if (step >= 0)
        for (const cell of writesOf(steps[step]!).keys()) if (listOf.get(cell) === list) writers.set(cell, step);
    }
  return writers;
}

/** What a step writes, whether to memory or not. */
export const writesOf = ({ effect: { taken } }: Pick<LkmmStep, "effect">): ReadonlyMap<Cell, Value> =>
  taken?.leaf.kind === "moved" ? taken.leaf.writes : new Map();
