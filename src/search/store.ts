import { BATCH, PAGE, type Region } from "../compile/codegen.ts";
import { MOST_STATES } from "../compile/kernels.ts";
import { ModelError } from "../model/error.ts";
import type { Compiled } from "../compile/compiled.ts";
import { mostMemory } from "./memory-limit.ts";

const MOST_PAGES = 65_536;
const LARGEST_MEMORY = 2 ** 32 - PAGE;
// Only what is touched of it costs anything: 16 MiB for a small model is a few ms, and growing is dear.
const FIRST_TABLE_BITS = 22;
const SMALLEST_TABLE_BITS = 10;
const LARGEST_TABLE_BITS = 28;
const GROWTH_BITS = 2;
// Fuller tables make the walk to a free entry longer than the memory saved is worth.
const LOAD = 0.6;

/** Where everything lies at the moment: byte offsets into the memory, indices into the arena. */
export interface Layout {
  readonly table: number;
  readonly tableBits: number;
  /** Where state 0 would lie; the first state has index 1, because 0 marks an empty entry of the table. */
  readonly arena: number;
  /** How many states each worker has room for; worker w begins at `firstIndex(layout, w)`. */
  readonly capacity: number;
}

/** What one worker has to itself, with its parts as addresses and not as offsets. */
export interface PlacedRegion extends Region {
  readonly start: number;
}

/** The first page is nobody's; then come the regions. */
export function regionOf({ size, ...parts }: Region, worker = 0): PlacedRegion {
  const start = PAGE + worker * size;
  return {
    start,
    size,
    terminalCount: start + parts.terminalCount,
    failures: start + parts.failures,
    taken: start + parts.taken,
    terminals: start + parts.terminals,
    ends: start + parts.ends,
    hashes: start + parts.hashes,
    successors: start + parts.successors,
  };
}

export const firstIndex = ({ capacity }: Layout, worker: number): number => 1 + worker * capacity;

/** What a worker knows how to run. */
export interface Kernels {
  expand(arena: number, from: number, to: number, region: number): number;
  /** Puts the members of symmetric groups in order. */
  canon(from: number, to: number): number;
  hash(from: number, to: number, hashes: number): number;
  touch(hashes: number, end: number, table: number, shift: number, arena: number): number;
  insert(
    from: number,
    to: number,
    hashes: number,
    table: number,
    shift: number,
    arena: number,
    tail: number,
    limit: number,
  ): number;
  place(hashes: number, index: number, end: number, table: number, shift: number): number;
  /** `spec0`, `spec1`, ...: the first state of from..to that the spec has something to say of, or `to`. */
  readonly [spec: `spec${number}`]: (arena: number, from: number, to: number) => number;
}

/** The exact set of visited states: an arena of packed states, which is also the queue, and an index table over it. */
export interface Store {
  readonly memory: WebAssembly.Memory;
  readonly layout: Layout;
  readonly workers: number;
  /** Bytes in use. */
  readonly bytes: number;
  /**
   * Makes room for several times the states, given how many each worker has. False when the largest table, the largest
   * memory or `maxMemory` stands against it; everything is then as before.
   */
  grow(kernels: Kernels, counts: readonly number[]): boolean;
  /** What stood against it when it was last asked to grow. */
  readonly obstacle: string | undefined;
}

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

