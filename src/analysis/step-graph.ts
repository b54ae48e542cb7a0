/** Where a step leads that ends in a failed check: nowhere. */
export const FAILS = -1;

/** States by number, in the order a breadth-first search reaches them, and every step out of each, with its thread. */
export interface StepGraph {
  readonly count: number;
  readonly threads: number;
  /** The numbers of the initial states. */
  readonly initial: readonly number[];
  /** The steps out of a state: from its own entry to the next one's. */
  readonly starts: Int32Array;
  readonly by: Int32Array;
  readonly to: Int32Array;
}

/** States by numbers of any order, and what can be done in each. */
export interface Steps {
  readonly count: number;
  readonly threads: number;
  readonly initial: readonly number[];
  /** Tells every step out of a state, thread by thread. */
  readonly after: (state: number, tell: (thread: number, to: number) => void) => void;
}

// With more, their lists take more memory than most searches.
export const MOST_STEPS = 150_000_000;
/** A set of JavaScript has no more members. */
export const MOST_STATES = 2 ** 24;

/** The graph, and by number of a state in it the state's own; "too many" steps are none. Yields now and then. */
export function* graphOf(
  { count, threads, initial, after }: Steps,
  statesPerLook: number,
): Generator<number, { readonly graph: StepGraph; readonly own: Int32Array } | "too many"> {
  if (count > MOST_STATES) return "too many";
  const numbers = new Int32Array(count).fill(-1);
  const own = new Int32Array(count);
  let reached = 0;
  const numberOf = (state: number): number => {
    if (numbers[state] === -1) {
      own[reached] = state;
      numbers[state] = reached++;
    }
    return numbers[state]!;
  };
  const roots = [...new Set(initial.map(numberOf))];
  const starts = new Int32Array(count + 1);
  let by = new Int32Array(1024);
  let to = new Int32Array(1024);
  let size = 0;
  for (let at = 0; at < reached; at++) {
    if (at % statesPerLook === 0) yield at;
    if (size > MOST_STEPS) return "too many";
    after(own[at]!, (thread, next) => {
      if (size === by.length) {
        by = longer(by);
        to = longer(to);
      }
      by[size] = thread;
      to[size++] = next === FAILS ? FAILS : numberOf(next);
    });
    starts[at + 1] = size;
  }
  return { graph: { count: reached, threads, initial: roots, starts, by, to }, own };
}

function longer(list: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const all = new Int32Array(2 * list.length);
  all.set(list);
  return all;
}
