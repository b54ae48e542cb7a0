import { availableParallelism } from "node:os";
import type { InferredOptionTypes, Options } from "yargs";
import { ModelError } from "../model/error.ts";
import type { TextStyle } from "../report/text/text.ts";
import { noFastEngine } from "../search/store.ts";
import { MEMORY_MODELS, type MemoryModel } from "../model/memory.ts";
import type { Io } from "./output/io.ts";
import { count, flag, oneOf, parseSettings, parseSize, single, type Setting } from "./words.ts";

const FORMATS = ["text", "json"] as const;
export type Format = (typeof FORMATS)[number];

const ENGINES = ["fast", "reference"] as const;
export type Engine = (typeof ENGINES)[number];

const MINIMA = ["steps", "switches"] as const;
export type Minimum = (typeof MINIMA)[number];

const KINDS = ["text", "kernel", "html"] as const;

// Two levels of quoting in a mail leave so much of its lines.
const NARROWEST = 66;
const WIDEST = 500;
const WIDTH = 72;

// Words are parsed by `commonOptions` and `checkOptions`: yargs turns a bad number into NaN, and keeps of an error
// that `coerce` throws only its first line.

/** How a counterexample is written as text. */
const TEXT_OPTIONS = {
  width: {
    type: "string",
    requiresArg: true,
    describe: `columns of a counterexample, ${NARROWEST} to ${WIDEST} (default: ${WIDTH})`,
  },
  full: { type: "boolean", describe: "show the steps too that have no part in a violation (default: fold them)" },
} as const satisfies Record<string, Options>;

/** The options of `show`. */
export const SHOW_OPTIONS = {
  spec: { type: "string", requiresArg: true, describe: "show this spec (default: the shortest counterexample)" },
  format: {
    type: "string",
    requiresArg: true,
    describe: "text; kernel for the diagram alone, as commit messages have it; html for a page (default: text)",
  },
  ...TEXT_OPTIONS,
} as const satisfies Record<string, Options>;

/** The options of `check` alone. */
export const CHECK_OPTIONS = {
  expected: { type: "boolean", describe: "judge the pinned runs of the scenario against their pinned verdicts" },
  set: {
    type: "string",
    array: true,
    requiresArg: true,
    describe: "parameters as name=value,..; repeatable (default: the first of its range)",
  },
  spec: {
    type: "string",
    array: true,
    requiresArg: true,
    describe: "check this spec or built-in check, repeatable (default: all)",
  },
  out: { type: "string", requiresArg: true, describe: "where files go, a folder per scenario in it (default: out)" },
  png: { type: "boolean", describe: "write each picture as PNG, too" },
  html: { type: "boolean", describe: "write a page for each counterexample, to step through in a browser" },
  itf: { type: "boolean", describe: "write each counterexample as an ITF trace (Apalache), too" },
  junit: { type: "string", requiresArg: true, describe: "write a JUnit report about all runs into this file" },
  sarif: { type: "string", requiresArg: true, describe: "write a SARIF 2.1.0 log about all runs into this file" },
  litmus: {
    type: "string",
    requiresArg: true,
    describe: "with --memory lkmm: write the shortest counterexample as a C litmus test into this file",
  },
  "max-states": {
    type: "string",
    requiresArg: true,
    describe: "stop after this many states and report undecided (default: no limit)",
  },
  "max-memory": {
    type: "string",
    requiresArg: true,
    describe: "most memory for states, as in 512M or 4G (default: most of what is left)",
  },
  timeout: {
    type: "string",
    requiresArg: true,
    describe: "stop after this many seconds and report undecided (default: no limit)",
  },
  engine: {
    type: "string",
    requiresArg: true,
    describe: "fast, or reference for the plain explorer that defines the meaning (default: fast)",
  },
  memory: {
    type: "string",
    requiresArg: true,
    describe: "memory model: sc, tso for x86, or lkmm for the kernel's own (default: sc)",
  },
  threads: {
    type: "string",
    requiresArg: true,
    describe: "most threads that search; small searches use one (default: one for each core)",
  },
  "no-symmetry": {
    type: "boolean",
    describe: "tell threads apart that are declared symmetric (default: count them as one another)",
  },
  minimize: {
    type: "string",
    requiresArg: true,
    describe: "what a counterexample has least of, steps or, under sc, switches; then of the other (default: steps)",
  },
  ...TEXT_OPTIONS,
  stats: { type: "boolean", describe: "print how the search went: sizes, times, how often each step was taken" },
} as const satisfies Record<string, Options>;

