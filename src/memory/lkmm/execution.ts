import { passesFlush } from "../../analysis/words.ts";
import type { Cell } from "../../model/access.ts";
import type { Move } from "../../machine/schedule.ts";
import type { Event, Execution } from "./axioms.ts";
import { isFence, isFull, isRcu, ORDERS } from "../../model/order.ts";
import { accessOf, isFenced } from "./events.ts";
import { Origins } from "./origins.ts";
import type { Lkmm } from "./lkmm.ts";
import type { LkmmEffect } from "./transitions.ts";
import type { Layout } from "./layout.ts";
import type { Point } from "./steps.ts";
import type { PlacedWay } from "./ways.ts";

/** A step of a run, with the states around it and what of the run's events it is. */
export interface LkmmStep {
  readonly before: Int32Array;
  readonly effect: LkmmEffect;
  /** The load and the store it is made of, as events. */
  readonly load?: number;
  readonly store?: number;
  /** The store that the load returns; and the last one of the word at that time, which it may not have seen. */
  readonly from?: number;
  readonly newest?: number;
}

/** A run, as the machine took it and as LKMM judges it. */
export interface Recorded extends ToldRun {
  readonly moves: readonly Move[];
}

/** The same without its moves, which may be more than the steps that are told. */
export interface ToldRun {
  readonly steps: readonly LkmmStep[];
  readonly final: Int32Array;
  readonly execution: Execution;
  /** By event: the step it belongs to; -1 for the stores that the run begins with. */
  readonly stepOf: readonly number[];
}

/**
 * Whether every load of a run returned the newest store and every store was the newest, so that sequential consistency has
 * the run, too.
 */
export const isSequential = ({ plainAt }: Layout, { steps, execution: { co } }: ToldRun): boolean =>
  steps.every(({ before, effect, load, store, from, newest }) => {
    if (load !== undefined && from !== newest) return false;
    if (store !== undefined) {
      const stores = co.find((list) => list.includes(store))!;
      return stores.slice(stores.indexOf(store)).every((later) => later >= store);
    }
    // A look at a lock may find it as it was.
    const word = load === undefined ? effect.taken?.way.word : undefined;
    return !word?.isLock || effect.at === before[plainAt.get(word.cells[0]!)!];
  });

/**
 * Whether the steps of a run have some order in time that agrees with what its loads return and with the order of stores:
 * without one, no schedule of it is sequential. What a look at a lock has found is not asked.
 */
export function hasOrderInTime({ steps, stepOf, execution: { rf, co } }: ToldRun): boolean {
  const after = steps.map(() => new Set<number>());
  const link = (a: number, b: number): void => {
    if (a >= 0 && b >= 0 && a !== b) after[a]!.add(b);
  };
  const last = new Map<number, number>();
  for (const [i, { effect }] of steps.entries()) {
    link(last.get(effect.thread) ?? -1, i);
    last.set(effect.thread, i);
  }
  for (const stores of co)
    for (const [i, store] of stores.entries()) link(stepOf[store]!, stepOf[stores[i + 1]!] ?? -1);
  for (const [store, load] of rf) {
    link(stepOf[store]!, stepOf[load]!);
    const stores = co.find((list) => list.includes(store))!;
    link(stepOf[load]!, stepOf[stores[stores.indexOf(store) + 1]!] ?? -1);
  }
  const before = steps.map(() => 0);
  for (const next of after) for (const b of next) before[b]!++;
  const free = [...steps.keys()].filter((step) => before[step] === 0);
  for (const step of free) for (const b of after[step]!) if (--before[b]! === 0) free.push(b);
  return free.length === steps.length;
}

type Pairs = (readonly [number, number])[];

/** Writes down what a run did, step by step: `choose` picks what happens next. */
export class Recorder {
  private readonly lkmm: Lkmm;
  state: Int32Array;
  private readonly events: Event[] = [];
  private readonly stepOf: number[] = [];
  private readonly moves: Move[] = [];
  private readonly steps: LkmmStep[] = [];
  private readonly relations = {
    rf: [] as Pairs,
    rmw: [] as Pairs,
    addr: [] as Pairs,
    data: [] as Pairs,
    ctrl: [] as Pairs,
    sections: [] as Pairs,
    flushes: [] as Pairs,
  };
  /** By list, then by lock: the stores in coherence order, and how many of them the machine has forgotten. */
  private readonly co: number[][];
  private readonly forgotten: number[];
  private readonly origins: readonly Origins[];
  private readonly sectionBegins: (number | undefined)[];
  /** By TLB entry: the accesses by it, and the flushes that have dropped it. */
  private readonly uses: number[][];
  private readonly flushed: number[][];
  private walks = 0;

