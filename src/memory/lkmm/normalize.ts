import { isRcu, ORDERS } from "../../model/order.ts";
import { MESSAGE, MESSAGE_SIZE, sizeOf, VIEW, VIEWS_PER_CPU, type Layout } from "./layout.ts";
import { moveWords } from "./state.ts";
import type { Point } from "./steps.ts";
import type { Views } from "./views.ts";

/** What the steps from a control point on can still make use of. */
interface Needs {
  /** By word. */
  readonly reads: readonly boolean[];
  readonly writes: readonly boolean[];
  /** By word: some use of it is other than to wait. */
  readonly uses: readonly boolean[];
  /** It only reads and writes it in one access, as all threads do: then it always finds the last store. */
  readonly last: readonly boolean[];
  /** By word: the locks that it takes before it uses the word. */
  readonly takenBefore: readonly (readonly number[])[];
  /** Publishes what it has seen; and only what it has stored. */
  readonly publishes: boolean;
  readonly storesOnly: boolean;
  readonly rmb: boolean;
  readonly loads: boolean;
  readonly stores: boolean;
  readonly locks: boolean;
  readonly fences: boolean;
  readonly sections: boolean;
}

const UNUSED = Infinity;

function needsOf(point: Point, { lists, overwritten }: Layout): Needs {
  const { mayRead, mayWrite, mustRead, mayLoad, deeds } = point;
  const orders = [...point.orders];
  const ofLists = <T>(of: (x: number) => T): readonly T[] => lists.map((_, x) => of(x));
  return {
    reads: ofLists((x) => mayRead.has(x)),
    writes: ofLists((x) => mayWrite.has(x)),
    uses: ofLists((x) => mustRead.has(x) || mayWrite.has(x)),
    last: ofLists((x) => mayWrite.has(x) && !mayLoad.has(x) && !overwritten.has(x)),
    takenBefore: ofLists((x) => [...point.takenBefore[x]!]),
    publishes: deeds.has("unlock") || orders.some((order) => ORDERS[order].publishes),
    storesOnly: orders.some((order) => ORDERS[order].orders === "stores"),
    rmb: orders.some((order) => ORDERS[order].orders === "loads"),
    loads: mayRead.size > 0,
    stores: mayWrite.size > 0,
    locks: deeds.has("lock"),
    fences: orders.some((order) => ORDERS[order].orders === "all"),
    sections: orders.some((order) => isRcu(order) && ORDERS[order].event === "rcu-lock"),
  };
}

/**
 * Makes states equal that no thread will ever tell apart, in place: drops stores that every
 * thread is past which may still use the word, and views that nothing reads any more. All of it is exact. A loop in
 * which a lock is taken, dropped and taken again comes back to where it was.
 */
