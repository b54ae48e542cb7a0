import { isBundled } from "./bundled.ts";
import { isInterrupt, type Interrupt } from "./contexts.ts";
import type { Drafts } from "./domain.ts";
import { ImpureError, ModelError, didYouMean, listed } from "./error.ts";
import { closeTo, defaultOf, inDomain, rangeOf, type ParamFields, type Params, type ParamValues } from "./params.ts";
import { explained, isPromise } from "./explained.ts";
import { checkParam, kindOf } from "./fields.ts";
import { KEYS, checkKeys, refuseMore, refuseSymbols } from "./keys.ts";
import { inRun, watched } from "./running.ts";
import { refuseCopies } from "./source.ts";
import type { MemoryModel } from "./memory.ts";
import { recordedFor, settingOf, type NeverTaken } from "./never-taken.ts";
import { isPath, type Path } from "./path.ts";
import { listsOf, pinnedNames, type Pins } from "./pins.ts";
import { leakSpecs } from "./leaks.ts";
import { BUILT_IN_NAMES, checkSpecName, isProgress, NO_LEAK, type ProgressSpec, type Spec } from "./spec.ts";
import { shown } from "./thrown.ts";
import { hasParts } from "./parts.ts";
import { placeOf } from "./where.ts";
import type { Shared } from "./shared.ts";

/** The threads by name; a list of paths, or `symmetric`, makes several of a name: `fault0`, `fault1`, ... */
export type Threads = Readonly<Record<string, Path | readonly Path[] | Symmetric | Interrupt>>;

/** One pinned run: parameter values (the others at their default) and what must come out of it. */
export interface Expectation<P extends ParamFields = ParamFields> extends Pins {
  readonly set?: Partial<Params<P>>;
  /** The memory model it runs under; default: sc. */
  readonly memory?: MemoryModel;
  readonly states?: number;
}

/** The parameters of a scenario that has none. */
// oxlint-disable-next-line typescript/no-generated-empty-object-type -- a name that is not there is an error
export type NoParams = Readonly<Record<never, never>>;

export interface ScenarioConfig<F, P extends ParamFields> {
  /** What is run against what, as one sentence. */
  readonly about: string;
  readonly world: Shared<F>;
  /** Each parameter's range; its first value is the default. Without it there are none. */
  readonly params?: P;
  /** The threads by name, in the order of their CPU numbers; identical ones through `symmetric`. */
  threads(params: Params<P>): Threads;
  /** Sets what does not start at the first value of its domain; `choose` gives several initial states. */
  init?(k: Drafts<F>, params: Params<P>): void;
  /** What must hold beside what is checked of every scenario. */
  readonly specs?: readonly (Spec<Drafts<F>> | ProgressSpec<Drafts<F>>)[];
  /**
   * Steps that are not taken with these parameters, as `"path: label"`; a `*` at the end stands for anything. Or the record of
   * the pinned runs; with other parameters a step need not be taken then that is in the record at all.
   */
  readonly unreached?: ((params: Params<P>) => readonly string[]) | readonly NeverTaken[];
  /**
   * What may wait for ever: every thread (`true`), or those named, a group by its name; or steps, as `"path: label"` with
   * a `*` at the end for anything, in which a thread may stay.
   */
  idle?(params: Params<P>): Idle;
  /** The regression suite: `check` without a name runs each entry. */
  readonly expect?: readonly Expectation<P>[];
}

/** A world with threads, initial states, specs and parameters. */
export interface Scenario {
  readonly name: string;
  readonly about: string;
  readonly world: Shared;
  readonly params: ParamFields;
  /** What is asked of states. */
  readonly specs: readonly Spec[];
  /** What is asked of endless runs. */
  readonly progress: readonly ProgressSpec[];
  readonly expect: readonly Expectation[];
  /** Holds the place of the scenario's definition in its stack. */
  readonly definedAt: Error;
  threads(params: ParamValues): Threads;
  init(params: ParamValues): void;
  unreached(params: ParamValues): readonly string[];
  /** Whether what `unreached` names is said not to be taken with these parameters; otherwise it only need not be. */
  saysUnreached(params: ParamValues): boolean;
  /** Where `unreached` is a record. */
  readonly neverTaken?: readonly NeverTaken[];
  idle(params: ParamValues): Idle;
}

/** The names of all its specs. */
export const specNamesOf = ({ specs, progress }: Pick<Scenario, "specs" | "progress">): readonly string[] =>
  [...specs, ...progress].map(({ name }) => name);

