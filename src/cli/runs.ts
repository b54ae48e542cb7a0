import { checksOf, isConditional } from "../model/checks.ts";
import { ModelError, didYouMean, listed } from "../model/error.ts";
import { resolveParams, specNamesOf, threadsOf, type Expectation, type Scenario } from "../model/scenario.ts";
import { defaultOf, parseParam, rangeOf, type ParamValues } from "../model/params.ts";
import { BUILT_IN_NAMES } from "../model/spec.ts";
import type { MemoryModel } from "../model/memory.ts";
import { quoted } from "../report/shell.ts";
import type { Token } from "../result/token.ts";
import type { Loaded } from "./load.ts";
import type { Minimum, SearchOptions } from "./options.ts";
import { settingsWith, type Setting } from "./option.ts";

/** One search to make: a scenario at fixed parameter values, and what it is judged by. */
export interface Run {
  readonly scenario: Scenario;
  readonly params: ParamValues;
  /** The parameter values that tell the run from others of its scenario. */
  readonly set: ParamValues;
  /** The memory model it runs under. */
  readonly memory: MemoryModel;
  /** The pinned verdicts; absent when the truth is asked for. */
  readonly expectation?: Expectation;
  /** Where its files go, under `--out`. */
  readonly folder: string;
  /** The command line that repeats it. */
  readonly command: string;
  /** The scenario as the command line names it. */
  readonly argument: string;
  /** The user's own file that it comes from. */
  readonly file?: string;
  /** A run to show in place of the one that the search finds. */
  readonly token?: Token;
}

/** What limits and chooses the runs. */
export interface Choice {
  readonly set: readonly Setting[];
  readonly spec: readonly string[];
  readonly maxStates: number | undefined;
  readonly search: SearchOptions;
  readonly minimize: Minimum;
}

/** Each scenario once, at the given parameter values. */
export function truthRuns(loaded: readonly Loaded[], choice: Choice): readonly Run[] {
  const runs = loaded.map((one): Run => {
    const { scenario } = one;
    const params = resolveParams(scenario, settingsFor(scenario, choice.set));
    return {
      scenario,
      params,
      set: notDefault(scenario, params),
      memory: choice.search.memory,
      folder: scenario.name,
      ...originOf(one, params, choice),
    };
  });
  return withSpecs(runs, choice.spec);
}

/** The pinned runs of the scenarios that have the given parameter values. */
export function pinnedRuns(loaded: readonly Loaded[], choice: Choice): readonly Run[] {
  if (choice.search.memory !== "sc")
    throw new ModelError(`--memory ${choice.search.memory} does not choose among pinned runs`, {
      cause: "each pinned run says itself which memory model it runs under",
      remedy: "name a scenario, and leave out --expected",
    });
  const names = choice.set.map(({ name }) => name);
  const having = loaded.filter(({ scenario: { params } }) =>
    settingsWith(params, choice.set).every(({ name }) => Object.hasOwn(params, name)),
  );
  // With a single scenario, resolveParams says what is wrong with the name.
  const asked = loaded.length === 1 ? loaded : having;
  if (asked.length === 0) throw noSuchParameters(loaded, names);
  const runs = asked.flatMap((one) => {
    const { scenario } = one;
    const given = settingsFor(scenario, choice.set);
    resolveParams(scenario, given);
    return scenario.expect
      .map((expectation): Run => {
        const set = (expectation.set ?? {}) as ParamValues;
        const params = resolveParams(scenario, set);
        const { memory = "sc" } = expectation;
        const folder = `${scenario.name}/${folderOf(memory === "sc" ? set : { ...set, memory })}`;
        const origin = originOf(one, params, { ...choice, search: { ...choice.search, memory } });
        return { scenario, params, set, memory, expectation, folder, ...origin };
      })
      .filter(({ params }) => Object.entries(given).every(([name, value]) => params[name] === value));
  });
  if (runs.length === 0) throw nothingPinned(asked);
  return withSpecs(runs, choice.spec);
}

/** `order=patch4 mappers=2`, as a person writes it. */
export const showSet = (set: ParamValues, separator = " "): string =>
  Object.entries(set)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(separator);

// Names and values are any text: no '/' may lead out of the folder.
const folderOf = (set: ParamValues): string =>
  showSet(
    Object.fromEntries(
      Object.entries(set).map(([name, value]) => [encodeURIComponent(name), encodeURIComponent(String(value))]),
    ),
    ",",
  ) || "default";

const notDefault = (scenario: Scenario, params: ParamValues): ParamValues =>
  Object.fromEntries(Object.entries(params).filter(([name, value]) => value !== defaultOf(scenario.params[name]!)));

/** The values that the settings of a command line stand for, where the scenario has such parameters. */
export function settingsFor(scenario: Scenario, set: readonly Setting[]): ParamValues {
  return Object.fromEntries(
    settingsWith(scenario.params, set).map(({ name, word }) => {
      const field = Object.hasOwn(scenario.params, name) ? scenario.params[name] : undefined;
      if (field?.kind === "int" && /^-?\d+\.\.-?\d+$/.test(word))
        throw new ModelError(`--set ${name}=${word} gives a range`, {
          cause: "a run has one value for each parameter",
          remedy: `give one value of ${rangeOf(field)}, or sweep over several with \`faultline sweep\``,
        });
      // resolveParams has the sentence for a name that does not exist.
      return [name, field ? parseParam(field, word) : word];
    }),
  );
}

