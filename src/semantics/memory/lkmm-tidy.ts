import { MESSAGE, MESSAGE_SIZE, VIEW, VIEWS_PER_CPU, type Layout } from "./lkmm-layout.ts";
import type { Point } from "./lkmm-points.ts";
import type { Views } from "./views.ts";

/** What the steps from a control point on can still make use of. */
interface Needs {
  readonly reads: readonly number[];
  readonly writes: readonly number[];
  /** Publishes what it has seen; and only what it has stored. */
  readonly publishes: boolean;
  readonly storesOnly: boolean;
  readonly rmb: boolean;
  readonly stores: boolean;
  readonly locks: boolean;
  readonly fences: boolean;
  readonly sections: boolean;
}

const FENCES = [
  "mb",
  "before-atomic",
  "after-atomic",
  "after-spinlock",
  "after-unlock-lock",
  "full",
  "synchronize-rcu",
];
const PUBLISHING = [...FENCES, "release", "rcu-read-unlock", "unlock"];

const needsOf = ({ mayRead, mayWrite, later }: Point): Needs => ({
  reads: [...mayRead],
  writes: [...mayWrite],
  publishes: PUBLISHING.some((order) => later.has(order)),
  storesOnly: later.has("wmb"),
  rmb: later.has("rmb"),
  stores: mayWrite.size > 0,
  locks: later.has("lock"),
  fences: FENCES.some((order) => later.has(order)),
  sections: later.has("rcu-read-lock"),
});

/**
 * Makes states equal that no thread will ever tell apart, in place but for the list's length: drops stores that every
 * thread is past which may still use the word, and views that nothing reads any more. All of it is exact.
 */
export function tidier(layout: Layout, views: Views): (state: Int32Array, thread: number) => Int32Array {
  const needs = layout.threads.map(({ points }) => points.map(needsOf));
  const count = layout.threads.length;
  const slot = (t: number, kind: keyof typeof VIEW): number => layout.views + VIEWS_PER_CPU * t + VIEW[kind];

  const tidyThread = (state: Int32Array, t: number): void => {
    const need = needs[t]![state[layout.points + t]! - 1];
    if (!need) {
      state[layout.pending + t] = 0;
      state[layout.graces + t] = 0;
      for (let i = 0; i < VIEWS_PER_CPU; i++) state[layout.views + VIEWS_PER_CPU * t + i] = 0;
      for (const at of layout.localViewsOf[t]!) state[at] = 0;
      for (let i = 0; i < layout.threads[t]!.joins.length; i++) state[layout.branches[t]! + i] = 0;
      return;
    }
    const publishes = need.publishes || state[layout.pending + t] !== 0;
    const coh = state[slot(t, "coh")]!;
    const readFloor = views.join(coh, state[slot(t, "R")]!);
    state[slot(t, "Ar")] = need.rmb ? views.excess(state[slot(t, "Ar")]!, readFloor) : 0;
    if (!publishes) state[slot(t, "A")] = 0;
    if (!publishes && !need.storesOnly) state[slot(t, "own")] = 0;
    if (!need.stores) state[slot(t, "rel")] = 0;
    state[slot(t, "R")] = need.reads.length > 0 ? views.excess(state[slot(t, "R")]!, coh) : 0;
    const writeFloor = views.join(coh, state[slot(t, "W")]!);
    state[slot(t, "W")] = need.stores ? views.excess(state[slot(t, "W")]!, coh) : 0;
    for (let i = 0; i < layout.threads[t]!.joins.length; i++) {
      const at = layout.branches[t]! + i;
      state[at] = need.stores ? views.excess(state[at]!, writeFloor) : 0;
    }
    state[slot(t, "ulA")] = need.locks ? views.excess(state[slot(t, "ulA")]!, coh) : 0;
    if (!need.locks) state[slot(t, "ulO")] = 0;
  };

  /** By word: how many stores no thread can read or go in front of any more; -1 if no thread uses it at all. */
  const floors = new Int32Array(layout.lists.length);
  const findFloors = (state: Int32Array): void => {
    floors.fill(-1);
    for (let t = 0; t < count; t++) {
      const need = needs[t]![state[layout.points + t]! - 1];
      if (!need) continue;
      const coh = state[slot(t, "coh")]!;
      const lower = (x: number, view: number): void => {
        const floor = Math.max(views.at(coh, x), views.at(view, x));
        floors[x] = floors[x] === -1 ? floor : Math.min(floors[x]!, floor);
      };
      for (const x of need.reads) lower(x, state[slot(t, "R")]!);
      for (const x of need.writes) lower(x, state[slot(t, "W")]!);
    }
  };

  const tidyCommon = (state: Int32Array): void => {
    let [fences, sections, locks] = [false, false, false];
    for (let t = 0; t < count; t++) {
      const need = needs[t]![state[layout.points + t]! - 1];
      if (!need) continue;
      fences ||= need.fences || state[layout.pending + t] !== 0;
      sections ||= need.sections;
      locks ||= need.locks;
    }
    if (!fences) state[layout.strong] = 0;
    if (!sections) state[layout.grace] = 0;
    if (!locks) state.fill(0, layout.lockViews, layout.lockViews + 2 * layout.locks.length);
  };

  return (state, t) => {
    tidyThread(state, t);
    tidyCommon(state);
    findFloors(state);
    let tidy = state;
    let at = layout.messages;
    for (let x = 0; x < layout.lists.length; x++) {
      const length = tidy[layout.lengths + x]!;
      const isUsed = floors[x] !== -1;
      const dropped = isUsed ? floors[x]! : length - 1;
      if (dropped > 0) {
        const shorter = new Int32Array(tidy.length - MESSAGE_SIZE * dropped);
        shorter.set(tidy.subarray(0, at));
        shorter.set(tidy.subarray(at + MESSAGE_SIZE * dropped), at);
        tidy = shorter;
        tidy[layout.lengths + x] = length - dropped;
        for (let i = layout.views; i < layout.lengths; i++) tidy[i] = views.dropped(tidy[i]!, x, dropped);
        for (let i = layout.messages + MESSAGE.view; i < tidy.length; i += MESSAGE_SIZE)
          tidy[i] = views.dropped(tidy[i]!, x, dropped);
      }
      if (!isUsed) {
        tidy[at + MESSAGE.view] = 0;
        tidy[at + MESSAGE.mark] = 0;
      } else
        for (let i = 0; i < length - dropped; i++)
          // Whoever reads it learns nothing from it: it does not matter who stored it.
          if (views.excess(tidy[at + MESSAGE_SIZE * i + MESSAGE.view]!, views.point(x, i)) === 0)
            tidy[at + MESSAGE_SIZE * i + MESSAGE.mark]! &= 1;
      at += MESSAGE_SIZE * tidy[layout.lengths + x]!;
    }
    return tidy;
  };
}
