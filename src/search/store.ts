import { BATCH, PAGE } from "../compile/codegen.ts";
import { MOST_STATES } from "../compile/kernels.ts";
import { ModelError } from "../model/error.ts";
import type { Compiled } from "../compile/compiled.ts";
import { mostMemory } from "./memory-limit.ts";
import { regionOf } from "./region.ts";

const MOST_PAGES = 65_536;
const LARGEST_MEMORY = 2 ** 32 - PAGE;
// In a large table each of few states has a page of its own to be made.
const FEWEST_SLOTS = 2 ** 10;
// Growing is dear: the next tables have so many where that is no more than this part of the memory there is.
const NEXT_SLOTS = [2 ** 18, 2 ** 22];
const SMALL_PART = 1 / 16;
// Bytes of a table that is written as a whole.
const LARGEST_WRITTEN = 2 ** 20;
// At LOAD, for as many states as an entry can tell apart.
const MOST_SLOTS = 3 * 2 ** 26;
// Fuller tables make the walk to a free entry longer than the memory saved is worth,
const LOAD = 2 / 3;
// unless there is no more memory.
const LAST_LOAD = 0.85;
// Less than that is not worth entering every state again.
const LEAST_GAIN = 1.05;
// Every state is entered again when a table grows, and that may take minutes: others have their turn after so many.
const STATES_PER_TURN = 100_000;
const BYTES_PER_STATE_ENTERED = 256;
const SPLIT = 8;

/** How many times the slots a table of all shards grows to; the next where there is too little room for the first. */
const growthsOf = (slots: number): readonly number[] =>
  // A large table with four times the slots would be most of the memory in use.
  slots < 2 ** 24 ? [4, 2] : slots < 2 ** 25 ? [3, 2] : [2];

/** Where everything lies at the moment, in every shard alike: byte offsets into its memory, indices into its arena. */
export interface Layout {
  readonly table: number;
  /** Entries of the table: once or three times a power of two. */
  readonly slots: number;
  /** Where state 0 would lie; the first state has index 1, because 0 marks an empty entry of the table. */
  readonly arena: number;
  /** How many states each worker has room for; worker w begins at `firstIndex(layout, w)`. */
  readonly capacity: number;
}

export const firstIndex = ({ capacity }: Layout, worker: number): number => 1 + worker * capacity;

/** What a worker knows how to run, in the memory of one shard. */
export interface Kernels {
  /** `marking`: -1 in the search itself, 0 for whoever wants all successors. */
  expand(arena: number, from: number, to: number, region: number, marking: number): number;
  /** Takes steps alone until none is left that may be; only where the search does so, and then `expand` has done it. */
  settle?(from: number, to: number, region: number): number;
  /** Puts the members of symmetric groups in order. */
  canon(from: number, to: number): number;
  hash(from: number, to: number, hashes: number): number;
  /** The same, and which shard each state belongs to. */
  assign(from: number, to: number, hashes: number, shards: number): number;
  touch(hashes: number, end: number, table: number, slots: number, arena: number): number;
  insert(
    from: number,
    to: number,
    hashes: number,
    table: number,
    slots: number,
    arena: number,
    tail: number,
    limit: number,
  ): number;
  place(hashes: number, index: number, end: number, table: number, slots: number): number;
  /** `spec0`, `spec1`, ...: the first state of from..to that the spec has something to say of, or `to`. */
  readonly [spec: `spec${number}`]: (arena: number, from: number, to: number) => number;
}

/**
 * The exact set of visited states: an arena of packed states, which is also the queue, and an index table over it. A
 * large one is in several shards, each with a memory of its own, and a state's hash says to which of them it belongs.
 */
export interface Store {
  /** By shard. */
  readonly memories: readonly WebAssembly.Memory[];
  readonly layout: Layout;
  readonly workers: number;
  /** Bytes in use. */
  readonly bytes: number;
  /**
   * Makes room for several times the states, given how many there are in each part and the kernels of each shard. False
   * when the largest table, the largest memory or `maxMemory` stands against it; everything is then as before.
   */
  grow(kernels: readonly Kernels[], counts: readonly number[]): Growth;
  /** Where that was so: makes room for as many more states as there is memory for; false if it would be few. */
  squeeze(kernels: readonly Kernels[], counts: readonly number[]): Growth;
  /** Another store, still empty, with room for more in more shards; nothing unless more of them would help, and fit. */
  split(): Store | undefined;
  /** What stood against it when it was last asked for room. */
  readonly obstacle: string | undefined;
}

