import { fold, plain, ascii } from "../report/text/wrap.ts";
import type { Value } from "../model/domain.ts";
import { changesOf, type Change } from "../model/patch.ts";
import type { Path } from "../model/path.ts";
import type { MemoryModel } from "../model/memory.ts";
import { resolveParams, threadsOf, type Scenario } from "../model/scenario.ts";
import { defaultOf, rangeOf, type ParamValues } from "../model/params.ts";
import { checksOf } from "../model/checks.ts";
import { BUILT_IN, type ProgressKind, type SpecKind } from "../model/spec.ts";
import { byFolder } from "./bundled.ts";
import { showSet } from "./runs.ts";

const WIDTH = 100;

/** What a scenario is made of, as plain data. */
export interface Description {
  readonly scenario: string;
  readonly about: string;
  readonly params: readonly { readonly name: string; readonly range: string; readonly default: Value }[];
  /** With the parameters at their defaults. */
  readonly threads: readonly { readonly name: string; readonly path: string; readonly group?: string }[];
  /** Every path of the threads, those that are called included, and the patched ones of pinned runs. */
  readonly paths: readonly PathDescription[];
  readonly specs: readonly {
    readonly name: string;
    readonly kind: SpecKind | ProgressKind | "check";
    readonly sentence: string;
    readonly consequence?: string;
  }[];
  readonly pinned: readonly {
    readonly set: ParamValues;
    /** Absent for sequential consistency. */
    readonly memory?: MemoryModel;
    readonly violated: readonly string[];
    readonly vacuous: readonly string[];
    readonly unjudged?: readonly string[];
    readonly undecided?: readonly string[];
    readonly states?: number;
  }[];
}

interface PathDescription {
  readonly name: string;
  readonly file?: string;
  readonly release?: string;
  readonly fits?: string;
  readonly leavesOut?: string;
  /** Of a patched path: its labels in their order, those that the patch has dropped too. */
  readonly patch?: readonly { readonly label: string; readonly change?: Change }[];
}

/** A line of the overview. */
export type Overview = Pick<Description, "scenario" | "about">;

export const describeAll = (scenarios: readonly Scenario[]): readonly Overview[] =>
  scenarios.map(({ name, about }) => ({ scenario: name, about }));

export function describeScenario(scenario: Scenario): Description {
  const threads = threadsOf(scenario, resolveParams(scenario, {}));
  return {
    scenario: scenario.name,
    about: scenario.about,
    params: Object.entries(scenario.params).map(([name, field]) => ({
      name,
      range: rangeOf(field),
      default: defaultOf(field),
    })),
    threads: threads.map(({ name, path, group }) => ({ name, path: path.name, ...(group !== undefined && { group }) })),
    paths: pathsOf(
      threads.map(({ path }) => path),
      patchedIn(scenario),
    ).map(describePath),
    specs: [
      ...[...scenario.specs, ...scenario.progress].map(({ name, kind, sentence, consequence }) => ({
        name,
        kind,
        sentence,
        ...(consequence !== undefined && { consequence }),
      })),
      ...checksOf(
        scenario.world.layout,
        threads.map(({ path }) => path),
      ).map((name) => ({
        name,
        kind: "check" as const,
        sentence: BUILT_IN[name],
      })),
    ],
    pinned: scenario.expect.map(
      ({ set = {}, memory = "sc", violated = [], vacuous = [], unjudged, undecided, states }) => ({
        set: set as ParamValues,
        ...(memory !== "sc" && { memory }),
        violated,
        vacuous,
        ...(unjudged !== undefined && { unjudged }),
        ...(undecided !== undefined && { undecided }),
        ...(states !== undefined && { states }),
      }),
    ),
  };
}

const describePath = (path: Path): PathDescription => {
  const {
    name,
    about: { file, release, fits, leavesOut },
  } = path;
  const changes = [...changesOf(path)];
  return {
    name,
    ...(file !== undefined && { file }),
    ...(release !== undefined && { release }),
    ...(fits !== undefined && { fits }),
    ...(leavesOut !== undefined && { leavesOut }),
    ...(changes.length > 0 && { patch: changes.map(([label, change]) => ({ label, ...(change && { change }) })) }),
  };
};

/** The patched paths of pinned runs, which are what somebody looks for. */
const patchedIn = (scenario: Scenario): readonly Path[] =>
  scenario.expect
    .flatMap(({ set = {} }) =>
      pathsOf(threadsOf(scenario, resolveParams(scenario, set as ParamValues)).map(({ path }) => path)),
    )
    .filter(({ patched }) => patched !== undefined);

