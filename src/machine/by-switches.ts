import type { Move } from "./schedule.ts";

/** What is gone through: places, and the steps out of each. */
export interface Steps<P, M = Move> {
  /** Equal for equal places alone. */
  key(place: P): string;
  /** `last`: the CPU that has stepped to get here; nothing at the start. */
  from(place: P, last: number | undefined): Iterable<StepTo<P, M>>;
  /** From here on ways have one switch more: so many begin with it. */
  next?(waiting: number): void;
}

export interface StepTo<P, M = Move> {
  readonly cpu: number;
  readonly move: M;
  readonly to: P;
  /** What it adds to what is to be least where switches are equal: a whole number, not negative. */
  readonly cost: number;
}

/** A way from a start to a place. */
export interface Way<P, M = Move> {
  readonly place: P;
  /** Which of the starts. */
  readonly start: number;
  /** The CPU that has stepped last. */
  readonly last: number | undefined;
  readonly switches: number;
  readonly cost: number;
  readonly before?: { readonly way: Way<P, M>; readonly move: M };
}

/**
 * Every place that can be reached, once for each CPU that may step last, by a way with the fewest context switches, and
 * among those one with the least cost: the ways with fewer switches first, then those that cost less, then as they were
 * found. What leads on from a place is asked for when the next one is.
 */
export function* bySwitches<P, M>(starts: readonly P[], steps: Steps<P, M>): Generator<Way<P, M>, void> {
  const seen = new Set<string>();
  let level = starts.map((place, start): Way<P, M> => beginning(place, start));
  while (level.length > 0) {
    steps.next?.(level.length);
    const later: Way<P, M>[] = [];
    const byCost: Way<P, M>[][] = [];
    const put = (way: Way<P, M>): void => void (byCost[way.cost] ??= []).push(way);
    level.forEach(put);
    for (let cost = 0; cost < byCost.length; cost++)
      for (const way of byCost[cost] ?? []) {
        const name = `${way.last} ${steps.key(way.place)}`;
        if (seen.has(name)) continue;
        seen.add(name);
        yield way;
        for (const step of steps.from(way.place, way.last)) {
          const next = after(way, step);
          if (next.switches > way.switches) later.push(next);
          else put(next);
        }
      }
    level = later;
  }
}

/** No step is taken yet. */
export const beginning = <P>(place: P, start: number): Way<P, never> => ({
  place,
  start,
  last: undefined,
  switches: 0,
  cost: 0,
});

/** A way, and one more step. */
export const after = <P, M>(way: Way<P, M>, { cpu, move, to, cost }: StepTo<P, M>): Way<P, M> => ({
  place: to,
  start: way.start,
  last: cpu,
  switches: way.switches + (way.last === undefined || way.last === cpu ? 0 : 1),
  cost: way.cost + cost,
  before: { way, move },
});

/** The steps of a way, the first one first. */
export function movesOf<P, M>(end: Way<P, M>): readonly M[] {
  const moves: M[] = [];
  for (let at = end; at.before; at = at.before.way) moves.push(at.before.move);
  return moves.toReversed();
}
