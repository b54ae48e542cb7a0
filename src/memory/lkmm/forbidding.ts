import { axiomsFor, type Event } from "./axioms.ts";
import type { Ordered } from "../../machine/trace.ts";
import type { ToldRun } from "./execution.ts";

type Pair = readonly [number, number];

/**
 * Orders between steps of one CPU, as smp_mb() makes them, with all of which LKMM does not allow the run; none of them
 * can be left out. Empty if it is allowed with a barrier between any two steps.
 */
export function forbiddingOrders({ execution, stepOf }: ToldRun): readonly Ordered[] {
  const { events } = execution;
  const broken = axiomsFor(execution);
  const isForbidden = (pairs: readonly Pair[]): boolean => broken(pairs) !== undefined;
  const accesses = events.flatMap(({ thread, kind }, event) => (thread >= 0 && isAccess(kind) ? [event] : []));
  const threadOf = (event: number): number => events[event]!.thread;
  const pairs = accesses.flatMap((a) =>
    accesses.filter((b) => threadOf(a) === threadOf(b) && stepOf[a]! < stepOf[b]!).map((b): Pair => [a, b]),
  );
  if (!isForbidden(pairs)) return [];
  // A barrier right in front of a step orders all that comes before it with all from there on.
  const places = accesses.filter((event) => pairs.some(([, b]) => b === event)).toReversed();
  const across = (place: number): readonly Pair[] =>
    pairs.filter(([a, b]) => threadOf(a) === threadOf(place) && stepOf[a]! < stepOf[place]! && b >= place);
  const ordered = new Map(places.map((place) => [place, across(place)] as const));
  const kept = least(places, (some) => isForbidden(some.flatMap((place) => ordered.get(place)!)));
  // Of far steps less is said than of near ones: they are dropped first.
  const distance = ([a, b]: Pair): number => stepOf[b]! - stepOf[a]!;
  const orders = kept.flatMap(across).toSorted((one, other) => distance(other) - distance(one));
  return least(orders, isForbidden)
    .map(([a, b]) => ({ before: stepOf[a]!, after: stepOf[b]! }))
    .toSorted((one, other) => one.before - other.before);
}

const isAccess = (kind: Event["kind"]): boolean => kind === "read" || kind === "write";

/** What is left of a list that passes when nothing more can be dropped; the first ones are dropped first. */
function least<T>(list: readonly T[], passes: (some: readonly T[]) => boolean): readonly T[] {
  let left = list;
  for (let size = Math.ceil(list.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let at = 0; at < left.length;) {
      const without = left.toSpliced(at, size);
      if (passes(without)) left = without;
      else at += size;
    }
  return left;
}