/** The paths and all that they call, and `more` without what these call, each name once, callers first. */
function pathsOf(roots: readonly Path[], more: readonly Path[] = []): readonly Path[] {
  const found = new Map<string, Path>();
  const visit = (path: Path): void => {
    if (found.has(path.name)) return;
    found.set(path.name, path);
    for (const entry of path.entries.values()) if (entry.kind === "call") visit(entry.path);
  };
  roots.forEach(visit);
  for (const path of more) if (!found.has(path.name)) found.set(path.name, path);
  return [...found.values()];
}

/** One folder after the other, behind what lies in none. */
export function overviewText(all: readonly Overview[]): string {
  const parts = [...byFolder(all, ({ scenario }) => scenario).values()].filter((some) => some.length > 0);
  const tables = parts.map((some) =>
    rows(
      some.map(({ scenario, about }) => [scenario, about]),
      "",
    ),
  );
  return text(tables.flatMap((lines, i) => (i === 0 ? lines : ["", ...lines])));
}

/** A description as `faultline list <scenario>` prints it. */
export function scenarioText({ scenario, about, params, threads, paths, specs, pinned }: Description): string {
  const sections: readonly (readonly [string, readonly string[]])[] = [
    [
      "parameters, for --set name=value:",
      rows(params.map((param) => [param.name, `default ${String(param.default)}`, param.range])),
    ],
    [
      "threads, with the parameters at their defaults:",
      rows(threads.map(({ name, path }, i) => [`CPU${i}`, name, path])),
    ],
    ["paths:", paths.flatMap(pathLines)],
    ["specs:", rows(specs.map(({ name, kind, sentence }) => [kind === "check" ? "built in" : kind, name, sentence]))],
    ["pinned runs, for --expected:", rows(pinned.map((run) => [pinnedRun(run), pinnedText(run)]))],
  ];
  return text([
    ...fold(ascii(`${scenario}: ${about}`), WIDTH, 2),
    ...sections.flatMap(([title, lines]) => ["", title, ...(lines.length > 0 ? lines : ["  none"])]),
  ]);
}

function pathLines({ name, file, release, fits, leavesOut, patch = [] }: PathDescription): readonly string[] {
  const source = [file, release, fits && `fits ${fits}`].filter((part) => part !== undefined).join(", ");
  return [
    ...indented([name, source].filter(Boolean).join("  "), 2),
    ...(leavesOut === undefined ? [] : indented(`left out: ${leavesOut}`, 4)),
    ...patchLines(patch).map((line) => `    ${line}`),
  ];
}

const SIGNS = { added: "+", replaced: "!", dropped: "-" } as const satisfies Record<Change, string>;
/** So many labels stand around what a patch has changed, as in a diff. */
const CONTEXT = 1;

/** The patch on a path as a context diff of its labels: `+` added, `-` dropped, `!` replaced. */
function patchLines(patch: NonNullable<PathDescription["patch"]>): readonly string[] {
  const isShown = (at: number): boolean =>
    patch.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some(({ change }) => change !== undefined);
  return patch.flatMap(({ label, change }, at) => {
    if (!isShown(at)) return at === 0 || isShown(at - 1) ? ["..."] : [];
    return [`${change ? SIGNS[change] : " "} ${ascii(label)}`];
  });
}

const pinnedRun = ({ set, memory }: Description["pinned"][number]): string =>
  [showSet(set) || "(defaults)", ...(memory === undefined ? [] : ["under", memory])].join(" ");

const pinnedText = ({
  violated,
  vacuous,
  unjudged = [],
  undecided = [],
  states,
}: Description["pinned"][number]): string =>
  [
    violated.length > 0 ? `violated: ${violated.join(", ")}` : "nothing violated",
    ...(vacuous.length > 0 ? [`vacuous: ${vacuous.join(", ")}`] : []),
    ...(unjudged.length > 0 ? [`not judged: ${unjudged.join(", ")}`] : []),
    ...(undecided.length > 0 ? [`undecided: ${undecided.join(", ")}`] : []),
    ...(states === undefined ? [] : [`${states} states`]),
  ].join("; ");

const indented = (line: string, by: number): readonly string[] =>
  fold(ascii(line), WIDTH - by, 2).map((part) => " ".repeat(by) + part);

/** Columns as wide as their widest word; the last one takes the rest of the line and is folded under itself. */
function rows(cells: readonly (readonly string[])[], indent = "  "): readonly string[] {
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => plain(row[column]!).length)));
  return cells.flatMap((row) => {
    const fixed = row.slice(0, -1).map((cell, column) => plain(cell).padEnd(widths[column]!));
    const before = indent + fixed.map((cell) => `${cell}  `).join("");
    // A column that leaves no room for the last one is rather too wide than cut.
    const last = fold(ascii(row.at(-1)!), Math.max(30, WIDTH - before.length));
    return last.map((line, i) => (i === 0 ? before : " ".repeat(before.length)) + line).map((line) => line.trimEnd());
  });
}

const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");
