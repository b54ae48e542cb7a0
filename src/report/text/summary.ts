import { styleText } from "node:util";
import { showValue } from "../../model/layout.ts";
import { underMemory, type MemoryModel } from "../../model/memory.ts";
import type { ParamValues } from "../../model/params.ts";
import { NO_LEAK, type BuiltIn, type ProgressKind } from "../../model/spec.ts";
import type { Result, SearchFacts, SpecResult, Verdict } from "../../result/result.ts";
import { ascii, fold } from "./wrap.ts";
import { counterexampleText, type TextStyle } from "./text.ts";
import { outcomeOf } from "../../result/judgement.ts";
import { againAndAgain, exploredUnder, seenText, unorderedPairs, walkedText } from "../phrases.ts";

const WIDTH = 100;
const MOST_NOTES = 3;

const COLOURS = {
  holds: "green",
  violated: "red",
  undecided: "yellow",
  vacuous: "yellow",
  "not judged": "yellow",
} as const;

export interface SummaryStyle {
  readonly color: boolean;
  /** The verdicts alone. */
  readonly quiet: boolean;
  /** Of the counterexample. */
  readonly text?: TextStyle;
}

/** What `check <scenario>` prints of a run: verdicts, how much was seen, what was never reached, a counterexample. */
export function summary(result: Result, { color, quiet, text }: SummaryStyle): string {
  const verdicts = verdictLines(result.specs, detailOf, color);
  const vacuous = vacuousLines(result);
  if (quiet) return lines([...verdicts, ...vacuous]);
  const counterexample = counterexampleLines(result, text);
  const notes = notesOf(result);
  // Where there is a counterexample, nothing must push it off the screen.
  const isShort = counterexample.length > 0;
  const noteLines = notes.flatMap((kind) => (isShort ? inOneLine(kind) : inFewLines(kind))).flatMap(folded);
  const sections = [
    [...folded(`${titleOf(result.scenario, result.params)}: ${result.about}`), ...verdicts],
    [
      ...[
        factsLine(result.search),
        ...secondLines(result),
        ...memoryLines(result.search),
        ...neverTakenLines(result),
      ].flatMap(folded),
      ...vacuous,
      ...(isShort ? [] : noteLines),
    ],
    counterexample,
    isShort ? noteLines : [],
  ];
  return lines(
    sections.filter(({ length }) => length > 0).flatMap((section, i) => (i > 0 ? ["", ...section] : section)),
  );
}

/** `fault-around-vs-punch order=patch4 under lkmm`. */
export const titleOf = (scenario: string, params: ParamValues, memory?: MemoryModel): string =>
  [
    scenario,
    ...Object.entries(params).map(([name, value]) => `${name}=${showValue(value)}`),
    ...underMemory(memory),
  ].join(" ");

/** The word of a verdict, coloured but for the blanks that fill it up to `width`. */
export const verdictWord = (verdict: Verdict, color: boolean, width = 0): string =>
  (color ? styleText(COLOURS[verdict], verdict, { validateStream: false }) : verdict) +
  " ".repeat(Math.max(0, width - verdict.length));

const isOfSlabs = ({ name }: SpecResult): boolean => name === "use-after-free";

/**
 * A line for each spec, with `detail` behind its name. Built-in checks that have nothing to say share one line, unless
 * nothing else was asked for.
 */
export function verdictLines(
  specs: readonly SpecResult[],
  detail: (spec: SpecResult) => string,
  color: boolean,
  isNoteworthy: (spec: SpecResult) => boolean = ({ verdict }) => verdict === "violated",
): readonly string[] {
  const isPlain = (spec: SpecResult): boolean =>
    (spec.kind === "check" || spec.name === NO_LEAK) && spec.because === undefined && !isNoteworthy(spec);
  // Where objects neither come nor go, nothing can be lost, and nothing is said of it.
  const said = specs.filter((spec) => spec.name !== NO_LEAK || !isPlain(spec) || specs.some(isOfSlabs));
  const together = said.every(isPlain) ? [] : said.filter(isPlain);
  const alone = said.filter((spec) => !together.includes(spec));
  const wide = Math.max(9, ...specs.map(({ verdict }) => verdict.length));
  const column = Math.max(...alone.map(({ name }) => name.length));
  return [
    ...alone.flatMap((spec) => {
      const [first, ...more] = fold(detail(spec), Math.max(40, WIDTH - wide - column - 6));
      return [
        `  ${verdictWord(spec.verdict, color, wide)}  ${spec.name.padEnd(column)}  ${first!}`.trimEnd(),
        ...more.map((line) => " ".repeat(wide + column + 6) + line),
      ];
    }),
    ...[...new Set(together.map(({ verdict }) => verdict))].flatMap((verdict) =>
      sharedLine(
        together.filter((spec) => spec.verdict === verdict),
        color,
        wide,
      ),
    ),
  ];
}

