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
  const all = new Set([DONE, ...graph.keys()]);
  // By point: the points that every way from it passes, itself included.
  const passes = new Map<number, ReadonlySet<number>>([...all].map((p) => [p, p === DONE ? new Set([DONE]) : all]));
  for (let changed = true; changed;) {
    changed = false;
    for (let p = graph.length - 1; p >= 0; p--) {
      const ways = [...graph[p]!].map((next) => passes.get(next)!);
      const common = new Set([p, ...[...(ways[0] ?? all)].filter((point) => ways.every((way) => way.has(point)))]);
      if (common.size === passes.get(p)!.size) continue;
      passes.set(p, common);
      changed = true;
    }
  }
  const reachesEnd = graph.map(() => false);
  for (let changed = true; changed;) {
    changed = false;
    for (const [p, nexts] of graph.entries())
      if (!reachesEnd[p] && [...nexts].some((next) => next === DONE || reachesEnd[next]))
        changed = reachesEnd[p] = true;
  }
  return graph.map((_, p) => {
    if (!reachesEnd[p]) return undefined;
    const later = [...passes.get(p)!].filter((point) => point !== p);
    // The nearest of them is the one from which all others are still passed.
    return later.find((point) => later.every((other) => passes.get(point)!.has(other)));
  });
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
  if (isFence(order)) return !isStrongFence(order);
  return (
    [...next].every((to) => to === DONE || to > point) &&
    [...leavesOf(tree)].every(
      (leaf) =>
        comesToNothing(leaf) ||
        (leaf.kind === "moved" && [...leaf.reads.keys(), ...leaf.writes.keys()].every(({ isLocal }) => isLocal)),
    )
  );
}
