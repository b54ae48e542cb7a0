import type { Trace } from "../../machine/trace.ts";
import { widthOf, type Place, type Size } from "./dot.ts";
import { sharedReads } from "../phrases.ts";

/**
 * What ties a step of one thread to a later one of another; both are rows of the picture. `read`: the later one reads
 * what the earlier one had written. `conflict`: had they come the other way round, the run would have gone another way;
 * `decisive`: the pair of these that decided it. `unseen`: under weak memory, the later one reads what was there before.
 */
export interface Flow {
  readonly kind: "read" | "unseen" | "conflict" | "decisive";
  readonly from: number;
  readonly to: number;
  readonly fields: readonly string[];
}

/** The flows worth an arrow: what decided the verdict, and what of the rest has a part in it. */
export function flowsOf(trace: Trace): readonly Flow[] {
  const conflicts = conflictFlows(trace);
  const isConflict = (from: number, to: number, field: string): boolean =>
    conflicts.some((flow) => flow.from === from && flow.to === to && flow.fields.includes(field));
  const hasPart = (row: number): boolean => row >= trace.steps.length || trace.slice.includes(row);
  const reads = readFlows(trace)
    .filter(({ from, to }) => hasPart(from) && hasPart(to))
    .map((flow) => ({ ...flow, fields: flow.fields.filter((field) => !isConflict(flow.from, flow.to, field)) }));
  const unseen = unseenFlows(trace).filter(
    ({ from, to, fields }) => hasPart(from) && hasPart(to) && !isConflict(from, to, fields[0]!),
  );
  return [...reads.filter(({ fields }) => fields.length > 0), ...unseen, ...conflicts];
}

const unseenFlows = ({ steps }: Trace): readonly Flow[] =>
  steps.flatMap(({ reads }, to) =>
    reads.flatMap(({ field, unseen }): readonly Flow[] =>
      unseen ? [{ kind: "unseen", from: unseen.step, to, fields: [field] }] : [],
    ),
  );

/**
 * A thread that reads the same value of a field again has it from its own first read. The threads that a stuck run
 * leaves waiting are rows behind the steps; what they wait for is always shown.
 */
function readFlows({ steps, ending }: Trace): readonly Flow[] {
  const known = new Map<string, number>();
  const readers = [...steps, ...ending.blocked.map(({ thread, waitsFor }) => ({ thread, reads: waitsFor }))];
  return readers.flatMap((reader, to) => {
    const fields = new Map<number, string[]>();
    for (const { field, writtenBy } of sharedReads(reader)) {
      if (writtenBy === undefined || steps[writtenBy]!.thread === reader.thread) continue;
      const key = `${reader.thread} ${field}`;
      if (known.get(key) === writtenBy && to < steps.length) continue;
      known.set(key, writtenBy);
      fields.set(writtenBy, [...(fields.get(writtenBy) ?? []), field]);
    }
    return [...fields].map(([from, names]): Flow => ({ kind: "read", from, to, fields: names }));
  });
}

/**
 * One arrow for each pair of steps, with all the fields they are at odds about, in the order of time: from a load to the
 * store that it came before, or from a store to the load that did not see it yet.
 */
function conflictFlows({ why }: Trace): readonly Flow[] {
  const flows = new Map<string, Flow>();
  for (const { field, first, second, decisive } of why?.conflicts ?? []) {
    const [from, to] = [Math.min(first, second), Math.max(first, second)];
    const key = `${from} ${to}`;
    const known = flows.get(key);
    const isDecisive = decisive || known?.kind === "decisive";
    const kind = first > second ? "unseen" : isDecisive ? "decisive" : "conflict";
    flows.set(key, { kind, from, to, fields: [...(known?.fields ?? []), field] });
  }
  return [...flows.values()];
}

export const CHIP_FONT = 7;
const CHIP_LINE = 9;

/** The size of the little label that an arrow carries. */
export const chipSize = ({ fields }: Flow): Size => ({
  width: Math.max(...fields.map((field) => widthOf(field, CHIP_FONT))) + 8,
  height: fields.length * CHIP_LINE + 4,
});

/** The lines of a chip, from its centre: the middle of each. */
export const chipLines = ({ fields }: Flow, { x, y }: Place): readonly (Place & { readonly line: string })[] =>
  fields.map((line, i) => ({ line, x, y: y + (i - (fields.length - 1) / 2) * CHIP_LINE }));

/** The box of a row, and the column it is in. */
export interface Stop {
  readonly column: number;
  readonly left: number;
  readonly right: number;
  readonly y: number;
}

export interface Arrow {
  readonly flow: Flow;
  readonly gap: Gap;
  /** From the writer's box to the gap beside the reader: level, inside the writer's own row. */
  readonly start: Place;
  readonly bend: Place | undefined;
  readonly chip: Place;
  readonly end: Place;
}