function sharedLine(checks: readonly SpecResult[], color: boolean, wide: number): readonly string[] {
  const [first] = checks;
  return first
    ? [`  ${verdictWord(first.verdict, color, wide)}  also checked: ${checks.map(({ name }) => name).join(", ")}`]
    : [];
}

const VACUOUS = { sometimes: "never reached", atEnd: "no run ends", leadsTo: "never due" } as const;

/** What there is to say of a verdict beyond its name. */
export function detailOf({ kind, verdict, trace, because }: SpecResult): string {
  if (because !== undefined) return because;
  if (verdict === "vacuous") return VACUOUS[kind as keyof typeof VACUOUS];
  if (!trace) return "";
  const where = trace.steps.length === 0 ? "in an initial state" : `in ${counted(trace.steps.length, "step")}`;
  return verdict === "violated"
    ? `${where}${againAndAgain(trace)}, ${counted(trace.switches, "switch", "es")}`
    : `reached ${where}`;
}

/** How much of the scenario was seen, and what stopped the search if it was not all. */
export function factsLine(search: SearchFacts): string {
  const { symmetric, waiting, cut, walks, endsAt = [] } = search;
  if (walks) return `undecided: ${walkedText(search)}`;
  const seen = seenText(search);
  if (cut !== null) return `undecided: ${seen}; stopped by ${cut}${waiting > 0 ? `; ${waiting} waiting` : ""}`;
  const alike = symmetric.length > 0 ? `, up to who is who in ${symmetric.join(", ")}` : "";
  // Runs end at a check that fails.
  const upTo = endsAt.length > 0 ? ` as far as ${listing(endsAt)} ${endsAt.length === 1 ? "holds" : "hold"}` : "";
  return `${seen}: ${exploredUnder(search)}${upTo}${alike}`;
}

/** What it takes to be asked of a run as a whole. */
const ASKED_OF_RUNS: ReadonlySet<string> = new Set(["eventually", "leadsTo"] satisfies ProgressKind[]);

/** `SPIN 6.5.2: 318 states, no error; not asked: never-finishes`. */
export function secondLines({
  second,
  specs,
  search: { symmetric },
}: Pick<Result, "second" | "specs" | "search">): readonly string[] {
  if (!second) return [];
  const { engine, states, violated } = second;
  const verdict = violated.length === 0 ? "no error" : `violated: ${violated.join(", ")}`;
  const apart = symmetric.length > 0 ? " with all threads told apart" : "";
  const unasked = specs
    .filter(({ name, kind }) => ASKED_OF_RUNS.has(kind) || name === ("never-finishes" satisfies BuiltIn))
    .map(({ name }) => name);
  return [
    `${engine}: ${counted(states, "state")}${apart}, ${verdict}${unasked.length > 0 ? `; not asked: ${unasked.join(", ")}` : ""}`,
  ];
}

/** What helps where memory was not enough. */
const memoryLines = ({ cut, symmetric }: SearchFacts): readonly string[] =>
  cut?.startsWith("memory: ") === true
    ? [
        `what helps: more memory (--max-memory; by default, most of what is free), fewer threads in the scenario, fields with fewer values${symmetric.length > 0 ? "" : ", threads declared symmetric"}`,
      ]
    : [];

/** `a, b and c`. */
export const listing = (names: readonly string[]): string =>
  [names.slice(0, -1).join(", "), names.at(-1)].filter(Boolean).join(" and ");

/** `1 state`, `2 states`. */
export const counted = (count: number, noun: string, plural = "s"): string =>
  `${count} ${noun}${count === 1 ? "" : plural}`;

