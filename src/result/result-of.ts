import { writtenAt, type Path } from "../model/path.ts";
import { defaultOf, type ParamValues } from "../model/params.ts";
import { checksOf } from "../model/checks.ts";
import {
  BUILT_IN,
  BUILT_IN_NAMES,
  FAILS_IN_STEP,
  isProgress,
  NO_LEAK,
  type ProgressSpec,
  type Spec,
} from "../model/spec.ts";
import { lineOfStep } from "../model/step-line.ts";
import { frameOf, sourceOf } from "../model/where.ts";
import { oddities } from "../analysis/oddities.ts";
import { undeclaredAtomics } from "../analysis/sharing.ts";
import type { Explored } from "../search/search.ts";
import type { Exploration } from "../machine/exploration.ts";
import type { Schedule } from "../machine/schedule.ts";
import type { Program } from "../machine/program.ts";
import { orImpure } from "../machine/purity.ts";
import { names, stepNames, unreachedOf } from "../machine/unreached.ts";
import { explain } from "../explain/explain.ts";
import { InternalError } from "../model/error.ts";
import type { Result, SearchFacts, SpecResult, StepName, ThreadInfo, Verdict } from "./result.ts";
import type { WeakModel } from "../model/memory.ts";
import type { Minimal } from "../machine/trace.ts";
import { toldSteps } from "./told.ts";
import { fingerprint, writeToken } from "./token.ts";

/** Where a run comes from, as its reports name it. */
export interface Origin {
  /** The scenario as the command line names it; by default its name. */
  readonly argument?: string;
  /** What names of files are relative to; by default the working directory. */
  readonly cwd?: string;
  /** Reads a source file, to find the lines of steps; nothing if it cannot be read. */
  readonly read?: (file: string) => string | undefined;
}

/**
 * Turns what a search found into a Result: a verdict for each spec and check, and a replayed trace for each that has
 * one. `command` is the command line that repeats the run; `only` limits the specs to the named ones.
 */
export function resultOf(
  program: Program,
  exploration: Explored,
  command: string,
  only?: readonly string[],
  origin: Origin = {},
): Result {
  try {
    return told(program, exploration, command, only, origin);
  } catch (error) {
    throw orImpure(program, error);
  }
}

function told(
  program: Program,
  exploration: Explored,
  command: string,
  only: readonly string[] | undefined,
  { argument = program.scenario.name, cwd = process.cwd(), read }: Origin,
): Result {
  const { scenario, params, threads } = program;
  const {
    initial,
    states,
    transitions,
    depth,
    done,
    stuck,
    symmetric,
    waiting,
    found,
    taken,
    machine,
    walks,
    reduced,
    leastSwitches,
    cut = null,
  } = exploration;
  const set = Object.fromEntries(
    Object.entries(params).filter(([name, value]) => value !== defaultOf(scenario.params[name]!)),
  );
  const wanted = (name: string): boolean => only === undefined || only.includes(name);
  const run = (
    name: string,
    schedule: Schedule,
    spec: Spec | ProgressSpec | string,
  ): Pick<SpecResult, "trace" | "token"> => {
    const taken = machine.run(schedule);
    if ("obstacle" in taken)
      throw new InternalError(`step ${taken.taken + 1} of a run for '${name}' cannot be taken: ${taken.obstacle}`);
    const told = explain(taken, spec);
    // An endless run is one of many, and not the shortest for sure.
    const minimal = isProgress(spec) ? undefined : minimalOf(exploration, name);
    const trace = { ...told, ...(minimal && { minimal }) };
    const { memory } = machine;
    const steps = fingerprint(taken.names());
    return { trace, token: writeToken({ argument, set: wordsOf(set), memory, spec: name, schedule, steps }) };
  };
  const withTrace = (
    name: string,
    spec: Spec | ProgressSpec | string,
    base: Omit<SpecResult, "verdict">,
    verdict: Verdict,
  ): SpecResult => {
    const schedule = found.get(name);
    const foundBy = exploration.foundBy?.get(name);
    const notJudged = isProgress(spec) ? whyNoProgress(exploration) : whyNotJudged(name, exploration);
    const because =
      notJudged ?? whyOpen(name, program, exploration) ?? (cut === null ? whyUnknown(name, exploration) : undefined);
    return {
      ...base,
      verdict: notJudged === undefined ? verdict : "not judged",
      ...(because !== undefined && { because }),
      ...(foundBy && leastSwitches?.has(name) !== true && { foundBy }),
      ...(schedule && run(name, schedule, spec)),
    };
  };
  const specs = scenario.specs
    .filter(({ name }) => wanted(name))
    .map((spec) => {
      const { name, kind, sentence, consequence } = spec;
      const base = { name, kind, sentence, ...(consequence !== undefined && { consequence }) };
      return withTrace(name, spec, base, verdictOf(spec, exploration));
    });
  const progress = scenario.progress
    .filter(({ name }) => wanted(name))
    .map((spec) => {
      const { name, kind, sentence, consequence, fairness } = spec;
      const base = { name, kind, sentence, ...(consequence !== undefined && { consequence }), fairness };
      return withTrace(name, spec, base, verdictOnProgress(name, exploration));
    });
  const own = threads.map(({ path }) => path);
  const asked = checksOf(scenario.world.layout, own);
  // One that was not to be expected is told all the same: a step uses what init has not allocated.
  const checks = BUILT_IN_NAMES.filter((name) => asked.includes(name) || found.has(name))
    .filter(wanted)
    .map((name) =>
      withTrace(name, name, { name, kind: "check", sentence: BUILT_IN[name] }, verdictOnCheck(name, exploration)),
    );
  const patterns = unreachedOf(scenario, params);
  const stepCounts = countsOf(program, taken);
  // A weaker model may take a step that is declared because no run takes it without one.
  const reached = machine.isSequential && scenario.saysUnreached(params) ? reachedAfterAll(stepCounts, patterns) : [];
  const odd = oddities(program, taken);
  const paths = pathsOf(threads);
  return {
    format: "faultline-result",
    version: 1,
    scenario: scenario.name,
    about: scenario.about,
    params,
    set,
    command,
    threads: threads.map(({ name, path, group, ...thread }) => ({
      name,
      path: path.name,
      ...(path.about.file !== undefined && { file: path.about.file }),
      ...(path.about.release !== undefined && { release: path.about.release }),
      ...(group !== undefined && { group }),
      ...idleOf(thread),
    })),
    search: {
      initial,
      states,
      transitions,
      depth,
      done,
      stuck,
      symmetric,
      waiting,
      cut,
      ...(exploration.apart && { apart: exploration.apart }),
      ...(walks && { walks }),
      ...(reduced && { reduced }),
      ...memoryFacts(exploration),
      ...endsAtOf(exploration),
    },
    specs: [...specs, ...progress, ...checks],
    neverTaken: neverTaken(stepCounts, patterns),
    ...(reached.length > 0 && { reachedAfterAll: reached }),
    ...(odd.length > 0 && { oddities: odd }),
    undeclaredAtomics: undeclaredAtomics(program, taken),
    sources: sourcesOf(paths, cwd),
    ...(read && { lines: linesOf(paths, [...specs, ...progress, ...checks], read) }),
  };
}

