import { FAILS_IN_STEP } from "../../model/spec.ts";
import type { Result, SpecResult } from "../../result/result.ts";
import type { SourcePlace } from "../../source/result.ts";
import type { Blocked, Trace } from "../../machine/trace.ts";
import type { FoundBy } from "../../machine/exploration.ts";
import { isOfRelease } from "../../source/tree.ts";
import { diagramLines, diagramOf } from "./columns.ts";
import { ascii, fold, TIE } from "./wrap.ts";
import { heldAtEnd } from "../locks.ts";
import { reasonsOf } from "../reasons.ts";
import { shellLines } from "../shell.ts";
import {
  againAndAgain,
  commandFor,
  cpuOf,
  doingWhat,
  exploredUnder,
  walkedText,
  headlineOf,
  isBug,
  isEndless,
  isWitness,
  judgedBy,
  numberOf,
  plural,
  reasonOf,
  remarksOf,
  runOf,
  seenText,
  sharedReads,
  showRead,
  startOf,
  traceOf,
  verdictOf,
} from "../phrases.ts";

/**
 * A counterexample as a kernel reviewer pastes it into a mail: verdict, what should hold, one column for each CPU,
 * the violated clause with its values, how much was searched, and how to repeat it. For a `sometimes` spec that holds
 * it is the run that reaches it. 7-bit ASCII, no line longer than `width`, the same bytes for the same result.
 */
export function counterexampleText(
  result: Result,
  spec: SpecResult,
  { width = 72, isFull = false }: Partial<TextStyle> = {},
): string {
  const trace = traceOf(spec);
  const reasons = reasonsOf(result, trace);
  const shown = new Set(isFull ? trace.steps.keys() : [...trace.slice, ...reasons.steps]);
  const places = placesOf(result, trace, shown);
  const told = new Set([...reasons.steps, ...toldOf(spec, trace, shown), ...places.keys()]);
  const style = { width, isFull, told };
  const diagram = trace.steps.length > 0 ? diagramLines(diagramOf(result, trace, remarksOf(spec), style)) : [];
  const sections = [
    folded(`${runOf(result)}: ${verdictOf(spec)}`, width),
    [...claim(result, spec, width), ...folded(startOf(result, trace), width)],
    diagram,
    whereLines(result, places, width),
    trace.ending.blocked.flatMap((blocked) => waiting(result, trace, blocked, width)),
    [...clause(result, spec, trace, width), ...held(result, trace, width, shown)],
    reasons.sentences.flatMap((line) => folded(line, width)),
    [...facts(result, spec, trace, told).flatMap((line) => folded(line, width)), ...reproduce(result, spec, width)],
  ];
  return joined(sections);
}

/** By index: where the steps that are shown stand in the kernel tree that was read. */
function placesOf({ kernel }: Result, { steps }: Trace, shown: ReadonlySet<number>): ReadonlyMap<number, SourcePlace> {
  const found = [...shown]
    .toSorted((a, b) => a - b)
    .flatMap((i): readonly (readonly [number, SourcePlace])[] => {
      const { path, label } = steps[i]!;
      const place = kernel?.places[path]?.[label];
      return place ? [[i, place]] : [];
    });
  return new Map(found);
}

function whereLines(
  { kernel, threads }: Result,
  places: ReadonlyMap<number, SourcePlace>,
  width: number,
): readonly string[] {
  if (!kernel) return [];
  if (places.size === 0) return [`No step was found in the source of ${kernel.tree}.`];
  const digits = String(Math.max(...places.keys()) + 1).length;
  const others = new Set(
    threads.flatMap(({ release = kernel.tree }) => (isOfRelease(kernel.tree, release) ? [] : release)),
  );
  return [
    ...folded(
      `Where the steps are in ${kernel.tree}${others.size > 0 ? `, though paths follow ${[...others].join(", ")}` : ""}:`,
      width,
    ),
    ...[...places].flatMap(([i, { file, line, function: fn }]) =>
      folded(`${String(i + 1).padStart(digits, TIE)}${TIE}${file}:${line}, ${fn}()`, width - 1).map((one) => ` ${one}`),
    ),
  ];
}

export interface TextStyle {
  readonly width: number;
  /** Show the steps too that do not matter. */
  readonly isFull: boolean;
}

