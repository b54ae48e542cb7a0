import { showValue } from "../model/layout.ts";
import type { Blocked, Result, Trace, TraceStep } from "../trace/result.ts";
import { ascii, fold, TIE } from "./fold.ts";
import {
  cpuOf,
  functionOf,
  localChanges,
  sharedChanges,
  sharedReads,
  showChange,
  showRead,
  threadsIn,
} from "./wording.ts";

const GAP = 2;
// How far two columns may be from halves.
const SLACK = 8;
// Columns narrower than this could not hold most kernel expressions; they overlap like stairs instead.
const NARROWEST = 28;
// The last stair ends at the right edge; the others may be a little wider.
const LAST_STAIR = 34;
const STAIR = 40;

/** One line of a diagram; only its own column is not empty. */
export interface Row {
  /** Position of the column, which is not the number of the CPU where some take no part. */
  readonly column: number;
  /** call: a call that is entered; step: where a step begins; waits: one that is never taken; more: the rest of these. */
  readonly kind: "call" | "step" | "waits" | "more";
  /** With its indentation inside the column. */
  readonly text: string;
}

/** A run as columns, one for each thread that takes part: time runs down, and one CPU acts in a row. */
export interface Diagram {
  /** Where each column starts. */
  readonly starts: readonly number[];
  readonly header: readonly string[];
  readonly rows: readonly Row[];
}

/** Something to print in a column: a label, and remarks that follow it on the same line where there is room. */
interface Entry {
  readonly column: number;
  readonly kind: "call" | "step" | "waits";
  readonly depth: number;
  readonly label: string;
  /** In groups that are not torn apart without need. */
  readonly notes: readonly (readonly string[])[];
}

interface Column {
  readonly start: number;
  readonly width: number;
}

/** Lays a run out as commit messages do. `remark` goes behind the last step. */
export function diagramOf(result: Result, trace: Trace, remark: string | undefined, width: number): Diagram {
  const threads = threadsIn(trace);
  const entries = entriesOf(result, trace, threads, remark);
  const headers = threads.map((thread) => [cpuOf(result, thread), functionOf(result.threads[thread]!.path)].map(ascii));
  const columns = layOut(threads.length, entries, width);
  return {
    starts: columns.map(({ start }) => start),
    header: headerOf(headers, columns),
    rows: entries.flatMap((entry) => rowsOf(entry, columns[entry.column]!.width)),
  };
}

/** The lines of a diagram, without trailing blanks. */
export const diagramLines = ({ header, rows, starts }: Diagram): readonly string[] => [
  ...header,
  ...rows.map(({ column, text }) => " ".repeat(starts[column]!) + text),
];

function entriesOf(
  result: Result,
  { steps, ending }: Trace,
  threads: readonly number[],
  remark: string | undefined,
): readonly Entry[] {
  const inside = new Map<number, readonly string[]>();
  /** The calls that a thread enters to get to its next label, and that label. */
  const enter = (
    { thread, calls, label }: Blocked | TraceStep,
    kind: "step" | "waits",
    notes: readonly (readonly string[])[],
  ) => {
    const column = threads.indexOf(thread);
    const before = inside.get(thread) ?? [];
    inside.set(thread, calls);
    const parting = calls.findIndex((call, depth) => call !== before[depth]);
    const entered = parting < 0 ? [] : calls.slice(parting);
    return [
      ...entered.map((call, i): Entry => ({ column, kind: "call", depth: parting + i, label: ascii(call), notes: [] })),
      {
        column,
        kind,
        depth: calls.length,
        label: ascii(label),
        notes: notes.map((group) => group.map(ascii)),
      } satisfies Entry,
    ];
  };
  return [
    ...steps.flatMap((step, i) => {
      const isLast = i === steps.length - 1;
      return enter(step, "step", [notesOf(result, step), isLast && remark !== undefined ? [remark] : []]);
    }),
    ...ending.blocked.flatMap((blocked) => enter(blocked, "waits", [["<-- waits"]])),
  ];
}

/** What a step did to the shared state; if nothing, what it saw of it; if nothing, what it decided. */
function notesOf(result: Result, step: TraceStep): readonly string[] {
  const changes = sharedChanges(step);
  if (changes.length > 0) return changes.map((change) => `[${TIE}${showChange(change)}${TIE}]`);
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

/** Shares the width out: equal columns where they are wide enough for what they hold, else stairs. */
function layOut(count: number, entries: readonly Entry[], width: number): readonly Column[] {
  const share = Math.floor((width + GAP) / count) - GAP;
  if (share >= NARROWEST)
    return count === 2
      ? halves(entries, width)
      : Array.from({ length: count }, (_, i) => ({ start: i * (share + GAP), width: share }));
  // Only one column of a row is ever filled, so the text of a stair may run on under the header of the next one.
  const last = Math.min(LAST_STAIR, Math.floor((width * 2) / 3));
  return Array.from({ length: count }, (_, i) => {
    const start = Math.floor((i * (width - last)) / (count - 1));
    return { start, width: Math.min(STAIR, width - start) };
  });
}

/** Two columns: halves, or whatever split near them gives the fewest rows. */
function halves(entries: readonly Entry[], width: number): readonly Column[] {
  const fair = Math.floor((width - GAP) / 2);
  const rows = (left: number): number =>
    entries.reduce((sum, entry) => sum + rowsOf(entry, entry.column === 0 ? left : width - GAP - left).length, 0);
  const lefts = Array.from({ length: 2 * SLACK + 1 }, (_, i) => fair - SLACK + i);
  const [left] = lefts.toSorted((a, b) => rows(a) - rows(b) || Math.abs(a - fair) - Math.abs(b - fair));
  return [
    { start: 0, width: left! },
    { start: left! + GAP, width: width - GAP - left! },
  ];
}

function headerOf(lines: readonly (readonly string[])[], columns: readonly Column[]): readonly string[] {
  const rooms = columns.map(({ start, width }, i) =>
    Math.min(width, (columns[i + 1]?.start ?? Infinity) - GAP - start),
  );
  const rules = columns.reduce((line, { start }) => `${line.padEnd(start)}----`, "");
  const overlap = columns.some(({ width }, i) => rooms[i]! < width);
  if (overlap && lines.some((line, i) => line.some((words) => words.length > rooms[i]!)))
    return [
      ...lines.flatMap((line, i) =>
        fold(line.join(": "), columns[i]!.width, 1).map((part) => " ".repeat(columns[i]!.start) + part),
      ),
      rules,
    ];
  const folded = lines.map((line, i) => line.flatMap((part) => fold(part, rooms[i]!, 1)));
  const height = Math.max(...folded.map(({ length }) => length));
  const row = (y: number): string =>
    folded.reduce((line, column, i) => line.padEnd(columns[i]!.start) + (column[y] ?? ""), "").trimEnd();
  return [...Array.from({ length: height }, (_, y) => row(y)), rules];
}