const idleOf = ({
  isIdle,
  idleAt,
  points,
}: Omit<Program["threads"][number], "name" | "path">): Pick<ThreadInfo, "idle"> => {
  if (isIdle) return { idle: true };
  return idleAt ? { idle: [...idleAt].map((point) => points[point]!.label) } : {};
};

/** Nothing where some runs alone were looked at. A search finds runs with the fewest steps; what they have least of besides is known where all of them were compared. */
function minimalOf(
  { manyWays, leastSwitches, switchesCut, cut, unscheduled, outOfOrder, foundBy }: Explored,
  name: string,
): Minimal | undefined {
  if (foundBy?.has(name) === true && leastSwitches?.has(name) !== true) return undefined;
  if (unscheduled) {
    const stopped = unscheduled.get(name);
    const inOrder = outOfOrder?.has(name) === true;
    return { first: "steps", ...(inOrder && { inOrder }), ...(stopped !== undefined && { cut: stoppedBy(stopped) }) };
  }
  if (leastSwitches?.has(name)) return { first: "switches" };
  if (switchesCut !== undefined) return { first: "steps", cut: stoppedBy(switchesCut) };
  if (cut !== undefined) return { first: "steps", cut: `the search was stopped by ${cut}` };
  if (manyWays?.has(name) === false) return { first: "steps" };
  return { first: "steps", cut: "not all runs as short were compared" };
}

const stoppedBy = (what: string): string => `the search for fewer switches was stopped by ${what}`;

/** Parameter values as the command line writes them. */
export const wordsOf = (set: ParamValues): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(set).map(([name, value]) => [name, String(value)]));

/** By name: the paths that threads run, and those that these call. */
export const pathsOf = (threads: Program["threads"]): ReadonlyMap<string, Path> =>
  new Map(threads.flatMap(({ points }) => points.map(({ frame: { path } }) => [path.name, path] as const)));

const sourcesOf = (paths: ReadonlyMap<string, Path>, cwd: string): Result["sources"] =>
  Object.fromEntries(
    [...paths].flatMap(([name, { definedAt }]) => {
      const source = sourceOf(definedAt, cwd);
      return source === undefined ? [] : [[name, source]];
    }),
  );

/** The lines of the steps that are told. */
function linesOf(
  paths: ReadonlyMap<string, Path>,
  specs: readonly SpecResult[],
  read: NonNullable<Origin["read"]>,
): NonNullable<Result["lines"]> {
  const lines: Record<string, Record<string, number>> = {};
  for (const [name, labels] of toldSteps(specs)) {
    const path = paths.get(name);
    const frame = path && frameOf(path.definedAt);
    const text = frame && read(frame.file);
    if (text === undefined) continue;
    for (const label of labels) {
      // Of a patched path, the steps that the patch has left alone are written elsewhere.
      const written = frameOf(writtenAt(path!, label));
      if (written?.file !== frame!.file) continue;
      const line = lineOfStep(text, written, label);
      if (line !== undefined) (lines[name] ??= {})[label] = line;
    }
  }
  return lines;
}

