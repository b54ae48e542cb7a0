import { availableParallelism } from "node:os";
import { ModelError } from "../model/error.ts";
import type { TextStyle } from "../report/text/text.ts";
import { noFastEngine } from "../search/store.ts";
import type { Walks } from "../search/walks.ts";
import { MEMORY_MODELS, type MemoryModel } from "../model/memory.ts";
import {
  count,
  countOr,
  firstOf,
  flag,
  oneOf,
  settings,
  size,
  text,
  textOr,
  texts,
  valuesOf,
  type Option,
  type Options,
  type Setting,
  type Values,
} from "./option.ts";
import type { Io } from "./output/io.ts";
import { namedTree, openTree, SOURCE_VARIABLE } from "./output/kernel-tree.ts";

const FORMATS = ["text", "json"] as const;
export type Format = (typeof FORMATS)[number];

const ENGINES = ["fast", "reference"] as const;
export type Engine = (typeof ENGINES)[number];

const MINIMA = ["steps", "switches"] as const;
export type Minimum = (typeof MINIMA)[number];

// Two levels of quoting in a mail leave so much of its lines.
const NARROWEST = 66;
const WIDEST = 500;
const WIDTH = 72;

/** Engines that are not faultline's own. */
const SECONDS = ["spin"] as const;

/** How a counterexample is written as text. */
export const TEXT_OPTIONS = {
  width: columns(`columns of a counterexample, ${NARROWEST} to ${WIDEST} (default: ${WIDTH})`),
  full: flag("show the steps too that have no part in a violation (default: fold them)"),
} as const satisfies Options;

function columns(describe: string): Option<number> {
  const option = countOr(WIDTH, describe);
  return {
    ...option,
    parse(given, name) {
      const width = option.parse(given, name);
      if (width >= NARROWEST && width <= WIDEST) return width;
      const isNarrow = width < NARROWEST;
      throw new ModelError(`--${name} ${width} is too ${isNarrow ? "narrow" : "wide"}`, {
        cause: isNarrow
          ? "most expressions of the kernel would be torn apart"
          : "no line of a counterexample is so long",
        remedy: `give ${NARROWEST} to ${WIDEST}`,
      });
    },
  };
}

/** What a check can be told; other commands have some of it. */
export const CHECK_OPTIONS = {
  expected: flag("judge the pinned runs of the scenario against their pinned verdicts"),
  set: settings("parameters as name=value,..; repeatable (default: the first of its range)"),
  spec: texts("check this spec or built-in check, repeatable (default: all)"),
  out: textOr("out", "where files go, a folder per scenario in it (default: out)"),
  png: flag("write each picture as PNG, too"),
  html: flag("write a page for each counterexample, to step through in a browser"),
  itf: flag("write each counterexample as an ITF trace (Apalache), too"),
  junit: text("write a JUnit report about all runs into this file"),
  sarif: text("write a SARIF 2.1.0 log about all runs into this file"),
  litmus: text("with --memory lkmm: write the shortest counterexample as a C litmus test into this file"),
  "max-states": count("100000", "stop after this many states and report undecided (default: no limit)"),
  "max-memory": size("most memory for states, as in 512M or 4G (default: most of what is left)"),
  timeout: count("60", "stop after this many seconds and report undecided (default: no limit)"),
  engine: firstOf(ENGINES, "fast, or reference for the plain explorer that defines the meaning (default: fast)"),
  memory: oneOf(MEMORY_MODELS, "memory model: sc, tso for x86, or lkmm for the kernel's own (default: sc)"),
  threads: count("2", "most threads that search; small searches use one (default: one for each core)"),
  "no-symmetry": flag("tell threads apart that are declared symmetric (default: count them as one another)"),
  minimize: firstOf(
    MINIMA,
    "what a counterexample has least of, steps or, under sc, switches; then of the other (default: steps)",
  ),
  ...TEXT_OPTIONS,
  second: oneOf(SECONDS, "ask another engine, too, and compare: spin, where it is installed, under sc"),
  source: text(
    `say where in this kernel tree the steps of a counterexample are (default: what ${SOURCE_VARIABLE} names)`,
  ),
  stats: flag("print how the search went: sizes, times, how often each step was taken"),
} as const satisfies Options;

