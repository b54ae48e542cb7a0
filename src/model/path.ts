import type { Drafts, Fields } from "./domain.ts";
import type { Layout } from "./layout.ts";
import { ModelError, didYouMean, listed } from "./error.ts";
import { checkFields, kindOf } from "./fields.ts";
import { KEYS, checkKeys } from "./keys.ts";
import { releasesOf } from "./releases.ts";
import { watched } from "./running.ts";
import { refuseCopies } from "./source.ts";

export const done: unique symbol = Symbol("done");
export const wait: unique symbol = Symbol("wait");

/** What a step may return: a label to jump to, `done`, `wait`, or nothing to go on to the next step. */
export type Flow<L = string> = L | typeof done | typeof wait | void;

/**
 * What the kernel's operation promises about memory order, in the terms of the Linux-kernel memory model.
 * Under sequential consistency it changes nothing; `full` is what a step without a qualifier has.
 */
export type Order = Qualified | Fence | Rcu;
export type Qualified = (typeof QUALIFIERS)[number];
export type Fence = (typeof FENCES)[number];
export type Rcu = (typeof RCU)[number];

const QUALIFIERS = ["full", "once", "acquire", "release", "relaxed", "noreturn"] as const;
const FENCES = ["mb", "rmb", "wmb", "before-atomic", "after-atomic", "after-spinlock", "after-unlock-lock"] as const;
const RCU = ["rcu-read-lock", "rcu-read-unlock", "synchronize-rcu"] as const;
/** It is what an access has, and no fence. */
export const isQualified = (order: Order): order is Qualified => QUALIFIERS.some((one) => one === order);

const ORDERS: readonly Order[] = [...QUALIFIERS, ...FENCES, ...RCU];

export type Run<K, M, R> = (k: K, me: M) => R;

/** A step with what is said about it: its memory order, and why it may touch several shared fields at once. */
export interface Step<K, M, R> {
  readonly kind: "step";
  readonly run: Run<K, M, R>;
  readonly order: Order;
  readonly atomic?: string;
}

/** Another path, inlined: `args` sets its locals on entry, `leave` looks at them when it is done. */
export interface Call<M, R> {
  readonly kind: "call";
  readonly path: Path;
  args(me: M): Readonly<Record<string, unknown>>;
  leave(me: M, callee: unknown): R;
}

/** One entry of a path; `false` stands for a step that this variant of the path does not have. */
export type Entry<K, M, L extends string> = Run<K, M, Flow<L>> | Step<K, M, Flow<L>> | Call<M, Flow<L>> | false;

/** Where a path comes from, for those who check it against the source. */
export interface About<L extends string = string> {
  /** The file of the kernel, e.g. `mm/filemap.c`. */
  readonly file?: string;
  /** The release whose code this follows, e.g. `v5.9`. */
  readonly release?: string;
  /** The releases it is true of, as `v5.11..v5.18`, `..v5.18` or `v5.19..`: a scenario must not mix others. */
  readonly fits?: string;
  /** What the path leaves out, and why that is safe. */
  readonly leavesOut?: string;
  /** The labels of this variant in the order they run in, where that is not the order they are written in. */
  readonly sequence?: readonly L[];
}

/** What the machine runs: an entry whose types have been checked and dropped. */
export type AnyStep = Step<never, never, Flow>;
export type AnyCall = Call<never, Flow>;

/** A kernel code path as a state machine: labelled steps over the world and a few locals. */
export interface Path<K = unknown, M = unknown> {
  readonly name: string;
  readonly world: Layout;
  readonly locals: Fields;
  /** The labels this variant has, in the order they run in. */
  readonly labels: readonly string[];
  readonly entries: ReadonlyMap<string, AnyStep | AnyCall>;
  /** All labels that are written, also those that this variant does not have. */
  readonly written: readonly string[];
  /** Where a jump to `label` leads: its index in `labels`, or `labels.length` for the end of the path. */
  target(label: string): number;
  readonly about: About;
  /** Holds the place of the path's definition in its stack. */
  readonly definedAt: Error;
  /** Never set; carries the types of the world and of the locals. */
  readonly types?: { readonly world: K; readonly locals: M };
}

