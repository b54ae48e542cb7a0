import { showValue } from "../../model/layout.ts";
import type { ParamValues } from "../../model/params.ts";
import type { ProgressKind, SpecKind } from "../../model/spec.ts";
import { WORST_FIRST, groupRows, worstIn, type Minimal, type SweepResult, type SweepRow } from "../../result/sweep.ts";
import { ascii, fold, plain } from "./wrap.ts";
import { shellLines } from "../shell.ts";
import { counted, folded, indented } from "./summary.ts";

const WIDTH = 100;
const HEADING = 10;

interface Column {
  readonly title: string;
  readonly isFigure: boolean;
  readonly cell: (group: readonly SweepRow[]) => string;
}

/** The sweep as text for people: what holds everywhere has no column. Rows that differ in `by` alone are merged. */
export function sweepText(sweep: SweepResult, by: readonly string[]): string {
  const isAlike = (name: string): boolean =>
    sweep.rows.length > 0 && sweep.rows.every(({ verdicts }) => verdicts[name]?.verdict === "holds");
  const plainSpecs = sweep.specs.filter(({ name, kind }) => kind !== "sometimes" && isAlike(name));
  const shown = sweep.specs.filter((spec) => !plainSpecs.includes(spec));
  const columns = columnsOf(sweep, shown, by);
  const fixed = showParams(sweep.fixed);
  const sections: readonly (readonly string[])[] = [
    [...folded(`${sweep.scenario}: ${sweep.about}`), ...(fixed === "" ? [] : indented(`with ${fixed}`))],
    textTable(columns, groupRows(sweep.rows, by)),
    [
      ...(shown.length > 0 ? LEGEND.filter(([kind]) => shown.some((spec) => isKind(spec.kind, kind))) : []).map(
        ([, line]) => line,
      ),
      ...(plainSpecs.length > 0 ? folded(`holds in every row: ${plainSpecs.map(({ name }) => name).join(", ")}`) : []),
    ],
    [
      ...folded(totalLine(sweep)),
      ...firstLine(sweep),
      ...sweep.neverTaken.flatMap((step) => folded(`never taken in any row: ${step}`)),
    ],
    minimalLines(sweep.minimal ?? []),
  ];
  return lines(
    sections.filter(({ length }) => length > 0).flatMap((section, i) => (i > 0 ? ["", ...section] : section)),
  );
}

const isKind = (kind: SpecKind | ProgressKind | "check", wanted: "violated" | "reached"): boolean =>
  (kind === "sometimes") === (wanted === "reached");

const LEGEND = [
  ["violated", "a number is the length in steps of the shortest counterexample; - holds"],
  ["reached", "(reached): the length in steps of the shortest run that reaches it; vacuous: none does"],
] as const;

/** The same table as Markdown. */
export function sweepMarkdown(sweep: SweepResult, by: readonly string[]): string {
  const columns = columnsOf(sweep, sweep.specs, by);
  const cells = [
    columns.map(({ title }) => title),
    ...groupRows(sweep.rows, by).map((group) => columns.map(({ cell }) => cell(group))),
  ];
  const widths = columns.map((_, i) => Math.max(3, ...cells.map((row) => escaped(row[i]!).length)));
  const show = (row: readonly string[]): string =>
    `| ${row.map((text, i) => (columns[i]!.isFigure ? escaped(text).padStart(widths[i]!) : escaped(text).padEnd(widths[i]!))).join(" | ")} |`;
  const rule = columns.map(({ isFigure }, i) => (isFigure ? `${"-".repeat(widths[i]! - 1)}:` : "-".repeat(widths[i]!)));
  return lines([show(cells[0]!), show(rule), ...cells.slice(1).map(show)]);
}

const escaped = (text: string): string => text.replaceAll("|", String.raw`\|`);

/** The same table as comma-separated values. */
export function sweepCsv(sweep: SweepResult, by: readonly string[]): string {
  const columns = columnsOf(sweep, sweep.specs, by);
  const quoted = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return lines([
    columns.map(({ title }) => quoted(title)).join(","),
    ...groupRows(sweep.rows, by).map((group) => columns.map(({ cell }) => quoted(cell(group))).join(",")),
  ]);
}

function columnsOf(sweep: SweepResult, specs: SweepResult["specs"], by: readonly string[]): readonly Column[] {
  const param = (name: string): Column => ({
    title: name,
    isFigure: false,
    cell: (group) => [...new Set(group.map(({ params }) => showValue(params[name]!)))].join(" "),
  });
  const names = sweep.swept.map(({ name }) => name);
  return [
    ...names.filter((name) => !by.includes(name)).map(param),
    ...specs.map(({ name, kind }): Column => ({
      title: kind === "sometimes" ? `${name} (reached)` : name,
      isFigure: true,
      cell: (group) => verdictCell(group, name),
    })),
    { title: "states", isFigure: true, cell: (group) => span(group.map(({ states }) => states)) },
    ...(sweep.rows.some(({ milliseconds }) => milliseconds !== undefined) ? [TIME] : []),
    ...(by.length > 0
      ? [{ title: "rows", isFigure: true, cell: (group: readonly SweepRow[]) => `${group.length}` }]
      : []),
    ...names.filter((name) => by.includes(name)).map(param),
  ];
}

