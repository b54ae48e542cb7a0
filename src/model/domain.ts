import { ModelError } from "./error.ts";
import { refuseMore } from "./keys.ts";
import { shown } from "./thrown.ts";

/** The most fields of a world, elements of arrays counted one by one, and the most values that all of them may have together. */
export const MOST_CELLS = 10_000;

/** What one field of a state holds: a reference is the name of the struct it points at, or null. */
export type Value = boolean | number | string | null;

interface Common {
  /** Kept for specs only: reading or writing it is no shared access. */
  readonly isGhost?: boolean;
  /** Kept by the hardware outside memory. */
  readonly isHardware?: boolean;
  /** Name of the lock that every access must hold: a bool beside this field, or at the top of the world. */
  readonly guard?: string;
  /** Name of the word of memory that it shares with other fields of the same struct. */
  readonly word?: string;
}

/** The locks of the kernel: who waits for one spins, or sleeps. */
export type LockKind = HeldKind | typeof COMPLETION | typeof SEQCOUNT | typeof WAIT_QUEUE | typeof TASK;
/** Those that somebody holds, and others wait for. */
type HeldKind = "spinlock" | "rwlock" | "bit lock" | "mutex" | "rwsem";
/** It is waited for as a lock is, and nobody holds it. */
export const COMPLETION = "completion";
/** Its writer counts it up; readers wait for it, and look at it again. */
export const SEQCOUNT = "seqcount";
/** Who sleeps until another one wakes it is in it. */
export const WAIT_QUEUE = "wait queue";
/** Whether one sleeps. */
export const TASK = "task";

/** Somebody takes it, and nobody else may have it meanwhile. */
export const isHeldKind = (lock: LockKind | undefined): lock is HeldKind => lock !== undefined && !NOT_HELD.has(lock);
const NOT_HELD: ReadonlySet<LockKind> = new Set<LockKind>([COMPLETION, SEQCOUNT, WAIT_QUEUE, TASK]);

export interface BoolField extends Common {
  readonly kind: "bool";
  /** It is a spin lock: true while it is held. */
  readonly isLock?: boolean;
  /** It is a lock of another kind: true while it is held. */
  readonly lock?: LockKind;
}
export interface IntField extends Common {
  readonly kind: "int";
  readonly low: number;
  readonly high: number;
  /** What it starts as; without it, as `low`. */
  readonly start?: number;
  /** It is a lock that readers share: how many hold it, or WRITER. */
  readonly lock?: LockKind;
}
export interface EnumField<S extends string = string> extends Common {
  readonly kind: "oneOf";
  readonly names: readonly S[];
  /** What is shown in place of the names, where they are too many to be read. */
  readonly rule?: string;
  /** The names that ask for one thing less than the given one, for those who look for the least that is enough. */
  readonly simpler?: (name: string) => readonly string[];
}
/** A struct, or a function that returns it, where a struct points at itself or at one that is defined after it. */
export type Target = StructField | LaterStruct;
// What it returns must not be asked for while the struct is being defined: `any` keeps the compiler from asking.
// oxlint-disable-next-line typescript/no-explicit-any
type LaterStruct = () => any;
export interface RefField<S extends Target = Target> extends Common {
  readonly kind: "ref";
  readonly target: S;
}
export interface PointerField<S extends Target = Target> extends Common {
  readonly kind: "pointer";
  readonly target: S;
}
export interface StructField<F extends Fields = Fields, N extends string = string> extends Common {
  readonly kind: "struct";
  readonly fields: F;
  /** By which an extended world may give it more fields. */
  readonly name?: N;
}
export interface ArrayField<N extends number = number, E extends Field = Field> extends Common {
  readonly kind: "array";
  readonly length: N;
  readonly element: E;
  /** Its elements are allocated and freed. */
  readonly slab?: Slab;
}
/** How a slab's objects are freed. */
export interface Slab {
  /** SLAB_TYPESAFE_BY_RCU: who has a pointer to an object that was freed may look at it. */
  readonly typesafe?: boolean;
}
export type SlabField<S extends StructField = StructField, N extends number = number> = ArrayField<N, S> & {
  readonly slab: Slab;
};

// These two tie a recursive type together; a plain alias would be circular.
/** Fields by name: those of a world, of a struct, or the locals of a path. */
export interface Fields {
  readonly [name: string]: Field;
}
export type ScalarField = BoolField | IntField | EnumField;
/** The kind of a field and the values that it may have: what `bool`, `int`, `ref`, `struct` and the others make. */
export type Field = ScalarField | RefField | PointerField | StructField | ArrayField;
/** A lock that only its operations change. */
export type LockField<F extends BoolField | IntField = BoolField | IntField> = F & { readonly lock: LockKind };
/** A field that is one cell of the state. */
export type CellField = ScalarField | RefField | PointerField;

