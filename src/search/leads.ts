import { switchesIn } from "../machine/schedule.ts";
import { FAILS_IN_STEP, type Spec } from "../model/spec.ts";
import type { Pace, Walker } from "./walker.ts";

/** A run on which something was found, by the keys of its steps. */
export interface Lead {
  readonly initial: number;
  readonly steps: readonly LeadStep[];
}

export interface LeadStep {
  readonly thread: number;
  readonly key: string;
}

/** Fewer steps first, then fewer context switches. */
export const isBetter = (one: Lead, other: Lead | undefined): boolean =>
  other === undefined ||
  one.steps.length < other.steps.length ||
  (one.steps.length === other.steps.length && switchesIn(one.steps) < switchesIn(other.steps));

/** Adds what is found, by name; of two runs to the same, the better one stays. */
export function keepBest(leads: Map<string, Lead>, found: Iterable<readonly [string, Lead]>): void {
  for (const [name, lead] of found) if (isBetter(lead, leads.get(name))) leads.set(name, lead);
}

/** Whether the memory model has the run. */
export const isAllowed = ({ machine }: Pick<Walker, "machine">, { initial, steps }: Lead): boolean =>
  machine.allowsAll ||
  machine
    .along(
      initial,
      steps.map(({ key }) => key),
    )
    .forbiddenBy() === undefined;

/** Something found in a state, or in a step that leads out of it. */
export interface Hit<S> {
  readonly name: string;
  readonly last?: Pace<S>;
}

/** What is looked for on single runs: specs, and checks that fail in a step or where nothing goes on. */
export class Questions<S> {
  private readonly walker: Walker<S>;
  private readonly inStates: readonly Spec[];
  private readonly atEnds: readonly Spec[];
  private readonly names: (name: string) => boolean;
  /** By spec that is not judged: the fields that keep it from that. */
  readonly unjudged = new Map<string, readonly string[]>();

  constructor(walker: Walker<S>, specs: readonly Spec[], isAsked: (name: string) => boolean = () => true) {
    this.walker = walker;
    this.names = isAsked;
    const asked = specs.filter(({ name }) => isAsked(name));
    this.inStates = asked.filter(({ kind }) => kind !== "atEnd");
    this.atEnds = asked.filter(({ kind }) => kind === "atEnd");
  }

  /** What there is to say of a state, given the steps out of it. */
  hits(state: S, paces: readonly Pace<S>[]): readonly Hit<S>[] {
    const { walker, inStates, atEnds, names, unjudged } = this;
    const hits: Hit<S>[] = [];
    for (const spec of inStates) {
      if (unjudged.has(spec.name)) continue;
      const answer = walker.ask(spec, state);
      if (answer === true) hits.push({ name: spec.name });
      else if (answer !== false) unjudged.set(spec.name, answer);
    }
    for (const last of paces) {
      if (last.fails !== undefined && names(last.fails)) hits.push({ name: last.fails, last });
      for (const spec of inStates)
        if (!unjudged.has(spec.name) && last.meets(spec)) hits.push({ name: spec.name, last });
    }
    if (paces.length > 0) {
      if (names("not-stuck") && walker.getsStuck(state)) hits.push({ name: "not-stuck" });
    } else if (walker.hasEnded(state)) {
      for (const spec of atEnds) if (walker.ask(spec, state) === true) hits.push({ name: spec.name });
    } else if (names("not-stuck")) hits.push({ name: "not-stuck" });
    return hits;
  }
}

/** Only of one spec or check, for whoever repeats a run. */
export const questionAbout = <S>(walker: Walker<S>, name: string): Questions<S> =>
  new Questions(walker, walker.machine.program.scenario.specs, (one) => one === name);

/** What single runs can tell of; whether threads can finish, and what endless runs do, they cannot. */
export const canBeMet = (name: string, specs: readonly Spec[]): boolean =>
  FAILS_IN_STEP.has(name) || name === "not-stuck" || specs.some((spec) => spec.name === name);