  constructor(lkmm: Lkmm, initial: Int32Array) {
    const { layout } = lkmm;
    this.lkmm = lkmm;
    this.state = initial;
    this.co = [...layout.lists, ...layout.locks].map(({ name }) => [
      this.event({ thread: -1, kind: "write", place: name }),
    ]);
    this.forgotten = layout.lists.map(() => 0);
    const tells = new Map<Cell, ReadonlySet<number>>();
    this.origins = layout.threads.map(() => new Origins(tells));
    this.sectionBegins = layout.threads.map(() => undefined);
    this.uses = layout.entries.map(() => []);
    this.flushed = layout.entries.map(() => []);
  }

  effects(): readonly LkmmEffect[] {
    return this.lkmm.effects(this.state);
  }

  /** The effect as a move that can be taken again: it names the step whose store it meets. */
  moveOf({ thread, picks, at, inserted, taken }: LkmmEffect): Move {
    const word = taken?.way.word;
    if (at === undefined || !word) return { thread, picks };
    const list = this.listIndex(word.cells[0]!);
    const stores = this.co[list]!;
    // A lock is found free, or as it was when somebody held it.
    const met = word.isLock
      ? at > 0 && stores.findLast((store) => this.events[store]!.isLock)
      : stores[(inserted === undefined ? at : inserted - 1) + this.forgotten[list]!]!;
    const step = met === false || met === undefined ? -1 : this.stepOf[met]!;
    return { thread, picks, ...(step >= 0 && { at: step }) };
  }

  /** Whose the store at a position of a list is; -1 for the one that was there at first. */
  threadOf(list: number, position: number): number {
    const step = this.stepOf[this.co[list]![position + this.forgotten[list]!]!]!;
    return step < 0 ? -1 : this.steps[step]!.effect.thread;
  }

  take(effect: LkmmEffect): void {
    const { layout } = this.lkmm;
    this.moves.push(this.moveOf(effect));
    const before = this.state;
    const { thread, taken } = effect;
    const step = taken
      ? this.record(effect, layout.threads[thread]!.points[taken.point]!, taken.way)
      : (this.fence(thread, "mb"), {});
    this.steps.push({ before, effect, ...step });
    if (taken?.leaf.kind !== "violation") this.follow(effect, before);
  }

  finish(): Recorded {
    const { moves, steps, state, events, co, relations, stepOf } = this;
    return { moves, steps, final: state, execution: { events, co, ...relations }, stepOf };
  }

  private event(event: Event): number {
    this.stepOf.push(event.thread < 0 ? -1 : this.steps.length);
    return this.events.push(event) - 1;
  }

  private fence(thread: number, place: string): number {
    return this.event({ thread, kind: "fence", place });
  }