function memoryFacts({ machine, unordered }: Explored): Pick<SearchFacts, "memory" | "unordered"> {
  if (machine.isSequential) return {};
  const { threads } = machine.running;
  const pairs = unordered?.map(({ thread, load, store }) => {
    const { points, path } = threads[thread]!;
    return { thread, path: path.name, load: points[load]!.label, store: points[store]!.label };
  });
  return { memory: machine.memory as WeakModel, ...(pairs && { unordered: pairs }) };
}

function endsAtOf({ found, uncertain }: Explored): Pick<SearchFacts, "endsAt"> {
  const endsAt = [...FAILS_IN_STEP].filter((name) => found.has(name) || uncertain?.has(name) === true);
  return endsAt.length > 0 ? { endsAt } : {};
}

/** Why a spec cannot be judged under lkmm; nothing if it can. */
export function whyNotJudged(name: string, { unjudged, machine }: Explored): string | undefined {
  const fields = unjudged?.get(name);
  return fields && `under ${machine.memory}: it reads ${fields.join(", ")} while CPUs still disagree about it`;
}

/** Why nothing is said of endless runs under lkmm; nothing where it is. */
export const whyNoProgress = ({ machine }: Pick<Explored, "machine">): string | undefined =>
  machine.allowsAll
    ? undefined
    : `under ${machine.memory}: it is about runs that go on for ever, and the axioms judge runs that end`;

/** Why lkmm leaves a spec open: LKMM forbids each run that was tried, and there may be more of them. */
export function whyOpen(name: string, { scenario }: Program, { uncertain }: Explored): string | undefined {
  if (uncertain?.has(name) !== true) return undefined;
  const isWitness = scenario.specs.some((spec) => spec.name === name && spec.kind === "sometimes");
  const run = `a run that ${isWitness ? "reaches" : "violates"} it`;
  return `whether LKMM allows ${run} is not known: docs/memory.md, What lkmm means`;
}

function verdictOf({ name, kind }: Spec, { found, cut, done, uncertain }: Explored): Verdict {
  if (found.has(name)) return kind === "sometimes" ? "holds" : "violated";
  if (cut !== undefined || uncertain?.has(name)) return "undecided";
  return kind === "sometimes" || (kind === "atEnd" && done === 0 && name !== NO_LEAK) ? "vacuous" : "holds";
}

function verdictOnProgress(name: string, { found, cut, unknown, neverBegun }: Explored): Verdict {
  if (found.has(name)) return "violated";
  if (cut !== undefined || unknown?.has(name)) return "undecided";
  return neverBegun?.has(name) ? "vacuous" : "holds";
}

const verdictOnCheck = (name: string, { found, cut, uncertain, unknown }: Explored): Verdict => {
  if (found.has(name)) return "violated";
  return cut === undefined && !uncertain?.has(name) && !unknown?.has(name) ? "holds" : "undecided";
};

/** What stopped the search for an answer, although that for states was not cut; nothing if it was not stopped. */
function whyUnknown(name: string, { unknown }: Explored): string | undefined {
  const by = unknown?.get(name);
  return by === undefined ? undefined : `every state was seen, but not all that follows on them: stopped by ${by}`;
}

/** By path and label, so that a step of a path that is called from several places counts once. */
type Counts = ReadonlyMap<string, Count>;
interface Count extends Omit<StepName, "declared"> {
  /** What `unreached` may call it. */
  readonly names: readonly string[];
  count: number;
}

/** How often each step was taken. */
function countsOf(program: Program, taken: Exploration["taken"]): Counts {
  const counts = new Map<string, Count>();
  for (const [t, { points }] of program.threads.entries())
    for (const [p, { frame, label }] of points.entries()) {
      const [name, ...others] = stepNames(frame.path, label) as [string, ...string[]];
      const entry = counts.get(name) ?? { path: frame.path.name, label, names: [name, ...others], count: 0 };
      entry.count += taken[t]![p]!;
      counts.set(name, entry);
    }
  return counts;
}

const isNamed = (pattern: string, steps: readonly string[]): boolean => steps.some((step) => names(pattern, step));

/** The steps that no thread took anywhere. */
const neverTaken = (counts: Counts, patterns: readonly string[]): readonly StepName[] =>
  [...counts]
    .filter(([, { count }]) => count === 0)
    .map(([, { path, label, names }]) => ({
      path,
      label,
      declared: patterns.some((pattern) => isNamed(pattern, names)),
    }));

/** What `unreached` names although each such step was taken. What this variant does not have, nobody can take. */
const reachedAfterAll = (counts: Counts, patterns: readonly string[]): readonly string[] =>
  patterns.filter((pattern) => {
    // It promises nothing of any step.
    if (pattern === "*") return false;
    const named = [...counts].filter(([, { names }]) => isNamed(pattern, names));
    return named.length > 0 && named.every(([, { count }]) => count > 0);
  });
