import { ModelError } from "./error.ts";
import type { LockKind, Value } from "./domain.ts";
import type { BuiltIn } from "./spec.ts";
import { aside, endRun, inRun, isAnyWatched, stayEnded } from "./running.ts";

/** One scalar or reference of the state: the unit in which a step reads and writes. */
export interface Cell {
  /** Position in every state of the machine. */
  readonly index: number;
  /** As reports show it: `pages[0].mapcount`, or `fault.page` for a local of thread `fault`. */
  readonly name: string;
  /** Every value it may hold; the first is its initial one. */
  readonly values: readonly Value[];
  readonly isInt: boolean;
  /** It points at a struct, or is NULL. */
  readonly isPointer?: boolean;
  readonly isGhost: boolean;
  readonly isLocal: boolean;
  /** The hardware keeps it outside memory. */
  readonly isHardware?: boolean;
  /** The word of memory it lies in: its own name, unless it shares one. */
  readonly word: string;
  /** It is a spin lock, for which LKMM has events of their own. */
  readonly isLock: boolean;
  /** It is a lock of this kind. */
  readonly lock?: LockKind;
  /** Of a sequence count: the lock that its writers hold. */
  readonly tied?: Cell;
  /** It tells of an interrupt, or an IPI, on this CPU. */
  readonly interrupts?: number;
  /** Of a field of an object that is allocated and freed: in which part of its life the object is. */
  readonly life?: Cell;
  /** The same of an object that stays one of its kind for RCU readers, who may look at it when it was freed. */
  readonly typesafe?: Cell;
  /** The cell of the lock that guards this one. */
  readonly guard?: Cell;
  /** It is kept for this thread, and other threads may ask it: what RCU has to remember of its readers. */
  readonly keptFor?: number;
}

/** The values of a cell in their natural order: an integer need not start as the lowest. */
export const inOrder = ({ values, isInt }: Pick<Cell, "values" | "isInt">): readonly Value[] =>
  isInt ? values.toSorted((a, b) => Number(a) - Number(b)) : values;

/** The lowest and the highest value of an integer. */
export function rangeOfCell(cell: Cell): readonly [Value, Value] {
  const values = inOrder(cell);
  return [values[0]!, values.at(-1)!];
}

/** What stands behind the drafts while a step, a spec or an `init` runs. */
export interface Access {
  read(cell: Cell): Value;
  write(cell: Cell, value: Value): void;
  /** The life of a local ends: it goes back to its initial value. */
  forget(cell: Cell): void;
  /** Picks one of `count` branches. */
  choose(count: number): number;
  /** A failed `bugOn`; must throw. */
  bug(text: string): never;
  /** A struct or an array was named, on the way from the world or from a struct that a reference has led to. */
  name?(struct: string): void;
  /** A check fails; must throw. Only steps have it. */
  fail?(check: BuiltIn, reason: string): never;
  /** Does this once it is known that the step breaks no check, by what it leads to either. Only steps have it. */
  atEnd?(act: () => void): void;
  /** What objects wait for, where RCU frees any. */
  readonly grace?: Grace | undefined;
  /** What the thread holds, where locks know their owners. */
  readonly holds?: Holds | undefined;
}

/** The parts of the life of an object in a slab: never allocated yet; allocated; freed once RCU readers are through; freed. */
export const LIFE = { fresh: "fresh", live: "live", grace: "grace", freed: "freed" } as const;

/** What freeing an object waits for, as cells of the state that no model sees. */
export interface Grace {
  /** By thread: how many RCU read-side critical sections it is in. */
  readonly depths: readonly Cell[];
  /** By the life of an object: for how many threads it waits, and by thread whether for that one. */
  readonly waits: ReadonlyMap<Cell, { readonly count: Cell; readonly readers: readonly Cell[] }>;
}

/** How a thread holds a lock. */
export const HELD = { none: "none", shared: "shared", exclusive: "exclusive" } as const;

/** How far an IPI is on a CPU. */
export const IPI = { none: "none", sent: "sent", running: "running" } as const;

