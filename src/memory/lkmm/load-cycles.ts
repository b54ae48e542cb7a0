import { isFull } from "../../model/order.ts";
import { DONE } from "../../machine/state.ts";
import type { Overtaken } from "../../machine/exploration.ts";
import { ahead } from "../../analysis/flow.ts";
import type { Leaf } from "../../analysis/decision-tree.ts";
import type { LkmmThread, Point } from "./steps.ts";
import type { SortOfWay } from "./ways.ts";

/** A word or a lock that a step loads or stores: one that does both is an RMW. */
interface Use {
  readonly thread: number;
  readonly point: number;
  /** The word's list; behind no list, the lock. */
  readonly place: number;
  readonly loads: boolean;
  readonly stores: boolean;
}

/** By control point of a thread. */
interface Flow {
  /** What may come after it. */
  readonly after: readonly ReadonlySet<number>[];
  /** The spin locks that the thread holds there, whichever way it came. */
  readonly held: readonly ReadonlySet<number>[];
}

/**
 * Of pairs of a load and a later store, those that can have a part in a run in which the load returns what depends on
 * it: another thread loads from the store and later stores what a third one loads, and so on, until one stores what the
 * first load returns. If it does so under a spin lock that is also held around the load, there is no such run: whichever
 * critical section comes first, the lock keeps what one thread did before the other's load or store. `isTaken` says
 * whether any run goes this way through a step; without it, any may.
 */
export function closing(
  pairs: readonly Overtaken[],
  threads: readonly LkmmThread[],
  isTaken?: (thread: number, point: number, leaf: Leaf, way: number) => boolean,
): readonly Overtaken[] {
  if (pairs.length === 0) return pairs;
  // Few are asked for, and each takes the square of a long path.
  const known = new Map<number, Flow>();
  const flowIn = (thread: number): Flow => {
    const flow = known.get(thread) ?? flowOf(threads[thread]!.points);
    known.set(thread, flow);
    return flow;
  };
  const sortsAt = (thread: number, point: number): readonly SortOfWay[] => {
    const { ways } = threads[thread]!.points[point]!;
    if (!isTaken) return ways.sorts;
    const taken = ways.leaves.filter((leaf, way) => isTaken(thread, point, leaf, way));
    return [...new Set(taken.map((leaf) => ways.sortOf(leaf)))];
  };
  const uses = threads.map(({ points }, thread) =>
    points.flatMap((_, point) => usesOf(sortsAt(thread, point), thread, point)),
  );
  const heldAt = ({ thread, point }: Use): ReadonlySet<number> => flowIn(thread).held[point]!;
  const shareLock = (one: Use, other: Use): boolean => [...heldAt(one)].some((lock) => heldAt(other).has(lock));

  /** Whether a store reaches a load by way of threads that have no part in this yet. */
  const comesBack = (store: Use, load: Use, parts: readonly number[]): boolean =>
    uses.some(
      (ofThread, thread) =>
        !parts.includes(thread) &&
        ofThread.some(
          (first) =>
            first.loads &&
            first.place === store.place &&
            ofThread.some(
              (last) =>
                last.stores &&
                (last === first || flowIn(thread).after[first.point]!.has(last.point)) &&
                ((last.place === load.place && !shareLock(last, load)) || comesBack(last, load, [...parts, thread])),
            ),
        ),
    );

  return pairs.filter(({ thread, load, store }) => {
    // What a fully ordered operation loads is in order, unless it fails.
    const isOrdered = isFull(threads[thread]!.points[load]!.order);
    const sorts = sortsAt(thread, load).filter(({ deed }) => !isOrdered || deed === "read");
    const stores = usesOf(sortsAt(thread, store), thread, store).filter((use) => use.stores);
    return usesOf(sorts, thread, load).some(
      (one) => one.loads && stores.some((other) => comesBack(other, one, [thread])),
    );
  });
}

const NO_LIST = -1;

function usesOf(sorts: readonly SortOfWay[], thread: number, point: number): readonly Use[] {
  const uses = new Map<number, Use>();
  for (const { deed, list, lock } of sorts) {
    if (deed === "nothing") continue;
    const place = list >= 0 ? list : NO_LIST - lock;
    const known = uses.get(place);
    const loads = deed === "read" || deed === "rmw" || deed === "lock" || known?.loads === true;
    const stores = deed !== "read" || known?.stores === true;
    // Most ways through a step are alike.
    if (known?.loads !== loads || known.stores !== stores) uses.set(place, { thread, point, place, loads, stores });
  }
  return [...uses.values()];
}

function flowOf(points: readonly Point[]): Flow {
  const reach = ahead(
    points.map(({ next }) => next),
    (point) => [point],
  );
  const after = points.map(
    ({ next }) => new Set([...next].flatMap((point) => (point === DONE ? [] : [...reach[point]!]))),
  );
  return { after, held: heldIn(points) };
}

function heldIn(points: readonly Point[]): readonly ReadonlySet<number>[] {
  const held: (ReadonlySet<number> | undefined)[] = points.map(() => undefined);
  const work = [0];
  if (points.length > 0) held[0] = new Set();
  for (let point = work.pop(); point !== undefined; point = work.pop())
    for (const leaf of points[point]!.ways.leaves) {
      if (leaf.kind !== "moved" || leaf.next === DONE) continue;
      const before = held[leaf.next];
      const now = behind(held[point]!, points[point]!.ways.sortOf(leaf));
      const common = before ? new Set([...before].filter((lock) => now.has(lock))) : now;
      if (before?.size === common.size) continue;
      held[leaf.next] = common;
      work.push(leaf.next);
    }
  return held.map((locks) => locks ?? new Set());
}

function behind(held: ReadonlySet<number>, { deed, lock }: SortOfWay): ReadonlySet<number> {
  if (deed === "lock") return new Set([...held, lock]);
  return deed === "unlock" ? new Set([...held].filter((one) => one !== lock)) : held;
}
