import { FAILURES } from "../compile/codegen.ts";
import type { Compiled } from "../compile/compiled.ts";
import { MOST_STATES, TAG_BITS } from "../compile/kernels.ts";
import type { Progress } from "../machine/exploration.ts";
import type { Core, Level } from "./core.ts";
import { regionOf, type PlacedRegion } from "./region.ts";
import { partsOf, rangeIn, shardShift, type Range, type Store } from "./store.ts";

/** How many states are gone through before others have their turn. */
export const STATES_PER_LOOK = 20_000;

/** Where in a table of so many slots a hash belongs. Exact: few bits of `slots` are set. */
const slotOf = (hash: number, slots: number): number => Math.floor(((hash >>> 0) * slots) / 2 ** 32);

/** A search that is over, with every state in its store. */
export interface Finished {
  readonly compiled: Compiled;
  readonly store: Store;
  readonly core: Core;
  readonly levels: readonly Level[];
}

/** Takes the marks off the states behind these numbers by part, which the search has not expanded. */
export function unmark(
  { marks, packing }: Compiled,
  store: Store,
  from: readonly number[],
  to: readonly number[],
): void {
  const { word, shift, mask } = marks.field;
  for (const [part, start] of from.entries()) {
    const range = rangeIn(store, part, start, to[part]!);
    const words = new Int32Array(store.memories[range.shard]!.buffer);
    const at = (index: number): number => store.layout.arena / 4 + packing.words * index + word;
    for (let i = at(range.from); i < at(range.to); i += packing.words) words[i]! &= ~(mask << shift);
  }
}

/** Says something of the packed state at `words[at]`. */
export type Test = (words: Int32Array, at: number) => boolean;

/** The states of a store by number, in the order in which they lie in its parts, and what follows on each. */
export class States {
  readonly finished: Finished;
  readonly count: number;
  readonly size: number;
  /** By shard: its memory. */
  readonly views: readonly Int32Array[];
  /** By part: the number of its first state, and at last of all. */
  private readonly starts: readonly number[];
  private readonly region: PlacedRegion;
  private readonly isAlone: boolean;

  constructor(finished: Finished) {
    const { compiled, store, levels } = finished;
    this.finished = finished;
    this.size = compiled.packing.words;
    this.views = store.memories.map(({ buffer }) => new Int32Array(buffer));
    const starts = [0];
    for (const to of levels.at(-1)!.to) starts.push(starts.at(-1)! + to);
    this.starts = starts;
    this.count = starts.at(-1)!;
    this.region = regionOf(compiled.region);
    this.isAlone = partsOf(store) === 1;
  }

  /** What a caller is told meanwhile. */
  progress(waiting: number): Progress {
    return { states: this.count, waiting, depth: this.finished.levels.length - 1 };
  }

  /** All states in pieces, the last ones first: from there it is not far to the end of a run. */
  *slices(): Generator<Range> {
    for (let part = this.starts.length - 2; part >= 0; part--) {
      const length = this.starts[part + 1]! - this.starts[part]!;
      for (let to = length; to > 0; to -= STATES_PER_LOOK)
        yield rangeIn(this.finished.store, part, Math.max(0, to - STATES_PER_LOOK), to);
    }
  }

  numberOf(shard: number, index: number): number {
    if (this.isAlone) return index - 1;
    const { layout, memories } = this.finished.store;
    const worker = Math.floor((index - 1) / layout.capacity);
    return this.starts[worker * memories.length + shard]! + index - 1 - worker * layout.capacity;
  }

  private partOf(number: number): number {
    let part = 0;
    while (number >= this.starts[part + 1]!) part++;
    return part;
  }

  private indexIn(part: number, number: number): number {
    const { layout, memories } = this.finished.store;
    return 1 + Math.floor(part / memories.length) * layout.capacity + number - this.starts[part]!;
  }