/** The gap beside the reader in which an arrow between two columns runs; gap n is the one behind column n. */
export const gapOf = (from: number, to: number): number => (from < to ? to - 1 : to);

const LEAST_GAP = 40;
const LEAST_WITH_ARROWS = 72;
// What a gap leaves free beside a chip.
const CHIP_MARGIN = 12;
// How many chips wide, by how many arrows run side by side.
const CROWDED: readonly number[] = [1, 1, 1.6, 1.6];

/** How wide each gap must be for the chips in it, so that arrows can pass each other where several run at a time. */
export function gapWidths(flows: readonly Flow[], columnOf: (row: number) => number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, gap) => {
    const inside = flows.filter(({ from, to }) => gapOf(columnOf(from), columnOf(to)) === gap);
    const crowd = Math.max(0, ...inside.map((a) => inside.filter((b) => a.from < b.to && b.from < a.to).length));
    if (inside.length === 0) return LEAST_GAP;
    const widest = Math.max(...inside.map((flow) => chipSize(flow).width));
    return Math.max(LEAST_WITH_ARROWS, widest * (CROWDED[crowd] ?? 2) + 2 * CHIP_MARGIN);
  });
}

/** The strip between two columns. */
export interface Gap {
  readonly left: number;
  readonly right: number;
}

/**
 * Places the arrows so that no line crosses a label: each goes level to the gap beside its reader, where no box is,
 * and there down to it through its chip.
 */
export function placeArrows(flows: readonly Flow[], stops: readonly Stop[], gaps: readonly Gap[]): readonly Arrow[] {
  const docks = dockHeights(flows, stops);
  const arrows = flows.map((flow, i): Arrow => {
    const from = stops[flow.from]!;
    const to = stops[flow.to]!;
    const gap = gaps[gapOf(from.column, to.column)]!;
    const isRight = from.column < to.column;
    const start = { x: isRight ? from.right : from.left, y: docks[i]!.start };
    const end = { x: isRight ? to.left : to.right, y: docks[i]!.end };
    const isFar = Math.abs(from.column - to.column) > 1;
    const bend = isFar ? { x: isRight ? gap.left : gap.right, y: start.y } : undefined;
    return { flow, gap, start, bend, chip: { x: (gap.left + gap.right) / 2, y: (start.y + end.y) / 2 }, end };
  });
  const placed = arrows.map((arrow): Labelled => ({ ...arrow, size: chipSize(arrow.flow) }));
  const boxes = placed.map(boxOf);
  const near = boxes.map((box, i) => [...boxes.keys()].filter((other) => other !== i && meet(box, boxes[other]!)));
  // Each chip looks for the best place among the others; later rounds let the first ones answer to the last, until all stay.
  const looking = new Set(placed.keys());
  for (let round = 0; looking.size > 0 && round < MOST_ROUNDS; round++)
    for (const [i, arrow] of placed.entries()) {
      // It would find what it has found.
      if (!looking.delete(i)) continue;
      const chip = bestPlace(
        arrow,
        near[i]!.map((other) => placed[other]!),
      );
      if (chip.x === arrow.chip.x && chip.y === arrow.chip.y) continue;
      placed[i] = { ...arrow, chip };
      for (const other of near[i]!) looking.add(other);
    }
  return placed;
}

const MOST_ROUNDS = 8;

/** An arrow with the size of its chip, which is asked for many times. */
interface Labelled extends Arrow {
  readonly size: Size;
}

/** Where arrows touch the boxes: spread over the side where several meet, in the order of where they come from. */
function dockHeights(
  flows: readonly Flow[],
  stops: readonly Stop[],
): readonly { readonly start: number; readonly end: number }[] {
  const spread = 7;
  const heights = flows.map(() => ({ start: 0, end: 0 }));
  const sides = new Map<string, { readonly i: number; readonly which: "start" | "end"; readonly other: number }[]>();
  const dock = (i: number, which: "start" | "end", row: number, other: number): void => {
    const side = `${row} ${stops[row]!.column < stops[other]!.column ? "right" : "left"}`;
    sides.set(side, [...(sides.get(side) ?? []), { i, which, other }]);
    heights[i]![which] = stops[row]!.y;
  };
  for (const [i, { from, to }] of flows.entries()) {
    dock(i, "start", from, to);
    dock(i, "end", to, from);
  }
  for (const side of sides.values())
    for (const [k, { i, which }] of side.toSorted((a, b) => a.other - b.other).entries())
      heights[i]![which] += (k - (side.length - 1) / 2) * Math.min(spread, 24 / side.length);
  return heights;
}

