import { checkAbout, type About } from "./about.ts";
import type { Fields } from "./domain.ts";
import type { Layout } from "./layout.ts";
import { ModelError, didYouMean, listed } from "./error.ts";
import { checkFields, kindOf } from "./fields.ts";
import { labelsOut, writtenOut, type Group } from "./group.ts";
import { KEYS, checkKeys, refuseSymbols } from "./keys.ts";
import { ALL_ORDERS, ORDERS, UNQUALIFIED, type Order, type Qualifier } from "./order.ts";
import { refuseCopies } from "./source.ts";
import { shown } from "./thrown.ts";

/** What a step returns to end its path; in a path that is called, to end the call. */
export const done: unique symbol = Symbol("done");
/** What a step returns while it cannot run: it has no effect then, and is tried again. It must not have written anything. */
export const wait: unique symbol = Symbol("wait");

/** What a step may return: a label to jump to, `done`, `wait`, or nothing to go on to the next step. */
export type Flow<L = string> = L | typeof done | typeof wait | void;

export type Run<K, M, R> = (k: K, me: M) => R;

/** A step with what is said about it: its memory order, and why it may touch several shared fields at once. */
export interface Step<K, M, R> {
  readonly kind: "step";
  readonly run: Run<K, M, R>;
  readonly order: Order;
  readonly atomic?: string;
  /** The operation on a lock that it is, `mightSleep` or `freeRcu`: a program that has one keeps what that needs. */
  readonly operation?: string;
  /** The functions that `run` was put together from, for those who read their text. */
  readonly parts?: readonly AnyFunction[];
}

type AnyFunction = (...args: never[]) => unknown;

/** Another path, inlined: `args` sets its locals on entry, `leave` looks at them when it is done. */
export interface Call<M, R> {
  readonly kind: "call";
  readonly path: Path;
  args(me: M): Readonly<Record<string, unknown>>;
  leave(me: M, callee: unknown): R;
}

/** One entry of a path; `false` stands for a step that this variant of the path does not have. */
export type Entry<K, M, L extends string> =
  | Run<K, M, Flow<L>>
  | Step<K, M, Flow<L>>
  | Call<M, Flow<L>>
  | Group<K, M, Flow<L>>
  | false;

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
  /** Those that have a place in this variant, in the order they run in: where a step is not there, the next one takes its jumps. */
  readonly order: readonly string[];
  /** By the label of a group of steps: the labels of all of them. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  /** Where a jump to `label` leads: its index in `labels`, or `labels.length` for the end of the path. */
  target(label: string): number;
  readonly about: About;
  /** Holds the place of the path's definition in its stack. */
  readonly definedAt: Error;
  /** What has been done to it by patches. */
  readonly patched?: Patched;
  /** Never set; carries the types of the world and of the locals. */
  readonly types?: { readonly world: K; readonly locals: M };
}

/** The path that one was before it was patched, and the patches on it, the first one first. */
export interface Patched {
  readonly base: Path;
  readonly patches: readonly Written[];
  /** By label: where the patch is written that the step comes from. */
  readonly at: ReadonlyMap<string, Error>;
}

/** A patch, and where it is written. */
export interface Written {
  readonly patch: Patch<never, never, string, string>;
  readonly definedAt: Error;
}

/** What changes a path, by its labels: see `Patchable.with`. */
export interface Patch<K, M, L extends string, N extends string> {
  /** Other steps in the place of some; `false` drops the step, as it leaves one out of a path. */
  readonly replace?: { readonly [P in L]?: Entry<K, M, NoInfer<L | N>> };
  /** New steps, by the label of the one that they come before. */
  readonly before?: { readonly [P in L]?: NewSteps<K, M, L, N> };
  /** New steps, by the label of the one that they come after. */
  readonly after?: { readonly [P in L]?: NewSteps<K, M, L, N> };
  readonly drop?: readonly L[];
  /** What the path is called besides its name: `zap_pte_range, patched`, if it is not said. */
  readonly as?: string;
}

type NewSteps<K, M, L extends string, N extends string> = {
  // A step without a label is no such object. A union of keys, for TypeScript 5.4 infers nothing from an intersection.
  readonly [P in N | typeof Symbol.hasInstance]?: P extends symbol ? never : Entry<K, M, NoInfer<L | N>>;
};

