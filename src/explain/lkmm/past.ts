import type { Cell } from "../../model/access.ts";
import type { Value } from "../../model/domain.ts";
import type { Program } from "../../machine/program.ts";
import { presentValue, type Layout } from "../../memory/lkmm/layout.ts";
import { DONE } from "../../machine/state.ts";
import { inTime, isUse, trialsOf, type Deed, type Past } from "../history.ts";
import type { ToldRun } from "./told.ts";

/**
 * The past of a run under LKMM. Memory has no "now": what a step found is the store that it read or put its own behind, and
 * what it came too early for are the stores behind that one in coherence order. Everything else has one value for all.
 */
export function pastOfLkmm(program: Program, layout: Layout, run: ToldRun): Past {
  const { steps, stepOf, final, execution } = run;
  const { co } = execution;
  const first = steps[0]?.before ?? final;
  const deeds = deedsOf(program, run);
  const threadOf = (step: number): number => deeds[step]!.thread;
  const time = inTime(deeds, threadOf);
  const initial = (cell: Cell): Value => presentValue(layout, first, cell);
  const now = (step: number, cell: Cell): Value => presentValue(layout, steps[step]?.before ?? final, cell);
  /** The stores to a cell's word in coherence order, if it is memory. */
  const storesTo = (cell: Cell): readonly number[] | undefined => {
    const list = layout.listOf.get(cell);
    return list === undefined ? undefined : co[list]!;
  };
  const writes = (store: number, cell: Cell): boolean => stepOf[store]! >= 0 && deeds[stepOf[store]!]!.writes.has(cell);
  /** Where in them is what a step found. */
  const placeOf = (step: number, stores: readonly number[]): number => {
    if (step === steps.length) return stores.length - 1;
    const { from, store } = steps[step]!;
    return from === undefined ? stores.indexOf(store!) - 1 : stores.indexOf(from);
  };
  const writerOf: Past["writerOf"] = (step, cell) => {
    const stores = storesTo(cell);
    if (!stores) return time.writerOf(step, cell);
    const writer = stores.slice(0, placeOf(step, stores) + 1).findLast((store) => writes(store, cell));
    return writer === undefined ? undefined : stepOf[writer]!;
  };
  /** The steps that wrote what a step came too early for. */
  const later = (step: number, stores: readonly number[], cell: Cell): readonly number[] =>
    stores
      .slice(placeOf(step, stores) + 1)
      .filter((store) => writes(store, cell))
      .map((store) => stepOf[store]!);
  const found: Past["found"] = (step, cell) => {
    const read = deeds[step]?.reads.get(cell);
    if (read !== undefined) return read;
    if (!storesTo(cell)) return now(step, cell);
    const writer = writerOf(step, cell);
    return writer === undefined ? initial(cell) : deeds[writer]!.writes.get(cell)!;
  };

  return {
    program,
    deeds,
    pointAtEnd: (thread) => final[layout.points + thread]! + DONE,
    initial,
    writerOf,
    found,
    cpuOf: threadOf,
    namedBy: (step) => {
      const { from, newest } = steps[step]!;
      return newest !== undefined && from !== undefined && newest !== from && stepOf[newest]! >= 0
        ? [stepOf[newest]!]
        : [];
    },
    trial: trialsOf(steps, ({ effect, from }, step) => {
      const { thread, picks, taken } = effect;
      // Other fields of the word that it loads have the values of the same store.
      const isLoaded = (cell: Cell): boolean => from !== undefined && storesTo(cell)?.includes(from) === true;
      const isFound = (cell: Cell): boolean => isLoaded(cell) || deeds[step]!.reads.has(cell);
      const base = (cell: Cell): Value => (isFound(cell) ? found(step, cell) : now(step, cell));
      return { thread: program.threads[thread]!, point: taken!.point, picks, base };
    }),
    laterWriters: (test, cell) => {
      const stores = storesTo(cell);
      return stores ? later(test, stores, cell) : time.laterWriters(test, cell);
    },
    overlookedBy: (test, cell, among) => {
      const stores = storesTo(cell);
      if (!stores) return time.overlookedBy(test, cell, among);
      const next = later(test, stores, cell).find((step) => among.includes(step) && threadOf(step) !== threadOf(test));
      if (next === undefined) return undefined;
      const place = stores.indexOf(steps[next]!.store!);
      const looksAgain = deeds.some(
        (deed, i) => i > test && deed.thread === threadOf(test) && isUse(deed, cell) && placeOf(i, stores) < place,
      );
      return looksAgain ? undefined : next;
    },
  };
}

const deedsOf = (program: Program, { steps }: ToldRun): readonly Deed[] =>
  steps.map(({ effect: { thread, taken } }, i): Deed => {
    // A barrier that stands apart is behind the last step of its thread.
    const own =
      taken ?? steps.slice(0, i).findLast(({ effect }) => effect.thread === thread && effect.taken)!.effect.taken!;
    const leaf = taken?.leaf;
    return {
      thread,
      point: program.threads[thread]!.points[own.point]!,
      reads: leaf && "reads" in leaf ? leaf.reads : new Map(),
      writes: leaf?.kind === "moved" ? leaf.writes : new Map(),
      forgotten: leaf?.kind === "moved" ? leaf.forgotten : new Set(),
      fails: leaf?.kind === "violation",
    };
  });
