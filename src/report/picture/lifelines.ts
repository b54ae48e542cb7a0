import type { Result, SpecResult } from "../../result/result.ts";
import type { Trace } from "../../machine/trace.ts";
import { CHIP_FONT, chipLines, chipSize, flowsOf, placeArrows, type Stop } from "./arrows.ts";
import { box, centred, joint, line, picture, text, widthOf } from "./dot.ts";
import { ascii, fold, plain } from "../text/wrap.ts";
import { CPUS } from "./palette.ts";
import {
  FONT,
  HEAD,
  headOf,
  LINE,
  NUMBERS,
  PAD,
  planOf,
  sizeOf,
  SMALL,
  SMALL_LINE,
  TITLE,
  type Placed,
  type Plan,
} from "./layout.ts";
import { reasonsOf } from "../reasons.ts";
import type { Row } from "./rows.ts";
import {
  headlineOf,
  isBug,
  isHeldUp,
  isWitness,
  judgedBy,
  reasonOf,
  showRead,
  traceOf,
  verdictOf,
} from "../phrases.ts";

const BLACK = "#000000";
const GREY = "#777777";
const RULE = "#b4bac4";
const RED = "#b00020";
const ARROWS = { read: "#c05621", unseen: "#6b46c1", conflict: RED, decisive: RED } as const;
const PALE = { fill: "#ffffff", line: "#c3c8d0" } as const;
const BAD = { fill: "#fde2e2", line: "#c81e1e", verdict: "#c81e1e", border: "#7f1d1d" } as const;
const GOOD = { fill: "#dcf5e3", line: "#1f7a3a", verdict: "#1f7a3a", border: "#14532d" } as const;
const TONES = { plain: BLACK, faint: GREY, decisive: RED } as const;

/**
 * A run as a picture, in DOT: a lifeline for each CPU, a row for each step, what it changed at the right, and an arrow
 * where a thread read what another one had written. Every node has its place and the font a fixed width, so that each
 * build of Graphviz draws the same picture.
 */
export function lifelines(result: Result, spec: SpecResult): string {
  const trace = traceOf(spec);
  const plan = planOf(result, trace);
  const colours = isWitness(spec) ? GOOD : BAD;
  // Of a stuck run no step is to blame, but the threads that wait.
  const isDecisive = (row: Row, i: number): boolean =>
    trace.ending.blocked.some(isHeldUp) ? row.isHeldUp : i === trace.steps.length - 1;
  return picture([
    ...bands(plan),
    ...title(plan),
    ...columns(result, plan),
    ...plan.rows.flatMap((row, i) => drawRow(plan, row, i, isDecisive(row, i) ? colours : undefined)),
    ...arrows(trace, plan),
    ...wayBack(trace, plan),
    ...verdict(result, spec, trace, plan, colours),
  ]);
}

const bands = ({ rows, right }: Plan): readonly string[] =>
  rows.flatMap(({ y, height, isSwitch }, i) => {
    const fill = i % 2 === 0 ? "#f5f6f8" : "#ffffff";
    const top = { x: right / 2, y: y - height / 2 };
    return [
      box(`band${i}`, { x: right / 2, y }, { width: right, height }, { fill, line: fill }),
      ...(isSwitch ? [box(`switch${i}`, top, { width: right, height: 0.8 }, { fill: RULE, line: RULE })] : []),
    ];
  });

const title = ({ title: lines, right }: Plan): readonly string[] =>
  lines.map(({ words, size, y }, i) => text(`title${i}`, { x: 2, y }, right, words, size, i === 0 ? BLACK : GREY));

function columns(
  result: Result,
  { threads, lefts, columnWidth, facts, right, top: head, bottom }: Plan,
): readonly string[] {
  const top = head + HEAD / 2;
  return [
    ...threads.flatMap((thread, i) => {
      const colour = CPUS[thread % CPUS.length]!;
      const x = lefts[i]! + columnWidth / 2;
      const thin = { width: 1.1, height: bottom - top };
      return [
        box(`life${i}`, { x, y: top + thin.height / 2 }, thin, { fill: colour.line, line: colour.line }),
        box(`head${i}`, { x, y: top }, { width: columnWidth, height: HEAD }, { ...colour, thickness: 1.5 }),
        ...headOf(result, thread).map(({ line, size }, k, { length }) =>
          centred(`head${i}_${k}`, { x, y: top + 13 * (k - (length - 1) / 2) }, line, size, k < 2 ? BLACK : GREY),
        ),
      ];
    }),
    text("changes", { x: facts, y: top }, right - facts, "state change", TITLE, BLACK),
  ];
}