/** Where the chip of an arrow is least in the way of the others, and they in its. */
function bestPlace(arrow: Labelled, others: readonly Labelled[]): Place {
  const { start, bend = start, end, gap, size } = arrow;
  const aside = Math.max(0, (gap.right - gap.left - size.width) / 2 - CHIP_MARGIN);
  const x = (gap.left + gap.right) / 2;
  const y = (bend.y + end.y) / 2;
  const reach = Math.max(0, Math.floor(((end.y - bend.y) / 2 - 4) / 4));
  let best = arrow.chip;
  let least = Infinity;
  const candidates = [NaN, x, x - aside, x + aside, x - aside / 2, x + aside / 2];
  const lookAt = (k: number): void => {
    const straight = bend.x + ((y + 4 * k - bend.y) / (end.y - bend.y)) * (end.x - bend.x);
    candidates[0] = Math.min(x + aside, Math.max(x - aside, straight));
    for (const candidate of candidates) {
      const far = Math.abs(k) + Math.abs(candidate - straight) / 2;
      // Nothing that comes to it makes it better.
      if (far >= least) continue;
      const chip = { x: candidate, y: y + 4 * k };
      let cost = far;
      // What is as bad as the best already can only get worse.
      for (let i = 0; cost < least && i < others.length; i++) cost += conflict(arrow, chip, others[i]!);
      if (cost < least) [best, least] = [chip, cost];
    }
  };
  // Most often the middle is best, or nearly: what is worse by more than that need not be looked at. Of equals, the first is taken.
  lookAt(0);
  least += 1;
  for (let k = -reach; k <= reach; k++) if (Math.abs(k) < least) lookAt(k);
  return best;
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** All that an arrow can take, wherever in its gap its chip is. */
function boxOf({ start, bend = start, chip, end, gap, size }: Labelled): Box {
  const xs = [start.x, bend.x, end.x, chip.x - size.width / 2, chip.x + size.width / 2, gap.left, gap.right];
  const ys = [start.y, bend.y, end.y, chip.y - size.height / 2, chip.y + size.height / 2];
  const reach = size.height / 2 + NEAR;
  return {
    left: Math.min(...xs) - size.width / 2 - NEAR,
    right: Math.max(...xs) + size.width / 2 + NEAR,
    top: Math.min(...ys) - reach,
    bottom: Math.max(...ys) + reach,
  };
}

// Wider than what two chips, or a line and a chip, leave between them.
const NEAR = 8;

const meet = (a: Box, b: Box): boolean =>
  a.left <= b.right && b.left <= a.right && a.top <= b.bottom && b.top <= a.bottom;

/** How much an arrow whose chip is there, and another one, are in each other's way. */
function conflict(a: Labelled, chip: Place, b: Labelled): number {
  const isOver =
    Math.abs(chip.x - b.chip.x) < (a.size.width + b.size.width) / 2 + 4 &&
    Math.abs(chip.y - b.chip.y) < (a.size.height + b.size.height) / 2 + 4;
  return (isOver ? 1000 : 0) + 300 * (crossings(a, chip, b.chip, b.size) + crossings(b, b.chip, chip, a.size));
}

/** How many legs of an arrow whose chip is there run through a box. */
function crossings({ start, bend = start, end }: Arrow, chip: Place, centre: Place, size: Size): number {
  const isBefore = bend !== start && crossesBox(start, bend, centre, size);
  return Number(isBefore) + Number(crossesBox(bend, chip, centre, size)) + Number(crossesBox(chip, end, centre, size));
}

/** Does a line run through a box, or too close to it? Cuts the line at the box's four sides, one after the other. */
function crossesBox(from: Place, to: Place, centre: Place, { width, height }: Size): boolean {
  const halfWidth = width / 2 + BOX_MARGIN;
  const halfHeight = height / 2 + BOX_MARGIN;
  // Most lines lie on one side of it.
  if (Math.min(from.x, to.x) - centre.x > halfWidth || Math.max(from.x, to.x) - centre.x < -halfWidth) return false;
  if (Math.min(from.y, to.y) - centre.y > halfHeight || Math.max(from.y, to.y) - centre.y < -halfHeight) return false;
  let enter = 0;
  let leave = 1;
  const cut = (position: number, delta: number, half: number): void => {
    if (delta === 0) return;
    const near = (-half - position) / delta;
    const far = (half - position) / delta;
    enter = Math.max(enter, Math.min(near, far));
    leave = Math.min(leave, Math.max(near, far));
  };
  cut(from.x - centre.x, to.x - from.x, halfWidth);
  cut(from.y - centre.y, to.y - from.y, halfHeight);
  return enter < leave;
}

const BOX_MARGIN = 2;