const ANYWHERE = {
  type: "boolean",
  describe: "let the token name a file that is not below the working directory, and run it",
} as const satisfies Options;

const { expected: _expected, set: _set, spec: _spec, memory: _memory, ...replayOptions } = CHECK_OPTIONS;

/** The options of `replay`: those of `check` but for what a token says itself. */
export const REPLAY_OPTIONS = { ...replayOptions, anywhere: ANYWHERE } as const;

/** The options of `explore`: what it explores, where it begins, and how `goto` searches. */
export const EXPLORE_OPTIONS = {
  set: CHECK_OPTIONS.set,
  from: { type: "string", requiresArg: true, describe: "begin at the end of the run that a token names" },
  anywhere: ANYWHERE,
  memory: CHECK_OPTIONS.memory,
  "max-states": CHECK_OPTIONS["max-states"],
  "max-memory": CHECK_OPTIONS["max-memory"],
  timeout: CHECK_OPTIONS.timeout,
  minimize: CHECK_OPTIONS.minimize,
  engine: CHECK_OPTIONS.engine,
  threads: CHECK_OPTIONS.threads,
  "no-symmetry": CHECK_OPTIONS["no-symmetry"],
} as const satisfies Record<string, Options>;

/** The options of every command. */
export const COMMON_OPTIONS = {
  format: {
    type: "string",
    requiresArg: true,
    describe: "text, or json for one JSON document on stdout (default: text)",
  },
  quiet: { type: "boolean", describe: "print nothing but the verdicts" },
  "no-color": { type: "boolean", describe: "no colour, even on a terminal (default: as NO_COLOR says)" },
} as const satisfies Record<string, Options>;

export type RawCommonOptions = InferredOptionTypes<typeof COMMON_OPTIONS>;
export type RawCheckOptions = RawCommonOptions & InferredOptionTypes<typeof CHECK_OPTIONS>;

export type RawShowOptions = InferredOptionTypes<typeof SHOW_OPTIONS>;

/** What `check` is asked when no option is given, for commands that have only some of them. */
export const NOT_GIVEN = Object.fromEntries(
  Object.keys({ ...CHECK_OPTIONS, ...COMMON_OPTIONS }).map((name) => [name, undefined]),
) as unknown as RawCheckOptions;

export interface CommonOptions {
  readonly format: Format;
  readonly quiet: boolean;
  readonly color: boolean;
}

export interface CheckOptions extends CommonOptions {
  readonly expected: boolean;
  readonly set: readonly Setting[];
  readonly spec: readonly string[];
  readonly out: string;
  readonly png: boolean;
  readonly html: boolean;
  readonly itf: boolean;
  readonly junit: string | undefined;
  readonly sarif: string | undefined;
  readonly litmus: string | undefined;
  readonly maxStates: number | undefined;
  readonly search: SearchOptions;
  readonly minimize: Minimum;
  readonly text: TextStyle;
  readonly stats: boolean;
}

export interface ShowOptions {
  readonly spec: string | undefined;
  readonly format: (typeof KINDS)[number];
  readonly text: TextStyle;
}

/** How to search; what is found does not depend on it, but for symmetry and what cuts a search. */
export interface SearchOptions {
  readonly engine: Engine;
  readonly memory: MemoryModel;
  readonly threads: number;
  readonly symmetry: boolean;
  /** In bytes. */
  readonly maxMemory: number | undefined;
  readonly timeoutSeconds: number | undefined;
}

