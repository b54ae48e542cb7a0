import { HELD, type Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { initialStates, type Program, type ProgramThread } from "../machine/program.ts";
import { DONE } from "../machine/state.ts";
import { localsOf } from "./locals.ts";
import { waysIn } from "./reachable.ts";

/** Where a thread is, as far as it knows itself, and where it took the locks that it holds. */
export interface Place {
  readonly point: number;
  readonly own: ReadonlyMap<Cell, Value>;
  readonly since: ReadonlyMap<Cell, number>;
}

/** A step from one place to another; `waits` if others may make it wait. */
interface Followed {
  readonly place: Place;
  readonly after: Place;
  readonly waits: boolean;
}

// A thread that knows more of itself than this is not asked.
const MOST_PLACES = 20_000;

/**
 * Follows a thread by itself, over all values that others may leave: its control point, its locals, what it holds, and whether it has
 * interrupts off. False where that are too many places, and some were not visited.
 */
export function followAlone(
  program: Program,
  thread: ProgramThread,
  t: number,
  visit: (step: Followed) => void,
): boolean {
  const { own: held, context } = thread.holds!;
  const own = new Set([...localsOf(thread), ...held, ...(context ? [context.off] : [])]);
  const places = new Map<string, Place>();
  const work: Place[] = [];
  const arrive = (place: Place): void => {
    const key = [
      place.point,
      ...place.own.values(),
      ...[...place.since].map(([{ index }, at]) => `${index}:${at}`),
    ].join();
    if (place.point === DONE || places.has(key)) return;
    places.set(key, place);
    work.push(place);
  };
  for (const { cells, points } of initialStates(program))
    arrive({
      point: points.get(t)!,
      own: new Map([...own].map((cell) => [cell, cells.get(cell.index)!] as const)),
      since: new Map(),
    });
  const known = new Map<number, Ways>();
  const waysAt = (point: number): Ways => {
    const ways = known.get(point) ?? waysOf(program, t, point, own);
    known.set(point, ways);
    return ways;
  };
  while (work.length > 0) {
    if (places.size > MOST_PLACES) return false;
    const place = work.pop()!;
    const { waits, moves } = waysAt(place.point);
    for (const move of moves) {
      if (!isPossible(move, place)) continue;
      const after = follow(move, place, thread);
      visit({ place, after, waits });
      arrive(after);
    }
  }
  return true;
}

/** What ways through a step do as far as the thread's own cells go: of thousands of ways, that is often a few. */
interface Move {
  readonly reads: readonly (readonly [Cell, Value])[];
  readonly writes: ReadonlyMap<Cell, Value>;
  readonly next: number;
}

interface Ways {
  readonly waits: boolean;
  readonly moves: readonly Move[];
}

function waysOf(program: Program, t: number, point: number, own: ReadonlySet<Cell>): Ways {
  const all = waysIn(program, t, point);
  const moves = new Map<string, Move>();
  const textOf = (cells: Iterable<readonly [Cell, Value]>): string =>
    Array.from(cells, ([cell, value]) => `${cell.index}=${cell.values.indexOf(value)}`).join();
  for (const leaf of all) {
    if (leaf.kind !== "moved") continue;
    const { next } = leaf;
    const reads = [...leaf.reads].filter(([cell]) => own.has(cell));
    const writes = new Map([...leaf.writes].filter(([cell]) => own.has(cell)));
    const key = `${textOf(reads)};${textOf(writes)};${next}`;
    if (!moves.has(key)) moves.set(key, { reads, writes, next });
  }
  const waits = all.some(({ kind }) => kind === "blocked") || mayWait(program.threads[t]!, point);
  return { waits, moves: [...moves.values()] };
}

/** What waits in no run that the search has seen waits where it is taken later, or earlier. */
const mayWait = ({ points }: ProgramThread, point: number): boolean =>
  points[point]!.step.operation === "lock" || points[point]!.step.operation === "lockShared";

const isPossible = ({ reads }: Move, { own }: Place): boolean =>
  reads.every(([cell, value]) => own.get(cell) === value);

function follow({ writes, next }: Move, { point, own, since }: Place, thread: ProgramThread): Place {
  const after = writes.size === 0 ? own : new Map([...own, ...writes]);
  const held = [...thread.holds!.by].filter(([, holds]) => after.get(holds) !== HELD.none);
  return {
    point: next,
    own: after,
    since: new Map(held.map(([lock]) => [lock, since.get(lock) ?? point] as const)),
  };
}