const TIME: Column = {
  title: "ms",
  isFigure: true,
  cell: (group) => group.reduce((sum, { milliseconds = 0 }) => sum + milliseconds, 0).toFixed(0),
};

function verdictCell(group: readonly SweepRow[], name: string): string {
  const verdicts = group.flatMap(({ verdicts }) => verdicts[name] ?? []);
  const lengths = verdicts.flatMap(({ steps }) => steps ?? []);
  const verdict = verdicts[0]?.verdict;
  if (verdict === "violated" || (verdict === "holds" && lengths.length > 0)) return span(lengths);
  return verdict === "holds" ? "-" : (verdict ?? "");
}

/** `7`, or `7..12`. */
function span(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? `${low}` : `${low}..${high}`;
}

/** Columns as wide as their widest cell; a heading is folded, and the last column takes what is left of the line. */
function textTable(columns: readonly Column[], groups: readonly (readonly SweepRow[])[]): readonly string[] {
  const heads = columns.map(({ title }) => headingOf(title));
  const cells = groups.map((group) => columns.map(({ cell }) => plain(cell(group))));
  const widths = columns.map((_, i) =>
    Math.max(...heads[i]!.map((part) => part.length), ...cells.map((row) => row[i]!.length)),
  );
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0);
  const room = Math.max(20, WIDTH - before);
  const show = (row: readonly string[]): readonly string[] => {
    const place = (text: string, i: number): string =>
      columns[i]!.isFigure ? text.padStart(widths[i]!) : text.padEnd(widths[i]!);
    const fixed = row.slice(0, -1).map(place).join("  ");
    const last = row.at(-1)!;
    const folds = columns.at(-1)!.isFigure ? [place(last, row.length - 1)] : fold(ascii(last), room);
    return folds.map((part, i) => `${i === 0 ? fixed : " ".repeat(fixed.length)}  ${part}`.trimEnd());
  };
  const height = Math.max(...heads.map(({ length }) => length));
  const titles = Array.from({ length: height }, (_, line) => heads.map((head) => head[line] ?? ""));
  return [...titles, ...cells].flatMap(show);
}

/** A title on several short lines, broken behind its hyphens. */
function headingOf(title: string): readonly string[] {
  const found: string[] = [];
  for (const part of plain(title).split(/(?<=-)| /)) {
    const last = found.at(-1);
    if (last !== undefined && last.endsWith("-") && last.length + part.length <= HEADING)
      found[found.length - 1] = last + part;
    else found.push(part);
  }
  return found;
}

function totalLine({ rows, combinations, stopped }: SweepResult): string {
  const counts = WORST_FIRST.map(
    (verdict) => [verdict, rows.filter((row) => worstIn(row) === verdict).length] as const,
  );
  const parts = counts
    .filter(([, count]) => count > 0)
    .map(([verdict, count]) => `${count} ${verdict === "holds" && count !== 1 ? "hold" : verdict}`);
  const states = rows.reduce((sum, row) => sum + row.states, 0);
  const missing = combinations - rows.length;
  return [
    `${counted(combinations, "combination")}: ${[...parts, ...(missing > 0 ? [`${missing} not searched`] : [])].join(", ")}`,
    counted(states, "state"),
    ...(stopped === null ? [] : [`stopped by ${stopped}`]),
  ].join("; ");
}

/** How to see a counterexample of the row that the table begins with. */
function firstLine({ rows: [first] }: SweepResult): readonly string[] {
  return first && worstIn(first) === "violated" ? shellLines(`first row: ${first.command}`, WIDTH) : [];
}

function minimalLines(all: readonly Minimal[]): readonly string[] {
  return all.flatMap((one, i) => [
    ...(one.param === all[i - 1]?.param
      ? []
      : [`${one.param}: where everything asked holds, and what of it is minimal`]),
    ...indented(`${one.others === null ? "in every row" : showParams(one.others) || "alone"}: ${minimalText(one)}`),
  ]);
}

function minimalText({ tried, holding, undecided = [], minimal }: Minimal): string {
  const count = `${holding.length} of ${tried} hold${undecided.length > 0 ? `, ${undecided.length} undecided` : ""}`;
  if (holding.length === 0) return count;
  // What holds is minimal only if nothing simpler may hold as well.
  return `${count}; minimal: ${minimal.map(showValue).join(" ") || "not known"}`;
}

const showParams = (params: ParamValues): string =>
  Object.entries(params)
    .map(([name, value]) => `${name}=${showValue(value)}`)
    .join(" ");

const lines = (all: readonly string[]): string => all.map((line) => `${line}\n`).join("");