/** Throws a ModelError for a value that is not one of the option's. */
export function commonOptions(raw: RawCommonOptions, { stdout, env }: Io): CommonOptions {
  const noColor = flag("no-color", raw["no-color"]);
  return {
    format: oneOf("format", FORMATS, single("format", raw.format) ?? "text"),
    quiet: flag("quiet", raw.quiet),
    // Colour is for a terminal, and only if nobody said no.
    color: stdout.isTTY && !noColor && !env["NO_COLOR"],
  };
}

/** Throws a ModelError for a value that is not one of the option's. */
export function checkOptions(raw: RawCheckOptions, io: Io): CheckOptions {
  const minimize = oneOf("minimize", MINIMA, single("minimize", raw.minimize) ?? "steps");
  const memory = oneOf("memory", MEMORY_MODELS, single("memory", raw.memory) ?? "sc");
  if (minimize === "switches" && memory === "lkmm")
    throw new ModelError(`--minimize switches does not go with --memory ${memory}`, {
      cause: "a shortest run is looked for there, and told with the fewest switches that its execution allows",
      remedy: "leave one of them out",
    });
  const litmus = single("litmus", raw.litmus);
  if (litmus !== undefined && memory !== "lkmm")
    throw new ModelError(`--litmus needs a run under lkmm, and this one is under ${memory}`, {
      cause: "a litmus test asks whether LKMM allows a run",
      remedy: "give --memory lkmm, or the token of such a run",
    });
  return {
    ...commonOptions(raw, io),
    expected: flag("expected", raw.expected),
    set: parseSettings(raw.set ?? []),
    spec: raw.spec ?? [],
    out: single("out", raw.out) ?? "out",
    png: flag("png", raw.png),
    html: flag("html", raw.html),
    itf: flag("itf", raw.itf),
    junit: single("junit", raw.junit),
    sarif: single("sarif", raw.sarif),
    litmus,
    maxStates: count("max-states", raw["max-states"], "100000"),
    search: possible(searchOptions(raw, memory), io),
    minimize,
    text: textStyle(raw),
    stats: flag("stats", raw.stats),
  };
}

/** Throws a ModelError for a value that is not one of the option's. */
export const showOptions = (raw: RawShowOptions): ShowOptions => ({
  spec: single("spec", raw.spec),
  format: oneOf("format", KINDS, single("format", raw.format) ?? "text"),
  text: textStyle(raw),
});

function textStyle({ width: word, full }: InferredOptionTypes<typeof TEXT_OPTIONS>): TextStyle {
  const width = count("width", word, String(WIDTH)) ?? WIDTH;
  if (width >= NARROWEST && width <= WIDEST) return { width, isFull: flag("full", full) };
  const isNarrow = width < NARROWEST;
  throw new ModelError(`--width ${width} is too ${isNarrow ? "narrow" : "wide"}`, {
    cause: isNarrow ? "most expressions of the kernel would be torn apart" : "no line of a counterexample is so long",
    remedy: `give ${NARROWEST} to ${WIDEST}`,
  });
}

/** Where the fast engine cannot run, the reference engine does, and it is said. */
export function possible<S extends Pick<SearchOptions, "engine" | "memory">>(search: S, io: Io): S {
  // LKMM has an engine of its own.
  const cause = search.engine === "fast" && search.memory !== "lkmm" ? noFastEngine() : undefined;
  if (cause === undefined) return search;
  io.stderr.write(`warning: the reference engine searches, which is slower: ${cause}\n`);
  return { ...search, engine: "reference" };
}

type RawSearchOptions = Pick<RawCheckOptions, "engine" | "threads" | "no-symmetry" | "max-memory" | "timeout">;

const searchOptions = (raw: RawSearchOptions, memory: MemoryModel): SearchOptions => ({
  memory,
  engine: oneOf("engine", ENGINES, single("engine", raw.engine) ?? "fast"),
  threads: count("threads", raw.threads, "2") ?? availableParallelism(),
  symmetry: !flag("no-symmetry", raw["no-symmetry"]),
  maxMemory: parseSize(single("max-memory", raw["max-memory"])),
  timeoutSeconds: count("timeout", raw.timeout, "60"),
});
