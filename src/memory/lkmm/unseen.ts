import { ahead } from "../../analysis/flow.ts";
import type { Unseen } from "../../machine/machine.ts";
import { DONE } from "../../machine/state.ts";
import { VIEW } from "./layout.ts";
import type { Lkmm } from "./lkmm.ts";
import { contentAt, isAttached } from "./messages.ts";
import { valueIn } from "./word-encoding.ts";

/** The stores that not all CPUs have seen. */
export function unseenLkmm(lkmm: Lkmm): (state: Int32Array) => readonly Unseen[] {
  const { lists, points, threads } = lkmm.layout;
  const loads = threads.map((thread) =>
    ahead(
      thread.points.map(({ next }) => next),
      (p) => thread.points[p]!.ways.sorts.flatMap(({ deed, list }) => (deed === "read" ? [list] : [])),
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
      return word.cells.flatMap((cell): readonly Unseen[] => {
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