/** In what context a thread runs, as cells of the state that no model sees. */
export interface Context {
  /** The CPU that it runs on, by the number of its thread: that of another one for an interrupt. */
  readonly cpu: number;
  readonly isInterrupt: boolean;
  /** How often this thread has turned interrupts off, and preemption. */
  readonly off: Cell;
  readonly preempt: Cell;
  /** Its CPU is in an interrupt, or handles an IPI; absent if none ever comes. */
  readonly handling?: Cell;
  /** Of an interrupt: how often the thread on its CPU has turned interrupts off. */
  readonly interrupted?: Cell;
  /** The other CPUs. */
  readonly cpus: readonly { readonly cpu: number; readonly off: Cell; readonly handling?: Cell }[];
  /** By other CPU: how far the IPI of this thread is there, if it ever sends one. */
  readonly ipi?: ReadonlyMap<number, Cell>;
}

/** How a thread waits in a queue: to be woken with all others, or as one of those of whom one is woken. */
export const WAITS = { no: "no", shared: "shared", exclusive: "exclusive" } as const;

/** Which locks a thread holds, as cells of the state that no model sees: one of HELD for each lock. */
export interface Holds {
  readonly by: ReadonlyMap<Cell, Cell>;
  /** By sequence count: whether somebody writes what it protects, whatever its readers see of that; and its last value. */
  readonly counted: ReadonlyMap<Cell, { readonly writing: Cell; readonly last: number }>;
  /** By wait queue: how this thread waits in it, if it ever does, and how any does. They lie in its word. */
  readonly queued: ReadonlyMap<Cell, { readonly own?: Cell; readonly all: readonly Cell[] }>;
  /** How many locks it holds, and how many of them others spin for. */
  readonly count: Cell;
  readonly spinning: Cell;
  /** In what context it runs, where the program has more than one. */
  readonly context?: Context;
  /** `by`, `count` and `spinning`: no step of another thread looks at them or changes them. */
  readonly own: ReadonlySet<Cell>;
  /** How many RCU read-side critical sections it is in, where the program has any. */
  readonly rcuDepth?: Cell;
}

let current: Access | undefined;

/** Runs `body` with its drafts bound to `inner`. */
export function withAccess<T>(inner: Access, body: () => T): T {
  const outer = current;
  current = isAnyWatched() ? setAside(inner) : inner;
  try {
    return inRun(body);
  } finally {
    current = outer;
  }
}

/** The same for models that are watched: what it does, faultline does. */
const setAside = (inner: Access): Access => ({
  read: (cell) => aside(() => inner.read(cell)),
  write: (cell, value) => aside(() => inner.write(cell, value)),
  forget: (cell) => aside(() => inner.forget(cell)),
  choose: (count) => aside(() => inner.choose(count)),
  bug: (text) => aside(() => inner.bug(text)),
  ...(inner.name && { name: (struct: string) => aside(() => inner.name!(struct)) }),
  ...(inner.fail && { fail: (check: BuiltIn, reason: string) => aside(() => inner.fail!(check, reason)) }),
  ...(inner.atEnd && { atEnd: (act: () => void) => aside(() => inner.atEnd!(act)) }),
  ...(inner.holds && { holds: inner.holds }),
  ...(inner.grace && { grace: inner.grace }),
});

/** The access in force. Throws a ModelError where no step, spec or `init` is running. */
export function access(): Access {
  if (!current)
    throw new ModelError("a field was used outside a step, a spec or init", {
      cause: "drafts are only bound to a state while a step runs",
      remedy: "move the access into the function of a step",
    });
  stayEnded();
  return current;
}

/** Tells whoever wants to know that a struct or an array was named. */
export const nameStruct = (struct: string): void => current?.name?.(struct);

// Every option is a branch of the search.
const MOST_OPTIONS = 1_000;

/**
 * Branches: the search continues with each of the given values, each as a transition of its own. In `init` it makes as many
 * initial states. Throws a ModelError for no option or more than 1000, and outside a step and `init`.
 */
export function choose<const T>(...options: readonly [T, ...T[]]): T {
  const count: number = options.length;
  if (count === 0 || count > MOST_OPTIONS)
    endRun(
      new ModelError(`choose() was called with ${count} options`, {
        cause: count === 0 ? "there is nothing to choose from" : `a step branches into at most ${MOST_OPTIONS}`,
        remedy: count === 0 ? "give at least one option, or return wait" : "choose among the few values that matter",
      }),
    );
  return count === 1 ? options[0] : options[access().choose(count)]!;
}

/**
 * The kernel's BUG_ON(): when `condition` is true the run ends here, in a violation of `no-bug`.
 * `text` is the kernel's own expression, e.g. `"VM_BUG_ON_PAGE(page_mapped(page))"`. Throws a ModelError outside a step.
 */
export function bugOn(condition: boolean, text: string): void {
  if (condition) access().bug(text);
}
