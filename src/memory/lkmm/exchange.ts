import type { Cell } from "../../model/access.ts";
import type { Value } from "../../model/domain.ts";
import type { Lkmm } from "./lkmm.ts";
import { contentOf, valueIn } from "./word-encoding.ts";
import { MESSAGE, MESSAGE_SIZE, VIEWS_PER_CPU } from "./layout.ts";

/** Who takes whose place: by what is there afterwards, what it was before; and what becomes of a value that a cell had before. */
export interface Moves {
  readonly isIdentity: boolean;
  readonly cellFrom: (cell: Cell) => Cell;
  readonly threadFrom: (thread: number) => number;
  readonly renamed: (cell: Cell, value: Value) => Value;
}

/** What symmetric threads make of a state by being one another: all that belongs to one, and all that is said of it, moves along. */
export class Exchange {
  readonly isIdentity: boolean;
  private readonly lkmm: Lkmm;
  /** By thread: whose place it takes. */
  readonly to: readonly number[];
  /** Pairs of places, to and from: of values that stay what they are, and of views. */
  private readonly values: Int32Array;
  private readonly views: Int32Array;
  /** Of values that do not stay what they are: to, from, and what becomes of each. */
  private readonly renamedValues: readonly (readonly [to: number, from: number, values: Int32Array])[];
  /** By list: the one that takes its place, and what becomes of its contents, as far as somebody has asked. */
  private readonly lists: readonly number[];
  private readonly contents: readonly (number | undefined)[][];
  private readonly become: (list: number, content: number) => number;
  private readonly renamedViews: (number | undefined)[] = [];

  constructor(lkmm: Lkmm, { isIdentity, cellFrom, threadFrom, renamed }: Moves) {
    const { layout } = lkmm;
    const { threads } = layout;
    this.lkmm = lkmm;
    this.isIdentity = isIdentity;
    this.to = threads.map((_, t) => threads.findIndex((__, other) => threadFrom(other) === t));
    this.lists = layout.lists.map((word) => layout.listOf.get(cellFrom(word.cells[0]!))!);
    this.contents = layout.lists.map(() => []);
    this.become = (x, content) => {
      const old = layout.lists[this.lists[x]!]!;
      return contentOf(layout.lists[x]!, (cell) => {
        const from = cellFrom(cell);
        return renamed(from, valueIn(old, content, from));
      });
    };
    const values: number[] = [];
    const views: number[] = [];
    const renamedValues: (readonly [number, number, Int32Array])[] = [];
    for (const [cell, at] of layout.plainAt) {
      const from = cellFrom(cell);
      const positions = from.values.map((value) => cell.values.indexOf(renamed(from, value)));
      const old = layout.plainAt.get(from)!;
      if (positions.every((position, i) => position === i)) values.push(at, old);
      else renamedValues.push([at, old, Int32Array.from(positions)]);
    }
    for (const [x, other] of this.lists.entries()) values.push(layout.lengths + x, layout.lengths + other);
    for (const [cell, at] of layout.localViewAt) views.push(at, layout.localViewAt.get(cellFrom(cell))!);
    views.push(layout.strong, layout.strong, layout.grace, layout.grace);
    for (const [l, word] of layout.locks.entries()) {
      const other = layout.lockOf.get(cellFrom(word.cells[0]!))!;
      for (const i of [0, 1]) views.push(layout.lockViews + 2 * l + i, layout.lockViews + 2 * other + i);
      if (layout.keepsHolders)
        for (const i of [0, 1]) values.push(layout.holders + 2 * l + i, layout.holders + 2 * other + i);
    }
    for (const [e, { cells }] of layout.entries.entries()) {
      const other = layout.entryOf.get(cellFrom(cells[0]!))!.index;
      views.push(layout.floors + e, layout.floors + other, layout.uses + e, layout.uses + other);
    }
    for (const [t, { joins }] of threads.entries()) {
      const other = threadFrom(t);
      values.push(layout.points + t, layout.points + other, layout.pending + t, layout.pending + other);
      views.push(layout.graces + t, layout.graces + other);
      for (let i = 0; i < VIEWS_PER_CPU; i++)
        views.push(layout.views + VIEWS_PER_CPU * t + i, layout.views + VIEWS_PER_CPU * other + i);
      for (const i of joins.keys()) views.push(layout.branches[t]! + i, layout.branches[other]! + i);
    }
    this.values = Int32Array.from(values);
    this.renamedValues = renamedValues;
    this.views = Int32Array.from(views);
  }

  /** Writes into `out`, which is as long as the state, what becomes of it; returns it. */
  apply(state: Int32Array, out: Int32Array): Int32Array {
    const { values, views, lists, contents, to } = this;
    const { layout } = this.lkmm;
    for (let i = 0; i < values.length; i += 2) out[values[i]!] = state[values[i + 1]!]!;
    for (const [at, from, become] of this.renamedValues) out[at] = become[state[from]!]!;
    for (let i = 0; i < views.length; i += 2) out[views[i]!] = this.view(state[views[i + 1]!]!);
    if (layout.keepsHolders) this.renameHolders(out);
    let at = layout.messages;
    for (let x = 0; x < lists.length; x++) {
      const list = lists[x]!;
      let old = this.lkmm.messageAt(state, list);
      const end = old + MESSAGE_SIZE * this.lkmm.lengthOf(state, list);
      for (; old < end; old += MESSAGE_SIZE, at += MESSAGE_SIZE) {
        const mark = state[old + MESSAGE.mark]!;
        const content = state[old + MESSAGE.content]!;
        out[at + MESSAGE.content] = contents[x]![content] ??= this.become(x, content);
        out[at + MESSAGE.view] = this.view(state[old + MESSAGE.view]!);
        out[at + MESSAGE.mark] = mark < 2 ? mark : ((to[(mark >> 1) - 1]! + 1) << 1) | (mark & 1);
      }
    }
    return out;
  }

  private view(view: number): number {
    return view === 0 ? 0 : (this.renamedViews[view] ??= this.lkmm.views.renamed(view, this.lists));
  }

  private renameHolders(out: Int32Array): void {
    const { layout } = this.lkmm;
    for (let at = layout.holders; at < layout.holders + 2 * layout.locks.length; at += 2) {
      const [last, ever] = [out[at]!, out[at + 1]!];
      out[at] = last === 0 ? 0 : this.to[last - 1]! + 1;
      out[at + 1] = this.to.reduce((bits, t, old) => bits | (((ever >> old) & 1) << t), 0);
    }
  }
}
