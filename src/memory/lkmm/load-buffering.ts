import type { Cell } from "../../model/access.ts";
import type { Overtaken } from "../../machine/exploration.ts";
import { isFull, isStrongFence, ORDERS, type Order } from "../../model/order.ts";
import { DONE } from "../../machine/state.ts";
import type { Way } from "../../analysis/dependencies.ts";
import type { Graph } from "../../analysis/flow.ts";

export interface StepWays {
  readonly order: Order;
  readonly ways: readonly Way[];
  /** What it loads, its own CPU has stored: nobody else stores to a lock that is held. */
  readonly findsOwn: boolean;
}

/** What is known where a thread arrives: the loads that are not ordered yet, and of which loads each local tells. */
interface Known {
  /** By load: the join point up to which a branch orders it, or nothing. */
  readonly loads: ReadonlyMap<number, number | undefined>;
  /** Those of them that no spin_unlock() has come behind: the next spin_lock() orders all others (po-unlock-lock-po). */
  readonly locked: ReadonlySet<number>;
  readonly tells: ReadonlyMap<Cell, ReadonlySet<number>>;
}

/**
 * Finds the pairs of a thread that could make a run in which a load returns what depends on it. The machine of src/memory/lkmm/lkmm.ts
 * explores no such run; where there is no pair, LKMM has none. Looks at this thread's control flow alone: see `closing`.
 */
export function unorderedPairs(
  thread: number,
  steps: readonly StepWays[],
  graph: Graph,
  joins: readonly (number | undefined)[],
): readonly Overtaken[] {
  const pairs = new Map<string, Overtaken>();
  const arrived: (Known | undefined)[] = steps.map(() => undefined);
  const distinct = steps.map(({ ways }) => distinctIn(ways));
  const work = [0];
  if (steps.length > 0) arrived[0] = { loads: new Map(), locked: new Set(), tells: new Map() };
  while (work.length > 0) {
    const point = work.pop()!;
    const after = step(point, arrived[point]!);
    for (const next of graph[point]!) {
      if (next === DONE) continue;
      const loads = new Map([...after.loads].map(([load, join]) => [load, join === next ? undefined : join] as const));
      const merged = merge(arrived[next], { ...after, loads });
      if (merged === arrived[next]) continue;
      arrived[next] = merged;
      work.push(next);
    }
  }
  return [...pairs.values()];

  function step(point: number, { loads, locked, tells }: Known): Known {
    const { order, ways, findsOwn } = steps[point]!;
    const { stored, controls, decided } = distinct[point]!;
    if (isStrongFence(order)) return { loads: new Map(), locked: new Set(), tells };
    const uses = ways.filter(({ deed }) => deed !== "nothing");
    const isEvery = (what: Way["deed"]): boolean => uses.length > 0 && uses.every(({ deed }) => deed === what);
    const inside = new Set(isEvery("unlock") ? [] : locked);
    const isFenced = isFull(order) && uses.length > 0;
    const outstanding = new Map(isFenced && uses.every(({ deed }) => deed !== "read") ? [] : loads);
    if (isEvery("lock")) for (const load of loads.keys()) if (!locked.has(load)) outstanding.delete(load);
    const toldBy = (locals: Iterable<Cell>): Set<number> =>
      new Set([...locals].flatMap((local) => [...(tells.get(local) ?? [])]));
    if (!ORDERS[order].releases && !isFenced)
      for (const { address, data } of stored) {
        const depends = toldBy([...address, ...data]);
        for (const [load, join] of outstanding)
          if (join === undefined && !depends.has(load)) pairs.set(`${load} ${point}`, { thread, load, store: point });
      }
    const loadsHere = !findsOwn && uses.some(({ deed }) => deed === "read" || deed === "rmw");
    const isOrdered = ORDERS[order].acquires || (isFull(order) && uses.every(({ deed }) => deed !== "read"));
    if (loadsHere && !isOrdered) {
      outstanding.set(point, undefined);
      inside.add(point);
    }
    const join = joins[point];
    const tested = intersection(
      controls.map(({ control, controlsByRead }) => new Set([...toldBy(control), ...(controlsByRead ? [point] : [])])),
    );
    if (join !== undefined && ways.length > 0)
      for (const load of tested)
        if (outstanding.has(load) && outstanding.get(load) === undefined) outstanding.set(load, join);
    const told = new Map(tells);
    for (const [local, values] of decided)
      told.set(
        local,
        intersection(
          values.map((value) => {
            if (!value) return tells.get(local) ?? new Set<number>();
            return new Set([...toldBy(value.from), ...(value.byRead ? [point] : [])]);
          }),
        ),
      );
    return { loads: outstanding, locked: inside, tells: told };
  }
}

/** What ways through a step do, each thing once: most ways share their sets. */
interface Distinct {
  readonly stored: readonly Pick<Way, "address" | "data">[];
  readonly controls: readonly Pick<Way, "control" | "controlsByRead">[];
  /** By local that some way writes: what decides its value; nothing where a way leaves it as it was. */
  readonly decided: ReadonlyMap<Cell, readonly (Told | undefined)[]>;
}

type Told = NonNullable<ReturnType<Way["locals"]["get"]>>;

function distinctIn(ways: readonly Way[]): Distinct {
  const decided = new Map<Cell, Set<Told | undefined>>();
  for (const way of ways) for (const local of way.locals.keys()) decided.set(local, new Set());
  for (const [local, values] of decided) for (const way of ways) values.add(way.locals.get(local));
  return {
    stored: once(
      ways.filter(({ deed }) => deed === "write" || deed === "rmw"),
      ({ address, data }) => [address, data],
    ),
    controls: once(ways, ({ control, controlsByRead }) => [control, controlsByRead]),
    decided: new Map(Array.from(decided, ([local, values]) => [local, [...values]])),
  };
}

/** The first of each that are the same by two things. */
function once<T>(all: readonly T[], by: (one: T) => readonly [unknown, unknown]): readonly T[] {
  const known = new Map<unknown, Set<unknown>>();
  return all.filter((one) => {
    const [first, second] = by(one);
    const seconds = known.get(first) ?? new Set();
    known.set(first, seconds);
    return !seconds.has(second) && seconds.add(second);
  });
}

function intersection<T>(sets: readonly ReadonlySet<T>[]): Set<T> {
  return new Set([...(sets[0] ?? [])].filter((one) => sets.every((set) => set.has(one))));
}

/** What is known on both ways; `old` itself if nothing is new. */
function merge(old: Known | undefined, other: Known): Known {
  if (!old) return other;
  let isNew = false;
  const loads = new Map(old.loads);
  for (const [load, join] of other.loads) {
    const both = loads.has(load) && loads.get(load) !== join ? undefined : join;
    if (loads.has(load) && loads.get(load) === both) continue;
    loads.set(load, both);
    isNew = true;
  }
  const locked = new Set([...old.locked, ...other.locked]);
  if (locked.size > old.locked.size) isNew = true;
  const tells = new Map<Cell, ReadonlySet<number>>();
  for (const [local, set] of old.tells) {
    const common = intersection([set, other.tells.get(local) ?? new Set<number>()]);
    if (common.size < set.size) isNew = true;
    tells.set(local, common);
  }
  return isNew ? { loads, locked, tells } : old;
}
