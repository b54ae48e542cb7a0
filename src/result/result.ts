import type { WeakModel } from "../model/memory.ts";
import type { FoundBy } from "../machine/exploration.ts";
import type { Trace } from "../machine/trace.ts";
import type { ParamValues } from "../model/params.ts";
import type { Fairness, ProgressKind, SpecKind } from "../model/spec.ts";
import type { KernelLines } from "../source/lines.ts";
import type { UndeclaredAtomic } from "../analysis/sharing.ts";

/**
 * holds: true of everything reachable; violated: there is a counterexample; undecided: the search was cut before it
 * could tell; vacuous: a `sometimes` spec that no state meets, or an `atEnd` spec of runs that never end; not judged: under
 * lkmm it reads shared fields while CPUs may disagree about them, so that there is nothing to judge.
 */
export type Verdict = "holds" | "violated" | "undecided" | "vacuous" | "not judged";

/** Everything one run found, as plain data: each report is a pure function of it. docs/result.md describes the JSON form. */
export interface Result {
  readonly format: "faultline-result";
  readonly version: 1;
  readonly scenario: string;
  readonly about: string;
  readonly params: ParamValues;
  /** Those of them that are not at their default. */
  readonly set: ParamValues;
  /** The command line that repeats this run. */
  readonly command: string;
  /** In the order of their CPU numbers. */
  readonly threads: readonly ThreadInfo[];
  readonly search: SearchFacts;
  /** The scenario's specs in its order, then the built-in checks. */
  readonly specs: readonly SpecResult[];
  readonly neverTaken: readonly StepName[];
  /** Entries of the scenario's `unreached` of which every step was taken; absent if there are none. */
  readonly reachedAfterAll?: readonly string[];
  /** What is odd about the model and changes no verdict, a clause each; absent if there is nothing. */
  readonly oddities?: readonly string[];
  readonly undeclaredAtomics: readonly UndeclaredAtomic[];
  /** By path: `file:line` of its definition in the model. */
  readonly sources: Readonly<Record<string, string>>;
  /** By path and label: the line in the same file, of steps that are told, where it is known. */
  readonly lines?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Where the steps that are told stand in a kernel tree; only if one was given to read. */
  readonly kernel?: KernelLines;
  /** What another engine says of the same; only if one was asked. */
  readonly second?: SecondOpinion;
}

/** What another engine has found, all threads told apart. */
export interface SecondOpinion {
  /** `SPIN 6.5.2`. */
  readonly engine: string;
  readonly states: number;
  /** Specs and checks that it can be asked of: those of states and of steps. */
  readonly violated: readonly string[];
  /** `sometimes` specs. */
  readonly reached: readonly string[];
}

export interface ThreadInfo {
  readonly name: string;
  readonly path: string;
  readonly file?: string;
  readonly release?: string;
  /** The symmetric group it belongs to. */
  readonly group?: string;
  /** Where it may wait for ever: everywhere (true), or in the steps with these labels. */
  readonly idle?: true | readonly string[];
}

export interface SearchFacts {
  /** Symmetric groups of threads, and slabs of objects, that were not told apart: the counts are those of states up to who is who in them. */
  readonly symmetric: readonly string[];
  /** Slabs whose objects were told apart, where the search tells all apart. */
  readonly apart?: readonly string[];
  readonly initial: number;
  readonly states: number;
  readonly transitions: number;
  /** In steps. */
  readonly depth: number;
  readonly done: number;
  readonly stuck: number;
  /** States that were reached and not looked at yet; 0 unless the search was cut. */
  readonly waiting: number;
  /** What cut the search; null when every interleaving was explored. */
  readonly cut: string | null;
  /** Absent for sequential consistency. */
  readonly memory?: WeakModel;
  /** Under lkmm: loads that the model lets later stores of their thread overtake; such runs were not explored. */
  readonly unordered?: readonly UnorderedPair[];
  /** Random walks in place of a search: `states` are those that they came to, and `transitions` their steps. */
  readonly walks?: { readonly made: number; readonly of: number; readonly seed: number };
  /** Fewer states were stored, as steps were taken alone: `states`, `initial`, `transitions` and `depth` are those of that. */
  readonly reduced?: true;
  /** Checks at which some runs end, because they fail there: what would come after was not looked at. Absent if there are none. */
  readonly endsAt?: readonly string[];
}

export interface UnorderedPair {
  readonly thread: number;
  readonly path: string;
  /** Labels. */
  readonly load: string;
  readonly store: string;
}

export interface SpecResult {
  readonly name: string;
  /** `check` for a built-in one. */
  readonly kind: SpecKind | ProgressKind | "check";
  readonly sentence: string;
  /** Of `eventually` and `leadsTo`: which endless runs count. */
  readonly fairness?: Fairness;
  readonly consequence?: string;
  readonly verdict: Verdict;
  /** The trace was found by looking at some runs alone, and made shorter: there may be shorter ones. */
  readonly foundBy?: FoundBy;
  /** Why there is no verdict although the search was not cut: only under lkmm. */
  readonly because?: string;
  /** The counterexample; for a `sometimes` spec that holds, the run that reaches it. */
  readonly trace?: Trace;
  /** The trace as one word, for `faultline replay`. */
  readonly token?: string;
  /**
   * Only of a trace that was asked for by its token, where the search found a shorter or longer run, or one with other
   * switches: how long that is; null if it was cut before it found one.
   */
  readonly found?: { readonly steps: number; readonly switches: number } | null;
}

export interface StepName {
  readonly path: string;
  readonly label: string;
  /** The scenario says itself that this step is never taken. */
  readonly declared: boolean;
}
