import { InternalError } from "../../model/error.ts";
import { bySwitches, movesOf } from "../../machine/by-switches.ts";
import { keyOfWords } from "../../machine/state.ts";
import { brokenAxiom } from "./axioms.ts";
import { Recorder, type Recorded, type LkmmStep } from "./execution.ts";
import type { Lkmm } from "./lkmm.ts";
import type { LkmmEffect } from "./transitions.ts";
import { isMove } from "./graph.ts";

// Places of all CPUs together, each for every CPU that may have stepped last and every state that leads there.
const MOST_PLACES = 100_000;

/** Another schedule of a run: the same execution, in the order that is told. */
export interface Rescheduled {
  readonly run: Recorded;
  /** Why a schedule with fewer context switches may have been missed. */
  readonly cut?: string;
}

/**
 * Of all schedules of one execution, one with the fewest context switches; of these, one in which the fewest loads and
 * stores are out of order and the fewest barriers apart from the operation that they are behind. An execution that
 * sequential consistency allows, too, is told as such: only schedules count then in which nothing is out of order. The
 * execution is the same if each CPU takes the same steps, which read and find the same values, each load returns the same
 * store, each word has the same coherence order, each lock is taken in the same order, and the run ends in the same state;
 * if it ends in a store that lies in front of others, in that. Where that would take more than `mostPlaces`, the run stays as it is.
 */
export function rescheduled(lkmm: Lkmm, run: Recorded, mostPlaces = MOST_PLACES): Rescheduled {
  const initial = run.steps[0]?.before ?? run.final;
  const same = new SameExecution(lkmm, run);
  const sequential = search(same, initial, true, mostPlaces);
  const found = sequential === "none" ? search(same, initial, false, mostPlaces) : sequential;
  if (found === "none") throw new InternalError("a run has no schedule, not even its own");
  if (found === "too many") return { run, cut: `${mostPlaces} places` };
  const recorder = new Recorder(lkmm, initial);
  for (const effect of found) recorder.take(effect);
  const other = recorder.finish();
  const axiom = brokenAxiom(other.execution);
  if (axiom === undefined) return { run: other };
  // Which accesses and walks a flush comes between is taken from the schedule.
  if (run.execution.flushes.length > 0) return { run, cut: "what flushes order" };
  throw new InternalError(`another schedule of an allowed run breaks the axiom of ${axiom}`);
}

/** How far each CPU is, and what that has made of the machine's state. */
interface Place {
  readonly state: Int32Array;
  /** By thread: how many of its steps it has taken. */
  readonly taken: readonly number[];
}

/** Fewest switches first, then least disorder, then as the threads are numbered. */
function search(
  same: SameExecution,
  initial: Int32Array,
  inOrder: boolean,
  mostPlaces: number,
): readonly LkmmEffect[] | "none" | "too many" {
  const ways = bySwitches<Place, LkmmEffect>([{ state: initial, taken: same.begin() }], {
    key: ({ state, taken }) => `${taken.join()} ${same.keyOf(state)}`,
    from: ({ state, taken }, last) =>
      same.effectsIn(state).flatMap((effect) => {
        const { thread } = effect;
        const out = same.disorderOf(effect, state, taken);
        if (out === undefined || (inOrder && out > 0)) return [];
        const to = {
          state: isMove(effect) ? effect.state : state,
          taken: taken.with(thread, taken[thread]! + 1),
        };
        const isApart = !effect.taken && last !== thread;
        return { cpu: thread, move: effect, to, cost: out + (isApart ? 1 : 0) };
      }),
  });
  let places = 0;
  for (const way of ways) {
    if (places++ >= mostPlaces) return "too many";
    if (same.isEnd(way.place, way.last)) return movesOf(way);
  }
  return "none";
}

/** Tells what of that which can happen next belongs to one execution. */
class SameExecution {
  private readonly lkmm: Lkmm;
  private readonly run: Recorded;
  /** By thread. */
  private readonly steps: readonly (readonly LkmmStep[])[];
  private readonly count: number;
  private readonly isOver: boolean;
  /** Who has to step last, if that matters. */
  private readonly lastThread: number | undefined;
  /** By event that is a store: the word it is to; and which of its thread's steps makes it, none of those that are there at first. */
  private readonly wordOf = new Map<number, number>();
  private readonly makers = new Map<number, { readonly thread: number; readonly rank: number }>();
  private readonly known = new Map<string, readonly LkmmEffect[]>();
  private readonly keys = new WeakMap<Int32Array, string>();

