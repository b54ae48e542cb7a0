import { ALL_FENCES, ALL_QUALIFIERS, ALL_RCU, ORDERS, type Fence, type Rcu } from "../model/order.ts";
import type { Datum } from "./expression.ts";
import type { Instruction, Updated } from "./program.ts";

type Rmw = Extract<Instruction, { kind: "rmw" }>;
type AccessOrder = "once" | "acquire" | "release";

/** What an argument of a kernel primitive is: `*p` or `x` (the location itself), its address, a value, or nothing. */
export type Parameter = "lvalue" | "address" | "value";

/** A kernel primitive in the terms of memory order. */
export type Primitive =
  | {
      readonly kind: "read";
      readonly order: Exclude<AccessOrder, "release">;
      readonly parameters: readonly Parameter[];
    }
  | {
      readonly kind: "write";
      readonly order: Exclude<AccessOrder, "acquire">;
      readonly parameters: readonly Parameter[];
      /** A fence that comes with it. */
      readonly andThen?: Fence;
    }
  | {
      readonly kind: "rmw";
      readonly order: Rmw["order"];
      readonly parameters: readonly Parameter[];
      readonly update: Rmw["update"];
    }
  | { readonly kind: "fence"; readonly fence: Fence | undefined; readonly parameters: readonly [] }
  | { readonly kind: "lock" | "unlock" | "trylock" | "islocked"; readonly parameters: readonly ["address"] }
  | { readonly kind: "rcu"; readonly rcu: Rcu; readonly parameters: readonly [] };

const FENCES: ReadonlyMap<string, Fence | undefined> = new Map([
  ...ALL_FENCES.map((fence) => [ORDERS[fence].name, fence] as const),
  // Neither orders anything that a marked access leaves open.
  ["barrier", undefined],
  ["smp_read_barrier_depends", undefined],
]);

const READS: Readonly<Record<string, readonly ["once" | "acquire", Parameter]>> = {
  READ_ONCE: ["once", "lvalue"],
  ACCESS_ONCE: ["once", "lvalue"],
  rcu_dereference: ["once", "lvalue"],
  lockless_dereference: ["once", "lvalue"],
  smp_load_acquire: ["acquire", "address"],
  atomic_read: ["once", "address"],
  atomic_read_acquire: ["acquire", "address"],
};

const WRITES: Readonly<Record<string, readonly ["once" | "release", Parameter, Fence?]>> = {
  WRITE_ONCE: ["once", "lvalue"],
  rcu_assign_pointer: ["release", "lvalue"],
  smp_store_release: ["release", "address"],
  smp_store_mb: ["once", "lvalue", "mb"],
  atomic_set: ["once", "address"],
  atomic_set_release: ["release", "address"],
};

const LOCKS = {
  spin_lock: "lock",
  spin_unlock: "unlock",
  spin_trylock: "trylock",
  spin_is_locked: "islocked",
} as const satisfies Record<string, string>;

const RCU: ReadonlyMap<string, Rcu> = new Map([
  ...ALL_RCU.map((rcu) => [ORDERS[rcu].name, rcu] as const),
  ["synchronize_rcu_expedited", "synchronize-rcu"],
]);

const OPERATIONS: Readonly<Record<string, (old: Datum, by: Datum) => Datum>> = {
  add: (old, by) => old + by,
  sub: (old, by) => old - by,
  inc: (old) => old + 1,
  dec: (old) => old - 1,
  and: (old, by) => old & by,
  or: (old, by) => old | by,
  xor: (old, by) => old ^ by,
  andnot: (old, by) => old & ~by,
};

/** By what the names of RMWs end in: a plain access is none. */
const RMWS: ReadonlyMap<string | undefined, Rmw["order"]> = new Map(
  ALL_QUALIFIERS.flatMap((order) => (order === "once" ? [] : [[ORDERS[order].suffix, order]])),
);
const SUFFIX = `(${[...RMWS.keys()].filter((suffix) => suffix !== undefined).join("|")})`;
const OPERATION = Object.keys(OPERATIONS).join("|");

