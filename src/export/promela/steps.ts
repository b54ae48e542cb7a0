import type { Cell } from "../../model/access.ts";
import { conditionOf, endsOf, restricted } from "../condition.ts";
import { ending, keyOfSource, testing, type Check, type Decision, type End, type Write } from "../decision.ts";
import { foldCode, sourceText, written, type Notation } from "../expression.ts";
import { WIDTH } from "./comment.ts";
import { kept as nameOfKept } from "./naming.ts";

/** What the steps of a thread need to know of the rest of the text. */
export interface Context {
  readonly notation: Notation;
  /** The label of a control point. */
  label(point: number): string;
  /** What is asserted where a check fails. */
  fails(check: Check): string;
  /** The calls that look at the specs which read any of these fields. */
  asks(written: ReadonlySet<Cell>): readonly string[];
}

/** A way to go on from a step: what it is, in lines, and where it leads. */
export interface Option {
  readonly lines: readonly string[];
  readonly to: string;
}

/** The ways out of a step, each of them one transition for each choice of it. */
export function optionsOf(point: number, ways: readonly Decision[], context: Context): readonly Option[] {
  return ways.flatMap((way) => {
    const ends = endsOf(way);
    const next = new Set(ends.flatMap((end) => (end.kind === "moved" ? [end.next] : [])));
    const checks = new Set(ends.flatMap((end) => (end.kind === "fails" ? [end.check] : [])));
    return [
      ...[...next].map((to): Option => {
        const isThere = (end: End): boolean => end.kind === "moved" && end.next === to;
        return { lines: step(way, isThere, context), to: context.label(to) };
      }),
      // It stays where it is: the run ends there, and to SPIN it is no new state.
      ...[...checks].map((check): Option => {
        const condition = conditionOf(way, (end) => end.kind === "fails" && end.check === check);
        const guard = condition === true ? "" : `${written(condition, context.notation)} -> `;
        return { lines: braced(`d_step { ${guard}assert(${context.fails(check)}) }`), to: context.label(point) };
      }),
    ];
  });
}

const braced = (text: string): readonly string[] => foldCode(text, WIDTH - 8, 4);

function step(way: Decision, isWanted: (end: End) => boolean, context: Context): readonly string[] {
  const condition = conditionOf(way, isWanted);
  const effect = restricted(way, isWanted)!;
  const cells = new Set<Cell>();
  for (const end of endsOf(effect)) if (end.kind === "moved") for (const [cell] of end.writes) cells.add(cell);
  const body = [...statements(effect, context), ...context.asks(cells).map((call) => [call])];
  const guard = condition === true ? "" : written(condition, context.notation);
  const flat = [...(guard === "" ? [] : [guard]), ...body.map((lines) => lines.join(" "))];
  const isShort = body.every(({ length }) => length === 1);
  const text = [guard === "" ? [] : [guard], flat.slice(guard === "" ? 0 : 1).join("; ")].filter(
    (part) => part.length > 0,
  );
  const line = `d_step { ${text.length === 0 ? "true" : text.join(" -> ")} }`;
  if (isShort && line.length < WIDTH - 24) return [line];
  return [
    "d_step {",
    ...(guard === "" ? [] : foldCode(`${guard}${body.length > 0 ? " ->" : ""}`, WIDTH - 20, 2).map(indented)),
    ...separated(body).map(indented),
    "}",
  ];
}

const indented = (line: string): string => `    ${line}`;

/** Statements, each in lines of its own, with what stands between them. */
const separated = (all: readonly (readonly string[])[]): readonly string[] =>
  all.flatMap((lines, i) => (i < all.length - 1 ? [...lines.slice(0, -1), `${lines.at(-1)!};`] : lines));

/** What a step writes: first what depends on what it has found, then what it writes in any case. */
function statements(effect: Decision, context: Context): readonly (readonly string[])[] {
  const always = sharedBy(effect);
  const rest = always.length > 0 ? without(effect, new Set(always.map(([cell]) => cell))) : effect;
  const last = assignments(always, context.notation).map((one) => [one]);
  return "end" in rest ? last : [...choices(rest, context), ...last];
}

function choices(effect: Decision, context: Context): readonly (readonly string[])[] {
  if ("end" in effect)
    return effect.end.kind === "moved" ? assignments(effect.end.writes, context.notation).map((one) => [one]) : [];
  const arms = effect.arms.map(({ test, then }, i) => {
    const guard = i === effect.arms.length - 1 ? "else" : written(test, context.notation);
    const body = choices(then, context);
    if (body.length === 0) return [`:: ${guard} -> skip`];
    if (body.length === 1 && body[0]!.length === 1) return [`:: ${guard} -> ${body[0]![0]!}`];
    return [`:: ${guard} ->`, ...separated(body).map(indented)];
  });
  return [["if", ...arms.flat(), "fi"]];
}

/** What is written in any case, and may be written last: it reads nothing that is written only in some. */
function sharedBy(effect: Decision): readonly Write[] {
  const ends = endsOf(effect).flatMap((end) => (end.kind === "moved" ? [end.writes] : []));
  const [first = [], ...others] = ends;
  const keyOf = ([cell, source]: Write): string => `${cell.index} ${keyOfSource(source)}`;
  const keys = others.map((writes) => new Set(writes.map(keyOf)));
  let shared = first.filter((write) => keys.every((all) => all.has(keyOf(write))));
  for (let before = -1; before !== shared.length;) {
    before = shared.length;
    const own = new Set(shared.map(([cell]) => cell));
    const changed = new Set(ends.flatMap((writes) => writes.map(([cell]) => cell)).filter((cell) => !own.has(cell)));
    shared = shared.filter(([, source]) => !("from" in source && changed.has(source.from)));
  }
  return shared;
}

function without(effect: Decision, cells: ReadonlySet<Cell>): Decision {
  if ("end" in effect) {
    const { end } = effect;
    return end.kind === "moved" ? ending({ ...end, writes: end.writes.filter(([cell]) => !cells.has(cell)) }) : effect;
  }
  return testing(
    effect.on,
    effect.arms.map(({ test, then }) => ({ test, then: without(then, cells) })),
  );
}

/** What a step writes, all at once, as one assignment after the other: none reads what one before it has written. */
export function assignments(writes: readonly Write[], notation: Notation): readonly string[] {
  const lines: string[] = [];
  let left = [...writes];
  /** What a field held that had to be written before it was read. */
  const kept = new Map<Cell, string>();
  const name = (cell: Cell): string => kept.get(cell) ?? notation.field(cell);
  const reads = ([cell, source]: Write, of: Cell): boolean =>
    cell !== of && "from" in source && source.from === of && !kept.has(of);
  while (left.length > 0) {
    const free = left.find(([cell]) => !left.some((other) => reads(other, cell)));
    if (!free) {
      const [cell] = left[0]!;
      const was = nameOfKept(kept.size);
      lines.push(`${was} = ${notation.field(cell)}`);
      kept.set(cell, was);
      continue;
    }
    left = left.filter((one) => one !== free);
    lines.push(`${notation.field(free[0])} = ${sourceText(free[1], { ...notation, field: name })}`);
  }
  return lines;
}

/** How many fields have to be kept for what a step writes all at once. */
export const keptBy = (ways: readonly Decision[], notation: Notation): number =>
  Math.max(
    0,
    ...ways.flatMap((way) =>
      endsOf(way).map((end) =>
        end.kind === "moved" ? assignments(end.writes, notation).filter((line) => line.startsWith("was_")).length : 0,
      ),
    ),
  );