/** Where an error about a scenario, or a part of it, has its place: that of the scenario's definition. */
export const whereIn = ({ name, definedAt }: Scenario, part?: string): string =>
  [placeOf(definedAt), `scenario '${name}'`, part].filter(Boolean).join(", ");

/** What may wait for ever: see `ScenarioConfig.idle`. */
export type Idle = true | readonly string[];

/** The name becomes a folder under out/. */
export const isScenarioName = (name: unknown): boolean =>
  typeof name === "string" && /^[a-z0-9][a-z0-9-]*(\/[a-z0-9][a-z0-9-]*)*$/.test(name);

/**
 * A model: what runs against what, over which world. It is the default export of a model file. `name` becomes a folder
 * under `out/`: words of a-z, 0-9 and `-`, with `/` between them. Throws a ModelError for a key that it does not know, for a
 * value of the wrong kind, and for pins that contradict one another; parameters, threads and `init` are checked when a
 * run begins.
 */
export function scenario<const F, const P extends ParamFields = NoParams>(
  name: string,
  config: ScenarioConfig<F, P>,
): Scenario {
  refuseMore(arguments, 2, "scenario(name, { ... })");
  const definedAt = new Error("defined");
  const fail = (sentence: string, remedy: string): never => {
    throw new ModelError(sentence, { where: `scenario '${name}'`, remedy });
  };
  if (!isScenarioName(name))
    fail(
      `${shown(name)} cannot be the name of a scenario`,
      "use small letters, digits and '-'; '/' makes groups, as in 'races/dirty-cow'",
    );
  checkConfig(name, config);
  const given: readonly (Spec | ProgressSpec)[] = config.specs ?? [];
  for (const spec of given) checkSpecName(spec.name);
  const specNames = given.map((spec) => spec.name);
  const twice = specNames.find((spec, i) => specNames.indexOf(spec) !== i);
  if (twice !== undefined) fail(`two specs are called '${twice}'`, "give each a name of its own");
  const { unreached = () => [] } = config;
  const isRecord = typeof unreached !== "function";
  const defaults = (): ParamValues => resolveParams(built, {});
  const pinned = (params: ParamValues): string | undefined => {
    const settings = built.expect.map(({ set = {} }) =>
      settingOf(resolveParams(built, set as ParamValues), defaults()),
    );
    const setting = settingOf(params, defaults());
    return settings.includes(setting) ? setting : undefined;
  };
  const built: Scenario = {
    name,
    about: config.about,
    world: config.world as unknown as Shared,
    params: config.params ?? {},
    specs: [...given.filter((spec) => !isProgress(spec)), ...leakSpecs(config.world.layout)],
    progress: given.filter(isProgress),
    expect: config.expect ?? [],
    definedAt,
    threads: (params) => config.threads(params as Params<P>),
    init: watched((params: ParamValues) => config.init?.(config.world.layout.draft as Drafts<F>, params as Params<P>)),
    unreached: (params) =>
      isRecord
        ? recordedFor(unreached, pinned(params))
        : askTwice(
            `unreached() of scenario '${name}'`,
            () => unreached(params as Params<P>),
            (said) => textsIn(said, UNREACHED),
            definedAt,
          ),
    saysUnreached: (params) => !isRecord || pinned(params) !== undefined,
    ...(isRecord && { neverTaken: unreached }),
    idle: (params) =>
      askTwice(
        `idle() of scenario '${name}'`,
        () => (config.idle ? config.idle(params as Params<P>) : []),
        (said) => said === true || textsIn(said, IDLE),
        definedAt,
      ),
  };
  made.add(built);
  const runs = new Set<string>();
  for (const expectation of built.expect) {
    const params = resolveParams(built, (expectation.set ?? {}) as ParamValues);
    const run = showRun(params, expectation.memory);
    if (runs.has(run))
      fail(`expect pins the same run twice: ${run}`, "keep one of them: a run has one set of verdicts");
    runs.add(run);
    const known = [...specNames, ...BUILT_IN_NAMES, NO_LEAK];
    for (const spec of pinnedNames(expectation)) {
      if (!known.includes(spec))
        fail(`expect names '${spec}', which is no spec of it${didYouMean(spec, known)}`, `specs: ${listed(known)}`);
      const lists = listsOf(expectation, spec);
      if (lists.length > 1)
        fail(`expect pins '${spec}' as ${lists.join(" and as ")}`, "keep one of them: a spec has one verdict in a run");
    }
  }
  return built;
}