/** See `World.path`; there, the functions of the steps are the model's own. */
export function buildPath(
  world: Layout,
  name: string,
  locals: Fields,
  given: Readonly<Record<string, Entry<never, never, string>>>,
  about: About = {},
): Path {
  const definedAt = new Error("defined");
  const fail = (sentence: string, remedy: string): never => {
    throw new ModelError(sentence, { where: `path '${name}'`, remedy });
  };
  if (typeof name !== "string" || name.trim() === "")
    throw new ModelError(`a path cannot be called ${shown(name)}`, {
      remedy: "name the function of the kernel, as in 'truncate_inode_pages_range'",
    });
  checkFields(locals, `path '${name}'`);
  if (typeof given !== "object" || given === null)
    fail("the path has no steps", `give { "label": (k, me) => { ... }, ... }, and not ${kindOf(given)}`);
  refuseSymbols(given, "the steps", `path '${name}'`);
  Object.keys(given).forEach((label) => checkLabel(label, name));
  const { groups, ...out } = writtenOut(given);
  const steps = out.steps as typeof given;
  const written = Object.keys(steps);
  checkAbout(about, [...Object.keys(given), ...written], name);
  const present = written.filter((label) => steps[label] !== false);
  const sequence = about.sequence && labelsOut(about.sequence, groups);
  const labels = sequence ?? present;
  for (const label of labels) {
    if (!present.includes(label))
      fail(`the sequence names '${label}', which this variant does not have`, `labels: ${listed(present)}`);
    if (labels.indexOf(label) !== labels.lastIndexOf(label))
      fail(`the sequence names '${label}' twice`, "give the second step a label of its own");
  }
  const entries = new Map(labels.map((label) => [label, entryOf(steps[label], label, name)] as const));
  return pathOf({ name, world, locals, entries, written, order: sequence ?? written, groups, about, definedAt });
}

/** JavaScript would not keep it in its place. */
export function checkLabel(label: string, path: string): void {
  if (!/^\d+$/.test(label)) return;
  throw new ModelError(`'${label}' cannot be a label`, {
    where: `path '${path}'`,
    remedy: "JavaScript moves numeric keys to the front: use words",
  });
}

/** A path of entries that have been checked: those that have no place in `order` are not in this variant. */
export function pathOf(given: Omit<Path, "labels" | "target">): Path {
  const { name, entries, written, order } = given;
  const labels = order.filter((label) => entries.has(label));
  if (labels.length === 0)
    throw new ModelError("the path has no steps", { where: `path '${name}'`, remedy: "give it at least one" });
  const target = (label: string): number => {
    if (!written.includes(label))
      throw new ModelError(`there is no label '${label}'${didYouMean(label, labels)}`, {
        remedy: `labels: ${listed(labels)}`,
      });
    const index = labels.indexOf(label);
    if (index >= 0) return index;
    if (!order.includes(label))
      throw new ModelError(`label '${label}' is not in the sequence of this variant`, {
        remedy: `labels: ${listed(labels)}`,
      });
    // A step this variant does not have is passed through, as a label in C stays when the statement under it goes.
    const next = order.slice(order.indexOf(label)).find((later) => entries.has(later));
    return next === undefined ? labels.length : labels.indexOf(next);
  };
  return { ...given, labels, target };
}

/** Where a step of a path is written: in the path, or in the patch that it comes from. */
export const writtenAt = ({ definedAt, patched }: Path, label: string): Error =>
  patched?.at.get(label) ?? (patched ? patched.base.definedAt : definedAt);

export const isPath = (value: unknown): value is Path =>
  typeof value === "object" && value !== null && "entries" in value && "labels" in value;

export function entryOf(
  entry: Entry<never, never, string> | undefined,
  label: string,
  path: string,
): AnyStep | AnyCall {
  const checked = checkedEntry(entry, label, path);
  for (const part of checked.kind === "step" ? partsOf(checked) : Object.values(checked))
    refuseCopies(part, `step '${label}'`, `path '${path}'`);
  return checked;
}

