import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import type { Frame, Point, Program, ProgramThread } from "./program.ts";
import type { Effect } from "./step.ts";
import type { State } from "./state.ts";
import type { Account, Change, FieldValue, Position, Read, Scope } from "./trace.ts";

/** Reads, where it is known which step wrote each cell last. */
export const readsFrom = (reads: ReadonlyMap<Cell, Value>, writers: ReadonlyMap<Cell, number>): readonly Read[] =>
  [...reads].map(([cell, value]) => {
    const writtenBy = writers.get(cell);
    return { ...fieldValue(cell, value), ...(writtenBy !== undefined && { writtenBy }) };
  });

/** What a step did in a state. */
export const accountOf = (
  { move, point, reads, writes, forgotten }: Effect,
  before: State,
): Account & { readonly changes: readonly Change[] } => ({
  thread: move.thread,
  ...placeOf(point),
  reads: [...reads].map(([cell, value]) => fieldValue(cell, value)),
  changes: [...writes].flatMap(([cell, to]) => {
    const from = before.cells.get(cell.index)!;
    return from === to || forgotten.has(cell) ? [] : [changeOf(cell, from, to)];
  }),
});

/** What is said of a step wherever it is taken. */
export const placeOf = ({ frame, label, step }: Point): Omit<Account, "thread" | "reads" | "changes"> => ({
  calls: callsOf(frame),
  path: frame.path.name,
  label,
  order: step.order,
  ...(step.atomic !== undefined && { atomic: step.atomic }),
});

/** Where each thread has come to, by the index of its control point. */
export const positionsOf = ({ threads }: Program, pointOf: (thread: number) => number): readonly (Position | null)[] =>
  threads.flatMap((thread, t) => (thread.buffer ? [] : [positionIn(thread, pointOf(t)) ?? null]));

/** A control point, as it is told; nothing if the thread is done there. */
export function positionIn({ points }: ProgramThread, index: number): Position | undefined {
  const point = points[index];
  return point && { calls: callsOf(point.frame), path: point.frame.path.name, label: point.label };
}

/** A cell's name, and the word of memory that it shares with others. */
export const fieldOf = ({ name, word }: Cell): Pick<Change, "field" | "word"> => ({
  field: name,
  ...(word !== name && { word }),
});

/** A cell that gets another value. */
export const changeOf = (cell: Cell, from: Value, to: Value): Omit<Change, "overtakenBy"> => ({
  ...fieldOf(cell),
  scope: scopeOf(cell),
  from,
  to,
});

export const fieldValue = (cell: Cell, value: Value): FieldValue => ({ field: cell.name, scope: scopeOf(cell), value });

export const scopeOf = (cell: Cell): Scope => (cell.isLocal ? "local" : cell.isGhost ? "ghost" : "shared");

/** The labels of the calls that lead into a frame, outermost first. */
export function callsOf(frame: Frame): readonly string[] {
  return frame.caller ? [...callsOf(frame.caller.frame), frame.caller.label] : [];
}