type Tuple<N extends number, T, Acc extends T[] = []> = number extends N
  ? T[]
  : Acc["length"] extends N
    ? Acc
    : Acc["length"] extends 16
      ? T[]
      : Tuple<N, T, [...Acc, T]>;

// What cannot be assigned as a whole.
type IsInner<F> = F extends { readonly kind: "struct" | "array" } | { readonly lock: LockKind } ? true : false;
type Leaf<F, K extends keyof F> = IsInner<F[K]> extends true ? never : K;
type Inner<F, K extends keyof F> = IsInner<F[K]> extends true ? K : never;

/** The fields of a struct, a world or a path's locals as a step sees them. */
export type Drafts<F> = { -readonly [K in keyof F as Leaf<F, K>]: Draft<F[K]> } & {
  readonly [K in keyof F as Inner<F, K>]: Draft<F[K]>;
};

/** One field as a step sees it: values can be read and assigned; a reference behaves like a pointer. */
export type Draft<F> = F extends { readonly kind: "bool" }
  ? boolean
  : F extends { readonly kind: "int" }
    ? number
    : F extends { readonly kind: "oneOf"; readonly names: readonly (infer S)[] }
      ? S
      : F extends { readonly kind: "ref"; readonly target: infer S }
        ? Draft<Pointed<S>> | null
        : F extends { readonly kind: "pointer"; readonly target: infer S }
          ? Draft<Pointed<S>>
          : F extends { readonly kind: "struct"; readonly fields: infer R }
            ? Drafts<R>
            : F extends { readonly kind: "array"; readonly length: infer N extends number; readonly element: infer E }
              ? IsInner<E> extends true
                ? Readonly<Tuple<N, Draft<E>>>
                : Tuple<N, Draft<E>>
              : never;

// Of fields that are not known one by one, what such a function returns is `any`, which has no end of fields in it.
type Pointed<S> = S extends () => infer T ? (unknown extends T ? StructField : T) : S;

/** true or false; starts as false. */
export const bool: BoolField = { kind: "bool" };

/**
 * A spinlock_t: a bool that is true while the lock is held. `lock`, `trylock` and `unlock` take and release it; a step may
 * also assign it.
 */
export const spinlock: BoolField = { kind: "bool", isLock: true };

/** A struct mutex: true while it is held, which only `lock`, `trylock` and `unlock` change. Who waits for it sleeps. */
export const mutex: LockField<BoolField> = { kind: "bool", lock: "mutex" };

/**
 * A bit_spin_lock(), or a lock bit like PG_locked of which that is true: `inWord("flags", bitLock)` is one bit of a word.
 * True while it is held, which only `lock`, `trylock` and `unlock` change.
 */
export const bitLock: LockField<BoolField> = { kind: "bool", lock: "bit lock" };

/** What a lock that readers share is while a writer holds it. */
export const WRITER = -1;
const MOST_READERS = 15;
const shared = (lock: LockKind): LockField<IntField> => ({
  kind: "int",
  low: WRITER,
  high: MOST_READERS,
  start: 0,
  lock,
});

/** An rwlock_t: the number of readers that hold it, or -1 for a writer. Besides, `lockShared` and its like take it. */
export const rwlock: LockField<IntField> = shared("rwlock");

/** What a completion is once `completeAll` was called. */
export const ALL_DONE = 16;

/** A struct completion: how often it was completed and not waited for yet; 16 after `completeAll`. */
export const completion: LockField<IntField> = { kind: "int", low: 0, high: ALL_DONE, lock: COMPLETION };

/** The last sequence of any seqcount_t. One for which nobody has said how far it counts gets as far as its writers' steps. */
export const LAST_SEQUENCE = 32;

/**
 * A seqcount_t: odd while somebody writes what it protects. `writeSeqcountBegin` and its like count it up; readers look at it
 * before and after. `guarded("lock", seqcount)` is a seqcount_spinlock_t, seqcount_rwlock_t or seqcount_mutex_t, whose writers
 * hold that lock. It counts as many write sections as the threads have steps for; where one is in a loop, see `seqcountFor`.
 */
export const seqcount: LockField<IntField> = { kind: "int", low: 0, high: LAST_SEQUENCE, lock: SEQCOUNT };

/**
 * A seqcount_t that counts up to `sections` write sections, for writers that come again. It never comes round, as a reader would
 * take it for unchanged then: one section more violates `in-range`.
 */
