/** What a kernel operation promises about memory order, in the terms of the Linux-kernel memory model. */
export type Order = Qualifier | Fence | Rcu;
/** What an access has. */
export type Qualifier = "full" | "once" | "acquire" | "release" | "relaxed" | "noreturn";
/** A barrier that is a statement of its own. */
export type Fence = "mb" | "rmb" | "wmb" | "before-atomic" | "after-atomic" | "after-spinlock" | "after-unlock-lock";
/** What begins and ends a read-side critical section, and waits for those of others. */
export type Rcu = "rcu-read-lock" | "rcu-read-unlock" | "synchronize-rcu";

/** Qualifiers that make a step stronger which has another one. */
export type Stronger = "acquire" | "release" | "full";

/** What a step without a qualifier has. */
export const UNQUALIFIED = "full" satisfies Order;

/** All that a memory model, an analysis or a report asks of an order. */
interface Promised {
  /** What it keeps in order of its CPU, in front of it and behind it: `all` is a strong fence. */
  readonly orders: "nothing" | "loads" | "stores" | "all";
  /** What is later stays behind a load with it. */
  readonly acquires: boolean;
  /** What is earlier stays in front of a store with it. */
  readonly releases: boolean;
  /** Others may come to know by it of what its CPU has seen. */
  readonly publishes: boolean;
  /** x86 does it when the store buffer is empty, and not before. */
  readonly drains: boolean;
  /** The program gets what an RMW with it has read. */
  readonly returns: boolean;
  /** A write that does not ask for the old value is a store. With other orders it is an RMW all the same, as set_bit() is. */
  readonly mayStore: boolean;
  /** A load or a store, and no RMW: READ_ONCE() and WRITE_ONCE(). */
  readonly isPlain: boolean;
  /** The qualifiers that promise more of an RMW. */
  readonly stronger: readonly Stronger[];
}

interface QualifierFacts extends Promised {
  readonly kind: "qualifier";
  /** What the name of an RMW that returns a value ends in; nothing if none has this order. */
  readonly suffix: string | undefined;
}

interface FenceFacts extends Promised {
  readonly kind: "fence";
  /** The function that C calls. */
  readonly name: string;
}

interface RcuFacts extends Promised {
  readonly kind: "rcu";
  readonly name: string;
  readonly event: RcuEvent;
}

/** What RCU does as an event of LKMM. */
export type RcuEvent = "rcu-lock" | "rcu-unlock" | "sync";

export type OrderFacts = QualifierFacts | FenceFacts | RcuFacts;

const NONE = {
  orders: "nothing",
  acquires: false,
  releases: false,
  publishes: false,
  drains: false,
  returns: true,
  mayStore: false,
  isPlain: false,
  stronger: [],
} as const satisfies Promised;

/** A strong fence. */
const STRONG = { ...NONE, orders: "all", publishes: true } as const satisfies Promised;

const QUALIFIERS: { readonly [Q in Qualifier]: QualifierFacts } = {
  full: { ...STRONG, kind: "qualifier", suffix: "", drains: true, mayStore: true },
  once: {
    ...NONE,
    kind: "qualifier",
    suffix: "_relaxed",
    mayStore: true,
    isPlain: true,
    stronger: ["acquire", "release", "full"],
  },
  acquire: { ...NONE, kind: "qualifier", suffix: "_acquire", acquires: true, stronger: ["full"] },
  release: {
    ...NONE,
    kind: "qualifier",
    suffix: "_release",
    releases: true,
    publishes: true,
    mayStore: true,
    stronger: ["full"],
  },
  relaxed: { ...NONE, kind: "qualifier", suffix: "_relaxed", stronger: ["acquire", "release", "full"] },
  noreturn: { ...NONE, kind: "qualifier", suffix: undefined, returns: false, stronger: ["full"] },
};

const FENCES: { readonly [F in Fence]: FenceFacts } = {
  mb: { ...STRONG, kind: "fence", name: "smp_mb", drains: true },
  rmb: { ...NONE, kind: "fence", name: "smp_rmb", orders: "loads" },
  wmb: { ...NONE, kind: "fence", name: "smp_wmb", orders: "stores" },
  // On x86 the operation that these go with is a full barrier itself.
  "before-atomic": { ...STRONG, kind: "fence", name: "smp_mb__before_atomic" },
  "after-atomic": { ...STRONG, kind: "fence", name: "smp_mb__after_atomic" },
  "after-spinlock": { ...STRONG, kind: "fence", name: "smp_mb__after_spinlock" },
  "after-unlock-lock": { ...STRONG, kind: "fence", name: "smp_mb__after_unlock_lock" },
};

const RCU: { readonly [R in Rcu]: RcuFacts } = {
  "rcu-read-lock": { ...NONE, kind: "rcu", name: "rcu_read_lock", event: "rcu-lock" },
  "rcu-read-unlock": { ...NONE, kind: "rcu", name: "rcu_read_unlock", event: "rcu-unlock", publishes: true },
  "synchronize-rcu": { ...STRONG, kind: "rcu", name: "synchronize_rcu", event: "sync", drains: true },
};

/** What each order means: the one place that says it. An order of which something is not said does not compile. */
export const ORDERS = { ...QUALIFIERS, ...FENCES, ...RCU } satisfies { readonly [O in Order]: Promised };

const keysOf = <K extends string>(table: { readonly [P in K]: unknown }): readonly K[] => Object.keys(table) as K[];

export const ALL_QUALIFIERS = keysOf<Qualifier>(QUALIFIERS);
export const ALL_FENCES = keysOf<Fence>(FENCES);
export const ALL_RCU = keysOf<Rcu>(RCU);
export const ALL_ORDERS: readonly Order[] = [...ALL_QUALIFIERS, ...ALL_FENCES, ...ALL_RCU];

export const isQualifier = (order: Order): order is Qualifier => ORDERS[order].kind === "qualifier";
export const isFence = (order: Order): order is Fence => ORDERS[order].kind === "fence";
export const isRcu = (order: Order): order is Rcu => ORDERS[order].kind === "rcu";

/** A barrier on its own that keeps everything in order: a fence or a grace period, no access. */
export const isStrongFence = (order: Order): boolean => !isQualifier(order) && ORDERS[order].orders === "all";
/** A full barrier on both sides of an access. */
export const isFull = (order: Order): boolean => isQualifier(order) && ORDERS[order].orders === "all";