  /** Where a state lies. */
  where(number: number): Where {
    const { layout, memories } = this.finished.store;
    const part = this.isAlone ? 0 : this.partOf(number);
    const shard = part % memories.length;
    const index = this.indexIn(part, number);
    return { shard, words: this.views[shard]!, index, at: layout.arena / 4 + this.size * index };
  }

  /** Asks something of a state. */
  is(test: Test, number: number): boolean {
    const { words, at } = this.where(number);
    return test(words, at);
  }

  /** What follows on a state, there until that of the next one is asked for; nothing if a run ends there. */
  after(number: number, mayReduce = true): After | undefined {
    const after = this.expand(this.where(number));
    if (after.places.length === 0 || this.hasFailed(after)) return undefined;
    if (mayReduce) this.reduce(after);
    return after;
  }

  /** The same as the steps leave it, also where some of them fail. */
  expand({ shard, words, index }: Where): After {
    const { store, core } = this.finished;
    const { start, successors } = this.region;
    const failures = this.region.failures / 4;
    words.fill(0, failures, failures + FAILURES.length);
    const end = core.kernels[shard]!.expand(store.layout.arena, index, index + 1, start, 0);
    const places: number[] = [];
    for (let at = successors; at < end; at += 4 * this.size) places.push(at / 4);
    return { shard, words, places };
  }

  /** A step of the state failed on which this follows. */
  hasFailed({ words }: After): boolean {
    const failures = this.region.failures / 4;
    return FAILURES.some((_, i) => words[failures + i] !== 0);
  }

  /** Puts the members of symmetric groups in order, in what follows. */
  reduce({ shard, places }: After): void {
    const { compiled, core, store } = this.finished;
    const { successors, hashes, shards } = this.region;
    const kernels = core.kernels[shard]!;
    const end = successors + 4 * this.size * places.length;
    if (compiled.symmetric.length > 0) kernels.canon(successors, end);
    if (store.memories.length === 1) kernels.hash(successors, end, hashes);
    else kernels.assign(successors, end, hashes, shards);
  }

  /** The number of a state that follows, by its place. */
  find({ words: own }: After, place: number): number {
    const { size } = this;
    const { layout, memories } = this.finished.store;
    const { successors, hashes, shards } = this.region;
    const which = (place - successors / 4) / size;
    const shard = memories.length === 1 ? 0 : own[shards / 4 + which]! >>> shardShift(memories.length);
    const words = this.views[shard]!;
    const hash = own[hashes / 4 + which]!;
    const table = layout.table / 4;
    const tag = hash << (32 - TAG_BITS);
    for (let slot = slotOf(hash, layout.slots); ; slot = slot + 1 === layout.slots ? 0 : slot + 1) {
      const entry = words[table + slot]!;
      if ((entry ^ tag) & ~MOST_STATES) continue;
      const index = entry & MOST_STATES;
      const at = layout.arena / 4 + size * index;
      let i = 0;
      while (i < size && words[at + i] === own[place + i]) i++;
      if (i === size) return this.numberOf(shard, index);
    }
  }
}

/** A state in a shard: the shard's memory, the state's index in the arena there, and the place of its first word. */
export interface Where {
  readonly shard: number;
  readonly words: Int32Array;
  readonly index: number;
  readonly at: number;
}

/** What follows on a state: packed states at these places in the memory of the shard of the state. */
export interface After {
  readonly shard: number;
  readonly words: Int32Array;
  readonly places: readonly number[];
}

/** Some states by number, in a bit each. */
export class Bits {
  private readonly bytes: Uint8Array;

  constructor(count: number) {
    this.bytes = new Uint8Array(Math.ceil(count / 8));
  }

  has(number: number): boolean {
    return (this.bytes[Math.floor(number / 8)]! & (1 << (number % 8))) !== 0;
  }

  add(number: number): void {
    this.bytes[Math.floor(number / 8)]! |= 1 << (number % 8);
  }
}
