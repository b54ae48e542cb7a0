import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { ModelError } from "../model/error.ts";
import { wait } from "../model/path.ts";
import type { Spec } from "../model/spec.ts";
import { judge } from "../semantics/check.ts";
import type { MachineThread } from "../semantics/machine.ts";
import { isFailure, runStep, type Run } from "../semantics/run.ts";
import type { Script } from "../semantics/script.ts";
import { DONE } from "../semantics/state.ts";
import { changes, lastStep, type Past } from "./past.ts";
import type { Seed } from "./slice.ts";

// A way that a thread does not take is followed no further: what it decides lies near.
const MOST_STEPS = 100;

type Values = ReadonlyMap<Cell, Value>;

/**
 * The tests at which a thread chose between two ways of treating what the ending read, where the other way would have
 * avoided the violation: it would have left another value there, and not only have kept its hands off. These are, of each
 * thread, and for each field that the ending read,
 *
 * - the last test before it wrote the field last, whose other way would have written the same word otherwise;
 * - after the field was written last, or where nobody wrote it: the last test whose other way would have written it.
 *
 * The other way is not guessed: the step is taken once more with another value in one of the fields that it read, and then
 * its thread goes on alone.
 */
export function choicesIn(past: Past, spec: Spec | string, reads: readonly Cell[]): readonly number[] {
  const { deeds } = past;
  const end = deeds.length;
  const words = new Set(reads.map(({ word }) => word));
  const lastChange = new Map(
    reads.map((cell) => [cell, deeds.findLastIndex((_, step) => changes(past, step, cell))] as const),
  );
  const isAvoided = avoidanceOf(past, spec);
  const now = (cell: Cell): Value => past.found(end, cell);
  /** The fields that the other way of a test would have left so that all is well. */
  const mended = (test: number, left: Values): readonly Cell[] =>
    reads.filter((cell) => {
      const by = lastChange.get(cell)!;
      if (by < test) return left.has(cell) && isAvoided((one) => (one === cell ? left.get(one)! : now(one)));
      if (past.cpuOf(by) !== past.cpuOf(test) || ![...left.keys()].some(({ word }) => word === cell.word)) return false;
      const instead = (one: Cell): Value => (left.has(one) ? left.get(one)! : past.found(test, one));
      return isAvoided((one) => (one.word === cell.word ? instead(one) : now(one)));
    });
  const found = new Map<string, number>();
  for (const test of deeds.keys())
    for (const left of otherWays(past, test, words))
      for (const cell of mended(test, left)) found.set(`${past.cpuOf(test)} ${cell.index}`, test);
  return [...new Set(found.values())];
}

/**
 * The writes of others to what the ending read that were overwritten, and would have avoided the violation, had they come
 * last: of each thread, and for each field, the last one.
 */
export function overwrittenIn(past: Past, spec: Spec | string, reads: readonly Cell[]): readonly Seed[] {
  const { machine, deeds } = past;
  const isAvoided = avoidanceOf(past, spec);
  const now = (cell: Cell): Value => past.found(deeds.length, cell);
  return reads.flatMap((cell) => {
    const last = past.writerOf(deeds.length, cell);
    if (last === undefined) return [];
    return machine.threads.flatMap((_, thread): readonly Seed[] => {
      if (past.cpuOf(last) === (machine.threads[thread]!.buffer?.cpu ?? thread)) return [];
      const step = lastStep(deeds, deeds.length, (deed) => deed.thread === thread && deed.writes.has(cell));
      if (step === undefined) return [];
      const { thread: taker, point, picks, base } = past.trial(step);
      const again = attempt(taker, point, (one) => (one === cell ? now(cell) : base(one)), {
        pick: (_, turn) => picks[turn] ?? 0,
      });
      if (!again || !again.writes.has(cell)) return [];
      const value = again.writes.get(cell)!;
      return isAvoided((one) => (one === cell ? value : now(one))) ? [{ step, cell }] : [];
    });
  });
}

/** Whether the run would not have ended so, had there been other values in the end. */
function avoidanceOf(past: Past, spec: Spec | string): (read: (cell: Cell) => Value) => boolean {
  const { machine, deeds } = past;
  const end = deeds.length;
  if (typeof spec !== "string")
    return (read) => {
      try {
        return judge(machine, spec, read).holds;
      } catch (error) {
        if (error instanceof ModelError) return false;
        throw error;
      }
    };
  if (deeds.at(-1)?.fails) {
    const trial = past.trial(end - 1);
    return (read) => {
      const again = attempt(trial.thread, trial.point, (cell) => (cell.isLocal ? trial.base(cell) : read(cell)), {
        pick: (_, turn) => trial.picks[turn] ?? 0,
      });
      return again !== undefined && !isFailure(again.next);
    };
  }
  return (read) =>
    machine.threads.some((thread, t) => {
      const point = past.pointAtEnd(t);
      const next = point === DONE || thread.buffer ? undefined : attempt(thread, point, read, FIRST)?.next;
      return next !== undefined && next !== wait && !isFailure(next);
    });
}

/** What a thread alone would have changed in some words, by each way that a step did not take, in the state it was taken in. */
function otherWays(past: Past, test: number, words: ReadonlySet<string>): readonly Values[] {
  const { thread, point, picks, base } = past.trial(test);
  const script = { pick: (_: number, turn: number) => picks[turn] ?? 0 };
  const taken = attempt(thread, point, base, script)?.next;
  const tried = new Set([taken, wait]);
  const ways: Values[] = [];
  const shared = new Set(past.machine.scenario.world.layout.cells);
  for (const cell of past.deeds[test]!.reads.keys())
    if (shared.has(cell) && !cell.isGhost)
      for (const value of cell.values) {
        const changed = new Map([[cell, value]]);
        const read = (one: Cell): Value => (changed.has(one) ? changed.get(one)! : base(one));
        const other = attempt(thread, point, read, script);
        if (!other || isFailure(other.next) || tried.has(other.next)) continue;
        tried.add(other.next);
        const left = alone(past, test, new Map([...changed, ...other.writes]), other.next as number);
        ways.push(new Map([...left].filter(([one, to]) => words.has(one.word) && one !== cell && to !== base(one))));
      }
  return ways;
}

/** What there is when a thread has gone on alone from a point as far as it can. */
function alone(past: Past, test: number, values: ReadonlyMap<Cell, Value>, from: number): Values {
  const { threads } = past.machine;
  const { thread, base } = past.trial(test);
  const now = new Map(values);
  const read = (cell: Cell): Value => (now.has(cell) ? now.get(cell)! : base(cell));
  const own = past.cpuOf(test);
  const hardware = threads.filter(({ buffer }) => buffer?.cpu === own);
  let at = from;
  for (let steps = 0; at !== DONE && steps < MOST_STEPS; steps++) {
    for (const one of hardware)
      for (let drained = attempt(one, 0, read, FIRST); drained && drained.next !== wait;) {
        for (const [cell, value] of drained.writes) now.set(cell, value);
        drained = attempt(one, 0, read, FIRST);
      }
    const step = attempt(thread, at, read, FIRST);
    if (!step || step.next === wait || isFailure(step.next)) break;
    for (const [cell, value] of step.writes) now.set(cell, value);
    at = step.next as number;
  }
  return now;
}

const FIRST: Script = { pick: () => 0 };

/** Takes a step over values that it may never meet, such as a null pointer: then nothing comes of it. */
function attempt(thread: MachineThread, point: number, base: (cell: Cell) => Value, script: Script): Run | undefined {
  try {
    return runStep(thread, point, base, script);
  } catch (error) {
    if (error instanceof ModelError) return undefined;
    throw error;
  }
}
