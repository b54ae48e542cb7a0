import { ModelError } from "./error.ts";
import { shown } from "./thrown.ts";

/** always: in every state; atEnd: when every thread is done; sometimes: in some state that can be reached. */
export type SpecKind = "always" | "atEnd" | "sometimes";

/** True when it holds (or, for `sometimes`, is reached); false or a reason as text when not. */
export type Predicate<K> = (k: K) => boolean | string;

/** What must hold: made by `always`, `atEnd` and `sometimes` of a world, and listed in a scenario. */
export interface Spec<K = never> {
  readonly kind: SpecKind;
  /** Kebab case: the name in reports, options and file names. */
  readonly name: string;
  /** What holds, as one sentence without a full stop. */
  readonly sentence: string;
  /** What a violation means for the running system, as one sentence without a full stop. */
  readonly consequence?: string;
  readonly holds: Predicate<K>;
  /** Holds the place of the spec's definition in its stack. */
  readonly definedAt?: Error;
}

/** eventually: every fair run comes to such a state; leadsTo: as often as one state is met, another one is, then or later. */
export type ProgressKind = "eventually" | "leadsTo";

/**
 * Which endless runs count. weak: a thread that can step all the time from some point on takes steps again and again;
 * strong: so does one that can step again and again.
 */
export type Fairness = "weak" | "strong";

/** What must come to pass: made by `eventually` and `leadsTo` of a world, and listed in a scenario beside its specs. */
export interface ProgressSpec<K = never> {
  readonly kind: ProgressKind;
  readonly name: string;
  readonly sentence: string;
  readonly consequence?: string;
  readonly fairness: Fairness;
  /** Of leadsTo: met in the states from which on `to` is waited for; of eventually, each run waits for it from its start. */
  readonly from?: Spec<K>;
  /** Met in the states that are waited for. */
  readonly to: Spec<K>;
  readonly definedAt?: Error;
}

export const isProgress = (spec: Spec | ProgressSpec | string): spec is ProgressSpec =>
  typeof spec === "object" && spec !== null && (spec.kind === "eventually" || spec.kind === "leadsTo");

/** What a progress spec asks of single states, each as a `sometimes` spec. */
export const questionsOf = ({ from, to }: ProgressSpec): readonly Spec[] => (from ? [from, to] : [to]);

/** The name becomes that of files. */
export const isSpecName = (name: unknown): boolean => typeof name === "string" && /^[a-z0-9][a-z0-9-]*$/.test(name);

/**
 * What faultline checks of every model without being asked: the name each check has in reports, in `expect` and in
 * `--spec`, and what holds when it is not violated.
 */
export const BUILT_IN = {
  "no-bug": "no bugOn() fires",
  "no-oops": "no step dereferences NULL or throws",
  "in-range": "every field stays in its range",
  guarded: "every access to a guarded field holds its lock",
  locking: "locks are taken and released as their kinds ask for",
  "use-after-free": "what is used was allocated, and not freed",
  "double-free": "what is freed was allocated, and not freed",
  "not-stuck": "some thread can always go on until all are done",
  "never-finishes": "every thread can still finish, whatever has happened so far",
} as const;

/** The spec that every scenario has whose world has a slab. */
export const NO_LEAK = "no-leak";

export type BuiltIn = keyof typeof BUILT_IN;

export const BUILT_IN_NAMES = Object.keys(BUILT_IN) as readonly BuiltIn[];

/** Checks that fail in a step, where the run ends; the others fail in what can follow. */
export const FAILS_IN_STEP: ReadonlySet<string> = new Set<BuiltIn>([
  "no-bug",
  "no-oops",
  "in-range",
  "guarded",
  "locking",
  "use-after-free",
  "double-free",
]);

/** Refuses a name that a spec cannot have. */
export function checkSpecName(name: string): void {
  // It becomes a file name.
  if (!isSpecName(name))
    throw new ModelError(`${shown(name)} cannot be the name of a spec`, {
      remedy: "use small letters, digits and '-', as in 'no-stale-pte'",
    });
  if (name === NO_LEAK || BUILT_IN_NAMES.some((builtIn) => builtIn === name))
    throw new ModelError(`'${name}' is the name of a check that every scenario has`, { remedy: "choose another name" });
}

/** A run ends there without a rule that its model has broken: it follows a pointer to nothing, or says itself that this is a bug. */
export const isAccident = (check: string): boolean => check === "no-oops" || check === "no-bug";
