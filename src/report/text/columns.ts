import { showValue } from "../../model/layout.ts";
import type { Result } from "../../result/result.ts";
import type { TraceStep } from "../../machine/trace.ts";
import { ascii, fold, TIE } from "./wrap.ts";
import { common, storyOf, type Event } from "../fold-steps.ts";
import {
  type Drawn,
  cpuOf,
  doing,
  functionOf,
  localChanges,
  memoryNotes,
  numberOf,
  placesOf,
  plural,
  sharedChanges,
  sharedReads,
  showChanges,
  showRead,
  threadsIn,
} from "../phrases.ts";

const GAP = 2;
// How far two columns may be from halves.
const SLACK = 8;
// Columns narrower than this could not hold most kernel expressions; they become lanes instead.
const NARROWEST = 28;
// A lane is as wide as the name of a CPU and a blank.
const LANE = 5;

/** One line of a diagram; only its own column is not empty. */
export interface Row {
  /** Position of the column, which is not the number of the CPU where some take no part. */
  readonly column: number;
  /**
   * call: a call that is entered; step: where a step begins; folded: how many were left out; waits: one that is never
   * taken; end: what is said of the end of the run; loop: what comes behind it comes again and again; more: the rest of these.
   */
  readonly kind: "call" | "step" | "folded" | "waits" | "end" | "loop" | "more";
  /** With its indentation inside the column. */
  readonly text: string;
}

/** A run as columns, one for each thread that takes part: time runs down, and one CPU acts in a row. */
export interface Diagram {
  /** Where each column starts. */
  readonly starts: readonly number[];
  /** Columns so close together that a text runs on under the next ones; a bar marks each column left of a text. */
  readonly areLanes: boolean;
  readonly header: readonly string[];
  readonly rows: readonly Row[];
}

/** Something to print in a column: a label, and remarks that follow it on the same line where there is room. */
interface Entry {
  readonly column: number;
  readonly kind: "call" | "step" | "folded" | "waits" | "end" | "loop";
  readonly depth: number;
  readonly label: string;
  /** In groups that are not torn apart without need. */
  readonly notes: readonly (readonly string[])[];
}

interface Column {
  readonly start: number;
  readonly width: number;
}

export interface DiagramStyle {
  readonly width: number;
  /** Show the steps too that do not matter. */
  readonly isFull?: boolean;
  /** Steps that sentences speak of, by number from 0: they are shown, with their numbers. */
  readonly told?: ReadonlySet<number>;
  /** As commit messages have it: the outermost function stands in its column, not in the header. */
  readonly isKernel?: boolean;
}

/** Lays a run out as commit messages do. `remarks` go behind steps, by their number from 0. */
export function diagramOf(result: Result, trace: Drawn, remarks: Remarks, style: DiagramStyle): Diagram {
  const threads = threadsIn(trace);
  const entries = entriesOf(result, trace, threads, remarks, style);
  const headers = threads.map((thread) =>
    [cpuOf(result, thread), ...(style.isKernel ? [] : [functionOf(result.threads[thread]!.path)])].map(ascii),
  );
  const columns = layOut(threads.length, entries, style.width);
  return {
    starts: columns.map(({ start }) => start),
    areLanes: areLanes(columns),
    header: headerOf(headers, columns, style.width),
    rows: entries.flatMap((entry) =>
      entry.kind === "loop" ? ruled(entry, columns) : rowsOf(entry, columns[entry.column]!.width),
    ),
  };
}

export type Remarks = ReadonlyMap<number, string>;

/** The lines of a diagram, without trailing blanks. */
export const diagramLines = ({ header, rows, starts, areLanes }: Diagram): readonly string[] => [
  ...header,
  ...rows.map(({ column, text }) => (areLanes ? bars(column) : " ".repeat(starts[column]!)) + text),
];

