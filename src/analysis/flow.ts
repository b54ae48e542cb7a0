import { isFence, isStrongFence } from "../model/order.ts";
import { DONE } from "../machine/state.ts";
import { comesToNothing, leavesOf } from "./decision-tree.ts";
import type { Shape } from "./words.ts";

/** Where each step may lead, as a graph over control points; `graph[p]` may contain DONE. */
export type Graph = readonly ReadonlySet<number>[];

/**
 * By control point: the point at which all ways from it come together again, DONE if that is the end of the thread, and
 * nothing if some way never ends. A branch at p controls what is done up to there.
 */
export function joinsOf(graph: Graph): readonly (number | undefined)[] {
  // Immediate post-dominators, as Cooper, Harvey and Kennedy find them: sets of all that is passed would take the square of
  // a long path.
  const order = endFirst(graph);
  const number = new Map(order.map((point, i) => [point, i]));
  const joins = new Map<number, number>([[DONE, DONE]]);
  const common = (one: number, other: number): number => {
    let [a, b] = [one, other];
    while (a !== b)
      if (number.get(a)! > number.get(b)!) a = joins.get(a)!;
      else b = joins.get(b)!;
    return a;
  };
  for (let changed = true; changed;) {
    changed = false;
    for (const p of order.slice(1)) {
      // What never ends joins nothing. Of the others, the one that `order` has found this by is known already.
      const join = [...graph[p]!].filter((next) => joins.has(next)).reduce(common);
      if (join === joins.get(p)) continue;
      joins.set(p, join);
      changed = true;
    }
  }
  return graph.map((_, p) => joins.get(p));
}

/** The points from which the end can be reached, DONE first, and each behind one that it leads to. */
function endFirst(graph: Graph): readonly number[] {
  const before = new Map<number, number[]>();
  for (const [p, nexts] of graph.entries())
    for (const next of nexts) before.set(next, [...(before.get(next) ?? []), p]);
  const order: number[] = [];
  const seen = new Set<number>([DONE]);
  const open = (at: number): { readonly at: number; readonly rest: number[] } => ({
    at,
    rest: [...(before.get(at) ?? [])],
  });
  const walk = [open(DONE)];
  for (let top = walk.at(-1); top; top = walk.at(-1)) {
    const p = top.rest.pop();
    if (p === undefined) {
      order.push(top.at);
      walk.pop();
    } else if (!seen.has(p)) {
      seen.add(p);
      walk.push(open(p));
    }
  }
  return order.toReversed();
}

/** By control point: the union of what `here` gives for it and every point that may come after. */
export function ahead<T>(graph: Graph, here: (point: number) => Iterable<T>): readonly ReadonlySet<T>[] {
  const sets = graph.map((_, p) => new Set(here(p)));
  for (let changed = true; changed;) {
    changed = false;
    for (let p = graph.length - 1; p >= 0; p--)
      for (const next of graph[p]!)
        for (const one of next === DONE ? [] : sets[next]!)
          if (!sets[p]!.has(one)) {
            sets[p]!.add(one);
            changed = true;
          }
  }
  return sets;
}

/**
 * By control point: which of these things, by position, are done in any case before a certain one may be; all of them
 * where it never is.
 */
export function doneBefore(
  graph: Graph,
  isIt: (point: number) => boolean,
  things: readonly ((point: number) => boolean)[],
): readonly ReadonlySet<number>[] {
  const all = new Set(things.keys());
  const before = graph.map(() => all);
  for (let changed = true; changed;) {
    changed = false;
    for (let p = graph.length - 1; p >= 0; p--) {
      const later = [...graph[p]!].map((next) => (next === DONE ? all : before[next]!));
      const now = isIt(p)
        ? []
        : [...all].filter((thing) => things[thing]!(p) || later.every((done) => done.has(thing)));
      if (now.length === before[p]!.size) continue;
      before[p] = new Set(now);
      changed = true;
    }
  }
  return before;
}

/**
 * The step concerns its own thread alone and leads forward, so that it may be taken before all others: no run differs by
 * when it is taken, and no thread takes such steps for ever.
 */
export function isPrivate({ tree, order, next }: Shape, point: number): boolean {
  // In an interrupt its CPU waits.
  if (isFence(order)) return !isStrongFence(order) && leavesOf(tree).every(({ kind }) => kind !== "blocked");
  return (
    [...next].every((to) => to === DONE || to > point) &&
    leavesOf(tree).every(
      (leaf) =>
        comesToNothing(leaf) ||
        (leaf.kind === "moved" && [...leaf.reads.keys(), ...leaf.writes.keys()].every(({ isLocal }) => isLocal)),
    )
  );
}