/** What a scenario answers from its parameters alone, as a spec does from the state. */
function askTwice<T>(what: string, body: () => unknown, check: (said: unknown) => T, definedAt: Error): T {
  const ask = watched(body);
  const [first, second] = [1, 2].map(() => explained(what, () => check(inRun(ask)), definedAt)) as [T, T];
  const [said, then] = [JSON.stringify(first), JSON.stringify(second)];
  if (said !== then)
    throw new ImpureError(`${what} is not pure`, {
      cause: `to the same parameters it first says ${said}, then ${then}`,
      remedy: "let it depend on its parameters alone",
    });
  return first;
}

// What must be returned, and what to write then.
const UNREACHED = ["unreached must return a list of steps", 'write ["path: label", "path: *"]'] as const;
const IDLE = [
  "idle must return true or a list of names",
  'name threads, groups of threads, or steps as "path: label"',
] as const;

/** What a function of a scenario has returned, if it is a list of texts; which of them exist is known where the threads are. */
function textsIn(returned: unknown, [sentence, remedy]: readonly [string, string]): readonly string[] {
  if (!isPromise(returned) && Array.isArray(returned)) {
    const texts: readonly unknown[] = [...(returned as readonly unknown[])];
    if (texts.every((text) => typeof text === "string")) return texts;
  }
  throw new ModelError(sentence, { cause: `it returned ${kindOf(returned)}`, remedy });
}

/** Everything that `scenario` has made. */
const made = new WeakSet<object>();

export const isScenario = (value: unknown): value is Scenario =>
  typeof value === "object" && value !== null && made.has(value);

/** That all it says is something that a scenario can say. */
function checkConfig(name: string, config: unknown): void {
  const where = `scenario '${name}'`;
  checkKeys(config, KEYS.scenario, "a scenario", where);
  const {
    specs = [],
    expect = [],
    params = {},
  } = config as {
    readonly specs?: readonly unknown[];
    readonly expect?: readonly unknown[];
    readonly params?: Readonly<Record<string, unknown>>;
  };
  // A list that an import did not bring would be no specs at all.
  for (const [key, words] of [
    ["specs", "a list"],
    ["params", "an object"],
  ] as const)
    if (Object.hasOwn(config as object, key) && (config as Readonly<Record<string, unknown>>)[key] === undefined)
      throw new ModelError(`'${key}' of a scenario is undefined`, { where, remedy: `give ${words}, or leave it out` });
  refuseCopies((config as { readonly init?: unknown }).init, "init", where);
  for (const [i, spec] of specs.entries())
    checkKeys(spec, isProgress(spec as Spec) ? KEYS.progressSpec : KEYS.spec, `specs[${i}]`, where);
  for (const [i, one] of expect.entries()) checkKeys(one, KEYS.expect, `expect[${i}]`, where);
  refuseSymbols(params, "params", where);
  for (const [param, field] of Object.entries(params)) checkParam(field, `parameter '${param}'`, where);
}

/** `order=patch4 mappers=2 under lkmm`, all parameters included. */
const showRun = (params: ParamValues, memory: MemoryModel = "sc"): string =>
  [...Object.entries(params).map(([name, value]) => `${name}=${String(value)}`), "under", memory].join(" ");

/** All parameter values of a run: those given, the others at their default. Throws a ModelError for a value out of range. */
export function resolveParams(scenario: Scenario, given: ParamValues): ParamValues {
  const names = Object.keys(scenario.params);
  for (const name of Object.keys(given)) {
    if (!names.includes(name))
      throw new ModelError(`scenario '${scenario.name}' has no parameter '${name}'${didYouMean(name, names)}`, {
        remedy: `parameters: ${listed(names.map((n) => `${n}=${rangeOf(scenario.params[n]!)}`))}`,
      });
    if (given[name] === undefined)
      throw new ModelError(`parameter '${name}' of scenario '${scenario.name}' is set to nothing`, {
        cause: "it is undefined, and its default would be taken",
        remedy: `leave it out, or give one of ${rangeOf(scenario.params[name]!)}`,
      });
  }
  return Object.fromEntries(
    Object.entries(scenario.params).map(([name, field]) => {
      const value = given[name] ?? defaultOf(field);
      if (!inDomain(field, value))
        throw new ModelError(
          `parameter '${name}' of scenario '${scenario.name}' cannot be '${String(value)}'${closeTo(field, value)}`,
          { remedy: `values: ${rangeOf(field)}` },
        );
      return [name, value];
    }),
  );
}

