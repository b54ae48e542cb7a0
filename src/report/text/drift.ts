import type { Change, Drift } from "../../source/drift.ts";
import type { SourcePlace } from "../../source/result.ts";
import { labelledLines, WIDTH } from "./labelled.ts";
import { counted } from "./summary.ts";
import { fold } from "./wrap.ts";

/** What changed for one path from each tree to the next, as text; `full`: what has another name only, too. */
export function driftText(drifts: readonly Drift[], { full }: { readonly full: boolean }): string {
  const { path, release, scenarios } = drifts[0]!;
  const title = `${path}, as in ${release ?? "no release"}`;
  const head = [...fold(title, WIDTH, 2), ...fold(`in ${scenarios.join(", ")}`, WIDTH, 3)];
  return [...head, ...drifts.flatMap((one) => pairLines(one, full))].map((line) => `${line}\n`).join("");
}

function pairLines({ from, to, changes, isSame }: Drift, full: boolean): readonly string[] {
  const shown = changes.filter(({ kind }) => full || kind !== "renamed");
  const renamed = changes.filter(({ kind }) => kind === "renamed").length;
  const names = renamed > 0 ? ` (${counted(renamed, "step")} renamed)` : "";
  const what = isSame ? "the same" : counted(changes.length - renamed, "change");
  return [...fold(`${from} to ${to}: ${what}${names}`, WIDTH, 2), ...shown.flatMap(changeLines)];
}

function changeLines({ kind, label, text, before, after, also = [], why }: Change): readonly string[] {
  const place = after ?? before;
  const said = label === undefined ? text! : kind === "moved" ? `${label} ${why!}` : label;
  const details = [
    ...(place ? [`${after ? "" : "was "}${placesText([place, ...also])}`] : []),
    ...(kind === "moved" || why === undefined ? [] : [kind === "renamed" ? `now ${why}` : why]),
  ];
  return labelledLines(kind, [said, ...details]);
}

/** The lines of a function together, as long as it is the same one. */
function placesText(places: readonly SourcePlace[]): string {
  const functions = [...new Set(places.map(({ file, function: fn }) => `${file} ${fn}`))];
  return functions
    .map((one) => {
      const own = places.filter(({ file, function: fn }) => `${file} ${fn}` === one);
      return `${own[0]!.file}:${[...new Set(own.map(({ line }) => line))].join(",")}, ${own[0]!.function}()`;
    })
    .join("; ");
}

/** All of them in the end: how many paths have changed, and which scenarios that touches. */
export function driftTotal(all: readonly Drift[]): string {
  const changed = all.filter(({ isSame }) => !isSame);
  const touched = new Set(changed.flatMap(({ scenarios }) => scenarios));
  const paths = (drifts: readonly Drift[]): number => new Set(drifts.map(({ path }) => path)).size;
  const total = `${counted(paths(all), "path")} compared: ${paths(changed)} changed, in ${counted(touched.size, "scenario")}`;
  return fold(total, WIDTH, 2)
    .map((line) => `${line}\n`)
    .join("");
}

/** What changed for one path over several trees, as a section of a document, with a row of a table for each change. */
export function driftMarkdown(drifts: readonly Drift[]): string {
  const { path, release, scenarios } = drifts[0]!;
  const rows = drifts.flatMap(({ to, changes }) =>
    together(changes.filter(({ kind }) => kind !== "renamed")).map((some) => {
      const { kind } = some[0]!;
      const said = new Set(some.map((one) => cell(one.label ?? one.text!)));
      return `| ${to} | ${kind} | ${[...said].join(", ")}${reasonOf(some[0]!)} | ${cell(whereOf(some))} |`;
    }),
  );
  const renamed = drifts.flatMap(({ to, changes }) =>
    changes.filter(({ kind }) => kind === "renamed").map(({ label, why }) => `${cell(label!)} is \`${why}\` in ${to}`),
  );
  const same = drifts.filter(({ isSame }) => isSame).map(({ from, to }) => `${from} to ${to}`);
  return [
    `## ${path}, as in ${release}`,
    "",
    `Runs in ${scenarios.map((name) => `\`${name}\``).join(", ")}.`,
    ...(rows.length > 0 ? ["", "| in | what | step, or C | where |", "| --- | --- | --- | --- |", ...rows] : []),
    ...(same.length > 0 ? ["", `The same but for names: ${same.join(", ")}.`] : []),
    ...(renamed.length > 0 ? ["", `Renamed: ${renamed.join("; ")}.`] : []),
    "",
  ].join("\n");
}

/** Changes of one kind in one function, with one reason: they are told in one row. What moved has a row of its own. */
function together(changes: readonly Change[]): readonly (readonly Change[])[] {
  const key = ({ kind, label, before, after, why }: Change): string => {
    const { file, function: fn } = (after ?? before)!;
    const hasReason = kind === "condition" || kind === "elsewhere" || kind === "negated";
    return [kind, file, fn, kind === "moved" ? label : hasReason ? why : ""].join("\n");
  };
  return [...new Set(changes.map(key))].map((one) => changes.filter((change) => key(change) === one));
}

/** Of C that is no step, it is enough to say where it is. */
const reasonOf = ({ kind, why }: Change): string =>
  why === undefined || kind === "new"
    ? ""
    : kind === "moved"
      ? ` ${why.replace(/^now (?:before|after) /, "$&`")}\``
      : `: ${cell(why)}`;

function whereOf(changes: readonly Change[]): string {
  const isLost = changes.every(({ after }) => after === undefined);
  const places = changes.flatMap(({ before, after, also = [] }) => [(after ?? before)!, ...also]);
  return `${isLost ? "was " : ""}${placesText(places.toSorted((a, b) => a.line - b.line))}`;
}

const cell = (text: string): string => `\`${text.replaceAll("|", "\\|").replaceAll("`", "'")}\``;