function drawRow(
  { lefts, columnWidth, facts: factsLeft, right }: Plan,
  { thread, column, y, boxHeight, isWaiting, hasPart, above, label, facts }: Placed,
  i: number,
  last: { readonly fill: string; readonly line: string } | undefined,
): readonly string[] {
  const left = lefts[column]!;
  const { fill, line } = last ?? (hasPart ? CPUS[thread % CPUS.length]! : PALE);
  const style = isWaiting ? "filled,rounded,dashed" : "filled,rounded";
  let down = y - boxHeight / 2 + 4;
  const words = [
    ...above.map((words) => ({ words, size: SMALL, colour: hasPart ? "#555555" : GREY, pitch: SMALL_LINE })),
    ...label.map((words) => ({ words, size: FONT, colour: hasPart || last ? BLACK : GREY, pitch: LINE })),
  ].map(({ words, size, colour, pitch }, k) => {
    const place = { x: left + PAD + leading(words, size), y: down + pitch / 2 };
    down += pitch;
    return text(`s${i}_${k}`, place, left + columnWidth - place.x, words.trimStart(), size, colour);
  });
  return [
    ...(isWaiting ? [] : [number(i, y)]),
    box(
      `s${i}`,
      { x: left + columnWidth / 2, y },
      { width: columnWidth, height: boxHeight },
      { fill: isWaiting ? "#ffffff" : fill, line, style, ...(last && { thickness: 2 }) },
    ),
    ...words,
    ...facts.flatMap((fact, k) => {
      let x = factsLeft;
      return fact.pieces.map(({ text: words, tone }, n) => {
        const place = { x, y: y + (k - (facts.length - 1) / 2) * LINE };
        x += widthOf(`${words} `, sizeOf(fact));
        return text(`f${i}_${k}_${n}`, place, right - place.x, words, sizeOf(fact), TONES[hasPart ? tone : "faint"]);
      });
    }),
  ];
}

const number = (i: number, y: number): string => {
  const words = String(i + 1);
  return centred(`n${i}`, { x: NUMBERS - 8 - widthOf(words, FONT) / 2, y }, words, FONT, GREY);
};

// Graphviz drops the blanks that a label begins with.
const leading = (words: string, size: number): number => widthOf(words, size) - widthOf(words.trimStart(), size);

function arrows(trace: Trace, { rows, lefts, columnWidth, gaps }: Plan): readonly string[] {
  const stops = rows.map(({ column, y }): Stop => {
    const left = lefts[column]!;
    return { column, left, right: left + columnWidth, y };
  });
  return placeArrows(flowsOf(trace), stops, gaps).flatMap(({ flow, start, bend, chip, end }, i) => {
    const colour = ARROWS[flow.kind];
    const isDashed = flow.kind === "conflict" || flow.kind === "unseen";
    const thickness = flow.kind === "decisive" ? 2.4 : 1.4;
    return [
      joint(`a${i}_0`, start),
      ...(bend ? [joint(`a${i}_1`, bend)] : []),
      joint(`a${i}_2`, end),
      box(`chip${i}`, chip, chipSize(flow), { fill: "#ffffff", line: colour, style: "filled,rounded" }),
      ...chipLines(flow, chip).map((place, k) => centred(`chip${i}_${k}`, place, place.line, CHIP_FONT, colour)),
      ...(bend ? [line(`a${i}_0`, `a${i}_1`, { colour, isDashed, thickness })] : []),
      line(bend ? `a${i}_1` : `a${i}_0`, `chip${i}`, { colour, isDashed, thickness }),
      line(`chip${i}`, `a${i}_2`, { colour, isDashed, thickness, hasHead: true }),
    ];
  });
}

// Left of the numbers.
const BACK = { at: -10, from: 2 } as const;

/** From the last step of a loop back to its first. */
function wayBack({ schedule: { loop }, steps }: Trace, { rows }: Plan): readonly string[] {
  if (loop === undefined) return [];
  const [first, last] = [rows[loop]!, rows[steps.length - 1]!];
  // A loop of one step has an upper and a lower end, too.
  const [top, bottom] = [first.y - first.boxHeight / 4, last.y + last.boxHeight / 4];
  const style = { colour: RED, thickness: 2.4 };
  return [
    joint("back0", { x: BACK.from, y: bottom }),
    joint("back1", { x: BACK.at, y: bottom }),
    joint("back2", { x: BACK.at, y: top }),
    joint("back3", { x: BACK.from, y: top }),
    line("back0", "back1", style),
    line("back1", "back2", style),
    line("back2", "back3", { ...style, hasHead: true }),
  ];
}

function verdict(
  result: Result,
  spec: SpecResult,
  trace: Trace,
  { right, bottom }: Plan,
  colours: typeof BAD | typeof GOOD,
): readonly string[] {
  const { ending, forbidding } = trace;
  const values = judgedBy(ending).map(
    (read) => showRead(read) + (read.writtenBy === undefined ? "" : ` (step ${read.writtenBy + 1})`),
  );
  const reason = isBug(spec) ? undefined : reasonOf(spec, ending);
  const paragraphs = [
    headlineOf(spec, ending),
    ...(reason === undefined ? [] : [`but ${reason}`]),
    ...(values.length > 0 ? [values.join(", ")] : []),
    ...(forbidding ? reasonsOf(result, trace).sentences : []),
  ];
  const room = Math.floor((right - 2 * PAD) / widthOf(" ", FONT));
  const lines = paragraphs.flatMap((paragraph) => fold(ascii(paragraph), room));
  const height = 26 + lines.length * LINE + 6;
  const top = bottom + 10;
  const white = (k: number, y: number, words: string, size: number): string =>
    centred(`verdict${k}`, { x: right / 2, y }, words, size, "#ffffff");
  return [
    box(
      "verdict",
      { x: right / 2, y: top + height / 2 },
      { width: right, height },
      { fill: colours.verdict, line: colours.border, thickness: 2 },
    ),
    white(0, top + 14, plain(verdictOf(spec)), TITLE),
    ...lines.map((words, i) => white(i + 1, top + 32 + i * LINE, words, FONT)),
  ];
}
