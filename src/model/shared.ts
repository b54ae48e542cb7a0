import type { Drafts, Fields } from "./domain.ts";
import type { WorldTypes } from "./patch.ts";
import type { Fairness, Predicate, ProgressSpec, Spec } from "./spec.ts";

export type SpecBuilder<K> = (name: string, sentence: string, holds: Predicate<K>, consequence?: string) => Spec<K>;

/** What can be said of a progress spec besides: which runs count (default: weak), and what a violation breaks. */
export interface ProgressAbout {
  readonly fairness?: Fairness;
  readonly consequence?: string;
}

/** What a scenario has to know of its world. */
export interface Shared<F = Fields, G = unknown> extends WorldTypes<F, G> {
  /** Must hold in every reachable state. `holds` returns true, or why not; `consequence` says what a violation breaks. */
  readonly always: SpecBuilder<Drafts<F>>;
  /** Must hold in every state in which all threads are done. */
  readonly atEnd: SpecBuilder<Drafts<F>>;
  /** Must hold in at least one reachable state: without it, the other specs may hold for no good reason. */
  readonly sometimes: SpecBuilder<Drafts<F>>;
  /** Every fair run must come to a state in which `holds` is true. A run that is over stays in its last state for ever. */
  readonly eventually: (
    name: string,
    sentence: string,
    holds: Predicate<Drafts<F>>,
    about?: ProgressAbout,
  ) => ProgressSpec<Drafts<F>>;
  /** In every fair run, from each state in which `from` is true, one must follow, or be it itself, in which `to` is. */
  readonly leadsTo: (
    name: string,
    sentence: string,
    from: Predicate<Drafts<F>>,
    to: Predicate<Drafts<F>>,
    about?: ProgressAbout,
  ) => ProgressSpec<Drafts<F>>;
}