export function seqcountFor(sections: number): LockField<IntField> {
  refuseMore(arguments, 1, "seqcountFor(sections)");
  if (!Number.isInteger(sections) || sections < 1 || 2 * sections >= LAST_SEQUENCE)
    throw new ModelError(`seqcountFor(${shown(sections)}) is no number of write sections`, {
      remedy: `give a number from 1 to ${LAST_SEQUENCE / 2 - 1}`,
    });
  return { kind: "int", low: 0, high: 2 * sections, lock: SEQCOUNT };
}

/** What a reader remembers of a seqcount_t, as a local: `unsigned seq`. */
export const sequence: IntField = { kind: "int", low: 0, high: LAST_SEQUENCE };

const MOST_WAITERS = 8;

/** A wait_queue_head_t: how many threads are in it, asleep or about to sleep, until another one wakes them. */
export const waitQueue: LockField<IntField> = { kind: "int", low: 0, high: MOST_WAITERS, lock: WAIT_QUEUE };

/** The __state of a task_struct: true while it is not TASK_RUNNING, so that its thread sleeps in `schedule`. */
export const task: LockField<BoolField> = { kind: "bool", lock: TASK };

/** A struct rw_semaphore: the number of readers that hold it, or -1 for a writer. Who waits for it sleeps. */
export const rwsem: LockField<IntField> = shared("rwsem");

/**
 * An integer from `low` to `high`, both included; starts as `start`, or else as `low`. Leaving the range is a violation of
 * `in-range`. Throws a ModelError if `low` and `high` are no range of integers, or `start` is not in it.
 */
export function int(low: number, high: number, start?: number): IntField {
  refuseMore(arguments, 3, "int(low, high, start)");
  if (!Number.isInteger(low) || !Number.isInteger(high) || low > high)
    throw new ModelError(`int(${shown(low)}, ${shown(high)}) is not a range of integers`, {
      remedy: "give the lowest and the highest value",
    });
  if (start === undefined) return { kind: "int", low, high };
  if (!Number.isInteger(start) || start < low || start > high)
    throw new ModelError(`int(${low}, ${high}, ${shown(start)}) does not start in its range`, {
      cause: "the third value is what the field starts as",
      remedy: `give an integer from ${low} to ${high}, or none to start as ${low}`,
    });
  return { kind: "int", low, high, start };
}

/** All values of an integer, the one that it starts as first. */
export function integersOf({ low, high, start = low }: IntField): readonly number[] {
  const all = Array.from({ length: high - low + 1 }, (_, i) => low + i);
  return start === low ? all : [start, ...all.filter((value) => value !== start)];
}

/** One of the given words; starts as the first. Throws a ModelError for no word, or one twice. */
export function oneOf<const S extends string>(...names: readonly [S, ...S[]]): EnumField<S> {
  if (names.length === 0 || !names.every((name) => typeof name === "string"))
    throw new ModelError("oneOf(...) needs words", { remedy: 'give at least one, as in oneOf("idle", "busy")' });
  if (new Set(names).size < names.length) throw new ModelError(`oneOf(${names.join(", ")}) names a value twice`);
  return { kind: "oneOf", names };
}

/**
 * One of many words that follow a rule, as a parameter ranges over them; starts as the first. Help and errors show the
 * rule in place of the words. `simpler` names the words that ask for one thing less than the given one.
 */
export const oneOfMany = <const S extends string>(
  rule: string,
  names: readonly [S, ...S[]],
  simpler?: (name: S) => readonly S[],
): EnumField<S> => ({
  ...oneOf(...names),
  rule,
  ...(simpler && { simpler: (name) => simpler(name as S) }),
});

/**
 * A pointer to one of the structs of this kind in the world, or null; starts as null. A struct that is defined later, or of
 * which this is a field, is given by a function: `ref(() => Node)`.
 */
export function ref<const S extends StructField>(target: S): RefField<S>;
export function ref<const S extends LaterStruct>(target: S): RefField<S>;
export function ref(target: Target): RefField {
  return { kind: "ref", target: aimed(target, "ref") };
}

/** A pointer that is never null: it starts at the first struct of this kind in the world, of which there must be one. */
export function pointer<const S extends StructField>(target: S): PointerField<S>;
export function pointer<const S extends LaterStruct>(target: S): PointerField<S>;
export function pointer(target: Target): PointerField {
  return { kind: "pointer", target: aimed(target, "pointer") };
}

function aimed(target: Target | undefined, maker: string): Target {
  if (target !== undefined) return target;
  throw new ModelError(`${maker}() was given a struct that is not defined yet`, {
    cause: "a struct that points at itself, or at one that is defined after it, is not there when it does",
    remedy: POINT_LATER,
  });
}

