import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { breaksRule } from "../model/error.ts";
import { wait } from "../model/path.ts";
import type { ProgramThread, Next } from "../machine/program.ts";
import { isFailure, runStep, type Failure, type Run } from "../machine/execute-step.ts";
import type { Script } from "../machine/script.ts";
import { DONE } from "../machine/state.ts";
import type { Trial } from "../machine/machine.ts";
import type { History } from "./history.ts";

// A way that a thread does not take is followed no further: what it decides lies near.
const MOST_STEPS = 100;
const MOST_PAIRS = 100;

export type Values = ReadonlyMap<Cell, Value>;

/** What a thread alone would have written, by each way that a step did not take, in the state it was taken in. */
export function otherWays(past: History, test: number): readonly Values[] {
  if (past.deeds[test]!.reads.size === 0) return [];
  return turnsOf(past.trial(test)).map(({ read, other }) => alone(past, test, read, other));
}

/**
 * What a thread would have written on ways that leave the one of the run for good, whatever further tests find there: a
 * rough answer, where a finer one says nothing.
 */
export function otherPaths(past: History, test: number): readonly Values[] {
  if (past.deeds[test]!.reads.size === 0) return [];
  const trial = past.trial(test);
  const known = paths.get(trial) ?? pathsFrom(past, test, trial);
  paths.set(trial, known);
  return known;
}

/** By test: it is asked of one for each field that the ending read. */
const paths = new WeakMap<Trial, readonly Values[]>();

function pathsFrom(past: History, test: number, trial: Trial): readonly Values[] {
  const { thread } = trial;
  const own = past.deeds.filter((deed) => deed.thread === past.deeds[test]!.thread);
  const seen = new Set(own.map((deed) => thread.points.indexOf(deed.point)));
  const ends: Values[] = [];
  const open = turnsOf(trial).map(({ read, other }) => ({
    read,
    other,
    written: new Map(other.writes),
  }));
  for (let at = open.pop(); at; at = open.pop()) {
    const { read, other, written } = at;
    const { next } = other;
    if (typeof next !== "number" || next === DONE) {
      if (next === DONE) ends.push(written);
      continue;
    }
    if (seen.has(next)) continue;
    seen.add(next);
    const found = (cell: Cell): Value => (written.has(cell) ? written.get(cell)! : read(cell));
    const straight = attempt(thread, next, found, FIRST);
    for (const way of [...(straight ? [{ read: found, other: straight }] : []), ...turns(thread, next, found, FIRST)])
      open.push({ ...way, written: new Map([...written, ...way.other.writes]) });
  }
  return ends;
}

/** A way that a step has not gone, and the values on which it would have. */
interface Turn {
  readonly read: (cell: Cell) => Value;
  readonly other: Run;
}

const known = new WeakMap<Trial, readonly Turn[]>();

/** The turns of a step of the run, which are looked at more than once. */
function turnsOf(trial: Trial): readonly Turn[] {
  const { thread, point, picks, base } = trial;
  const ways = known.get(trial) ?? turns(thread, point, base, again(picks));
  known.set(trial, ways);
  return ways;
}

/** The ways that a step would have gone on another value of one field that it reads; of two, where one makes no difference. */
function turns(thread: ProgramThread, point: number, base: (cell: Cell) => Value, script: Script): readonly Turn[] {
  const taken = attempt(thread, point, base, script);
  if (!taken) return [];
  const tried = new Set<Next | Failure>([taken.next, wait]);
  const ways: Turn[] = [];
  const tryWith = (changed: Values): void => {
    const read = (one: Cell): Value => (changed.has(one) ? changed.get(one)! : base(one));
    const other = attempt(thread, point, read, script);
    if (!other || isFailure(other.next) || tried.has(other.next)) return;
    tried.add(other.next);
    ways.push({ read, other });
  };
  const cells = [...taken.reads.keys()].filter(({ isLocal, isGhost }) => !isLocal && !isGhost);
  const others = cells.map((cell) => cell.values.filter((value) => value !== base(cell)));
  for (const [i, cell] of cells.entries()) for (const value of others[i]!) tryWith(new Map([[cell, value]]));
  if (ways.length > 0) return ways;
  // `page_count(page) != 1` may be so for two reasons.
  for (const [i, a] of cells.entries())
    for (const [j, b] of cells.entries())
      if (j > i && others[i]!.length * others[j]!.length <= MOST_PAIRS)
        for (const one of others[i]!)
          for (const two of others[j]!)
            tryWith(
              new Map([
                [a, one],
                [b, two],
              ]),
            );
  return ways;
}

/** What a thread has written when it has gone on alone behind a step as far as it can. */
function alone(past: History, test: number, found: (cell: Cell) => Value, { writes, next }: Run): Values {
  const own = past.cpuOf(test);
  const hardware = past.program.threads.filter(({ buffer }) => buffer?.cpu === own);
  const { thread } = past.trial(test);
  const written = new Map(writes);
  const read = (cell: Cell): Value => (written.has(cell) ? written.get(cell)! : found(cell));
  const take = (taker: ProgramThread, point: number): Next | undefined => {
    const step = attempt(taker, point, read, FIRST);
    if (!step || step.next === wait || isFailure(step.next)) return undefined;
    for (const [cell, value] of step.writes) written.set(cell, value);
    return step.next;
  };
  for (let at: Next | Failure | undefined = next, steps = 0; typeof at === "number" && steps < MOST_STEPS; steps++) {
    for (const one of hardware) while (take(one, 0) !== undefined);
    at = at === DONE ? undefined : take(thread, at);
  }
  return written;
}

/** The choices that a step has made. */
export const again = (picks: readonly number[]): Script => ({ pick: (_, turn) => picks[turn] ?? 0 });

export const FIRST: Script = { pick: () => 0 };

/** Takes a step over values that it may never meet, such as a null pointer: then nothing comes of it. */
export function attempt(
  thread: ProgramThread,
  point: number,
  base: (cell: Cell) => Value,
  script: Script,
): Run | undefined {
  try {
    return runStep(thread, point, base, script);
  } catch (error) {
    if (breaksRule(error)) return undefined;
    throw error;
  }
}
