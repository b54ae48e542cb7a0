import { BATCH, FAILURES, type Region } from "../compile/codegen.ts";
import type { End } from "../compile/compiled.ts";
import type { Followed } from "../compile/follow.ts";
import { moduleOf, type Tier } from "../compile/modules.ts";
import type { Relabel } from "../compile/relabel.ts";
import { Relabeler } from "../compile/relabeler.ts";
import { hasEnded, isDoneAt } from "./ends.ts";
import { regionOf } from "./region.ts";
import { firstIndex, shardShift, type Kernels, type Layout } from "./store.ts";

/** What a worker must know of a program; all of it can be sent to another thread. */
export interface CoreProgram {
  /** Made when somebody asks for it. */
  readonly code: Uint8Array<ArrayBuffer>;
  readonly words: number;
  readonly mostSuccessors: number;
  readonly region: Region;
  readonly ends: readonly End[];
  /** Some threads are not told apart. */
  readonly isReduced: boolean;
  /** How they are put in order where pointers tell of them. */
  readonly relabel?: Relabel | undefined;
  /** By thread: how many control points it has. */
  readonly steps: readonly number[];
}

/** The states of one level: for each part of the store, which are in it, counted from the part's first. */
export interface Level {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** One go at a level: until it is finished, or until room, a slice of time or the limit runs out. */
export interface Round {
  readonly layout: Layout;
  readonly level: Level;
  /** By part: how much of the level has been handed out. Shared by all workers. */
  readonly cursors: Int32Array;
  /** Specs to be asked of every state, and of every state in which all threads are done. */
  readonly always: readonly number[];
  readonly atEnd: readonly number[];
  /** How many states this worker may add; less than its room where --max-states is near. */
  readonly mostStates: number;
}

export type RoundEnd = "finished" | "full" | "limit" | "paused";

export interface Core {
  /** By shard. */
  readonly kernels: readonly Kernels[];
  /** By shard: how many states this worker has added. */
  readonly counts: readonly number[];
  readonly done: number;
  readonly stuck: number;
  /** Specs and checks that have something to say of the levels so far. */
  readonly hits: ReadonlySet<string>;
  /** By thread and control point: how often the step was taken. */
  taken(): readonly (readonly number[])[];
  /** Whether it runs the program's code. */
  readonly isCoded: boolean;
  /** Goes on with the program's code. */
  hasten(tier: Tier): void;
  /** Adds an initial state; false if it is one too many. There must be room for it. */
  add(layout: Layout, state: Int32Array, mostStates: number): boolean;
  run(round: Round, isPaused: () => boolean): RoundEnd;
  /** Whether all threads are done in a state of a shard, or rest where they may and none can step. */
  isDone(layout: Layout, shard: number, index: number): boolean;
}

// To ask for the time takes as long as a few states do.
const BATCHES_PER_LOOK = 4;

export const kernelsIn = (
  program: CoreProgram,
  memories: readonly WebAssembly.Memory[],
  tier: Tier,
): readonly Kernels[] => kernelsOf(program, memories, moduleOf(program.code, tier));

/** `follow`: gives what the module does not have. */
function kernelsOf(
  { relabel, words: size }: CoreProgram,
  memories: readonly WebAssembly.Memory[],
  module: WebAssembly.Module,
  follow?: Follower["over"],
): readonly Kernels[] {
  const relabeler = relabel && new Relabeler(relabel);
  return memories.map((memory) => {
    const own = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
    const kernels = follow ? { ...own, ...follow(memory) } : own;
    if (!relabeler) return kernels;
    let words = new Int32Array(memory.buffer);
    const canon = (from: number, to: number): number => {
      // Memory grows.
      if (words.buffer !== memory.buffer) words = new Int32Array(memory.buffer);
      for (let at = from / 4; at < to / 4; at += size) relabeler.reduce(words, at, size);
      return 0;
    };
    return { ...kernels, canon };
  });
}

/** How a core can begin before there is any code of its program. */
export interface Follower {
  readonly storing: Uint8Array<ArrayBuffer>;
  readonly over: (memory: WebAssembly.Memory) => Followed;
}

/** `begin`: by shard, how many states of this worker are there already. */
export function createCore(
  program: CoreProgram,
  memories: readonly WebAssembly.Memory[],
  worker: number,
  begin: readonly number[] = memories.map(() => 0),
  first: Tier | Follower = "fast",
): Core {
  let kernels =
    typeof first === "string"
      ? kernelsIn(program, memories, first)
      : kernelsOf(program, memories, moduleOf(first.storing, "soon"), first.over);
  let tier = typeof first === "string" ? first : undefined;
  const own = regionOf(program.region, worker);
  const shards = memories.length;
  const size = program.words;
  const stateBytes = 4 * size;
  const room = BATCH * program.mostSuccessors;
  const hits = new Set<string>();
  const counts = [...begin];
  let done = 0;
  let stuck = 0;
  // Memory grows only between rounds.
  let words = memories.map(({ buffer }) => new Int32Array(buffer));
  /** By shard: how many of the successors at hand belong to it. */
  const lots = memories.map(() => 0);

  /** Hands the successors in the memory of a shard over to the shards that they belong to, each with its hash. */
  const handOver = (shard: number, end: number): void => {
    const shift = shardShift(shards);
    const source = words[shard]!;
    const [hashes, choices, first] = [own.hashes / 4, own.shards / 4, own.successors / 4];
    lots.fill(0);
    for (let from = first, i = 0; from < end / 4; from += size, i++) {
      const to = source[choices + i]! >>> shift;
      const target = words[to]!;
      // In its own shard no state moves up, so that none is overwritten.
      const k = lots[to]!++;
      target[hashes + k] = source[hashes + i]!;
      for (let word = 0; word < size; word++) target[first + size * k + word] = source[from + word]!;
    }
  };

  const addSuccessors = (shard: number, layout: Layout, end: number, mostStates: number): boolean => {
    const start = own.successors;
    const { hashes } = own;
    const { table, slots, arena, capacity } = layout;
    if (program.isReduced) kernels[shard]!.canon(start, end);
    if (shards === 1) {
      kernels[0]!.hash(start, end, hashes);
      lots[0] = (end - start) / stateBytes;
    } else {
      kernels[shard]!.assign(start, end, hashes, own.shards);
      handOver(shard, end);
    }
    for (let s = 0; s < shards; s++) kernels[s]!.touch(hashes, hashes + 4 * lots[s]!, table, slots, arena);
    const first = firstIndex(layout, worker);
    let most = mostStates;
    for (const count of counts) most -= count;
    for (let s = 0; s < shards; s++) {
      const before = counts[s]!;
      const limit = first + Math.min(before + most, capacity);
      const stop = start + stateBytes * lots[s]!;
      const tail = kernels[s]!.insert(start, stop, hashes, table, slots, arena, first + before, limit);
      counts[s] = Math.min(tail, limit) - first;
      most -= counts[s]! - before;
      if (tail > limit) return false;
    }
    return true;
  };

  const noteTerminals = (shard: number, layout: Layout, atEnd: readonly number[]): void => {
    const view = words[shard]!;
    const terminals = view[own.terminalCount >> 2]!;
    for (let i = 0; i < terminals; i++) {
      const index = view[(own.terminals >> 2) + i]! >>> 0;
      const state = (layout.arena + stateBytes * index) >>> 2;
      if (!hasEnded(program.ends, view, state)) {
        stuck++;
        hits.add("not-stuck");
        continue;
      }
      done++;
      for (const spec of atEnd)
        if (kernels[shard]![`spec${spec}`]!(layout.arena, index, index + 1) === index) hits.add(`spec${spec}`);
    }
  };

  const runParts = (
    { layout, level, cursors, always, atEnd, mostStates }: Round,
    isPaused: () => boolean,
  ): RoundEnd => {
    const parts = level.from.length;
    let batches = 0;
    for (let p = 0; p < parts; p++) {
      // Its own first.
      const part = (worker * shards + p) % parts;
      const shard = part % shards;
      const here = kernels[shard]!;
      const first = firstIndex(layout, Math.floor(part / shards));
      const asks = always.map((spec) => ({ name: `spec${spec}`, ask: here[`spec${spec}`]! }));
      for (;;) {
        for (let s = 0; s < shards; s++) if (counts[s]! + room > layout.capacity) return "full";
        if (++batches % BATCHES_PER_LOOK === 0 && isPaused()) return "paused";
        const from = first + Atomics.add(cursors, part, BATCH);
        const to = Math.min(from + BATCH, first + level.to[part]!);
        if (from >= to) break;
        for (const { name, ask } of asks) if (ask(layout.arena, from, to) !== to) hits.add(name);
        const end = here.expand(layout.arena, from, to, own.start, -1);
        noteTerminals(shard, layout, atEnd);
        if (!addSuccessors(shard, layout, end, mostStates)) return "limit";
      }
    }
    return "finished";
  };

  return {
    get kernels() {
      return kernels;
    },
    get isCoded() {
      return tier !== undefined;
    },
    hasten(next) {
      if (tier === next || tier === "fast") return;
      tier = next;
      kernels = kernelsIn(program, memories, next);
    },
    hits,
    counts,
    get done() {
      return done;
    },
    get stuck() {
      return stuck;
    },
    taken() {
      const inAll = memories.map(({ buffer }) => new BigUint64Array(buffer));
      let at = own.taken / 8;
      return program.steps.map((points) =>
        Array.from({ length: points }, () => {
          const count = inAll.reduce((sum, view) => sum + Number(view[at]!), 0);
          at++;
          return count;
        }),
      );
    },
    add(layout, state, mostStates) {
      words = memories.map(({ buffer }) => new Int32Array(buffer));
      words[0]!.set(state, own.successors >> 2);
      kernels[0]!.settle?.(own.successors, own.successors + stateBytes, own.start);
      return addSuccessors(0, layout, own.successors + stateBytes, mostStates);
    },
    isDone(layout, shard, index) {
      const view = new Int32Array(memories[shard]!.buffer);
      const answer = isDoneAt(program.ends, view, (layout.arena + stateBytes * index) >>> 2);
      if (typeof answer === "boolean") return answer;
      // This is no step of the search.
      const taken = view.slice(own.failures >> 2, own.terminals >> 2);
      kernels[shard]!.expand(layout.arena, index, index + 1, own.start, 0);
      view.set(taken, own.failures >> 2);
      return view[own.terminalCount >> 2] === 1;
    },
    run(round, isPaused) {
      words = memories.map(({ buffer }) => new Int32Array(buffer));
      const end = runParts(round, isPaused);
      for (const { buffer } of memories) {
        const failures = new Int32Array(buffer, own.failures, FAILURES.length);
        for (const [i, check] of FAILURES.entries()) if (failures[i] !== 0) hits.add(check);
      }
      return end;
    },
  };
}