/**
 * Yields every now and then. Where it is not gone through to its end, all states are where the layout says, but no state
 * must be looked up any more.
 */
export type Growth = Generator<void, boolean>;

/**
 * A part of the store is what one worker has added to one shard. They are numbered, those of the first worker first; all
 * numbers of states by part are in this order.
 */
export const partsOf = ({ memories, workers }: Store): number => memories.length * workers;

/** Some neighbours in the arena of a shard, by their indices. */
export interface Range {
  readonly shard: number;
  readonly from: number;
  readonly to: number;
}

/** The states of a part, counted from its first. */
export function rangeIn({ memories, layout }: Store, part: number, from: number, to: number): Range {
  const first = firstIndex(layout, Math.floor(part / memories.length));
  return { shard: part % memories.length, from: first + from, to: first + to };
}

/** The shard that a hash belongs to, by the word that `assign` gives for it. */
export const shardShift = (shards: number): number => 32 - Math.log2(shards);

/** Why the fast engine cannot run in this process; nothing if it can. */
export function noFastEngine(): string | undefined {
  if (typeof WebAssembly === "undefined") return "Node.js runs without WebAssembly, as with --jitless";
  try {
    // It takes addresses, and no memory.
    void new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES, shared: true });
    return undefined;
  } catch {
    return "there are too few addresses for WebAssembly, as under `ulimit -v`";
  }
}

/** How large a store may get, and how it begins. */
export interface StoreSize {
  /** Bytes it may ever use; by default, what this process may still take. */
  readonly maxMemory?: number;
  /** A power of 2; more than one from the beginning is for tests. */
  readonly shards?: number;
  /** Less than there is room for is for tests, */
  readonly statesPerShard?: number;
  /** and so are a first table smaller than the usual one, */
  readonly slots?: number;
  /** and turns with fewer states while it grows. */
  readonly statesPerTurn?: number;
}

const mib = (bytes: number): number => Math.round(bytes / 2 ** 20);

export function createStore(compiled: Compiled, workers: number, size: StoreSize = {}): Store {
  const cause = noFastEngine();
  if (cause !== undefined)
    throw new ModelError("the fast engine cannot run here", { cause, remedy: "search with --engine reference" });
  const { maxMemory, shards = 1, statesPerShard = MOST_STATES - 1 } = size;
  const { statesPerTurn = STATES_PER_TURN } = size;
  const mostBytes = maxMemory ?? mostMemory();
  const plan = planOf(compiled, { workers, shards, statesPerShard, statesPerTurn });
  let { slots = FEWEST_SLOTS } = size;
  while (slots > FEWEST_SLOTS && plan.bytes(plan.layoutFor(slots)) > mostBytes) slots /= 2;
  const layout = plan.withRoomFor(plan.room, slots);
  const needed = plan.bytes(layout);
  if (needed > mostBytes)
    throw maxMemory === undefined
      ? new ModelError("there is too little memory for this scenario", {
          cause: `this process may still take ${Math.floor(mostBytes / 2 ** 20)} MiB for states, and its steps and one batch of states need ${Math.ceil(needed / 2 ** 20)}`,
          remedy: "give it more, or end what else is running",
        })
      : new ModelError(`--max-memory ${mostBytes} is too little for this scenario`, {
          cause: "its steps and one batch of states must fit",
          remedy: `give at least ${Math.ceil(needed / 2 ** 20)}M`,
        });
  if (plan.end(layout) > LARGEST_MEMORY)
    throw new ModelError(`${workers} threads are too many for this scenario`, {
      cause: `each has a batch of states, and all batches of a shard must fit into ${mib(LARGEST_MEMORY)} MiB`,
      remedy: "search with fewer, as in --threads 16; more than there are cores save no time",
    });
  return storeOf(compiled, plan, layout, mostBytes);
}

interface Shape {
  readonly workers: number;
  readonly shards: number;
  readonly statesPerShard: number;
  readonly statesPerTurn: number;
}