function checkedEntry(entry: Entry<never, never, string> | undefined, label: string, path: string): AnyStep | AnyCall {
  if (isCondition(entry)) return entry[OPERATION] as AnyStep;
  if (typeof entry === "function") return { kind: "step", run: entry, order: UNQUALIFIED };
  if (typeof entry === "object" && entry !== null && (entry.kind === "step" || entry.kind === "call"))
    checkKeys(entry, KEYS[entry.kind], `step '${label}'`, `path '${path}'`);
  if (typeof entry === "object" && entry !== null && entry.kind === "step" && typeof entry.run === "function") {
    if (!ALL_ORDERS.includes(entry.order))
      throw new ModelError(`step '${label}' has no order '${entry.order}'${didYouMean(entry.order, ALL_ORDERS)}`, {
        where: `path '${path}'`,
        remedy: `orders: ${listed(ALL_ORDERS)}`,
      });
    return entry;
  }
  if (typeof entry === "object" && entry !== null && entry.kind === "call") return entry;
  throw new ModelError(`step '${label}' is not a function`, {
    where: `path '${path}'`,
    remedy: "write (k, me) => { ... }, call(path), or false for a step this variant does not have",
  });
}

/** The functions of the model that a step consists of. */
export const partsOf = ({ run, parts }: AnyStep): readonly AnyFunction[] => parts ?? [run];

type Jump = string | typeof done | typeof wait;
type Out = Jump | void;
/** What an operation may return: where it goes, or what it has found. */
export type Found = Out | boolean | number | object | null;

/** By the result of an operation, where to go; a result that is not named goes on to the next step. `null` is no object. */
interface ByResult {
  readonly true?: string | typeof done;
  readonly false?: string | typeof done;
  readonly null?: string | typeof done;
}

/** Where an operation goes on, as far as its result says. */
export type Next = string | typeof done | ByResult;
/** What a step returns whose result `R` goes where `N` says. */
export type GoesTo<R, N> = (N extends ByResult ? N[keyof N & keyof ByResult] : N) | Extract<R, Jump>;

let heard: ((result: unknown) => void) | undefined;

/** Lets somebody hear what operations find, before it is decided where they go on, while `act` runs. */
export function hearing<T>(hear: (result: unknown) => void, act: () => T): T {
  const before = heard;
  heard = hear;
  try {
    return act();
  } finally {
    heard = before;
  }
}

/**
 * A step that can be told where it goes on. What it returns is its result, as of the kernel's function; a label, `done` or
 * `wait` among them is where it goes by itself, whatever it is told.
 */
export class Operation<K, M, R> implements Step<K, M, R> {
  readonly kind = "step";
  readonly run: Run<K, M, R>;
  readonly order: Order;
  declare readonly atomic?: string;
  declare readonly operation?: string;
  declare readonly parts?: readonly AnyFunction[];

  constructor(step: Step<K, M, R>) {
    Object.assign(this, step);
    this.run = step.run;
    this.order = step.order;
  }

  /**
   * The same operation, which goes on at a label, or where its result says, as in `{ false: "busy" }` or `{ null: done }`, or
   * where a function says. The function belongs to the step: it may set locals and ghost fields.
   */
  then<K2 extends K, M2 extends M, const L extends Out>(
    next: (k: K2, me: M2, result: Exclude<R, Jump>) => L,
  ): Operation<K2, M2, NoInfer<L> | Extract<R, Jump>>;
  then<const L extends string | typeof done>(next: L): Operation<K, M, NoInfer<L> | Extract<R, Jump>>;
  then<const B extends ByResult>(
    this: Step<K, M, boolean | object | null | Jump>,
    next: B,
  ): Operation<K, M, GoesTo<R, B>>;
  then(next: unknown, ...more: readonly unknown[]): Operation<K, M, Out> {
    if (more.length > 0)
      throw new ModelError("a step is no promise", { remedy: "then() takes one label, and no step is awaited" });
    const goesTo = nextOf(next);
    return this.#as((k, me) => {
      const result = this.run(k, me);
      heard?.(result);
      return typeof result === "string" || typeof result === "symbol" ? (result as Jump) : goesTo(k, me, result);
    }, next);
  }

  /** The same operation where `holds`; where not, the step does nothing. */
  when<K2 extends K, M2 extends M>(holds: (k: K2, me: M2) => boolean): Operation<K2, M2, R | undefined> {
    if (ORDERS[this.order].kind !== "qualifier")
      throw new ModelError("what begins or ends a critical section has no when()", { remedy: "jump around it" });
    return this.#as((k: K2, me: M2) => (holds(k, me) ? this.run(k, me) : undefined), holds);
  }

  /** The same operation over other locals than the path's, as in `putPage.with(({ newpage }) => ({ page: newpage }))`. */
  with<K2 extends K, M2>(locals: (k: K2, me: M2) => M): Operation<K2, M2, R> {
    return this.#as((k: K2, me: M2) => this.run(k, locals(k, me)), locals);
  }

  /** The same operation with another order: to ask what would be if the kernel's were weaker, or stronger. */
  as(order: Qualifier): Operation<K, M, R> {
    const made = new Operation<K, M, R>({ ...(this as Step<K, M, R>), order });
    withOrder.add(made);
    return made;
  }

  #as<K2, M2, R2>(run: Run<K2, M2, R2>, part: unknown): Operation<K2, M2, R2> {
    const added = typeof part === "function" ? [part as AnyFunction] : [];
    const made = new Operation({
      kind: "step",
      run,
      order: this.order,
      ...(this.atomic !== undefined && { atomic: this.atomic }),
      ...(this.operation !== undefined && { operation: this.operation }),
      parts: [...(this.parts ?? [this.run]), ...added],
    });
    if (withOrder.has(this)) withOrder.add(made);
    return made;
  }
}

