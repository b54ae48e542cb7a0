import { List, Record, type RecordOf } from "immutable";
import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";

/** The control point of a thread that is done. */
export const DONE = -1;

interface StateFields {
  /** The value of every cell of the machine, by its index. */
  cells: List<Value>;
  /** Where each thread is: an index into its control points, or DONE. */
  points: List<number>;
}

/** One immutable state of a machine. */
export type State = RecordOf<StateFields>;
export const State: Record.Factory<StateFields> = Record<StateFields>({ cells: List(), points: List() }, "State");

/** Reads a state's cells. */
export const readerOf =
  (state: State) =>
  (cell: Cell): Value =>
    state.cells.get(cell.index)!;

/** Equal for equal words alone. */
export const keyOfWords = ({ buffer, byteOffset, length }: Int32Array): string =>
  Buffer.from(buffer, byteOffset, 4 * length).toString("latin1");

/** By the values of a domain: where in it each is. */
const known = new WeakMap<readonly Value[], ReadonlyMap<Value, number>>();

function unitsOf(values: readonly Value[]): ReadonlyMap<Value, number> {
  let units = known.get(values);
  if (!units) known.set(values, (units = new Map(values.map((value, i) => [value, i]))));
  return units;
}

/**
 * A function that names states exactly: two states have the same key if and only if they are equal. Every value is
 * written as its position in its cell's domain, one UTF-16 unit each.
 */
export function stateKey(cells: readonly Cell[]): (state: State) => string {
  const units = cells.map(({ values }) => unitsOf(values));
  // The same for all keys: states are named very often.
  const codes: number[] = [];
  return (state) => {
    let length = 0;
    state.cells.forEach((value, i) => {
      codes[length++] = units[i]!.get(value)!;
    });
    state.points.forEach((point) => {
      codes[length++] = point - DONE;
    });
    codes.length = length;
    return String.fromCharCode(...codes);
  };
}