/** The diagram alone, in the layout of kernel commit messages. */
export function kernelText(result: Result, spec: SpecResult, style: TextStyle): string {
  const trace = traceOf(spec);
  return joined([diagramLines(diagramOf(result, trace, remarksOf(spec), { ...style, isKernel: true }))]);
}

const joined = (sections: readonly (readonly string[])[]): string =>
  `${sections
    .filter(({ length }) => length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;

const folded = (text: string, width: number): readonly string[] => (text === "" ? [] : fold(ascii(text), width, 2));

const WHEN = {
  always: "Must hold",
  atEnd: "Must hold when all threads are done",
  sometimes: "Reached",
  eventually: "Must come in every fair run",
  leadsTo: "Must come, in every fair run, whenever it is due",
  check: "Must hold",
} as const satisfies Record<SpecResult["kind"], string>;

/** The steps, beside those of the reasons, that the report speaks of by number. */
const toldOf = (spec: SpecResult, trace: Trace, shown: ReadonlySet<number>): readonly number[] => [
  ...(failingStep(spec, trace) ?? []),
  ...(trace.schedule.loop === undefined ? [] : [trace.schedule.loop]),
  ...trace.ending.blocked.flatMap(({ waitsFor }) =>
    sharedReads({ reads: waitsFor }).flatMap((read) => read.writtenBy ?? []),
  ),
  ...heldAtEnd(trace).flatMap(({ since }) => (shown.has(since) ? since : [])),
];

/** The step in which a check failed, if one did. */
const failingStep = ({ name, kind }: SpecResult, { steps }: Trace): readonly [number] | undefined =>
  kind === "check" && FAILS_IN_STEP.has(name) && steps.length > 0 ? [steps.length - 1] : undefined;

/** What must hold, or what a bugOn() that has fired says itself; and where, if it is a step that failed. */
function claim(result: Result, spec: SpecResult, width: number): readonly string[] {
  const { kind, sentence, consequence } = spec;
  const { steps, ending } = traceOf(spec);
  const [last] = failingStep(spec, traceOf(spec)) ?? [];
  const idle = kind === "atEnd" && result.threads.some((thread) => thread.idle !== undefined) ? " or idle" : "";
  const must = `${WHEN[kind]}${idle}: ${sentence}.`;
  const failed = last === undefined ? undefined : steps[last]!;
  const by = failed && `in '${failed.label}'${TIE}${numberOf(last!)} of ${cpuOf(result, failed.thread)}`;
  return [
    ...(failed && isBug(spec) ? [] : folded(must, width)),
    ...(failed ? folded(`${isBug(spec) ? headlineOf(spec, ending) : `Failed: ${ending.reason}`}, ${by}.`, width) : []),
    ...(consequence === undefined ? [] : folded(`Consequence: ${consequence}.`, width)),
  ];
}

/** What a thread waits for, and who left the field as it is. */
function waiting(result: Result, { steps }: Trace, blocked: Blocked, width: number): readonly string[] {
  const reasons = sharedReads({ reads: blocked.waitsFor }).map((read) => {
    const writer = read.writtenBy === undefined ? undefined : steps[read.writtenBy];
    const since = writer ? `set by ${cpuOf(result, writer.thread)} in step ${read.writtenBy! + 1}` : "as at the start";
    return `${showRead(read)}, ${since}`;
  });
  return [
    ...folded(`${cpuOf(result, blocked.thread)} ${doingWhat(blocked)}`, width),
    ...reasons.flatMap((reason) => folded(reason, width - 1).map((line) => ` ${line}`)),
  ];
}

function clause({ threads }: Result, spec: SpecResult, { ending }: Trace, width: number): readonly string[] {
  const names = ending.blocked.flatMap(({ how, thread }) => (how === "loops" ? [`"${threads[thread]!.name}"`] : []));
  const reason = reasonOf(spec, ending);
  return [
    ...folded(reason === undefined ? spec.name : `${spec.name}: ${reason}`, width),
    ...folded(judgedBy(ending).map(showRead).join(", "), width - 1).map((line) => ` ${line}`),
    ...(spec.name === "never-finishes" && names.length > 0
      ? folded(
          `If ${names.length === 1 ? "it is" : "they are"} meant to run for ever: idle: () => [${names.join(", ")}]`,
          width,
        )
      : []),
  ];
}

/** Who holds which lock when the run is over, and since which step, if that is shown. */
const held = (result: Result, trace: Trace, width: number, shown: ReadonlySet<number>): readonly string[] =>
  heldAtEnd(trace).flatMap(({ thread, field, since }) => {
    const when = shown.has(since) ? `, since step ${since + 1}` : "";
    return folded(`${cpuOf(result, thread)} holds ${field}${when}`, width - 1).map((line) => ` ${line}`);
  });

function facts(result: Result, spec: SpecResult, trace: Trace, told: ReadonlySet<number>): readonly string[] {
  const { search } = result;
  const { steps, schedule } = trace;
  const numbered = told.size > 0 ? " (numbered from 1; in result.json from 0)" : "";
  // Under lkmm a full barrier behind an operation is a move of its own.
  const barriers = schedule.moves.length - steps.length;
  const already = `0 steps: an initial state ${isWitness(spec) ? "reaches" : "violates"} it`;
  const alike = search.symmetric.length > 0 ? `, up to who is who in ${search.symmetric.join(", ")}` : "";
  return [
    steps.length > 0
      ? `${lengthOf(steps.length, trace.switches, barriers, numbered + againAndAgain(trace))}${isEndless(spec) ? fairText(spec) : `; ${leastText(spec, trace)}`}`
      : already,
    search.walks
      ? walkedText(search)
      : `${seenText(search)}: ${search.cut === null ? `${search.memory || search.reduced ? exploredUnder(search) : "every interleaving explored"}${alike}` : `search cut by ${search.cut}`}`,
  ];
}

function lengthOf(steps: number, switches: number, barriers = 0, numbered = ""): string {
  const behind = barriers > 0 ? ` and ${plural(barriers, "full barrier")}` : "";
  return `${plural(steps, "step")}${numbered}${behind}, ${plural(switches, "context switch")}`;
}

/** What makes a run count that does not end: one that only stays where it is, is fair to all. */
function fairText({ fairness = "weak", found, trace }: SpecResult): string {
  const fair = trace?.schedule.loop === undefined ? "" : `; ${fairness}ly fair: ${FAIR[fairness]}`;
  return found ? `${fair}; the search found ${lengthOf(found.steps, found.switches)}` : fair;
}

const FAIR = {
  weak: "who can step all the time does",
  strong: "who can step again and again does",
} as const;

const FOUND_BY: Readonly<Record<FoundBy, string>> = {
  walks: "random walks and made shorter",
  "narrow searches": "narrow searches and made shorter",
  "reduced search": "a reduced search",
};

/** What the run has least of, and whether that is known. */
function leastText(spec: SpecResult, { minimal, sequential, litmus }: Trace): string {
  if (!minimal && spec.foundBy) return `found by ${FOUND_BY[spec.foundBy]}: not known to be shortest`;
  if (!minimal)
    return spec.found ? `the search found ${lengthOf(spec.found.steps, spec.found.switches)}` : "the search found none";
  const { first, inOrder, cut } = minimal;
  // The switches are those of one execution.
  if (litmus)
    return `${inOrder ? "a shorter one that was explored has accesses out of order" : "as short as any that was explored"}; ${cut ?? `no ${sequential ? "sc " : ""}schedule of this execution has fewer switches`}`;
  const none = isWitness(spec) ? "not reached" : "no violation";
  const second = first === "steps" ? "switches" : "steps";
  return `${none} with fewer ${first}${cut === undefined ? `, nor with as many and fewer ${second}` : `; ${cut}`}`;
}

/** How to search for the run again, and how to run it again. */
const reproduce = (result: Result, spec: SpecResult, width: number): readonly string[] => [
  ...shellLines(`reproduce: ${commandFor(result, spec)}`, width),
  ...(spec.token === undefined ? [] : tokenLines(`replay: faultline replay ${spec.token}`, width)),
];

/** A command that takes its last word in pieces, too. */
function tokenLines(command: string, width: number): readonly string[] {
  const lines = fold(command, width - 2, 2);
  return lines.map((line, i) => (i < lines.length - 1 ? `${line} \\` : line));
}