/** How a command says what it says. */
export const COMMON_OPTIONS = {
  format: firstOf(FORMATS, "text, or json for one JSON document on stdout (default: text)"),
  quiet: flag("print nothing but the verdicts"),
  "no-color": flag("no colour, even on a terminal (default: as NO_COLOR says)"),
} as const satisfies Options;

/** Of commands that take a token. */
export const ANYWHERE = flag("let the token name a file that is not below the working directory, and run it");

/** The options of a search. */
export const SEARCH_OPTIONS = {
  "max-states": CHECK_OPTIONS["max-states"],
  "max-memory": CHECK_OPTIONS["max-memory"],
  timeout: CHECK_OPTIONS.timeout,
  engine: CHECK_OPTIONS.engine,
  threads: CHECK_OPTIONS.threads,
  "no-symmetry": CHECK_OPTIONS["no-symmetry"],
} as const satisfies Options;

const ALL = { ...CHECK_OPTIONS, ...COMMON_OPTIONS };
const NOT_GIVEN = valuesOf(ALL, {});

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
  readonly second: (typeof SECONDS)[number] | undefined;
  /** The kernel tree in which steps are looked for. */
  readonly source: string | undefined;
  readonly stats: boolean;
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
  /** Random walks, in place of a search. */
  readonly walks?: Walks;
  /** Fewer states are stored. */
  readonly reduces?: boolean;
  /** Once the search grows, it is looked ahead of it: until a violation is found, or all the same to its end. */
  readonly ahead?: "finds" | "proves";
}

export const commonOptions = (given: Values<typeof COMMON_OPTIONS>, { stdout, env }: Io): CommonOptions => ({
  format: given.format,
  quiet: given.quiet,
  // Colour is for a terminal, and only if nobody said no.
  color: stdout.isTTY && !given["no-color"] && !env["NO_COLOR"],
});

/** What a check is told; a command that has only some of the options gives those. Throws a ModelError for what does not go together. */
export function checkOptions(some: Partial<Values<typeof ALL>>, io: Io): CheckOptions {
  const given = { ...NOT_GIVEN, ...some };
  const { expected, set, spec, out, png, html, itf, junit, sarif, litmus, minimize, second, stats } = given;
  const source = namedTree(given.source, io);
  // What is no tree is said at once, not when the search is over.
  if (source !== undefined) openTree(source, io);
  const memory = given.memory ?? "sc";
  if (minimize === "switches" && memory === "lkmm")
    throw new ModelError(`--minimize switches does not go with --memory ${memory}`, {
      cause: "a shortest run is looked for there, and told with the fewest switches that its execution allows",
      remedy: "leave one of them out",
    });
  if (litmus !== undefined && memory !== "lkmm")
    throw new ModelError(`--litmus needs a run under lkmm, and this one is under ${memory}`, {
      cause: "a litmus test asks whether LKMM allows a run",
      remedy: "give --memory lkmm, or the token of such a run",
    });
  if (second !== undefined && memory !== "sc")
    throw new ModelError(`--second ${second} does not go with --memory ${memory}`, {
      cause: "it takes every store as seen by all at once",
      remedy: "leave one of them out",
    });
  const search: SearchOptions = {
    memory,
    engine: given.engine,
    threads: given.threads ?? availableParallelism(),
    symmetry: !given["no-symmetry"],
    maxMemory: given["max-memory"],
    timeoutSeconds: given.timeout,
  };
  return {
    ...commonOptions(given, io),
    expected,
    set,
    spec,
    out,
    png,
    html,
    itf,
    junit,
    sarif,
    litmus,
    minimize,
    second,
    source,
    stats,
    maxStates: given["max-states"],
    search: withPossibleEngine(search, io),
    text: textStyle(given),
  };
}

export const textStyle = ({ width, full }: Values<typeof TEXT_OPTIONS>): TextStyle => ({ width, isFull: full });

/** Where the fast engine cannot run, the reference engine does, and it is said. */
export function withPossibleEngine<S extends Pick<SearchOptions, "engine" | "memory">>(search: S, io: Io): S {
  // LKMM has an engine of its own.
  const cause = search.engine === "fast" && search.memory !== "lkmm" ? noFastEngine() : undefined;
  if (cause === undefined) return search;
  io.stderr.write(`warning: the reference engine searches, which is slower: ${cause}\n`);
  return { ...search, engine: "reference" };
}