/** What to write where a struct refers to itself. */
export const POINT_LATER = "give a function that returns the struct, as in next: ref(() => Node)";

/** The struct that a pointer points at. Throws a ModelError for what is none; `name` is that of the field. */
export function targetOf({ kind, target }: RefField | PointerField, name: string): StructField {
  const found: unknown = typeof target === "function" ? target() : target;
  if (typeof found === "object" && found !== null && "kind" in found && found.kind === "struct")
    return found as StructField;
  throw new ModelError(`'${name}' refers to what is no struct`, {
    remedy: `write ${kind}(Page) for Page = struct({ ... }), or ${kind}(() => Page) inside of it`,
  });
}

/**
 * A struct of named fields, as `struct page`; its drafts have the same names. A world that holds one, alone or in an array, has
 * its fields; `ref` points at it. Structs and arrays are not values: copy them field by field. By its name, as in
 * `struct("Page", { ... })`, an extended world may give it more fields.
 */
export function struct<const F extends Fields>(fields: F): StructField<F, never>;
export function struct<const N extends string, const F extends Fields>(name: N, fields: F): StructField<F, N>;
export function struct(...given: readonly unknown[]): StructField {
  refuseMore(given, 2, "struct(name, { ... })");
  if (given.length < 2) return { kind: "struct", fields: given[0] as Fields };
  const [name, fields] = given;
  if (typeof name !== "string" || !/^[A-Za-z_$][\w$]*$/.test(name))
    throw new ModelError(`a struct cannot be called ${shown(name)}`, {
      remedy: 'give it a name of letters and digits, as in struct("Page", { ... })',
    });
  return { kind: "struct", fields: fields as Fields, name };
}

/** `length` fields of the same kind, counted from 0. Throws a ModelError unless `length` is an integer from 1 to 10000. */
export function array<const N extends number, E extends Field>(length: N, element: E): ArrayField<N, E> {
  refuseMore(arguments, 2, "array(length, field)");
  if (!Number.isInteger(length) || length < 1 || length > MOST_CELLS)
    throw new ModelError(`array(${shown(length)}, ...) needs a length from 1 to ${MOST_CELLS}`);
  return { kind: "array", length, element };
}

/**
 * A kmem_cache of `length` objects, which `alloc` takes and `free` gives back: a step that uses one that it has not got
 * violates `use-after-free`. With `typesafe`, RCU readers may look at what was freed, and it is only taken again as the same struct.
 */
export function slab<const S extends StructField, N extends number>(
  element: S,
  length: N,
  { typesafe = false, ...more }: Slab = {},
): SlabField<S, N> {
  refuseMore(arguments, 3, "slab(Struct, length, { typesafe })");
  const [unknown] = Object.keys(more);
  if (unknown !== undefined)
    throw new ModelError(`a slab has no '${unknown}'`, { remedy: "write slab(Struct, length, { typesafe: true })" });
  if (typeof element !== "object" || (element as unknown) === null || element.kind !== "struct")
    throw new ModelError("slab(...) was given no struct", { remedy: "write slab(Node, 2) for Node = struct({ ... })" });
  if (!Number.isInteger(length) || length < 1)
    throw new ModelError(`slab(Struct, ${shown(length)}) needs a number of objects`, {
      remedy: "write slab(Struct, 2)",
    });
  return { ...array(length, element), slab: { typesafe } };
}

/** A field that exists for specs only: it is no shared access, and no kernel operation may depend on it. */
export const ghost = <F extends Field>(field: F): F => ({ ...field, isGhost: true });

/**
 * What the MMU keeps outside memory, a TLB entry: it has one value for all CPUs. A step that uses a word of memory and
 * changes it is a page-table walk; one that uses a word and looks at it is an access by that entry; one that changes it
 * alone, and is fully ordered, is a flush that other CPUs are waited for.
 */
export const hardware = <F extends Field>(field: F): F => ({ ...field, isHardware: true });

/**
 * A field that may only be read or written while `lock` is held; of a struct or an array, every field in it. The lock is
 * a bool of the same struct, or of the world, that is true while it is held. An access without it is a violation of
 * `guarded`.
 */
export const guarded = <F extends Field>(lock: string, field: F): F => ({ ...field, guard: lock });

/**
 * A field that lies in one word of memory with the other fields of the same struct that name the same `word`, as the bits
 * of `page->flags` do, or what a PTE holds; of a struct or an array, every field in it. An access to several of them is
 * one access.
 */
export const inWord = <F extends Field>(word: string, field: F): F => ({ ...field, word });

/** A seqlock_t: a spin lock, and a sequence count that its holder counts up. */
export const seqlock = struct({ lock: spinlock, seqcount: guarded("lock", seqcount) });