export type PathBuilder<W extends Fields> = <const F extends Fields, const L extends string>(
  name: string,
  locals: F,
  steps: { readonly [P in L]: Entry<Drafts<W>, Drafts<F>, NoInfer<L>> },
  about?: About<NoInfer<L>>,
) => Path<Drafts<W>, Drafts<F>>;

/** See `World.path`; there, the functions of the steps are the model's own. */
export function buildPath(
  world: Layout,
  name: string,
  locals: Fields,
  steps: Readonly<Record<string, Entry<never, never, string>>>,
  about: About = {},
): Path {
  const definedAt = new Error(name);
  const fail = (sentence: string, remedy: string): never => {
    throw new ModelError(sentence, { where: `path '${name}'`, remedy });
  };
  checkFields(locals, `path '${name}'`);
  if (typeof steps !== "object" || steps === null)
    fail("the path has no steps", `give { "label": (k, me) => { ... }, ... }, and not ${kindOf(steps)}`);
  checkKeys(about, KEYS.about, "what is said about a path", `path '${name}'`);
  if (about.fits !== undefined) releasesOf(about.fits, `path '${name}'`);
  const written = Object.keys(steps);
  const numeric = written.find((label) => /^\d+$/.test(label));
  if (numeric !== undefined)
    fail(`'${numeric}' cannot be a label`, "JavaScript moves numeric keys to the front: use words");
  const present = written.filter((label) => steps[label] !== false);
  const labels = about.sequence ?? present;
  if (labels.length === 0) fail("the path has no steps", "give it at least one");
  for (const label of labels) {
    if (!present.includes(label))
      fail(`the sequence names '${label}', which this variant does not have`, `labels: ${listed(present)}`);
    if (labels.indexOf(label) !== labels.lastIndexOf(label))
      fail(`the sequence names '${label}' twice`, "give the second step a label of its own");
  }
  const entries = new Map(labels.map((label) => [label, entryOf(steps[label], label, name)] as const));

  const target = (label: string): number => {
    if (!written.includes(label))
      throw new ModelError(`there is no label '${label}'${didYouMean(label, labels)}`, {
        remedy: `labels: ${listed(labels)}`,
      });
    const index = labels.indexOf(label);
    if (index >= 0) return index;
    if (about.sequence)
      throw new ModelError(`label '${label}' is not in the sequence of this variant`, {
        remedy: `labels: ${listed(labels)}`,
      });
    // A step this variant does not have is passed through, as a label in C stays when the statement under it goes.
    const next = written.slice(written.indexOf(label)).find((later) => entries.has(later));
    return next === undefined ? labels.length : labels.indexOf(next);
  };
  return { name, world, locals, labels, entries, written, target, about, definedAt };
}

export const isPath = (value: unknown): value is Path =>
  typeof value === "object" && value !== null && "entries" in value && "labels" in value;

function entryOf(entry: Entry<never, never, string> | undefined, label: string, path: string): AnyStep | AnyCall {
  const checked = checkedEntry(entry, label, path);
  for (const part of Object.values(checked)) refuseCopies(part, `step '${label}'`, `path '${path}'`);
  return checked;
}

/** The same path, whose functions are watched while they run. */
export const watchedPath = (path: Path): Path => ({
  ...path,
  entries: new Map(
    [...path.entries].map(([label, entry]) => [
      label,
      entry.kind === "step"
        ? { ...entry, run: watched(entry.run) }
        : {
            ...entry,
            args: watched((me: never) => entry.args(me)),
            leave: watched((me: never, callee: unknown) => entry.leave(me, callee)),
          },
    ]),
  ),
});

