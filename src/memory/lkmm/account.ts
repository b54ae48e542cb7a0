import type { Cell } from "../../model/access.ts";
import type { Value } from "../../model/domain.ts";
import { isFull } from "../../model/order.ts";
import type { Point } from "../../machine/program.ts";
import { valueIn } from "./word-encoding.ts";
import type { Lkmm } from "./lkmm.ts";
import type { LkmmEffect } from "./transitions.ts";
import { presentValue, type Layout } from "./layout.ts";
import { authorAt, contentAt } from "./messages.ts";
import { DONE } from "../../machine/state.ts";
import type { Account, Author, Change, Seen } from "../../machine/trace.ts";
import { changeOf, fieldValue, placeOf } from "../../machine/tell.ts";

/** Whose the store at a position of a word's list is. */
export type WhoseStore = (list: number, position: number) => Author;

/** What of a step under LKMM is told by whoever knows what came before it. */
export interface Sources<R extends Seen, A extends Author> {
  readonly read: (cell: Cell, value: Value) => R;
  /** Whose store, made before, takes effect after that of this step. */
  readonly overtakenBy: A | undefined;
  /** For the barrier behind a fully ordered operation: that operation, if it is known. */
  readonly behind: Point | undefined;
}

/** What a step did, with sources for what its state alone does not say. */
export function accountFrom<R extends Seen, A extends Author>(
  layout: Layout,
  before: Int32Array,
  { thread, taken }: LkmmEffect,
  { read, overtakenBy, behind }: Sources<R, A>,
): Account & { readonly reads: readonly R[]; readonly changes: readonly Change<A>[] } {
  const { threads } = layout.program;
  if (!taken) {
    const place = behind ? placeOf(behind) : { calls: [], path: threads[thread]!.path.name };
    const label = `full barrier behind ${behind?.label ?? "its last step"}`;
    return { thread, calls: place.calls, path: place.path, label, order: "mb", reads: [], changes: [] };
  }
  const { leaf, point } = taken;
  const reads = "reads" in leaf ? leaf.reads : new Map<Cell, Value>();
  const writes = leaf.kind === "moved" ? leaf.writes : new Map<Cell, Value>();
  return {
    thread,
    ...placeOf(threads[thread]!.points[point]!),
    reads: [...reads].map(([cell, value]) => read(cell, value)),
    changes: [...writes].flatMap(([cell, to]): readonly Change<A>[] => {
      const isMemory = layout.listOf.has(cell);
      const from = isMemory && reads.has(cell) ? reads.get(cell)! : presentValue(layout, before, cell);
      if (from === to || (leaf.kind === "moved" && leaf.forgotten.has(cell))) return [];
      return [{ ...changeOf(cell, from, to), ...(isMemory && overtakenBy !== undefined && { overtakenBy }) }];
    }),
  };
}

/** What a step did in a state. `whose`: whoever knows the run may know better whose a store is. */
export function accountLkmm(
  lkmm: Lkmm,
  before: Int32Array,
  effect: LkmmEffect,
  whose: WhoseStore = authorsIn(lkmm, before, effect.thread),
): Account {
  const { layout } = lkmm;
  const { thread, taken, at, inserted } = effect;
  const { list = -1, deed = "nothing" } = taken?.way ?? {};
  const newest = list < 0 ? -1 : lkmm.lengthOf(before, list) - 1;
  const isOld = deed !== "write" && at !== undefined && at < newest;
  return accountFrom(layout, before, effect, {
    read: (cell, value) => {
      if (!isOld || layout.listOf.get(cell) !== list) return fieldValue(cell, value);
      const word = layout.lists[list]!;
      const last = valueIn(word, contentAt(lkmm, before, list, newest), cell);
      // The newest store may be to another part of the word.
      if (last === value && word.cells.length > 1) return fieldValue(cell, value);
      return { ...fieldValue(cell, value), unseen: { thread: whose(list, newest), value: last } };
    },
    overtakenBy: inserted !== undefined && inserted <= newest ? whose(list, inserted) : undefined,
    behind: fullBefore(layout, thread, before[layout.points + thread]! + DONE),
  });
}

/** As far as a state says whose a store is: itself, or by what only one other thread can have stored. */
function authorsIn(lkmm: Lkmm, state: Int32Array, reader: number): WhoseStore {
  const { threads } = lkmm.layout;
  return (list, position) => {
    const author = authorAt(lkmm, state, list, position);
    if (author !== undefined) return author;
    const content = contentAt(lkmm, state, list, position);
    const others = [...threads.keys()].filter(
      (t) =>
        t !== reader &&
        threads[t]!.points.some(({ ways }) =>
          ways.leaves.some((leaf) => ways.sortOf(leaf).list === list && ways.of(leaf).store?.(content) === content),
        ),
    );
    return others.length === 1 ? others[0]! : "another CPU";
  };
}

/** The fully ordered operation whose barrier a thread has still to pass, if there is but one that leads here. */
function fullBefore({ program, threads }: Layout, thread: number, here: number): Point | undefined {
  const full = [...threads[thread]!.points.entries()].filter(([, { order, next }]) => isFull(order) && next.has(here));
  return full.length === 1 ? program.threads[thread]!.points[full[0]![0]] : undefined;
}