  private record(effect: LkmmEffect, point: Point, way: PlacedWay): Partial<LkmmStep> {
    const { order, mmu } = point;
    const thread = mmu === "walk" ? this.lkmm.layout.threads.length + this.walks++ : effect.thread;
    const { deed, word } = way;
    if (deed === "nothing" || !word) {
      if (!passesFlush(point, effect.taken!.leaf)) this.recordFence(effect, point, way);
      this.settle(effect, way, undefined);
      return {};
    }
    // How a thread finds a lock that it does not take tells it nothing.
    if (word.isLock && deed === "read") {
      this.settle(effect, way, undefined);
      return {};
    }
    const isViolation = effect.taken!.leaf.kind === "violation";
    // The barrier in front of a fully ordered operation; the one behind it is a step of its own.
    if (isFenced(point, way) || (isFull(order) && isViolation)) this.fence(thread, "mb");
    const list = this.listIndex(word.cells[0]!);
    const stores = this.co[list]!;
    const isLocked = word.isLock;
    const at = (position: number): number => (isLocked ? stores.length - 1 : position + this.forgotten[list]!);
    const found: { load?: number; store?: number; from?: number; newest?: number } = {};
    const access = accessOf(point, way, thread);
    if (access.load) {
      const from = stores[at(effect.at ?? 0)]!;
      const load = this.event(access.load);
      Object.assign(found, { load, from, newest: stores.at(-1)! });
      this.relations.rf.push([from, load]);
    }
    if (access.store) {
      const store = this.event(access.store);
      if (found.load !== undefined) this.relations.rmw.push([found.load, store]);
      found.newest ??= stores.at(-1)!;
      stores.splice(isLocked ? stores.length : at(effect.inserted!), 0, store);
      found.store = store;
    }
    const { addr, data, ctrl } = this.origins[effect.thread]!.dependenciesOf(way, found.load, found.store);
    this.relations.addr.push(...addr);
    this.relations.data.push(...data);
    // A walk is no step of its CPU's.
    if (mmu !== "walk") this.relations.ctrl.push(...ctrl);
    for (const event of [found.load, found.store]) if (event !== undefined) this.useEntries(way, mmu, event);
    this.settle(effect, way, found.load);
    return found;
  }

  /** A walk comes behind all flushes of the entries that it fills; accesses by an entry are kept for its next flush. */
  private useEntries({ entries }: PlacedWay, mmu: Point["mmu"], event: number): void {
    for (const { index } of entries) {
      if (mmu !== "walk") this.uses[index]!.push(event);
      else for (const flush of this.flushed[index]!) this.relations.flushes.push([flush, event]);
    }
  }

  private recordFence({ thread }: LkmmEffect, { order, mmu }: Point, { entries, interrupts }: PlacedWay): void {
    const { layout } = this.lkmm;
    const { program, plainAt } = layout;
    /** What no step changes is 0. */
    const countIn = (field: string): number => {
      const at = plainAt.get(program.cells.find(({ name }) => name === `rcu[${thread}].${field}`)!);
      return at === undefined ? 0 : this.state[at]!;
    };
    if (isFence(order)) {
      for (const cpu of interrupts) this.fence(cpu, "mb");
      const fence = this.fence(thread, order);
      for (const cpu of interrupts) this.fence(cpu, "mb");
      for (const { index } of mmu === "flush" ? entries : []) {
        for (const use of this.uses[index]!) this.relations.flushes.push([use, fence]);
        this.flushed[index]!.push(fence);
      }
    }
    if (!isRcu(order)) return;
    switch (ORDERS[order].event) {
      case "rcu-lock":
        if (countIn("depth") === 0) this.sectionBegins[thread] = this.event({ thread, kind: "rcu-lock", place: "rcu" });
        break;
      case "rcu-unlock":
        if (countIn("depth") === 1)
          this.relations.sections.push([
            this.sectionBegins[thread]!,
            this.event({ thread, kind: "rcu-unlock", place: "rcu" }),
          ]);
        break;
      case "sync":
        // One event for both of its steps.
        if (countIn("waiting") === 0) this.event({ thread, kind: "sync", place: "rcu" });
    }
  }

  private settle({ thread, taken }: LkmmEffect, way: PlacedWay, load: number | undefined): void {
    const { leaf, point } = taken!;
    const next = leaf.kind === "moved" ? leaf.next : undefined;
    this.origins[thread]!.settle(this.lkmm.layout.threads[thread]!, point, way, load, next);
  }

  private listIndex(cell: Cell): number {
    const { layout } = this.lkmm;
    return layout.listOf.get(cell) ?? layout.lists.length + layout.lockOf.get(cell)!;
  }

  private follow({ state, inserted, taken }: LkmmEffect, before: Int32Array): void {
    const { layout } = this.lkmm;
    for (let list = 0; list < layout.lists.length; list++) {
      const isHere = inserted !== undefined && this.listIndex(taken!.way.word!.cells[0]!) === list;
      this.forgotten[list]! += lengthOf(layout, before, list) + (isHere ? 1 : 0) - lengthOf(layout, state, list);
    }
    this.state = state;
  }
}

const lengthOf = ({ lengths }: Layout, state: Int32Array, list: number): number => state[lengths + list]!;
