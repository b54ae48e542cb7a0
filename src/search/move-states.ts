import { BATCH } from "../compile/codegen.ts";
import type { Compiled } from "../compile/compiled.ts";
import { regionOf } from "./region.ts";
import { firstIndex, partsOf, rangeIn, shardShift, type Kernels, type Store } from "./store.ts";

/** A store and what works in each of its shards, while nobody else uses it. */
interface Side {
  readonly store: Store;
  readonly kernels: readonly Kernels[];
}

const STATES_PER_LOOK = 100_000;

/**
 * Copies all states of a store to an empty one with more shards. `marks` are positions by part, each at or behind the one
 * before, the last at the end. What lies between two of them is between the same two afterwards, in the parts of the same
 * worker: so the levels stay levels. Yields every now and then; returns the new marks, or nothing if there is too little room.
 */
export function* moveStates(
  compiled: Compiled,
  { store: old, kernels }: Side,
  fresh: Side,
  marks: readonly (readonly number[])[],
): Generator<void, readonly (readonly number[])[] | undefined> {
  const { store } = fresh;
  const size = compiled.packing.words;
  const { hashes, shards: choices } = regionOf(compiled.region);
  const most = BATCH * compiled.mostSuccessors;
  const [oldShards, shards] = [old.memories.length, store.memories.length];
  const choiceShift = shardShift(shards);
  const counts = new Array<number>(partsOf(store)).fill(0);
  const lots = new Array<number>(shards).fill(0);
  const newMarks = marks.map(() => [...counts]);
  const sources = old.memories.map(({ buffer }) => new Int32Array(buffer));
  const views = (): readonly Int32Array[] => store.memories.map(({ buffer }) => new Int32Array(buffer));
  let targets = views();

  /** Copies neighbours that a worker has added, at most `most`. */
  const copy = (worker: number, shard: number, from: number, to: number): void => {
    const { layout } = store;
    const source = sources[shard]!;
    const address = (index: number): number => old.layout.arena + 4 * size * index;
    kernels[shard]!.assign(address(from), address(to), hashes, choices);
    const first = firstIndex(layout, worker);
    const indexIn = (target: number): number => first + counts[worker * shards + target]!;
    lots.fill(0);
    for (let i = 0, at = address(from) / 4; i < to - from; i++, at += size) {
      const target = source[choices / 4 + i]! >>> choiceShift;
      const k = lots[target]!++;
      const words = targets[target]!;
      words[hashes / 4 + k] = source[hashes / 4 + i]!;
      const place = layout.arena / 4 + size * (indexIn(target) + k);
      for (let word = 0; word < size; word++) words[place + word] = source[at + word]!;
    }
    for (const [target, lot] of lots.entries()) {
      const index = indexIn(target);
      fresh.kernels[target]!.touch(hashes, hashes + 4 * lot, layout.table, layout.slots, layout.arena);
      fresh.kernels[target]!.place(hashes, index, index + lot, layout.table, layout.slots);
      counts[worker * shards + target]! += lot;
    }
  };

  let copied = 0;
  for (let worker = 0; worker < store.workers; worker++)
    for (const [m, mark] of marks.entries()) {
      // What lies behind a mark in one part must not come before it in another.
      for (let part = worker * oldShards; part < (worker + 1) * oldShards; part++) {
        const { shard, from, to } = rangeIn(old, part, m === 0 ? 0 : marks[m - 1]![part]!, mark[part]!);
        for (let at = from; at < to; at += most) {
          while (counts.some((count) => count + most > store.layout.capacity)) {
            if (!(yield* store.grow(fresh.kernels, counts))) return undefined;
            targets = views();
          }
          copy(worker, shard, at, Math.min(at + most, to));
          copied += most;
          if (copied > STATES_PER_LOOK) {
            copied = 0;
            yield;
          }
        }
      }
      for (let p = worker * shards; p < (worker + 1) * shards; p++) newMarks[m]![p] = counts[p]!;
    }
  return newMarks;
}
