import type { Result } from "../../result/result.ts";
import type { Trace } from "../../machine/trace.ts";
import { flowsOf, gapWidths, type Gap } from "./arrows.ts";
import { widthOf } from "./dot.ts";
import { ascii, fold, plain } from "../text/wrap.ts";
import { rowsOf, type Fact, type Row } from "./rows.ts";
import { againAndAgain, cpuOf, functionOf, NUMBERED, plural, runOf, startOf, threadsIn } from "../phrases.ts";

// Points. FONT is what is said, SMALL what is said beside it.
export const FONT = 9;
export const SMALL = 7;
export const TITLE = 11;
export const LINE = 12;
export const SMALL_LINE = 9;
export const PAD = 8;
export const NUMBERS = 22;
const ROW_GAP = 8;
export const HEAD = 44;
// Where a label folds, in characters, by the number of columns.
const FOLDS = [64, 64, 44, 38, 32] as const;
// Narrower than this, the verdict could not be read.
const LEAST_WIDTH = 320;

/** Where everything goes. */
export interface Plan {
  readonly threads: readonly number[];
  readonly rows: readonly Placed[];
  /** The left edge of each column, and the width of all of them. */
  readonly lefts: readonly number[];
  readonly columnWidth: number;
  /** Behind each column but the last. */
  readonly gaps: readonly Gap[];
  /** The upper edge of the headers. */
  readonly top: number;
  /** The left edge of the facts. */
  readonly facts: number;
  readonly right: number;
  readonly bottom: number;
  readonly title: readonly TitleLine[];
}

export interface TitleLine {
  readonly words: string;
  readonly size: number;
  readonly y: number;
}

export interface Placed extends Row {
  readonly column: number;
  readonly y: number;
  readonly height: number;
  readonly boxHeight: number;
}

/** Works out the place and the size of everything, from the widths of the texts. */
export function planOf(result: Result, trace: Trace): Plan {
  const taking = threadsIn(trace);
  const threads = taking.length > 0 ? taking : result.threads.map((_, thread) => thread);
  const room = FOLDS[threads.length] ?? FOLDS.at(-1)!;
  const rows = rowsOf(result, trace, room, Math.floor((room * FONT) / SMALL));
  const columnWidth = Math.max(
    ...threads.flatMap((thread) => headOf(result, thread).map(({ line, size }) => widthOf(line, size))),
    ...rows.flatMap(({ above, label }) => [...widths(above, SMALL + 0.5), ...widths(label, FONT)]),
  );
  const pitch = columnWidth + 2 * PAD;
  const columnOf = (row: number): number => threads.indexOf(rows[row]!.thread);
  const gapsBehind = gapWidths(flowsOf(trace), columnOf, threads.length - 1);
  const lefts = threads.map((_, i) => gapsBehind.slice(0, i).reduce((x, gap) => x + gap + pitch, NUMBERS));
  const facts = lefts.at(-1)! + pitch + 16;
  const factWidth = Math.max(
    widthOf("state change", TITLE),
    ...rows.flatMap((row) =>
      row.facts.map((fact) => widthOf(fact.pieces.map(({ text }) => text).join(" "), sizeOf(fact))),
    ),
  );
  const right = Math.max(LEAST_WIDTH, facts + factWidth + PAD);
  const title = titleOf(result, trace, right);
  const top = title.at(-1)!.y + LINE + 4;
  let bottom = top + HEAD + 4;
  const placed = rows.map((row): Placed => {
    const boxHeight = row.above.length * SMALL_LINE + row.label.length * LINE + 8;
    const height = Math.max(boxHeight, row.facts.length * LINE + 4) + ROW_GAP;
    const y = bottom + height / 2;
    bottom += height;
    return { ...row, column: threads.indexOf(row.thread), y, height, boxHeight };
  });
  return {
    threads,
    rows: placed,
    lefts,
    columnWidth: pitch,
    gaps: lefts.slice(1).map((right, i) => ({ left: lefts[i]! + pitch, right })),
    top,
    facts,
    right,
    bottom,
    title,
  };
}

const LEGEND = [
  ["read", "orange: reads what another CPU wrote"],
  ["unseen", "violet: does not see it yet"],
  ["conflict", "dashed: the other way round, it would have gone another way"],
  ["decisive", "red, solid: what decided it"],
] as const;

/** What was run and, where there is a choice, from which initial state; and what the arrows mean. */
function titleOf(result: Result, trace: Trace, right: number): readonly TitleLine[] {
  const counts = `${plural(trace.steps.length, "step")}${againAndAgain(trace)}, ${plural(trace.switches, "context switch")}`;
  const numbers = trace.steps.length > 0 ? [NUMBERED] : [];
  const lines = (words: string, size: number) =>
    fold(ascii(words), Math.floor((right - PAD) / widthOf(" ", size))).map((line) => ({ words: line, size }));
  const start = startOf(result, trace);
  const kinds = new Set(flowsOf(trace).map(({ kind }) => kind));
  const legend = [
    ...LEGEND.filter(([kind]) => kinds.has(kind)).map(([, words]) => words),
    ...(trace.slice.length < trace.steps.length ? ["pale: has no part in it"] : []),
  ];
  const small = [...(start === "" ? [] : [start]), [...legend, ...numbers].join("; ")].filter(Boolean);
  return [...lines(`${runOf(result)}: ${counts}`, TITLE), ...small.flatMap((words) => lines(words, SMALL))].map(
    (line, i) => ({
      ...line,
      y: i * LINE,
    }),
  );
}

const widths = (lines: readonly string[], size: number): readonly number[] => lines.map((line) => widthOf(line, size));
export const sizeOf = ({ isLocal }: Fact): number => (isLocal ? SMALL : FONT);

/** What stands over a column: the CPU, the function it runs, and where the source of that is, if it is known. */
export function headOf(result: Result, thread: number): readonly { readonly line: string; readonly size: number }[] {
  const { path, file, release } = result.threads[thread]!;
  const source = [file, release].filter((part) => part !== undefined).join(", ");
  return [
    { line: plain(cpuOf(result, thread)), size: TITLE },
    { line: plain(functionOf(path)), size: FONT },
    ...(source === "" ? [] : [{ line: plain(source), size: SMALL }]),
  ];
}
