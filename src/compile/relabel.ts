import { LIFE, type Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { swapped, type Labels } from "../analysis/kin.ts";
import type { Program } from "../machine/program.ts";
import { packedAs, type Field, type Packing } from "./pack.ts";

/** What is done to packed states when members of kin take each other's place, as numbers that can be sent to another thread. */
export interface Relabel {
  /** By kin: its members, numbered through. */
  readonly kin: readonly (readonly number[])[];
  /** By member: what it is, if it is an object that nobody has ever had. */
  readonly fresh: readonly (Never | undefined)[];
  readonly places: readonly Place[];
  /** By kin: what exchanging a member and the next one does. */
  readonly exchanges: readonly (readonly PackedExchange[])[];
}

/** A field that says so by this value. */
interface Never extends Field {
  readonly value: number;
}

/** A field, and who is named in what it says. What is the same for all who may take each other's place has one number. */
export interface Place extends Field {
  readonly kind: number;
  readonly members: readonly number[];
  /** By value. */
  readonly kinds: readonly number[];
  readonly named: readonly (readonly number[])[];
}

/** By place: the place whose value it gives, and what becomes of that; nothing if it stays what it is. */
export interface PackedExchange {
  readonly to: readonly number[];
  readonly values: readonly (readonly number[] | undefined)[];
}

export function relabelOf(program: Program, packing: Packing, labels: Labels): Relabel {
  const kin: number[][] = [];
  for (const { members } of labels.kin) kin.push(members.map((_, m) => m + kin.flat().length));
  const numbers = new Map<string, number>();
  const numberOf = (what: string): number => {
    const number = numbers.get(what) ?? numbers.size;
    numbers.set(what, number);
    return number;
  };
  const valuesOf = (cell: Cell) => packing.positionsOf(cell).map((position) => cell.values[position]!);
  const slots = new Set(program.threads.flatMap(({ buffer }) => buffer?.slots ?? []));
  const cells = program.cells.filter(
    (cell) =>
      slots.has(cell) ||
      labels.of(cell).roles.length > 0 ||
      valuesOf(cell).some((value) => labels.ofValue(cell, value) !== undefined),
  );
  const ofCells = cells.map((cell): Place => {
    const { pattern, roles } = labels.of(cell);
    const said = valuesOf(cell).map((value) => {
      const label = labels.ofValue(cell, value);
      // Which store it is, is not asked: it is enough that there is one.
      if (!label) return { pattern: slots.has(cell) && value !== 0 ? "a store" : JSON.stringify(value), roles: [] };
      return { pattern: `=${label.pattern}`, roles: label.roles };
    });
    return {
      ...packing.cells.get(cell)!,
      kind: numberOf(pattern),
      members: roles.map(([k, m]) => kin[k]![m]!),
      kinds: said.map((one) => numberOf(one.pattern)),
      named: said.map((one) => one.roles.map(([k, m]) => kin[k]![m]!)),
    };
  });
  const threads = [...program.threads.keys()].filter((t) => labels.roleOf(t) !== undefined);
  const ofThreads = threads.map((t): Place => {
    const [k, m] = labels.roleOf(t)!;
    const values = [...program.threads[t]!.points.keys(), -1];
    return {
      ...packing.points[t]!,
      kind: numberOf(program.threads[t]!.buffer ? "point of a buffer" : "point"),
      members: [kin[k]![m]!],
      kinds: values.map((_, point) => numberOf(`${point}`)),
      named: values.map(() => []),
    };
  });
  const lives = new Set(labels.kin.flatMap(({ members }) => members.flatMap(({ life }) => life ?? [])));
  const isFresh = (cell: Cell, value: Value): boolean => lives.has(cell) && value === LIFE.fresh;
  const exchanges = labels.kin.map(({ members }, k) =>
    members.slice(1).map((_, i): PackedExchange => {
      const exchanged = labels.exchange(swapped(labels.kin, k, i, i + 1));
      const partners = cells.map((cell) => exchanged.cell(cell));
      return {
        to: [
          ...partners.map((cell) => cells.indexOf(cell)),
          ...threads.map((t) => cells.length + threads.indexOf(exchanged.thread(t))),
        ],
        values: [
          ...cells.map((cell, c) => {
            const values = valuesOf(cell).map((value) =>
              // An object that nobody has had is not exchanged.
              isFresh(cell, value) ? 0 : packedAs(packing, partners[c]!, exchanged.value(cell, value)),
            );
            return values.every((value, old) => value === old) ? undefined : values;
          }),
          ...threads.map(() => undefined),
        ],
      };
    }),
  );
  const fresh = labels.kin.flatMap(({ members }) =>
    members.map(({ life }): Never | undefined => {
      const position = life && packing.positionsOf(life).indexOf(life.values.indexOf(LIFE.fresh));
      return position === undefined || position < 0 ? undefined : { ...packing.cells.get(life!)!, value: position };
    }),
  );
  return { kin, fresh, places: [...ofCells, ...ofThreads], exchanges };
}