/** A line across all columns. */
const ruled = ({ column, label }: Entry, columns: readonly Column[]): readonly Row[] => [
  { column, kind: "loop", text: `-- ${label} --`.padEnd(columns.at(-1)!.start + 4, "-") },
];

const bars = (column: number): string => "|".padEnd(LANE).repeat(column);
const areLanes = (columns: readonly Column[]): boolean => columns.length > 1 && columns[1]!.start === LANE;

function entriesOf(
  result: Result,
  trace: Drawn,
  threads: readonly number[],
  remarks: Remarks,
  { isFull = false, isKernel = false, told = new Set() }: DiagramStyle,
): readonly Entry[] {
  const story = storyOf(trace, isFull, told);
  const inside = new Map<number, readonly string[]>();
  const outermost = (thread: number): readonly string[] => (isKernel ? [functionOf(result.threads[thread]!.path)] : []);
  /** What a thread says at a place in its calls, and the calls that it enters to get there. */
  const enter = (
    thread: number,
    calls: readonly string[],
    said: Pick<Entry, "kind" | "label" | "notes">,
  ): readonly Entry[] => {
    const column = threads.indexOf(thread);
    const chain = [...outermost(thread), ...calls];
    const kept = common(chain, inside.get(thread) ?? []).length;
    inside.set(thread, chain);
    return [
      ...chain
        .slice(kept)
        .map((call, i): Entry => ({ column, kind: "call", depth: kept + i, label: ascii(call), notes: [] })),
      {
        ...said,
        column,
        depth: chain.length,
        label: ascii(said.label),
        notes: said.notes.map((group) => group.map(ascii)),
      },
    ];
  };
  let index = -1;
  return [
    ...story.flatMap((event, at) => {
      if (event.kind === "step") {
        index = event.index;
        const remark = remarks.get(index);
        const notes = [notesOf(result, event.step), remark === undefined ? [] : [remark]];
        const { thread, calls, label } = event.step;
        const number = told.has(index) ? `${numberOf(index)}${TIE}` : "";
        const step = enter(thread, calls, { kind: "step", label: number + label, notes });
        return index === trace.schedule?.loop ? [LOOP, ...step] : step;
      }
      index += event.count;
      const remark = remarks.get(index);
      // Calls of which nothing else is shown are left out with their steps.
      const next = story.slice(at + 1).find((later) => threadOf(later) === event.thread);
      const shown = [inside.get(event.thread)?.slice(outermost(event.thread).length) ?? [], next ? callsOf(next) : []]
        .map((calls) => common(event.calls, calls))
        .toSorted((a, b) => b.length - a.length)[0]!;
      const label = `<${plural(event.count, "unrelated step")}>`;
      return [
        ...enter(event.thread, shown, { kind: "folded", label, notes: [] }),
        // It is said of the state that the run ends in, and not of a step that has no part in that.
        ...(remark === undefined
          ? []
          : enter(event.thread, [], { kind: "end", label: "at the end:", notes: [[remark]] })),
      ];
    }),
    ...trace.ending.blocked.flatMap((blocked) =>
      placesOf(blocked).flatMap(({ calls, label }) =>
        enter(blocked.thread, calls, { kind: "waits", label, notes: [[`<-- ${doing(blocked)}`]] }),
      ),
    ),
  ];
}

const LOOP: Entry = { column: 0, kind: "loop", depth: 0, label: "again and again", notes: [] };

const threadOf = (event: Event): number => (event.kind === "step" ? event.step.thread : event.thread);
const callsOf = (event: Event): readonly string[] => (event.kind === "step" ? event.step.calls : event.calls);

/** What a step did to the shared state; if nothing, what it saw of it; if nothing, what it decided. */
function notesOf(result: Result, step: TraceStep): readonly string[] {
  return [...outcomeNotes(result, step), ...memoryNotes(step).map((note) => `(${note})`)];
}

