import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { breaksRule } from "../model/error.ts";
import { wait } from "../model/path.ts";
import type { Spec } from "../model/spec.ts";
import { judge } from "../machine/judge.ts";
import { isFailure } from "../machine/execute-step.ts";
import { DONE } from "../machine/state.ts";
import { changes, lastStep, type History } from "./history.ts";
import type { Taken } from "../machine/machine.ts";
import type { Seed } from "./slice.ts";
import { again, attempt, FIRST, otherPaths, otherWays, type Values } from "./other-branches.ts";

/**
 * What decided a violation beside what led to it: which of the ways that threads took, and which of the writes that were
 * overwritten, would have avoided it. `reads` is what the ending read.
 */
export function decidersOf(past: History, spec: Spec | string, reads: readonly Cell[]): readonly Seed[] {
  const last = past.deeds.at(-1);
  const judged = [...reads, ...(last?.fails ? last.reads.keys() : [])].filter(({ isLocal }) => !isLocal);
  const isAvoided = avoidanceOf(past, spec);
  // What is true of the ending itself tells no other from it.
  if (isAvoided((cell) => past.found(past.deeds.length, cell))) return [];
  // A thread that is stuck in the end chose nothing: any other way would have led it elsewhere.
  const isFree = (thread: number): boolean =>
    typeof spec !== "string" || last?.fails === true || past.pointAtEnd(thread) === DONE;
  return [...choicesIn(past, judged, isAvoided, isFree), ...overwrittenIn(past, judged, isAvoided)];
}

/** Whether the run would have ended otherwise, had these been the values in the end. */
type Avoidance = (read: (cell: Cell) => Value) => boolean;

/**
 * The tests at which a thread chose between two ways of treating what the ending read, where the other way would have
 * avoided the violation: it would have left another value there, and not only have kept its hands off. These are, of each
 * thread, and for each field that the ending read,
 *
 * - the last test before it wrote the field last, whose other way would have written the same word otherwise;
 * - where another thread wrote the field last, or nobody: the last test whose other way would have written it.
 *
 * The other way is not guessed: the step is taken once more with another value in one of the fields that it read, and then
 * its thread goes on alone.
 */
function choicesIn(
  past: History,
  reads: readonly Cell[],
  isAvoided: Avoidance,
  isFree: (thread: number) => boolean,
): readonly Seed[] {
  const { deeds } = past;
  const end = deeds.length;
  const lastChange = new Map(
    reads.map((cell) => [cell, deeds.findLastIndex((_, step) => changes(past, step, cell))] as const),
  );
  const now = (cell: Cell): Value => past.found(end, cell);
  /** The fields that the other way of a test would have left so that all is well. */
  const mended = (test: number, left: Values): readonly Cell[] =>
    reads.filter((cell) => {
      const by = lastChange.get(cell)!;
      if (by < test || past.cpuOf(by) !== past.cpuOf(test))
        return left.has(cell) && isAvoided((one) => (one === cell ? left.get(one)! : now(one)));
      if (![...left.keys()].some(({ word }) => word === cell.word)) return false;
      const instead = (one: Cell): Value => (left.has(one) ? left.get(one)! : past.found(test, one));
      return isAvoided((one) => (one.word === cell.word ? instead(one) : now(one)));
    });
  const found = new Map<string, number>();
  const nameOf = (step: number, cell: Cell): string => `${past.cpuOf(step)} ${cell.index}`;
  for (const [test, { thread }] of deeds.entries())
    if (isFree(thread))
      for (const left of otherWays(past, test))
        for (const cell of mended(test, left)) found.set(nameOf(test, cell), test);
  // Where several tests in a row say the same, none of them decides alone: then it is the way as a whole that was chosen.
  for (const cell of reads) {
    const by = lastChange.get(cell)!;
    if (by < 0 || !isFree(deeds[by]!.thread) || found.has(nameOf(by, cell))) continue;
    const isChoice = ({ thread }: Taken, step: number): boolean =>
      thread === deeds[by]!.thread && otherPaths(past, step).some((left) => mended(step, left).includes(cell));
    const test = lastStep(deeds, by, isChoice);
    if (test !== undefined) found.set(nameOf(test, cell), test);
  }
  return [...new Set(found.values())].map((step) => ({ step }));
}

/**
 * The writes of others to what the ending read that were overwritten, and would have avoided the violation, had they come
 * last: of each thread, and for each field, the last one.
 */
function overwrittenIn(past: History, reads: readonly Cell[], isAvoided: Avoidance): readonly Seed[] {
  const { program, deeds } = past;
  const now = (cell: Cell): Value => past.found(deeds.length, cell);
  return reads.flatMap((cell) => {
    const last = past.writerOf(deeds.length, cell);
    if (last === undefined) return [];
    return program.threads.flatMap((_, thread): readonly Seed[] => {
      const step = lastStep(deeds, deeds.length, (deed) => deed.thread === thread && deed.writes.has(cell));
      if (step === undefined || past.cpuOf(step) === past.cpuOf(last)) return [];
      const { thread: taker, point, picks, base } = past.trial(step);
      const writes = attempt(taker, point, (one) => (one === cell ? now(cell) : base(one)), again(picks))?.writes;
      const isBetter = writes?.has(cell) && isAvoided((one) => (one === cell ? writes.get(cell)! : now(one)));
      return isBetter ? [{ step, cell }] : [];
    });
  });
}

/** Whether the run would not have ended so, had there been other values in the end. */
function avoidanceOf(past: History, spec: Spec | string): Avoidance {
  const { program, deeds } = past;
  const end = deeds.length;
  if (typeof spec !== "string")
    return (read) => {
      try {
        return judge(program, spec, read).holds;
      } catch (error) {
        if (breaksRule(error)) return false;
        throw error;
      }
    };
  if (deeds.at(-1)?.fails) {
    const { thread, point, picks, base } = past.trial(end - 1);
    return (read) => {
      const found = (cell: Cell): Value => (cell.isLocal ? base(cell) : read(cell));
      const run = attempt(thread, point, found, again(picks));
      return run !== undefined && !isFailure(run.next);
    };
  }
  return (read) =>
    program.threads.some((thread, t) => {
      const point = past.pointAtEnd(t);
      const next = point === DONE || thread.buffer ? undefined : attempt(thread, point, read, FIRST)?.next;
      return next !== undefined && next !== wait && !isFailure(next);
    });
}