/** `maxMemory` limits what the store may ever use; by default, what this process may still take does. */
export function createStore(compiled: Compiled, workers: number, maxMemory?: number): Store {
  const cause = noFastEngine();
  if (cause !== undefined)
    throw new ModelError("the fast engine cannot run here", { cause, remedy: "search with --engine reference" });
  const mostBytes = maxMemory ?? mostMemory();
  const stateBytes = 4 * compiled.packing.words;
  const table = regionOf(compiled.region, workers).start;
  const layoutFor = (tableBits: number): Layout => ({
    table,
    tableBits,
    arena: table + 4 * 2 ** tableBits,
    capacity: Math.floor(Math.min(LOAD * 2 ** tableBits, MOST_STATES - 1) / workers),
  });
  const end = (layout: Layout): number => layout.arena + stateBytes * firstIndex(layout, workers);
  const room = 4 * BATCH * compiled.mostSuccessors;
  let bits = FIRST_TABLE_BITS;
  while (bits > SMALLEST_TABLE_BITS && end(layoutFor(bits)) > mostBytes) bits--;
  while (bits < LARGEST_TABLE_BITS && layoutFor(bits).capacity < room) bits++;
  let layout = layoutFor(bits);
  let obstacle: string | undefined;
  if (end(layout) > mostBytes)
    throw maxMemory === undefined
      ? new ModelError("there is too little memory for this scenario", {
          cause: `this process may still take ${Math.floor(mostBytes / 2 ** 20)} MiB for states, and its steps and one batch of states need ${Math.ceil(end(layout) / 2 ** 20)}`,
          remedy: "give it more, or end what else is running",
        })
      : new ModelError(`--max-memory ${mostBytes} is too little for this scenario`, {
          cause: "its steps and one batch of states must fit",
          remedy: `give at least ${Math.ceil(end(layout) / 2 ** 20)}M`,
        });
  const mib = (bytes: number): number => Math.round(bytes / 2 ** 20);
  const obstacleTo = (tableBits: number): string | undefined => {
    const next = layoutFor(tableBits);
    // What stands against it first, and not what would be next.
    if (next.capacity <= layout.capacity)
      return `the fast engine: it holds at most ${workers * layout.capacity} states`;
    if (end(next) > mostBytes) return `memory: the states need more than ${mib(mostBytes)} MiB`;
    if (tableBits > LARGEST_TABLE_BITS) return `the fast engine: it holds at most ${workers * layout.capacity} states`;
    return end(next) > LARGEST_MEMORY ? `the fast engine: it has 4 GiB of memory at most` : undefined;
  };
  const memory = new WebAssembly.Memory({ initial: Math.ceil(end(layout) / PAGE), maximum: MOST_PAGES, shared: true });

  return {
    memory,
    workers,
    get layout() {
      return layout;
    },
    get obstacle() {
      return obstacle;
    },
    get bytes() {
      return memory.buffer.byteLength;
    },
    grow(kernels, counts) {
      const fits = (tableBits: number): boolean => obstacleTo(tableBits) === undefined;
      const larger = [layout.tableBits + GROWTH_BITS, layout.tableBits + 1].find(fits);
      if (larger === undefined) {
        obstacle = obstacleTo(layout.tableBits + 1);
        return false;
      }
      const old = layout;
      const next = layoutFor(larger);
      try {
        memory.grow(Math.max(0, Math.ceil((end(next) - memory.buffer.byteLength) / PAGE)));
      } catch {
        obstacle = `memory: the machine does not have ${mib(end(next))} MiB`;
        return false;
      }
      layout = next;
      const bytes = new Uint8Array(memory.buffer);
      // The last worker's states move first: everything moves upwards.
      for (let w = workers - 1; w >= 0; w--) {
        const from = old.arena + stateBytes * firstIndex(old, w);
        bytes.copyWithin(layout.arena + stateBytes * firstIndex(layout, w), from, from + stateBytes * counts[w]!);
      }
      bytes.fill(0, layout.table, layout.arena);
      const { hashes } = regionOf(compiled.region);
      const shift = 32 - layout.tableBits;
      for (let w = 0; w < workers; w++) {
        const stop = firstIndex(layout, w) + counts[w]!;
        for (let index = firstIndex(layout, w); index < stop; index += BATCH) {
          const to = Math.min(index + BATCH, stop);
          const address = (i: number): number => layout.arena + stateBytes * i;
          kernels.hash(address(index), address(to), hashes);
          kernels.touch(hashes, hashes + 4 * (to - index), layout.table, shift, layout.arena);
          kernels.place(hashes, index, to, layout.table, shift);
        }
      }
      return true;
    },
  };
}
