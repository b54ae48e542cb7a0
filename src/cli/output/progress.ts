import type { Progress } from "../../machine/exploration.ts";
import type { Sink } from "./io.ts";

const ON_TERMINAL_MS = 250;
const ELSEWHERE_MS = 10_000;
const CLEAR = "\r\x1b[K";

/** Says on stderr how far a search is. */
export interface Ticker {
  show(progress: Progress): void;
  /** Takes the line off the terminal. */
  end(): void;
}

/** One line that changes in place on a terminal, a line every 10 s elsewhere. `now` gives the time in ms. */
export function ticker(sink: Sink, title: string, now: () => number = () => performance.now()): Ticker {
  const period = sink.isTTY ? ON_TERMINAL_MS : ELSEWHERE_MS;
  let last = now();
  let before: Progress = { states: 0, waiting: 0, depth: 0 };
  let isShown = false;
  // How many states waited when each of the latest levels began: the frontiers.
  const frontiers: number[] = [];
  let depth = -1;
  return {
    show(progress) {
      if (progress.depth !== depth) {
        ({ depth } = progress);
        frontiers.push(progress.waiting);
        if (frontiers.length > LEVELS_TO_JUDGE_BY) frontiers.shift();
      }
      if (now() - last < period) return;
      const rate = (1000 * (progress.states - before.states)) / (now() - last);
      last = now();
      const line = `${title}: ${describe(progress, before, rate, statesLeft(frontiers))}`;
      before = progress;
      sink.write(sink.isTTY ? CLEAR + line.slice(0, (sink.columns ?? 80) - 1) : `${line}\n`);
      isShown = true;
    },
    end() {
      if (isShown && sink.isTTY) sink.write(CLEAR);
    },
  };
}

const LEVELS_TO_JUDGE_BY = 6;

/**
 * How many states are still to come, judged by how fast the frontier shrinks from level to level. Nothing while it
 * grows or hardly shrinks: then nobody knows.
 */
export function statesLeft(frontiers: readonly number[]): number | undefined {
  const [first, last] = [frontiers[0], frontiers.at(-1)];
  if (first === undefined || last === undefined || frontiers.length < LEVELS_TO_JUDGE_BY) return undefined;
  if (frontiers.some((frontier, i) => i > 0 && frontier >= frontiers[i - 1]!)) return undefined;
  const shrinking = (last / first) ** (1 / (frontiers.length - 1));
  return shrinking > 0.97 ? undefined : Math.round((last * shrinking) / (1 - shrinking));
}

/** A search whose waiting states fall in number comes to its end. */
function describe({ depth, states, waiting, store }: Progress, before: Progress, rate: number, left?: number): string {
  const trend = waiting > before.waiting ? "rising" : waiting < before.waiting ? "falling" : "steady";
  return [
    `depth ${depth}`,
    `${states} states`,
    `${Math.round(rate)}/s`,
    `${waiting} waiting (${trend})`,
    `left: ${left === undefined ? "unknown" : `about ${left}`}`,
    ...(store ? [`table ${Math.round(100 * store.load)} %`, `${Math.round(store.bytes / 2 ** 20)} MiB`] : []),
  ].join(", ");
}

/** Says on stderr how many of several searches are done. */
export interface Counter {
  /** One more is done. */
  done(): void;
  /** Takes the line off the terminal. */
  end(): void;
}

// What takes longer than a moment is announced.
const MANY = 100;

/** The same for `total` searches; if they are many, it says so before the first. */
export function counter(
  sink: Sink,
  title: string,
  total: number,
  now: () => number = () => performance.now(),
): Counter {
  const period = sink.isTTY ? ON_TERMINAL_MS : ELSEWHERE_MS;
  const begin = now();
  let last = begin;
  let count = 0;
  let isShown = false;
  if (total > MANY) sink.write(`${title}: ${total} combinations\n`);
  return {
    done() {
      count++;
      if (now() - last < period || count === total) return;
      last = now();
      const left = ((last - begin) / count) * (total - count);
      const line = `${title}: ${count} of ${total} done, about ${Math.ceil(left / 1000)} s left`;
      sink.write(sink.isTTY ? CLEAR + line.slice(0, (sink.columns ?? 80) - 1) : `${line}\n`);
      isShown = true;
    },
    end() {
      if (isShown && sink.isTTY) sink.write(CLEAR);
    },
  };
}