function checkedEntry(entry: Entry<never, never, string> | undefined, label: string, path: string): AnyStep | AnyCall {
  if (typeof entry === "function") return { kind: "step", run: entry, order: "full" };
  if (typeof entry === "object" && entry !== null && (entry.kind === "step" || entry.kind === "call"))
    checkKeys(entry, KEYS[entry.kind], `step '${label}'`, `path '${path}'`);
  if (typeof entry === "object" && entry !== null && entry.kind === "step" && typeof entry.run === "function") {
    if (!ORDERS.includes(entry.order))
      throw new ModelError(`step '${label}' has no order '${entry.order}'${didYouMean(entry.order, ORDERS)}`, {
        where: `path '${path}'`,
        remedy: `orders: ${listed(ORDERS)}`,
      });
    return entry;
  }
  if (typeof entry === "object" && entry !== null && entry.kind === "call") return entry;
  throw new ModelError(`step '${label}' is not a function`, {
    where: `path '${path}'`,
    remedy: "write (k, me) => { ... }, call(path), or false for a step this variant does not have",
  });
}

type Out = string | typeof done | typeof wait | void;
type Qualifiable<K, M, R> = Run<K, M, R> | Step<K, M, R>;
type Qualifier = <K, M, const R extends Out>(step: Qualifiable<K, M, R>) => Step<K, M, R>;

const asStep = <K, M, R>(step: Qualifiable<K, M, R>): Step<K, M, R> =>
  typeof step === "function" ? { kind: "step", run: step, order: "full" } : step;

const ordered =
  (order: Order): Qualifier =>
  (step) => ({ ...asStep(step), order });

/** READ_ONCE(), WRITE_ONCE(), a plain access: no order. */
export const once = ordered("once");
/** smp_load_acquire(), trylock_page(), spin_lock(): later accesses stay later. */
export const acquire = ordered("acquire");
/** smp_store_release(), unlock_page(), spin_unlock(): earlier accesses stay earlier. */
export const release = ordered("release");
/** A value-returning RMW without order, such as atomic_inc_return_relaxed(). */
export const relaxed = ordered("relaxed");
/** An RMW that returns nothing, such as atomic_inc() or set_bit(): no order. */
export const noreturn = ordered("noreturn");
/** A value-returning RMW, such as atomic_inc_and_test(): a full barrier on both sides. */
export const full = ordered("full");

/** Says why a step may touch more than one shared field at once: no other CPU can see them apart. */
export const atomic = <K, M, const R extends Out>(reason: string, step: Qualifiable<K, M, R>): Step<K, M, R> => ({
  ...asStep(step),
  atomic: reason,
});

const fence = (order: Fence | Rcu): Step<unknown, unknown, void> => ({ kind: "step", run: () => {}, order });
export const smpMb = fence("mb");
export const smpRmb = fence("rmb");
export const smpWmb = fence("wmb");
export const smpMbBeforeAtomic = fence("before-atomic");
export const smpMbAfterAtomic = fence("after-atomic");
export const smpMbAfterSpinlock = fence("after-spinlock");
export const smpMbAfterUnlockLock = fence("after-unlock-lock");

/** rcu_read_lock(): a read-side critical section begins; they nest. */
export const rcuReadLock = fence("rcu-read-lock");
/** rcu_read_unlock() */
export const rcuReadUnlock = fence("rcu-read-unlock");
/** synchronize_rcu(): waits until every critical section has ended that had begun before it. Two transitions: it begins, it ends. */
export const synchronizeRcu = fence("synchronize-rcu");

/**
 * Runs `path` in place. `args` gives its locals their values, from the locals of the caller alone, as the call is
 * reached; `leave` runs as part of its last step, sees its locals, and may set the caller's or jump.
 */
export const call = <C, M, const R extends Out = void>(
  path: Path<unknown, C>,
  args?: (me: M) => Partial<C>,
  leave?: (me: M, callee: C) => R,
): Call<M, R> => ({
  kind: "call",
  path,
  args: (me) => args?.(me) ?? {},
  leave: (me, callee) => leave?.(me, callee as C) as R,
});
