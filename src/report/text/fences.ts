import { COST, costOf, type Strengthening } from "../../memory/barrier-sites.ts";
import { isQualifier, ORDERS } from "../../model/order.ts";
import type { Found } from "../../search/fences.ts";
import type { FencesResult } from "../../result/fences.ts";
import type { Result, SpecResult } from "../../result/result.ts";
import { ascii, fold } from "./wrap.ts";
import { shellLines } from "../shell.ts";
import { counted, detailOf, factsLine, listing, titleOf, verdictLines } from "./summary.ts";
import { functionOf, unorderedPairs } from "../phrases.ts";

const WIDTH = 72;
// More than a screen of sets is not read; JSON has them all.
const MOST_SHOWN = 20;
// Room for the number of a strengthening.
const HANG = 5;

/** What a strengthening is in C: `smp_rmb() after PageLocked(page)? in filemap_map_pages()`. */
export function wordsOf({ path, label, by, access }: Strengthening): string {
  return `${changeOf({ label, by, access })} in ${functionOf(path)}`;
}

function changeOf({ label, by, access }: Omit<Strengthening, "path">): string {
  if (!isQualifier(by)) return `${ORDERS[by].name}() after ${label}`;
  const qualifier = { acquire: "an acquire", release: "a release", full: "a fully ordered" }[by];
  return `${label} as ${qualifier} ${access}`;
}

export interface FencesStyle {
  readonly color: boolean;
  /** The sets alone. */
  readonly quiet: boolean;
}

/** What `faultline fences` prints. */
export function fencesText(result: FencesResult, { color, quiet }: FencesStyle): string {
  const { weak, found } = result;
  const sections = [
    quiet
      ? []
      : [
          ...folded(`${titleOf(weak.scenario, weak.params)}: ${weak.about}`),
          ...verdictLines(weak.specs, (spec) => detailUnder(spec, result), color).flatMap((line) =>
            line.length > WIDTH && !color ? fold(line, WIDTH, 2) : [line],
          ),
        ],
    ...(found ? foundSections(result, found, quiet) : [nothingMissing(result)]),
    quiet ? [] : shellLines(`reproduce: ${result.command}`, WIDTH),
  ];
  return sections
    .filter(({ length }) => length > 0)
    .flatMap((section, i) => (i > 0 ? ["", ...section] : section))
    .map((line) => `${line}\n`)
    .join("");
}

const folded = (text: string): readonly string[] => fold(ascii(text), WIDTH, 2);

/** What there is to say of a verdict under the weaker model, beside the one under sc. */
function detailUnder(spec: SpecResult, { sc }: FencesResult): string {
  const { verdict, trace } = spec;
  if (verdict === "not judged") return "";
  if (verdict !== "violated") return detailOf(spec);
  const before = sc.specs.find(({ name }) => name === spec.name)!.verdict;
  const under = before === "violated" ? "under sc, too" : `${before} under sc`;
  return `in ${counted(trace!.steps.length, "step")}; ${under}`;
}

/** Why there was nothing to look for, and what to do next. */
function nothingMissing({ sc, weak, memory }: FencesResult): readonly string[] {
  const violated = weak.specs.filter(({ verdict }) => verdict === "violated");
  if (sc.search.cut !== null) return ["What holds under sc is not known.", factsLine(sc.search)].flatMap(folded);
  if (violated.length > 0)
    return [
      ...folded(
        `No barrier helps: ${named(violated)} ${violated.length === 1 ? "is" : "are"} violated under sc, too. It is the order of the steps, or one that is not there.`,
      ),
      ...shellLines(`next: ${sc.command}`, WIDTH),
    ];
  const open = weak.specs.filter(({ verdict }) => verdict !== "holds");
  if (weak.search.cut !== null) return [`No violation under ${memory} so far.`, factsLine(weak.search)].flatMap(folded);
  return [
    `No barrier is missing: ${open.length === 0 ? `everything holds under ${memory}` : `nothing is violated under ${memory}`}.`,
    ...unorderedNote(weak),
  ].flatMap(folded);
}

/** A violation that needs load buffering would not have been found; `check` says where it could be. */
function unorderedNote({ search }: Result): readonly string[] {
  const count = unorderedPairs(search).length;
  const pairs = `${counted(count, "pair")} of a load and a later store`;
  return count === 0
    ? []
    : [
        `note: load buffering was not explored; LKMM permits it for ${pairs}, which \`faultline check\` names in result.json`,
      ];
}

const named = (specs: readonly SpecResult[]): string => listing(specs.map(({ name }) => name));

/** `a`, `a and b`, `a, b and c`. */
function foundSections(result: FencesResult, found: Found, quiet: boolean): readonly (readonly string[])[] {
  const { sets, undecided } = found;
  const shown = sets.slice(0, MOST_SHOWN);
  const unclear = undecided.slice(0, MOST_SHOWN);
  const used = [...new Set([...shown, ...unclear].flat())];
  return [
    headline(result, found),
    setLines(shown, used, sets.length),
    unclear.length > 0
      ? [
          ...folded(
            "Undecided: whether LKMM allows a run with them that violates a spec is not known; with more, they were not tried:",
          ),
          ...setLines(unclear, used, undecided.length),
        ]
      : [],
    used.flatMap((one, i) => strengtheningLines(one, i, found)),
    quiet ? [] : remarks(result, found),
  ];
}

