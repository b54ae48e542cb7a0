import type { Program } from "../machine/program.ts";
import type { Exploration } from "../machine/exploration.ts";
import { FAILS_IN_STEP, type BuiltIn } from "../model/spec.ts";
import type { Exported } from "./exported.ts";

/** What faultline has found, without symmetry: what every other engine must come to. */
export interface Expected {
  readonly states: number;
  readonly transitions: number;
  readonly initial: number;
  /** Specs and checks that are violated, of those that an export has. */
  readonly violated: readonly string[];
  /** `sometimes` specs that are reached. */
  readonly reached: readonly string[];
  /** What cut the search: then nothing is known of the whole. */
  readonly cut: string | undefined;
  /** There are `sometimes` specs, reached or not. */
  readonly hasSometimes: boolean;
  /** What an export leaves to faultline: checks and specs of runs as a whole. */
  readonly elsewhere: readonly string[];
}

const NOT_STUCK = "not-stuck" satisfies BuiltIn;
const NEVER_FINISHES = "never-finishes" satisfies BuiltIn;

export function expectedOf({ scenario }: Program, explored: Exploration): Expected {
  const { states, transitions, initial, found, cut } = explored;
  const specs = scenario.specs.filter(({ name }) => found.has(name));
  const ofStates = specs.filter(({ kind }) => kind !== "sometimes").map(({ name }) => name);
  const inSteps = [...FAILS_IN_STEP].filter((name) => found.has(name));
  return {
    states,
    transitions,
    initial,
    violated: [...ofStates, ...inSteps, ...(found.has(NOT_STUCK) ? [NOT_STUCK] : [])],
    reached: specs.filter(({ kind }) => kind === "sometimes").map(({ name }) => name),
    cut,
    hasSometimes: scenario.specs.some(({ kind }) => kind === "sometimes"),
    elsewhere: [...scenario.progress.map(({ name }) => name), NEVER_FINISHES],
  };
}

/** The facts of the text as sentences: what comes out, and what is not asked here. */
export function expectedLines(
  { states, violated, reached, cut, elsewhere }: Expected,
  more: number,
): readonly string[] {
  const list = (names: readonly string[]): string => (names.length === 0 ? "none" : names.join(", "));
  const counts =
    cut === undefined
      ? [`Expected: ${states + more} states; violated: ${list(violated)}; sometimes specs reached: ${list(reached)}.`]
      : [`faultline has not seen all of it (${cut}): ${states} states so far.`];
  return [...counts, `Not asked here, as they are about runs as a whole: ${elsewhere.join(", ")}.`];
}

/** What heads a text in any language: whose it is, and what it stands for. */
export const aboutLines = ({ program }: Exported, command: string): readonly string[] => [
  `${[program.scenario.name, ...Object.entries(program.params).map(([name, value]) => `${name}=${String(value)}`)].join(" ")}: ${program.scenario.about}`,
  "",
  `Written by: ${command}`,
  "Sequential consistency: a store is seen by all at once. Threads that are declared symmetric are told apart.",
  "A transition is a step, with all that it reads and writes; a local that nobody reads any more goes back to what it began as.",
];
