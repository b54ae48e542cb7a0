import { quote } from "./dot.ts";
import { ascii, fold } from "../text/wrap.ts";

/** What a node or an edge of a graph looks like, as DOT attributes; `label` and `tooltip` are added to them. */
export type Look = Readonly<Record<string, string | number>>;

/** A label of several lines, each of them flush left; none is ever read as an escape. */
export const block = (lines: readonly string[]): string =>
  `"${lines.map((line) => `${quote(line).slice(1, -1)}\\l`).join("")}"`;

/** Lines of at most `width` characters; the first may hold a whole word more. */
export const folded = (text: string, width: number): readonly string[] => fold(ascii(text), width, 2);

export interface Shown {
  /** Flush left unless there is only one line. */
  readonly lines: readonly string[];
  readonly tooltip?: string;
  readonly look?: Look;
}

export const node = (id: string, shown: Shown): string => `  ${id} [${attributes(shown)}];`;

/** A line, with room on both sides of a label that stands beside it. */
export const edge = (from: string, to: string, shown: Shown): string => {
  const [only = "", ...more] = shown.lines;
  const lines = only === "" || more.length > 0 ? shown.lines : [` ${only} `];
  return `  ${from} -> ${to} [${attributes({ ...shown, lines })}];`;
};

function attributes({ lines, tooltip, look = {} }: Shown): string {
  return [
    ...Object.entries(look).map(([name, value]) => `${name}=${typeof value === "number" ? value : quote(value)}`),
    `label=${lines.length > 1 ? block(lines) : quote(lines[0] ?? "")}`,
    ...(tooltip === undefined ? [] : [`tooltip=${quote(tooltip)}`]),
  ].join(" ");
}

/** A graph that Graphviz lays out from top to bottom, under a title. */
export const layered = (title: readonly string[], parts: readonly string[], look: Look = {}): string =>
  [
    "digraph faultline {",
    `  graph [${attributes({ lines: title, look: { labelloc: "t", labeljust: "l", fontname: "Courier", fontsize: 10, bgcolor: "white", pad: 0.2, nodesep: 0.3, ranksep: 0.35, ...look } })}];`,
    '  node [fontname="Courier" fontsize=9 shape=box margin="0.1,0.05" height=0.25 tooltip=" "];',
    '  edge [fontname="Courier" fontsize=8 arrowsize=0.6 tooltip=" "];',
    ...parts,
    "}",
    "",
  ].join("\n");
