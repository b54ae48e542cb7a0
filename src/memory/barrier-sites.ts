import { isFull, isQualifier, ORDERS, type Fence, type Order, type Stronger } from "../model/order.ts";
import type { Program } from "../machine/program.ts";
import { DONE } from "../machine/state.ts";
import { waysOf, type Deed } from "../analysis/dependencies.ts";
import { ahead } from "../analysis/flow.ts";
import { memoryOf, type Memory, type Shape } from "../analysis/words.ts";

/** A stronger qualifier of a step, or a fence behind it. */
export type Strength = Stronger | FenceBehind;
export type FenceBehind = Exclude<Fence, "before-atomic" | "after-unlock-lock">;

/**
 * What each costs, to tell cheap sets from dear ones. 1: orders loads or stores alone, and is no instruction on x86. 2: a
 * full barrier behind an atomic operation or a spin lock, which are full barriers on x86 already. 3: a full barrier
 * everywhere, or an atomic operation with one on each side.
 */
export const COST: Readonly<Record<Strength, number>> = {
  acquire: 1,
  release: 1,
  rmb: 1,
  wmb: 1,
  "after-atomic": 2,
  "after-spinlock": 2,
  mb: 3,
  full: 3,
};

/** By strength: the cheaper ones that order nothing which this one does not, where both take effect. */
const WEAKER: Readonly<Record<Strength, readonly Strength[]>> = {
  acquire: [],
  release: [],
  rmb: [],
  wmb: [],
  "after-atomic": ["acquire", "rmb", "wmb"],
  "after-spinlock": [],
  mb: ["acquire", "rmb", "wmb", "after-atomic"],
  full: ["acquire", "release", "rmb", "wmb", "after-atomic"],
};

/** One step of a path, made stronger wherever the path is called. */
export interface Strengthening {
  readonly path: string;
  readonly label: string;
  readonly by: Strength;
  /** What its step does to memory. */
  readonly access: "load" | "store" | "RMW" | "lock" | "unlock";
}

/** What can be made stronger of one step of one thread. */
export interface Site {
  readonly step: string;
  readonly order: Order;
  /** Some way through it reads and writes a word in one access. */
  readonly hasRmw: boolean;
  readonly access: Strengthening["access"];
  /** By strength: where the step leads on the ways that it orders. smp_mb__after_atomic() needs an atomic operation that was done. */
  readonly strengths: ReadonlyMap<Strength, ReadonlySet<number>>;
}

/** By thread and control point; nothing for a step that makes no access. */
export type Sites = readonly (readonly (Site | undefined)[])[];

/** The step that is made stronger, as `path: label`. */
export const stepOf = ({ path, label }: Pick<Strengthening, "path" | "label">): string => `${path}: ${label}`;

export const costOf = (set: readonly Strengthening[]): number => set.reduce((sum, { by }) => sum + COST[by], 0);

/** Finds out of each step what can be made stronger. Throws a ModelError if a step uses several words at once. */
export function sitesOf(program: Program): Sites {
  const memory = memoryOf(program);
  return program.threads.map(({ points }, t) => {
    const shapes = memory.shapes[t]!;
    const deeds = shapes.map((shape) => deedsOf(shape, memory));
    const later = ahead(
      shapes.map(({ next }) => next),
      (p) => [...deeds[p]!.values()].flatMap((some) => [...some]),
    );
    return points.map(({ frame, label }, p): Site | undefined => {
      const used = new Set([...deeds[p]!.values()].flatMap((some) => [...some]));
      const access = accessOf(used);
      // What a user does through the TLB is not the kernel's to order.
      if (!access || shapes[p]!.mmu === "access") return undefined;
      const { order } = shapes[p]!;
      return {
        step: stepOf({ path: frame.path.name, label }),
        order,
        hasRmw: used.has("rmw"),
        access,
        strengths: strengthsOf(shapes[p]!, memory, deeds[p]!, later),
      };
    });
  });
}

/** All that can be made stronger, in the order of the threads and their steps, the cheaper first. */
export function strengtheningsOf(program: Program, sites: Sites): readonly Strengthening[] {
  const all = new Map<string, Strengthening>();
  for (const [t, { points }] of program.threads.entries())
    for (const [p, { frame, label }] of points.entries())
      for (const by of sites[t]![p]?.strengths.keys() ?? []) {
        const one = { path: frame.path.name, label, by, access: sites[t]![p]!.access };
        if (!all.has(`${by} ${stepOf(one)}`)) all.set(`${by} ${stepOf(one)}`, one);
      }
  return [...all.values()];
}

/** `a` orders all that `b` does, which is another one of the same step. */
export function covers(sites: Sites, a: Strengthening, b: Strengthening): boolean {
  if (stepOf(a) !== stepOf(b) || !WEAKER[a.by].includes(b.by)) return false;
  return sites.flat().every((site) => {
    if (site?.step !== stepOf(a)) return true;
    const exits = site.strengths.get(a.by);
    return [...(site.strengths.get(b.by) ?? [])].every((exit) => exits?.has(exit));
  });
}

