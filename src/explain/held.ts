import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { ahead } from "../analysis/flow.ts";
import type { Lkmm } from "../memory/lkmm/machine.ts";
import { VIEW } from "../memory/lkmm/layout.ts";
import { contentAt, isAttached } from "../memory/lkmm/messages.ts";
import { valueIn } from "../memory/lkmm/word-encoding.ts";
import { storesIn } from "../memory/tso/store-buffer.ts";
import type { TsoProgram } from "../memory/tso/machine.ts";
import { DONE, readerOf, type State } from "../machine/state.ts";
import type { FieldValue } from "../machine/trace.ts";
import { fieldValue } from "../machine/tell.ts";

/** What CPUs do not agree about in a state. */
export type Held =
  | {
      readonly kind: "buffer";
      readonly thread: number;
      /** The stores that wait, the oldest first; one of no fields is an rcu_read_unlock(). */
      readonly stores: readonly (readonly FieldValue[])[];
    }
  | {
      readonly kind: "stores";
      readonly cell: Cell;
      /** What stores have given the field, in coherence order, without repetitions in a row. */
      readonly values: readonly Value[];
      /** By CPU that reads the field again: later values that its next load need not return, nor any of them. */
      readonly unseen: readonly { readonly thread: number; readonly values: readonly Value[] }[];
    };

/** What waits in store buffers. */
export const heldTso = ({ buffers }: TsoProgram, state: State): readonly Held[] =>
  buffers.flatMap((buffer, thread): readonly Held[] => {
    const stores = buffer ? storesIn(buffer, readerOf(state)).toReversed() : [];
    if (stores.length === 0) return [];
    return [
      {
        kind: "buffer",
        thread,
        stores: stores.map((store) => [...store].map(([cell, value]) => fieldValue(cell, value))),
      },
    ];
  });

/** The stores that not all CPUs have seen. */
export function heldLkmm(lkmm: Lkmm): (state: Int32Array) => readonly Held[] {
  const { lists, points, threads } = lkmm.layout;
  const loads = threads.map((thread) =>
    ahead(
      thread.points.map(({ next }) => next),
      (p) => thread.points[p]!.ways.flatMap(([, { deed, list }]) => (deed === "read" ? [list] : [])),
    ),
  );
  /** The oldest store of a word that a thread could read next; the last one, if it does not read the word any more. */
  const oldest = (state: Int32Array, thread: number, list: number): number => {
    const last = lkmm.lengthOf(state, list) - 1;
    const point = state[points + thread]! + DONE;
    if (threads[thread]!.points[point]?.mayRead.has(list) !== true) return last;
    const at = (view: number): number => lkmm.views.at(lkmm.view(state, thread, view), list);
    const floor = Math.max(at(VIEW.coh), at(VIEW.R));
    if (loads[thread]![point]!.has(list)) return floor;
    // RMWs alone are stores, too, and do not come between a store and another RMW of that.
    let position = Math.max(floor, at(VIEW.W));
    while (position < last && isAttached(lkmm, state, list, position)) position++;
    return position;
  };
  return (state) =>
    lists.flatMap((word, list) => {
      const contents = Array.from({ length: lkmm.lengthOf(state, list) }, (_, i) => contentAt(lkmm, state, list, i));
      const froms = threads.map((_, thread) => oldest(state, thread, list));
      return word.cells.flatMap((cell): readonly Held[] => {
        const all = contents.map((content) => valueIn(word, content, cell));
        const values = all.filter((value, i) => i === 0 || value !== all[i - 1]);
        if (values.length === 1) return [];
        const unseen = froms.flatMap((from, thread) => {
          const later = [...new Set(all.slice(from + 1))];
          return later.every((value) => value === all[from]) ? [] : [{ thread, values: later }];
        });
        return [{ kind: "stores", cell, values, unseen }];
      });
    });
}