/** Threads that differ in their number alone: see `symmetric`. */
export interface Symmetric {
  readonly kind: "symmetric";
  readonly paths: readonly Path[];
}

/**
 * `count` threads of the same path, as in `fault: symmetric(3, (i) => ...)`. `path(i)` may use its number only to pick
 * what belongs to that thread, such as `k.mm[i]`, and nothing else may tell these threads apart.
 */
export function symmetric(count: number, path: (i: number) => Path): Symmetric {
  refuseMore(arguments, 2, "symmetric(count, path)");
  if (typeof path !== "function")
    throw new ModelError(`symmetric(${shown(count)}, ...) needs a function`, {
      remedy: "write symmetric(2, (i) => path), where i is the thread's number",
    });
  if (!Number.isInteger(count) || count < 1 || count > MOST_THREADS)
    throw new ModelError(`symmetric(${shown(count)}, ...) needs a count from 1 to ${MOST_THREADS}`, {
      remedy: "give the number of threads",
    });
  return { kind: "symmetric", paths: Array.from({ length: count }, (_, i) => path(i)) };
}

/** A thread of a scenario: its name, its path, and the group of identical threads it belongs to. */
export interface Thread {
  readonly name: string;
  readonly path: Path;
  readonly group?: string;
  /** It is an interrupt on the CPU of the thread of this name. */
  readonly interrupts?: string;
}

/** As many as there are CPUs in a picture that one can still read, several times over. */
const MOST_THREADS = 100;

/** The threads of one run, in the order they were given: thread n is shown as CPU n. */
export function threadsOf(scenario: Scenario, params: ParamValues): readonly Thread[] {
  const what = `threads() of scenario '${scenario.name}'`;
  const run = (): readonly Thread[] =>
    explained(what, () => threadsIn(scenario, scenario.threads(params)), scenario.definedAt);
  const threads = run();
  if (isBundled(scenario)) return threads;
  const again = run();
  const shapeOf = (all: readonly Thread[]): string =>
    JSON.stringify(
      all.map(({ name, path, group, interrupts }) => [
        name,
        path.name,
        path.labels,
        Object.keys(path.locals),
        group,
        interrupts,
      ]),
    );
  if (shapeOf(threads) !== shapeOf(again))
    throw new ImpureError(`${what} is not pure`, {
      where: whereIn(scenario),
      cause: "called again with the same parameters, it returns other threads",
      remedy: "let it depend on its parameters alone",
    });
  return threads;
}

function threadsIn(scenario: Scenario, returned: Threads): readonly Thread[] {
  const where = whereIn(scenario);
  const fail = (sentence: string, remedy: string): never => {
    throw new ModelError(sentence, { where, remedy });
  };
  if (isPromise(returned) || Array.isArray(returned) || typeof returned !== "object" || returned === null)
    fail(`threads() returned ${kindOf(returned)}`, "let it return { name: path, ... }");
  refuseSymbols(returned, "what threads() returned", where);
  const threads = Object.entries(returned).flatMap(([name, value]): readonly Thread[] => {
    if (isPath(value)) return [{ name, path: value }];
    if (isInterrupt(value)) return [{ name, path: value.path, interrupts: value.on }];
    const isGroup = isSymmetric(value);
    const paths = isGroup ? value.paths : value;
    if (!Array.isArray(paths) || paths.length === 0 || !paths.every(isPath))
      return fail(
        `thread '${name}' is not a path`,
        "give it world.path(...), a list of paths, symmetric(...), or interrupt(...)",
      );
    return paths.map((path, i) => ({
      name: paths.length === 1 ? name : `${name}${i}`,
      path,
      ...(isGroup && { group: name }),
    }));
  });
  if (threads.length === 0) fail("there are no threads", "let threads() return at least one path");
  if (threads.length > MOST_THREADS) fail(`there are ${threads.length} threads`, `run at most ${MOST_THREADS}`);
  for (const [i, { name, path }] of threads.entries()) {
    if (!hasParts(scenario.world.layout.parts, path.world.parts))
      fail(
        `thread '${name}' runs path '${path.name}' of another world`,
        "write the path over the scenario's world, or over one that it extends",
      );
    if (threads.findIndex((other) => other.name === name) < i)
      fail(`two threads are called '${name}'`, "rename one; the threads of a list are numbered");
  }
  return threads;
}

const isSymmetric = (value: Threads[string]): value is Symmetric =>
  typeof value === "object" && value !== null && "kind" in value && value.kind === "symmetric";