/** What the ways through a step do, by where they lead. */
type Deeds = ReadonlyMap<number, ReadonlySet<Deed>>;

function deedsOf(shape: Shape, memory: Memory): Deeds {
  const deeds = new Map<number, Set<Deed>>();
  // No fence of the CPU orders its MMU.
  if (shape.mmu === "walk") return deeds;
  for (const [leaf, { deed, word }] of waysOf(shape, memory)) {
    if (leaf.kind !== "moved") continue;
    // How a thread finds a lock that it does not take tells it nothing.
    const counts = word?.isLock === true && deed === "read" ? "nothing" : deed;
    deeds.set(leaf.next, (deeds.get(leaf.next) ?? new Set()).add(counts));
  }
  return deeds;
}

function accessOf(used: ReadonlySet<Deed>): Site["access"] | undefined {
  if (used.has("rmw")) return "RMW";
  if (used.has("lock")) return "lock";
  if (used.has("unlock")) return "unlock";
  return used.has("read") ? "load" : used.has("write") ? "store" : undefined;
}

const LOADS: readonly Deed[] = ["read", "rmw"];
const STORES: readonly Deed[] = ["write", "rmw"];
const ALL: readonly Deed[] = ["read", "write", "rmw", "lock", "unlock"];

function strengthsOf(
  shape: Shape,
  memory: Memory,
  deeds: Deeds,
  later: readonly ReadonlySet<Deed>[],
): Site["strengths"] {
  const { order } = shape;
  const hasRmw = [...deeds.values()].some((here) => here.has("rmw"));
  const isFollowedBy = (wanted: readonly Deed[], exit: number): boolean =>
    exit !== DONE && wanted.some((deed) => later[exit]!.has(deed));
  const leading = (is: (here: ReadonlySet<Deed>) => boolean, wanted?: readonly Deed[]): ReadonlySet<number> =>
    new Set(
      [...deeds].filter(([exit, here]) => is(here) && (!wanted || isFollowedBy(wanted, exit))).map(([exit]) => exit),
    );
  const isOnly = (here: ReadonlySet<Deed>, deed: Deed): boolean => here.size === 1 && here.has(deed);
  // An RMW that does not write is a load without order, whatever it is when it writes.
  const isPlainLoad = (here: ReadonlySet<Deed>): boolean =>
    here.has("read") && (hasRmw || (!ORDERS[order].acquires && !isFull(order)));
  const isPlainRmw = (here: ReadonlySet<Deed>): boolean => here.has("rmw") && !isFull(order);
  const isLoose = ORDERS[order].returns && !ORDERS[order].acquires;
  const has =
    (...some: readonly Deed[]) =>
    (here: ReadonlySet<Deed>): boolean =>
      some.some((deed) => here.has(deed));
  const exits: Readonly<Record<Strength, ReadonlySet<number>>> = {
    acquire: leading(has(hasRmw ? "rmw" : "read"), ALL),
    release: leading(has("write", "rmw")),
    rmb: leading((here) => isPlainLoad(here) || (isPlainRmw(here) && isLoose), LOADS),
    wmb: leading((here) => (here.has("write") && !isFull(order)) || isPlainRmw(here), STORES),
    "after-atomic": leading((here) => isOnly(here, "rmw") && isPlainRmw(here), ALL),
    "after-spinlock": leading((here) => isOnly(here, "lock"), ALL),
    full: leading(has("rmw")),
    // Where every way has done an atomic operation, the barrier behind it has a cheaper name.
    mb: leading(
      (here) =>
        isPlainLoad(here) ||
        here.has("unlock") ||
        (here.has("write") && !isFull(order)) ||
        (isPlainRmw(here) && [...deeds.values()].some((other) => !isOnly(other, "rmw"))),
      ALL,
    ),
  };
  const known = Object.entries(exits) as [Strength, ReadonlySet<number>][];
  return new Map(
    known.filter(([by, some]) => some.size > 0 && (!isQualifier(by) || isStronger(shape, memory, by, hasRmw))),
  );
}

/**
 * The qualifier promises more, and the step still does the same: one that became another operation would be another program.
 * Of loads and stores, only those without order have a stronger form.
 */
function isStronger(shape: Shape, memory: Memory, order: Stronger, hasRmw: boolean): boolean {
  if (!ORDERS[shape.order].stronger.includes(order) || (!hasRmw && !ORDERS[shape.order].isPlain)) return false;
  const after = waysOf({ ...shape, order }, memory);
  return [...waysOf(shape, memory)].every(([leaf, { deed }]) => after.get(leaf)!.deed === deed);
}

/** A counterexample that says of other sets of strengthenings, too, that they are not enough. */
export interface Evidence {
  readonly spec: string;
  /** Of a set that the run gets past, only one of these can make a set that it does not. */
  readonly relevant: readonly Strengthening[];
  /** The run is one of the machine with these strengthenings, too. */
  isAllowed(set: readonly Strengthening[]): boolean;
  /** Whether one more can make a difference to the run. */
  isNews(one: Strengthening, set: readonly Strengthening[]): boolean;
}