/** How a store of so many shards can be laid out. */
interface Plan extends Shape {
  /** States that each part must have room for, to begin with. */
  readonly room: number;
  /** `most`: as many bytes as all shards may take together. */
  layoutFor(slots: number, load?: number, most?: number): Layout;
  /** The first with room for so many states in each part, of tables with so many slots and more; else the largest. */
  withRoomFor(states: number, slots: number): Layout;
  /** Of one shard. */
  end(layout: Layout): number;
  /** Of all. */
  bytes(layout: Layout): number;
  /** The same with more shards. */
  split(): Plan;
}

function planOf(compiled: Compiled, shape: Shape): Plan {
  const { workers, shards, statesPerShard } = shape;
  const stateBytes = 4 * compiled.packing.words;
  const table = regionOf(compiled.region, workers).start;
  const room = 4 * BATCH * compiled.mostSuccessors;
  const most = Math.min(MOST_STATES - 1, Math.max(statesPerShard, 2 * workers * room));
  const end = (layout: Layout): number => layout.arena + stateBytes * firstIndex(layout, workers);
  const layoutFor: Plan["layoutFor"] = (slots, load = LOAD, bytes = Infinity) => {
    const arena = table + 4 * slots;
    const fitting = Math.floor((Math.min(bytes / shards, LARGEST_MEMORY) - arena) / stateBytes) - 1;
    const states = Math.min(load * slots, most, bytes === Infinity ? Infinity : fitting);
    return { table, slots, arena, capacity: Math.floor(states / workers) };
  };
  return {
    ...shape,
    room,
    layoutFor,
    withRoomFor(states, slots) {
      let layout = layoutFor(slots);
      while (layout.slots < MOST_SLOTS && layout.capacity < states)
        layout = layoutFor(Math.min(2 * layout.slots, MOST_SLOTS));
      return layout;
    },
    end,
    bytes: (layout) => shards * end(layout),
    split: () => planOf(compiled, { ...shape, shards: shards * SPLIT }),
  };
}

