import { BATCH, FAILURES, type Region } from "../compile/codegen.ts";
import type { End } from "../compile/compiled.ts";
import { hasEnded, isDoneAt } from "./ends.ts";
import { firstIndex, regionOf, type Kernels, type Layout } from "./store.ts";

/** What a worker must know of a program; all of it can be sent to another thread. */
export interface CoreProgram {
  readonly code: Uint8Array<ArrayBuffer>;
  readonly words: number;
  readonly mostSuccessors: number;
  readonly region: Region;
  readonly ends: readonly End[];
  /** Some threads are not told apart. */
  readonly isReduced: boolean;
  /** By thread: how many control points it has. */
  readonly steps: readonly number[];
}

/** The states of one level: for each worker's part of the arena, which are in it, counted from the part's first. */
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
  readonly kernels: Kernels;
  /** States that this worker has added. */
  readonly count: number;
  readonly done: number;
  readonly stuck: number;
  /** Specs and checks that have something to say of the levels so far. */
  readonly hits: ReadonlySet<string>;
  /** By thread and control point: how often the step was taken. */
  taken(): readonly (readonly number[])[];
  /** Adds an initial state; false if it is one too many. There must be room for it. */
  add(layout: Layout, state: Int32Array, mostStates: number): boolean;
  run(round: Round, isPaused: () => boolean): RoundEnd;
  /** Whether all threads are done in the state of this index, or rest where they may and none can step. */
  isDone(layout: Layout, index: number): boolean;
}

export function createCore(program: CoreProgram, memory: WebAssembly.Memory, worker: number): Core {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(program.code), { env: { memory } });
  const kernels = exports as unknown as Kernels;
  const own = regionOf(program.region, worker);
  const stateBytes = 4 * program.words;
  const hits = new Set<string>();
  let count = 0;
  let done = 0;
  let stuck = 0;

  const addSuccessors = (layout: Layout, end: number, mostStates: number): boolean => {
    const start = own.successors;
    const hashes = own.hashes;
    const shift = 32 - layout.tableBits;
    if (program.isReduced) kernels.canon(start, end);
    kernels.hash(start, end, hashes);
    kernels.touch(hashes, hashes + (4 * (end - start)) / stateBytes, layout.table, shift, layout.arena);
    const first = firstIndex(layout, worker);
    const limit = first + Math.min(mostStates, layout.capacity);
    const tail = kernels.insert(start, end, hashes, layout.table, shift, layout.arena, first + count, limit);
    count = Math.min(tail, limit) - first;
    return tail <= limit;
  };

  // Memory grows only between rounds.
  let words = new Int32Array(memory.buffer);
  const noteTerminals = (layout: Layout, atEnd: readonly number[]): void => {
    const terminals = words[own.terminalCount >> 2]!;
    for (let i = 0; i < terminals; i++) {
      const index = words[(own.terminals >> 2) + i]! >>> 0;
      const state = (layout.arena + stateBytes * index) >>> 2;
      if (!hasEnded(program.ends, words, state)) {
        stuck++;
        hits.add("not-stuck");
        continue;
      }
      done++;
      for (const spec of atEnd)
        if (kernels[`spec${spec}`]!(layout.arena, index, index + 1) === index) hits.add(`spec${spec}`);
    }
  };

  const runParts = (
    { layout, level, cursors, always, atEnd, mostStates }: Round,
    isPaused: () => boolean,
  ): RoundEnd => {
    for (let p = 0; p < level.from.length; p++) {
      const part = (worker + p) % level.from.length;
      const first = firstIndex(layout, part);
      for (;;) {
        if (count + BATCH * program.mostSuccessors > layout.capacity) return "full";
        if (isPaused()) return "paused";
        const from = first + Atomics.add(cursors, part, BATCH);
        const to = Math.min(from + BATCH, first + level.to[part]!);
        if (from >= to) break;
        for (const spec of always) if (kernels[`spec${spec}`]!(layout.arena, from, to) !== to) hits.add(`spec${spec}`);
        const end = kernels.expand(layout.arena, from, to, own.start);
        noteTerminals(layout, atEnd);
        if (!addSuccessors(layout, end, mostStates)) return "limit";
      }
    }
    return "finished";
  };

  return {
    kernels,
    hits,
    get count() {
      return count;
    },
    get done() {
      return done;
    },
    get stuck() {
      return stuck;
    },
    taken() {
      let at = own.taken / 8;
      const counts = new BigUint64Array(memory.buffer);
      return program.steps.map((points) => Array.from(counts.slice(at, (at += points)), Number));
    },
    add(layout, state, mostStates) {
      new Int32Array(memory.buffer).set(state, own.successors >> 2);
      return addSuccessors(layout, own.successors + stateBytes, mostStates);
    },
    isDone(layout, index) {
      words = new Int32Array(memory.buffer);
      const answer = isDoneAt(program.ends, words, (layout.arena + stateBytes * index) >>> 2);
      if (typeof answer === "boolean") return answer;
      // This is no step of the search.
      const taken = words.slice(own.failures >> 2, own.terminals >> 2);
      kernels.expand(layout.arena, index, index + 1, own.start);
      words.set(taken, own.failures >> 2);
      return words[own.terminalCount >> 2] === 1;
    },
    run(round, isPaused) {
      words = new Int32Array(memory.buffer);
      const end = runParts(round, isPaused);
      const failures = new Int32Array(memory.buffer, own.failures, FAILURES.length);
      for (const [i, check] of FAILURES.entries()) if (failures[i] !== 0) hits.add(check);
      return end;
    },
  };
}