const OPERATION: unique symbol = Symbol("operation");

/** An operation that tests something: called with a label, it goes there where the test fails. */
export type Testing<K, M> = Operation<K, M, boolean> & {
  <const L extends string | typeof done>(otherwise: L): Operation<K, M, L | undefined>;
};

/** `trylockPage("busy")` is short for `trylockPage.then({ false: "busy" })`. */
export function condition<K, M>(step: Operation<K, M, boolean>): Testing<K, M> {
  const call = (otherwise: string | typeof done): unknown => step.then({ false: otherwise });
  const { kind, run, order } = step;
  return Object.assign(call, {
    [OPERATION]: step,
    kind,
    run,
    order,
    then: step.then.bind(step),
    when: step.when.bind(step),
    with: step.with.bind(step),
    as: step.as.bind(step),
  }) as unknown as Testing<K, M>;
}

const isCondition = (entry: unknown): entry is { readonly [OPERATION]: unknown } =>
  typeof entry === "function" && OPERATION in entry;

type Deciding = (k: unknown, me: unknown, result: unknown) => Out;

function nextOf(next: unknown): Deciding {
  if (typeof next === "function") return next as Deciding;
  if (typeof next === "string" || next === done) return () => next;
  if (typeof next !== "object" || next === null)
    throw new ModelError(`then() of a step was given ${kindOf(next)}`, {
      remedy: 'give it a label, done, a label by result, as in { false: "busy" }, or a function that returns one',
    });
  checkKeys(next, KEYS.byResult, "what then() of a step was given");
  const by = next as Readonly<Record<string, Jump>>;
  return (_k, _me, result) => (typeof result === "object" && result !== null ? undefined : by[String(result)]);
}

/** What a qualifier may stand around. */
export type Qualifiable<K, M, R> = Run<K, M, R> | Step<K, M, R>;

/** What a qualifier stands around, as a step. */
export const asStep = <K, M, R>(step: Qualifiable<K, M, R>): Step<K, M, R> =>
  isCondition(step)
    ? (step[OPERATION] as Step<K, M, R>)
    : typeof step === "function"
      ? { kind: "step", run: step, order: UNQUALIFIED }
      : step;

/** The steps that have an order of their own already. */
export const withOrder = new WeakSet<object>();

/**
 * Runs `path` in place. `args` gives its locals their values, from the locals of the caller alone, as the call is
 * reached; `leave` runs as part of its last step, sees its locals, and may set the caller's or jump.
 */
export const call = <C, M, const R extends Out = void>(
  path: Path<unknown, C>,
  args?: (me: M) => Partial<C>,
  leave?: (me: M, callee: C) => R,
): Call<M, NoInfer<R>> => ({
  kind: "call",
  path,
  args: (me) => args?.(me) ?? {},
  leave: (me, callee) => leave?.(me, callee as C) as R,
});