function storeOf(compiled: Compiled, plan: Plan, begin: Layout, mostBytes: number): Store {
  const { workers, shards, statesPerTurn } = plan;
  const stateBytes = 4 * compiled.packing.words;
  const memories = Array.from(
    { length: shards },
    () => new WebAssembly.Memory({ initial: Math.ceil(plan.end(begin) / PAGE), maximum: MOST_PAGES, shared: true }),
  );
  for (const { buffer } of memories)
    for (let w = 0; w < workers; w++) {
      const { ways, alone } = regionOf(compiled.region, w);
      new BigInt64Array(buffer, ways, compiled.ways.length).set(compiled.ways);
      new BigInt64Array(buffer, alone, compiled.aloneTable.length).set(compiled.aloneTable);
    }
  // A look at a page that was never written maps one that all share, and the first entry has it copied.
  const isWritten = ({ slots }: Layout): boolean => 4 * slots <= LARGEST_WRITTEN;
  if (isWritten(begin)) for (const { buffer } of memories) new Uint8Array(buffer, begin.table, 4 * begin.slots).fill(0);
  let layout = begin;
  let obstacle: string | undefined;
  const tooMuch = `memory: the states need more than ${mib(mostBytes)} MiB`;

  /** What stands against a layout; "shards" if it is what one of them can hold. */
  const against = (next: Layout): string | undefined => {
    // What stands against it first, and not what would be next.
    if (next.capacity <= layout.capacity) return "shards";
    if (plan.bytes(next) > mostBytes) return tooMuch;
    return plan.end(next) > LARGEST_MEMORY ? "shards" : undefined;
  };

  function* enterAll(kernels: Kernels, shard: number, counts: readonly number[]): Generator<void, void> {
    const { hashes } = regionOf(compiled.region);
    let entered = 0;
    for (let w = 0; w < workers; w++) {
      const stop = firstIndex(layout, w) + counts[w * shards + shard]!;
      for (let index = firstIndex(layout, w); index < stop; index += BATCH) {
        const to = Math.min(index + BATCH, stop);
        const address = (i: number): number => layout.arena + stateBytes * i;
        kernels.hash(address(index), address(to), hashes);
        kernels.touch(hashes, hashes + 4 * (to - index), layout.table, layout.slots, layout.arena);
        kernels.place(hashes, index, to, layout.table, layout.slots);
        entered += to - index;
        if (entered < statesPerTurn) continue;
        entered = 0;
        yield;
      }
    }
  }

  /** Moves the states of a shard to where they lie in a layout with more room. */
  const moveUp = (shard: number, old: Layout, next: Layout, counts: readonly number[]): void => {
    const bytes = new Uint8Array(memories[shard]!.buffer);
    // The last worker's states first: everything moves upwards.
    for (let w = workers - 1; w >= 0; w--) {
      const from = old.arena + stateBytes * firstIndex(old, w);
      const to = next.arena + stateBytes * firstIndex(next, w);
      bytes.copyWithin(to, from, from + stateBytes * counts[w * shards + shard]!);
    }
  };

  function* emptyTable(shard: number, old: Layout): Generator<void, void> {
    const bytes = new Uint8Array(memories[shard]!.buffer);
    const step = BYTES_PER_STATE_ENTERED * statesPerTurn;
    // Behind that nothing was ever written.
    const end = isWritten(layout) ? layout.arena : Math.min(layout.arena, plan.end(old));
    for (let at = layout.table; at < end; at += step) {
      bytes.fill(0, at, Math.min(at + step, end));
      yield;
    }
  }

  /** Takes over a layout with more room. */
  function* take(next: Layout, kernels: readonly Kernels[], counts: readonly number[]): Growth {
    try {
      for (const memory of memories)
        memory.grow(Math.max(0, Math.ceil((plan.end(next) - memory.buffer.byteLength) / PAGE)));
    } catch {
      obstacle = `memory: the machine does not have ${mib(plan.bytes(next))} MiB`;
      return false;
    }
    const old = layout;
    let moved = 0;
    try {
      while (moved < shards) {
        moveUp(moved++, old, next, counts);
        yield;
      }
    } finally {
      while (moved < shards) moveUp(moved++, old, next, counts);
      layout = next;
    }
    for (let shard = 0; shard < shards; shard++) {
      yield* emptyTable(shard, old);
      yield* enterAll(kernels[shard]!, shard, counts);
    }
    return true;
  }

  return {
    memories,
    workers,
    get layout() {
      return layout;
    },
    get obstacle() {
      return obstacle === "shards" ? tooMuch : obstacle;
    },
    get bytes() {
      return memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
    },
    *grow(kernels, counts) {
      const { slots } = layout;
      const next = NEXT_SLOTS.filter((all) => all > shards * slots).map((all) => plan.layoutFor(all / shards));
      const choices = [
        ...next.slice(0, 1).filter((small) => plan.bytes(small) <= SMALL_PART * mostBytes),
        ...growthsOf(shards * slots).map((times) => plan.layoutFor(Math.min(times * slots, MOST_SLOTS))),
      ];
      const larger = choices.find((next) => against(next) === undefined);
      if (larger) return yield* take(larger, kernels, counts);
      obstacle = against(choices.at(-1)!);
      return false;
    },
    *squeeze(kernels, counts) {
      const { slots } = layout;
      const choices = [
        plan.layoutFor(Math.min(2 * slots, MOST_SLOTS), LOAD, mostBytes),
        plan.layoutFor(slots, LAST_LOAD, mostBytes),
      ];
      const [largest] = choices.toSorted((a, b) => b.capacity - a.capacity);
      return largest!.capacity >= LEAST_GAIN * layout.capacity && (yield* take(largest!, kernels, counts));
    },
    split() {
      if (obstacle !== "shards") return undefined;
      const next = plan.split();
      const wanted = (LEAST_GAIN * layout.capacity) / SPLIT + plan.room;
      const first = next.withRoomFor(wanted, Math.max(FEWEST_SLOTS, layout.slots / SPLIT));
      // This one stays until all its states have moved.
      if (plan.bytes(layout) + next.bytes(first) > mostBytes) return undefined;
      try {
        return storeOf(compiled, next, first, mostBytes);
      } catch {
        obstacle = `memory: the machine does not have ${mib(plan.bytes(layout) + next.bytes(first))} MiB`;
        return undefined;
      }
    },
  };
}