  constructor(lkmm: Lkmm, run: Recorded) {
    this.lkmm = lkmm;
    this.run = run;
    this.steps = lkmm.layout.threads.map((_, thread) => run.steps.filter(({ effect }) => effect.thread === thread));
    this.count = run.steps.length;
    this.isOver = lkmm.effects(run.final).length === 0;
    const last = run.steps.at(-1);
    const isInFront = last?.store !== undefined && !run.execution.co.some((stores) => stores.at(-1) === last.store);
    this.lastThread = isInFront ? last.effect.thread : undefined;
    for (const [word, stores] of run.execution.co.entries()) for (const store of stores) this.wordOf.set(store, word);
    for (const [thread, steps] of this.steps.entries())
      for (const [rank, { store }] of steps.entries())
        if (store !== undefined) this.makers.set(store, { thread, rank });
  }

  /** By thread: no step is taken yet. */
  begin(): readonly number[] {
    return this.steps.map(() => 0);
  }

  /** A state is asked about once for each way that leads to it and each that leads on. */
  keyOf(state: Int32Array): string {
    let key = this.keys.get(state);
    if (key === undefined) this.keys.set(state, (key = keyOfWords(state)));
    return key;
  }

  effectsIn(state: Int32Array): readonly LkmmEffect[] {
    const key = this.keyOf(state);
    const effects = this.known.get(key) ?? this.lkmm.effects(state);
    this.known.set(key, effects);
    return effects;
  }

  isEnd({ state, taken }: Place, last: number | undefined): boolean {
    if (sum(taken) < this.count) return false;
    if (this.lastThread !== undefined && last !== this.lastThread) return false;
    const { plain, points } = this.lkmm.layout;
    const { final } = this.run;
    const isSame = (at: number): boolean => state[at] === final[at];
    return (
      plain.every((_, i) => isSame(i)) &&
      taken.every((_, thread) => isSame(points + thread)) &&
      (this.effectsIn(state).length === 0) === this.isOver
    );
  }

  /** How many of its load and its store are out of order; nothing if the effect is no part of the execution here. */
  disorderOf(effect: LkmmEffect, state: Int32Array, taken: readonly number[]): number | undefined {
    const step = this.steps[effect.thread]![taken[effect.thread]!];
    if (!step || !isSameWay(step.effect, effect)) return undefined;
    if (!isMove(effect) && sum(taken) < this.count - 1) return undefined;
    const { load, store, from } = step;
    const word = effect.taken?.way.word;
    if (load === undefined && store === undefined) {
      // It may look at a lock, which tells nothing.
      if (!word?.isLock) return 0;
      if (effect.at !== step.effect.at) return undefined;
      return effect.at === state[this.lkmm.layout.plainAt.get(word.cells[0]!)!] ? 0 : 1;
    }
    const stores = this.run.execution.co[this.wordOf.get((store ?? from)!)!]!;
    const isThere = (event: number): boolean => {
      const maker = this.makers.get(event);
      return !maker || maker.rank < taken[maker.thread]!;
    };
    const there = stores.filter(isThere);
    const place = store === undefined ? undefined : stores.slice(0, stores.indexOf(store)).filter(isThere).length;
    if (word!.isLock) return place === stores.indexOf(store!) && place === there.length ? 0 : undefined;
    const { layout } = this.lkmm;
    const dropped = there.length - state[layout.lengths + layout.listOf.get(word!.cells[0]!)!]!;
    if (load !== undefined && there[effect.at! + dropped] !== from) return undefined;
    if (place !== undefined && effect.inserted! + dropped !== place) return undefined;
    return (
      (load !== undefined && from !== there.at(-1) ? 1 : 0) + (place !== undefined && place < there.length ? 1 : 0)
    );
  }
}

const isSameWay = (one: LkmmEffect, other: LkmmEffect): boolean =>
  one.taken?.point === other.taken?.point &&
  one.taken?.leaf === other.taken?.leaf &&
  one.picks.join() === other.picks.join();

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