function outcomeNotes(result: Result, step: TraceStep): readonly string[] {
  const changes = sharedChanges(step);
  if (changes.length > 0) return showChanges(changes).map((change) => `[${TIE}${change}${TIE}]`);
  const reads = sharedReads(step);
  if (reads.length === 1) return [`->${TIE}${showValue(reads[0]!.value)}`];
  if (reads.length > 1) return reads.map((read, i) => showRead(read) + (i < reads.length - 1 ? "," : ""));
  const locals = localChanges(result, step);
  return locals.length === 1 ? [`->${TIE}${showValue(locals[0]!.to)}`] : [];
}

function rowsOf({ column, kind, depth, label, notes }: Entry, width: number): readonly Row[] {
  const indent = Math.min(depth, Math.floor(width / 4));
  const pad = " ".repeat(indent);
  const lines = fold(label, width - indent, width < 24 ? 2 : 4).map((line) => pad + line);
  const fits = (words: string): boolean => lines.at(-1)!.length + 1 + words.length <= width;
  const append = (words: string): void => {
    lines[lines.length - 1] += ` ${words.replaceAll(TIE, " ")}`;
  };
  for (const group of notes.filter(({ length }) => length > 0)) {
    // Behind the label if all of it fits there, else on lines of its own.
    if (fits(group.join(" "))) append(group.join(" "));
    else
      for (const [i, note] of group.entries())
        if (i > 0 && fits(note)) append(note);
        else lines.push(...fold(note, width - indent - 1, 2).map((line) => ` ${pad}${line}`));
  }
  return lines.map((text, i) => ({ column, kind: i === 0 ? kind : "more", text }));
}

/** Shares the width out: side by side where columns are wide enough for most kernel expressions, else as lanes. */
function layOut(count: number, entries: readonly Entry[], width: number): readonly Column[] {
  const share = Math.floor((width + GAP) / count) - GAP;
  if (count === 2) return halves(entries, width);
  if (share >= NARROWEST) return sideBySide(Array.from({ length: count }, () => share));
  // Only one CPU acts in a row: its text may have all the room to the right.
  return Array.from({ length: count }, (_, i) => ({ start: i * LANE, width: width - i * LANE }));
}

const sideBySide = (widths: readonly number[]): readonly Column[] =>
  widths.map((width, i) => ({ start: widths.slice(0, i).reduce((sum, left) => sum + left + GAP, 0), width }));

/** Two columns: halves, or whatever split near them gives the fewest rows. */
function halves(entries: readonly Entry[], width: number): readonly Column[] {
  const fair = Math.floor((width - GAP) / 2);
  const rows = (left: number): number =>
    entries.reduce((sum, entry) => sum + rowsOf(entry, entry.column === 0 ? left : width - GAP - left).length, 0);
  const splits = Array.from({ length: 2 * SLACK + 1 }, (_, i) => {
    const left = fair - SLACK + i;
    return { left, rows: rows(left), unevenness: Math.abs(left - fair) };
  });
  const { left } = splits.toSorted((a, b) => a.rows - b.rows || a.unevenness - b.unevenness)[0]!;
  return sideBySide([left, width - GAP - left]);
}

function headerOf(lines: readonly (readonly string[])[], columns: readonly Column[], width: number): readonly string[] {
  const rules = columns.reduce((line, { start }) => `${line.padEnd(start)}----`, "");
  if (areLanes(columns))
    return [
      ...lines.flatMap((line) => fold(line.join(": "), width, 1)),
      "",
      columns.reduce((row, { start }, i) => row.padEnd(start) + lines[i]![0]!.replace(/ .*/, ""), ""),
      rules,
    ];
  const folded = lines.map((line, i) => line.flatMap((part) => fold(part, columns[i]!.width, 1)));
  const height = Math.max(...folded.map(({ length }) => length));
  const row = (y: number): string =>
    folded.reduce((line, column, i) => line.padEnd(columns[i]!.start) + (column[y] ?? ""), "").trimEnd();
  return [...Array.from({ length: height }, (_, y) => row(y)), rules];
}
