import type { Program } from "../machine/program.ts";
import type { Machine } from "../machine/machine.ts";
import { reach } from "./reach.ts";
import { isFinished, shouldFinish } from "../machine/finish.ts";

/** More threads have no room in a word. */
export const MOST_THREADS = 31;
export const TOO_MANY_THREADS = `there being more than ${MOST_THREADS} threads`;

/** The threads that should finish, as bits. */
export function shouldFinishIn({ threads }: Program): number {
  let bits = 0;
  for (const [t, thread] of threads.entries()) if (shouldFinish(thread)) bits |= 1 << t;
  return bits;
}

/** Of these threads, those that have finished in a state, as bits. */
export function finishedIn({ threads }: Program, wanted: number, pointOf: (thread: number) => number): number {
  let bits = 0;
  for (let t = 0; t < threads.length; t++) if ((wanted >> t) & 1 && isFinished(threads[t]!, pointOf(t))) bits |= 1 << t;
  return bits;
}

/** By state of those that were reached, where they are all: the threads that can still finish, as bits. */
export function finishing<S>(
  program: Program,
  {
    states,
    transitions,
  }: {
    readonly states: readonly S[];
    readonly transitions: readonly { readonly from: number; readonly to: number | undefined }[];
  },
  pointOf: (state: S, thread: number) => number,
): Int32Array {
  const wanted = shouldFinishIn(program);
  const ways = new WaysOut();
  const isOver = new Uint8Array(states.length).fill(1);
  for (const { from, to } of transitions) {
    if (to === undefined) continue;
    isOver[from] = 0;
    ways.add(from, to);
  }
  for (const { from, to } of transitions) if (to === undefined) isOver[from] = 1;
  const finished = Int32Array.from(states, (state, i) =>
    isOver[i] === 1 ? wanted : finishedIn(program, wanted, (thread) => pointOf(state, thread)),
  );
  ways.spread(finished);
  return finished;
}

/**
 * Of states in which every store has become visible, by the number of the state that each was made of: those from which
 * some thread can no longer finish. "too many" if more than `most` states follow on them.
 */
export function doomedAmong<S>(
  machine: Pick<Machine<S>, "key" | "forEachStep" | "pointOf" | "running">,
  visible: ReadonlyMap<number, S>,
  most: number,
): readonly number[] | "too many" {
  if (visible.size === 0) return [];
  const { running } = machine;
  const all = reach(machine, [...visible.values()], most);
  if (!all.isComplete) return "too many";
  const wanted = shouldFinishIn(running);
  const finished = finishing(running, all, (state, thread) => machine.pointOf(state, thread));
  return [...visible].flatMap(([number, state]) => (finished[all.numberOf(state)!] === wanted ? [] : number));
}

/**
 * Every transition of a search, so that it can be gone back. States have numbers; where a search takes threads for one
 * another, an exchange says of each thread of the state before whose place it has in the state after; none says its own.
 */
export class WaysOut {
  private from = new Int32Array(1024);
  private to = new Int32Array(1024);
  /** By transition: a place in `known`. */
  private exchanges: Uint16Array | undefined;
  private readonly numbers = new Map<number | string, number>();
  private readonly known: (readonly number[] | undefined)[] = [undefined];
  private index: Index | undefined;
  size = 0;

  add(from: number, to: number, exchange?: readonly number[]): void {
    if (this.size === this.from.length) {
      this.from = twice(this.from, new Int32Array(2 * this.size));
      this.to = twice(this.to, new Int32Array(2 * this.size));
      if (this.exchanges) this.exchanges = twice(this.exchanges, new Uint16Array(2 * this.size));
    }
    if (exchange) {
      this.exchanges ??= new Uint16Array(this.from.length);
      this.exchanges[this.size] = this.numberOf(exchange);
    }
    this.from[this.size] = from;
    this.to[this.size++] = to;
  }

  /** The states that lead to this one, in the order in which they were added, once for each way. */
  into(state: number): readonly number[] {
    const { starts, order } = this.indexOfWays();
    if (state + 1 >= starts.length) return [];
    return Array.from(order.subarray(starts[state]!, starts[state + 1]!), (way) => this.from[way]!);
  }

  private indexOfWays(): Index {
    const { to, size } = this;
    if (this.index?.order.length === size) return this.index;
    let most = -1;
    for (let i = 0; i < size; i++) most = Math.max(most, to[i]!);
    const starts = new Int32Array(most + 2);
    for (let i = 0; i < size; i++) starts[to[i]! + 1]!++;
    for (let s = 0; s <= most; s++) starts[s + 1]! += starts[s]!;
    const order = new Int32Array(size);
    const next = starts.slice();
    for (let i = 0; i < size; i++) order[next[to[i]!]!++] = i;
    this.index = { starts, order };
    return this.index;
  }

  /**
   * By state: to the threads that have finished in it, those are added for which some state that it leads to has them
   * already; until all is said. Most ways lead to a state with a higher number: gone through backwards once, there is
   * little left to add, and nothing where there are no loops.
   */
  spread(finished: Int32Array): void {
    const { from, size } = this;
    for (let way = size - 1; way >= 0; way--) this.join(finished, way);
    const queue: number[] = [];
    for (let way = size - 1; way >= 0; way--) if (this.join(finished, way)) queue.push(from[way]!);
    if (queue.length === 0) return;
    const { starts, order } = this.indexOfWays();
    for (let state = queue.pop(); state !== undefined; state = queue.pop())
      for (let k = starts[state]!; k < starts[state + 1]!; k++)
        if (this.join(finished, order[k]!)) queue.push(from[order[k]!]!);
  }

  /** Whether a way had something to add to the state that it comes from. */
  private join(finished: Int32Array, way: number): boolean {
    const after = finished[this.to[way]!]!;
    if (after === 0) return false;
    const state = this.from[way]!;
    const before = finished[state]!;
    const bits = before | this.before(way, after);
    finished[state] = bits;
    return bits !== before;
  }

  /** Threads of the state after a transition, as threads of the state before it. */
  private before(transition: number, bits: number): number {
    const exchange = this.exchanges && this.known[this.exchanges[transition]!];
    if (!exchange) return bits;
    let own = 0;
    for (let t = 0; t < exchange.length; t++) own |= ((bits >> exchange[t]!) & 1) << t;
    return own;
  }

  private numberOf(exchange: readonly number[]): number {
    const key = keyOf(exchange);
    let number = this.numbers.get(key);
    if (number === undefined) this.numbers.set(key, (number = this.known.push(exchange) - 1));
    return number;
  }
}

/** The ways to each state: those from `starts[state]` to `starts[state + 1]`. */
interface Index {
  readonly starts: Int32Array;
  readonly order: Int32Array;
}

// So many digits to their base make an exact number.
const MOST_DIGITS = 13;

/** Equal for equal exchanges alone. */
function keyOf(exchange: readonly number[]): number | string {
  if (exchange.length > MOST_DIGITS) return exchange.join();
  let key = 0;
  for (let t = 0; t < exchange.length; t++) key = exchange.length * key + exchange[t]!;
  return key;
}

function twice<A extends Int32Array | Uint16Array>(old: A, longer: A): A {
  longer.set(old);
  return longer;
}