const XCHG = new RegExp(`^(?:atomic_)?xchg${SUFFIX}$`);
const CMPXCHG = new RegExp(`^(?:atomic_)?cmpxchg${SUFFIX}$`);
const RETURN = new RegExp(`^atomic_(${OPERATION})_return${SUFFIX}$`);
const FETCH = new RegExp(`^atomic_fetch_(${OPERATION})${SUFFIX}$`);
const TEST = /^atomic_(inc|dec|sub)_and_test$/;
const NEGATIVE = new RegExp(`^atomic_add_negative${SUFFIX}$`);
const PLAIN = new RegExp(`^atomic_(${OPERATION})$`);

/** What a kernel function does to memory, if it is one that litmus tests are known to use. */
export function primitiveOf(name: string): Primitive | undefined {
  if (FENCES.has(name)) return { kind: "fence", fence: FENCES.get(name), parameters: [] };
  const read = READS[name];
  if (read) return { kind: "read", order: read[0], parameters: [read[1]] };
  const write = WRITES[name];
  if (write) {
    const [order, parameter, andThen] = write;
    return { kind: "write", order, parameters: [parameter, "value"], ...(andThen && { andThen }) };
  }
  if (Object.hasOwn(LOCKS, name)) return { kind: LOCKS[name as keyof typeof LOCKS], parameters: ["address"] };
  const rcu = RCU.get(name);
  if (rcu !== undefined) return { kind: "rcu", rcu, parameters: [] };
  return rmwOf(name);
}

function rmwOf(name: string): Primitive | undefined {
  const match = (pattern: RegExp): readonly string[] | undefined => pattern.exec(name)?.slice(1);
  const rmw = (suffix: string, parameters: readonly Parameter[], update: Rmw["update"]): Primitive => ({
    kind: "rmw",
    order: RMWS.get(suffix)!,
    parameters,
    update,
  });
  const swapped = (old: Datum, stored: Datum): Updated => ({ stored, returned: old });
  const kept = (returned: Datum): Updated => ({ stored: undefined, returned });
  // `atomic_inc(v)` has the address alone, `atomic_add(i, v)` has it last.
  const around = (operation: string): readonly Parameter[] =>
    operation === "inc" || operation === "dec" ? ["address"] : ["value", "address"];

  const xchg = match(XCHG);
  if (xchg) return rmw(xchg[0]!, ["address", "value"], (old, [value]) => swapped(old, value!));
  const cmpxchg = match(CMPXCHG);
  if (cmpxchg)
    return rmw(cmpxchg[0]!, ["address", "value", "value"], (old, [expected, value]) =>
      old === expected ? swapped(old, value!) : kept(old),
    );
  if (name === "atomic_add_unless")
    return rmw("", ["address", "value", "value"], (old, [by, unless]) =>
      old === unless ? kept(0) : { stored: old + by!, returned: 1 },
    );
  if (name === "atomic_inc_not_zero")
    return rmw("", ["address"], (old) => (old === 0 ? kept(0) : { stored: old + 1, returned: 1 }));
  const changed = match(RETURN) ?? match(FETCH);
  if (changed) {
    const [operation, suffix] = changed;
    const isFetch = name.startsWith("atomic_fetch_");
    return rmw(suffix!, around(operation!), (old, [by]) => {
      const stored = OPERATIONS[operation!]!(old, by!);
      return { stored, returned: isFetch ? old : stored };
    });
  }
  const test = match(TEST);
  if (test)
    return rmw("", around(test[0]!), (old, [by]) => {
      const stored = OPERATIONS[test[0]!]!(old, by!);
      return { stored, returned: stored === 0 ? 1 : 0 };
    });
  const negative = match(NEGATIVE);
  if (negative)
    return rmw(negative[0]!, ["value", "address"], (old, [by]) => ({
      stored: old + by!,
      returned: old + by! < 0 ? 1 : 0,
    }));
  const plain = match(PLAIN);
  if (!plain) return undefined;
  return {
    kind: "rmw",
    order: "noreturn",
    parameters: around(plain[0]!),
    update: (old, [by]) => ({ stored: OPERATIONS[plain[0]!]!(old, by!), returned: 0 }),
  };
}