function headline({ missing, most, command }: FencesResult, { sets, isComplete }: Found): readonly string[] {
  const specs = listing(missing);
  if (sets.length > 0)
    return folded(`${counted(sets.length, "minimal set")} ${sets.length === 1 ? "makes" : "make"} ${specs} hold:`);
  const none = `No set of at most ${counted(most, "strengthening")}`;
  if (!isComplete) return folded(`${none} is known so far that makes ${specs} hold.`);
  const larger = `${command.replace(/ --most \d+$/, "")} --most ${most + 1}`;
  return [...folded(`${none} makes ${specs} hold.`), ...shellLines(`next: ${larger}`, WIDTH)];
}

function remarks({ weak, missing, most, endsInBug }: FencesResult, found: Found): readonly string[] {
  const { candidates, searches, evidence, cut, isComplete, sets } = found;
  const other = weak.specs.filter(({ name, verdict }) => verdict === "violated" && !missing.includes(name));
  const dearer = sets.length > 0 ? ", none cheaper than the last one here" : "";
  const seen = `${counted(searches, "search", "es")}, ${counted(evidence, "counterexample")}`;
  const against = other.length > 0 ? [`No barrier helps against ${named(other)}: violated under sc, too.`] : [];
  const said = [
    ...(endsInBug ? ["note: a run that ends in a bugOn, as some do under sc, too, violates no other spec"] : []),
    ...(cut === undefined
      ? []
      : [`stopped by ${cut}: ${isComplete ? "not each was tried alone" : `there may be other sets${dearer}`}`]),
    `${isComplete ? "every set" : "sets"} of at most ${most} of ${counted(candidates.length, "strengthening")}: ${seen}`,
    ...unorderedNote(weak),
  ];
  return [...against.flatMap(folded), ...shellLines(`counterexample: ${weak.command}`, WIDTH), ...said.flatMap(folded)];
}

const setLines = (
  sets: readonly (readonly Strengthening[])[],
  used: readonly Strengthening[],
  count: number,
): readonly string[] => [
  ...sets.map((set) => {
    const numbers = set.map((one) => used.indexOf(one) + 1).toSorted((a, b) => a - b);
    return `  cost ${costOf(set)}  ${listing(numbers.map((number) => `[${number}]`))}`;
  }),
  ...(count > sets.length ? [`  and ${count - sets.length} more: --format json has them all`] : []),
];

function strengtheningLines(one: Strengthening, i: number, { alone }: Found): readonly string[] {
  const left = alone.get(one);
  const effect = left && (left.length === 0 ? "; alone: enough" : `; alone: ${listing(left)} still violated`);
  const words = ascii(wordsOf(one));
  const whole = [ascii(changeOf(one)), ascii(`in ${functionOf(one.path)}`)];
  return [
    ...(words.length <= WIDTH - HANG
      ? [words]
      : whole.flatMap((part, at) => fold(part, WIDTH - HANG - 2 * at, 2).map((line) => "  ".repeat(at) + line))),
    ...fold(`cost ${COST[one.by]}${effect ?? ""}`, WIDTH - HANG, 2),
  ].map((line, at) => `${at === 0 ? `[${i + 1}]`.padEnd(HANG) : " ".repeat(HANG)}${line}`);
}

/** All of it as data. */
export function fencesData({ command, memory, most, sc, weak, missing, endsInBug, found }: FencesResult): unknown {
  const used = [...new Set([...(found?.sets ?? []), ...(found?.undecided ?? [])].flat())];
  const setData = (set: readonly Strengthening[]): unknown => ({
    cost: costOf(set),
    of: set.map((one) => used.indexOf(one)),
  });
  return {
    format: "faultline-fences",
    version: 1,
    scenario: weak.scenario,
    about: weak.about,
    params: weak.params,
    command,
    memory,
    most,
    specs: weak.specs.map(({ name, kind, verdict, trace }) => ({
      name,
      kind,
      verdict,
      underSc: verdictIn(sc, name),
      steps: trace?.steps.length ?? null,
    })),
    missing,
    endsInBug,
    strengthenings: used.map((one) => ({
      words: wordsOf(one),
      path: one.path,
      label: one.label,
      by: one.by,
      cost: COST[one.by],
      alone: found?.alone.get(one) ?? null,
    })),
    sets: found?.sets.map(setData) ?? [],
    undecided: found?.undecided.map(setData) ?? [],
    unordered: weak.search.unordered ?? [],
    searched: {
      strengthenings: found?.candidates.length ?? 0,
      searches: found?.searches ?? 0,
      counterexamples: found?.evidence ?? 0,
    },
    cut: found?.cut ?? weak.search.cut ?? sc.search.cut,
  };
}

const verdictIn = ({ specs }: Result, wanted: string): string => specs.find(({ name }) => name === wanted)!.verdict;