export function tidier(layout: Layout, views: Views): (state: Int32Array, thread: number) => void {
  /** By thread and control point, where a run has come to: that is a part of them. */
  const needs = layout.threads.map((): (Needs | undefined)[] => []);
  const needsIn = (state: Int32Array, t: number): Needs | undefined => {
    const p = state[layout.points + t]! - 1;
    if (p < 0) return undefined;
    return (needs[t]![p] ??= needsOf(layout.threads[t]!.points[p]!, layout));
  };
  const count = layout.threads.length;
  const interrupted = new Set(
    layout.threads.flatMap(({ points }) => points.flatMap(({ mayInterrupt }) => [...mayInterrupt])),
  );

  /** Another CPU may yet interrupt this one, and so make known what it has seen and stored. */
  const isInterrupted = (state: Int32Array, cpu: number): boolean =>
    interrupted.has(cpu) &&
    layout.threads.some(({ points }, t) => points[state[layout.points + t]! - 1]?.mayInterrupt.has(cpu) === true);

  const tidyThread = (state: Int32Array, t: number): void => {
    const need = needsIn(state, t);
    if (!need && isInterrupted(state, t)) return;
    if (!need) {
      state[layout.pending + t] = 0;
      state[layout.graces + t] = 0;
      for (let i = 0; i < VIEWS_PER_CPU; i++) state[layout.views + VIEWS_PER_CPU * t + i] = 0;
      for (const at of layout.localViewsOf[t]!) state[at] = 0;
      for (let i = 0; i < layout.threads[t]!.joins.length; i++) state[layout.branches[t]! + i] = 0;
      return;
    }
    const at = layout.views + VIEWS_PER_CPU * t;
    const publishes = need.publishes || state[layout.pending + t] !== 0 || isInterrupted(state, t);
    const coh = state[at + VIEW.coh]!;
    const readFloor = views.join(coh, state[at + VIEW.R]!);
    const writeFloor = views.join(coh, state[at + VIEW.W]!);
    state[at + VIEW.Ar] = need.rmb ? views.excess(state[at + VIEW.Ar]!, readFloor) : 0;
    if (!publishes) state[at + VIEW.A] = 0;
    if (!publishes && !need.storesOnly) state[at + VIEW.own] = 0;
    if (!need.stores) state[at + VIEW.rel] = 0;
    state[at + VIEW.R] = need.loads ? views.excess(state[at + VIEW.R]!, coh) : 0;
    state[at + VIEW.W] = need.stores ? views.excess(state[at + VIEW.W]!, coh) : 0;
    const { joins } = layout.threads[t]!;
    for (let i = layout.branches[t]!; i < layout.branches[t]! + joins.length; i++)
      state[i] = need.stores ? views.excess(state[i]!, writeFloor) : 0;
    state[at + VIEW.ulA] = need.locks ? views.excess(state[at + VIEW.ulA]!, coh) : 0;
    if (!need.locks) state[at + VIEW.ulO] = 0;
  };

  const holds = (state: Int32Array, kind: "mayFill" | "mayUse" | "mayDrop", entry: number): boolean =>
    layout.threads.some(({ points }, t) => points[state[layout.points + t]! - 1]?.[kind].has(entry) === true);

  const isUsed = layout.lists.map(() => true);

  /** The first store that a thread can still read or go in front of. */
  const ownFloor = (state: Int32Array, t: number, need: Needs, x: number): number => {
    const at = layout.views + VIEWS_PER_CPU * t;
    const read = need.reads[x] ? views.at(state[at + VIEW.R]!, x) : UNUSED;
    const write = need.writes[x] ? views.at(state[at + VIEW.W]!, x) : UNUSED;
    return Math.max(views.at(state[at + VIEW.coh]!, x), Math.min(read, write));
  };

  /** The first one that it will still be able to when it comes to use the word. */
  const laterFloor = (state: Int32Array, t: number, need: Needs, x: number): number => {
    if (!need.uses[x]) return UNUSED;
    if (need.last[x]) return state[layout.lengths + x]! - 1;
    let floor = ownFloor(state, t, need, x);
    for (const lock of need.takenBefore[x]!) floor = Math.max(floor, views.at(state[layout.lockViews + 2 * lock]!, x));
    return floor;
  };

  const lowestOf = (state: Int32Array, x: number, floorFor: typeof ownFloor): number => {
    let lowest = UNUSED;
    for (let t = 0; t < count && lowest > 0; t++) {
      const need = needsIn(state, t);
      if (need && (need.reads[x] || need.writes[x])) lowest = Math.min(lowest, floorFor(state, t, need, x));
    }
    for (let e = 0; e < layout.entries.length && lowest > 0; e++)
      if (layout.sources[e]!.has(x) && holds(state, "mayFill", e))
        lowest = Math.min(lowest, views.at(state[layout.floors + e]!, x));
    return lowest;
  };

  /**
   * How many stores of a word no thread can read or go in front of any more, if any thread uses it at all. Where loops have
   * gone round, it pays to look closer.
   */
  const floorOf = (state: Int32Array, x: number): number => {
    const floor = lowestOf(state, x, ownFloor);
    const length = state[layout.lengths + x]!;
    if (floor === UNUSED || length - floor <= layout.straight[x]!) return floor;
    return Math.min(lowestOf(state, x, laterFloor), length - 1);
  };

  const tidyCommon = (state: Int32Array): void => {
    let [fences, sections, locks] = [false, false, false];
    for (let t = 0; t < count; t++) {
      const need = needsIn(state, t);
      if (!need) continue;
      fences ||= need.fences || state[layout.pending + t] !== 0;
      sections ||= need.sections;
      locks ||= need.locks;
    }
    if (!fences) state[layout.strong] = 0;
    if (!sections) state[layout.grace] = 0;
    if (!locks) for (let i = 0; i < 2 * layout.locks.length; i++) state[layout.lockViews + i] = 0;
  };

  /** What is known of TLB entries that no thread will fill, go by, or drop any more. */
  const tidyEntries = (state: Int32Array): void => {
    for (let e = 0; e < layout.entries.length; e++) {
      const { cells } = layout.entries[e]!;
      const [floor, use] = [layout.floors + e, layout.uses + e];
      if (!holds(state, "mayFill", e)) state[floor] = 0;
      state[use] = holds(state, "mayDrop", e) ? views.excess(state[use]!, state[layout.strong]!) : 0;
      if (!holds(state, "mayUse", e)) for (const cell of cells) state[layout.localViewAt.get(cell)!] = 0;
    }
  };

  /** Takes the first stores out of a list that begins at `at`. */
  const drop = (state: Int32Array, x: number, at: number, dropped: number): void => {
    const end = sizeOf(layout, state);
    moveWords(state, at, at + MESSAGE_SIZE * dropped, end);
    state[layout.lengths + x]! -= dropped;
    for (let i = layout.views; i < layout.lengths; i++) state[i] = views.dropped(state[i]!, x, dropped);
    for (let i = layout.messages + MESSAGE.view; i < end - MESSAGE_SIZE * dropped; i += MESSAGE_SIZE)
      state[i] = views.dropped(state[i]!, x, dropped);
  };

  /** What a store tells, and who stored it, where no thread can learn from that any more. */
  const forget = (state: Int32Array): void => {
    let at = layout.messages;
    for (let x = 0; x < layout.lists.length; x++)
      for (const end = at + MESSAGE_SIZE * state[layout.lengths + x]!; at < end; at += MESSAGE_SIZE)
        if (!isUsed[x]) state[at + MESSAGE.view] = state[at + MESSAGE.mark] = 0;
        else if (state[at + MESSAGE.mark]! > 1 && views.tellsOnlyOf(state[at + MESSAGE.view]!, x))
          state[at + MESSAGE.mark]! &= 1;
  };

  return (state, t) => {
    tidyThread(state, t);
    for (const cpu of interrupted) if (cpu !== t) tidyThread(state, cpu);
    tidyCommon(state);
    tidyEntries(state);
    let at = layout.messages;
    for (let x = 0; x < layout.lists.length; x++) {
      const floor = floorOf(state, x);
      isUsed[x] = floor !== UNUSED;
      const dropped = isUsed[x] ? floor : state[layout.lengths + x]! - 1;
      if (dropped > 0) drop(state, x, at, dropped);
      at += MESSAGE_SIZE * state[layout.lengths + x]!;
    }
    forget(state);
  };
}