function neverTakenLines({ search, neverTaken }: Result): readonly string[] {
  const declared = neverTaken.filter((step) => step.declared).length;
  const missed = neverTaken.filter((step) => !step.declared).map(({ path, label }) => `never taken: ${path}: ${label}`);
  if (search.cut !== null) return missed.length > 0 ? [`${counted(missed.length, "step")} not taken so far`] : [];
  return declared === 0 ? missed : [...missed, `never taken, as the scenario declares: ${counted(declared, "step")}`];
}

/** Why a run with nothing else to say of it is no success, and what to do about it. */
function vacuousLines(result: Result): readonly string[] {
  const missed = result.neverTaken.filter(({ declared }) => !declared);
  const [first, ...more] = missed;
  if (!first || outcomeOf(result) !== "vacuous") return [];
  const names = `${JSON.stringify(`${first.path}: ${first.label}`)}${more.length > 0 ? ", ..." : ""}`;
  const count = `${counted(missed.length, "step")} ${more.length > 0 ? "are" : "is"} never taken`;
  return folded(`vacuous: ${count}; if that is meant: unreached: () => [${names}]`);
}

/** Notes of one kind. */
interface Notes {
  readonly all: readonly string[];
  /** What there are so many of. */
  readonly what: (count: string) => string;
  /** Where in result.json they are. */
  readonly field: string;
}

const notesOf = (result: Result): readonly Notes[] => [
  {
    all: unorderedPairs(result.search).map(
      ({ path, load, store }) =>
        `LKMM also permits runs in which '${store}' is seen before '${load}' is done; not explored: ${path}`,
    ),
    what: (count) =>
      `LKMM also permits runs in which a store is seen before a load is done, for ${count} pairs of them`,
    field: "search.unordered",
  },
  {
    all: result.undeclaredAtomics.map(
      ({ path, label, fields }) =>
        `one step touches ${fields.join(", ")}, and nothing says why it may: ${path}: ${label}`,
    ),
    what: (count) => `${count} steps touch several fields at once, and nothing says why they may`,
    field: "undeclaredAtomics",
  },
  {
    all: (result.reachedAfterAll ?? []).map((step) => `taken, although the scenario declares it unreached: ${step}`),
    what: (count) => `${count} steps are taken, although the scenario declares them unreached`,
    field: "reachedAfterAll",
  },
  { all: result.oddities ?? [], what: (count) => `${count} things are odd about the model`, field: "oddities" },
];

const inOneLine = ({ all, what, field }: Notes): readonly string[] =>
  all.length > 1 ? [`note: ${what(String(all.length))}: ${field} in result.json`] : all.map((note) => `note: ${note}`);

function inFewLines({ all, what, field }: Notes): readonly string[] {
  // A line that says that there is one more is no shorter than that one.
  const shown = all.length === MOST_NOTES + 1 ? all : all.slice(0, MOST_NOTES);
  const more = all.length - shown.length;
  return [
    ...shown.map((note) => `note: ${note}`),
    ...(more > 0 ? [`note: ${what(`${more} more`)}: ${field} in result.json`] : []),
  ];
}

function counterexampleLines(result: Result, style: SummaryStyle["text"]): readonly string[] {
  const first = shortestCounterexample(result);
  return first ? [counterexampleText(result, first, style).trimEnd()] : [];
}

/** The violated spec that needs the fewest steps. */
export const shortestCounterexample = ({ specs }: Pick<Result, "specs">): SpecResult | undefined =>
  specs
    .filter(({ verdict, trace }) => verdict === "violated" && trace)
    .toSorted((a, b) => a.trace!.steps.length - b.trace!.steps.length)[0];

/** The files of a run, as the last thing that is said of it: those of one spec on one line. */
export function writtenLines(folder: string, files: readonly string[]): readonly string[] {
  const groups = new Map<string, string[]>();
  for (const file of files) {
    const spec = file.replace(/\..*$/, "");
    groups.set(spec, [...(groups.get(spec) ?? []), file]);
  }
  return [`written to ${folder}/:`, ...[...groups.values()].flatMap((group) => indented(group.join(" "), 0))];
}

/** A line of the summary under another one, folded if it is too long. */
export const indented = (text: string, hang = 2): readonly string[] =>
  fold(ascii(text), WIDTH - 2, hang).map((line) => `  ${line}`);

export const folded = (text: string): readonly string[] => fold(ascii(text), WIDTH, 2);

const lines = (all: readonly string[]): string => all.map((line) => `${line}\n`).join("");