/** A token's parameter values, as `--set` would give them. */
export const settingsOf = ({ set }: Pick<Token, "set">): readonly Setting[] =>
  Object.entries(set).map(([name, word]) => ({ name, word }));

const originOf = (one: Loaded, params: ParamValues, choice: Choice): Pick<Run, "command" | "argument" | "file"> => ({
  argument: one.argument,
  command: commandOf(one, params, choice),
  ...(one.file !== undefined && { file: one.file }),
});

/** The command line that checks a scenario at these parameter values, or does something else with it that takes the same options. */
export function commandOf(
  { scenario, argument }: Pick<Loaded, "scenario" | "argument">,
  params: ParamValues,
  { spec, maxStates, search, minimize }: Choice,
  command = "check",
): string {
  return [
    "faultline",
    command,
    argument,
    ...Object.entries(notDefault(scenario, params)).flatMap(([name, value]) => ["--set", `${name}=${String(value)}`]),
    ...spec.flatMap((name) => ["--spec", name]),
    ...(maxStates === undefined ? [] : ["--max-states", String(maxStates)]),
    ...(search.maxMemory === undefined ? [] : ["--max-memory", String(search.maxMemory)]),
    ...(search.timeoutSeconds === undefined ? [] : ["--timeout", String(search.timeoutSeconds)]),
    ...(search.memory === "sc" ? [] : ["--memory", search.memory]),
    ...(search.engine === "fast" ? [] : ["--engine", search.engine]),
    ...(search.symmetry ? [] : ["--no-symmetry"]),
    ...(minimize === "steps" ? [] : ["--minimize", minimize]),
    ...(search.walks === undefined ? [] : ["--simulate", String(search.walks.count)]),
    ...(search.walks === undefined ? [] : ["--seed", String(search.walks.seed)]),
    ...(search.ahead === "proves" ? ["--prove"] : []),
  ]
    .map(quoted)
    .join(" ");
}

/** Every spec must be one of some scenario, or a built-in check. */
export function specsExist(scenarios: readonly Scenario[], specs: readonly string[]): void {
  const known = [...new Set([...scenarios.flatMap(specNamesOf), ...BUILT_IN_NAMES])];
  for (const spec of specs)
    if (!known.includes(spec))
      throw new ModelError(`there is no spec '${spec}'${didYouMean(spec, known)}`, {
        cause: `scenarios: ${listed(new Set(scenarios.map(({ name }) => name)))}`,
        remedy: `specs: ${listed(known)}`,
      });
}

/** The runs that have any of the specs. */
function withSpecs(runs: readonly Run[], specs: readonly string[]): readonly Run[] {
  specsExist(
    runs.map(({ scenario }) => scenario),
    specs,
  );
  const conditional = specs.filter(isConditional);
  const has = new Map(runs.map((run) => [run, [...specNamesOf(run.scenario), ...checksIn(run, conditional)]]));
  const missing = conditional.find((name) => runs.every((run) => !has.get(run)!.includes(name)));
  if (missing !== undefined)
    throw new ModelError(`nothing here is checked for '${missing}'`, {
      cause:
        "locks are checked where a step takes or releases one by its operation, objects where the world has a slab",
      remedy: "leave it out; without --spec, the report says what is checked",
    });
  const isEverywhere = (spec: string): boolean => BUILT_IN_NAMES.some((name) => name === spec && !isConditional(name));
  return specs.length === 0 || specs.some(isEverywhere)
    ? runs
    : runs.filter((run) => has.get(run)!.some((name) => specs.includes(name)));
}

/** Which of these checks the run has, that not every scenario has. */
const checksIn = ({ scenario, params }: Run, conditional: readonly string[]): readonly string[] => {
  if (conditional.length === 0) return [];
  const paths = threadsOf(scenario, params).map(({ path }) => path);
  return checksOf(scenario.world.layout, paths).filter((name) => conditional.includes(name));
};

function noSuchParameters(loaded: readonly Loaded[], names: readonly string[]): ModelError {
  const known = [...new Set(loaded.flatMap(({ scenario }) => Object.keys(scenario.params)))];
  const missing = names.find((name) => !known.includes(name));
  if (missing === undefined)
    return new ModelError(`no scenario has all of the parameters ${listed(names)}`, {
      remedy: "name the scenario to see its parameters: `faultline list <scenario>`",
    });
  return new ModelError(`no scenario has a parameter '${missing}'${didYouMean(missing, known)}`, {
    remedy: `parameters: ${listed(known)}`,
  });
}

function nothingPinned(asked: readonly Loaded[]): ModelError {
  const pinned = asked.flatMap(({ scenario: { name, expect } }) =>
    expect.map(({ set = {}, memory = "sc" }) =>
      [name, showSet(set as ParamValues) || "(defaults)", ...(memory === "sc" ? [] : ["under", memory])].join(" "),
    ),
  );
  if (pinned.length === 0)
    return new ModelError(`scenario '${asked[0]!.scenario.name}' has no pinned runs`, {
      remedy: "give it `expect: [ ... ]`, or leave out --expected",
    });
  return new ModelError("no pinned run has these parameter values", { cause: `pinned: ${pinned.join("\n        ")}` });
}
