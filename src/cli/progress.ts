import type { Progress } from "../semantics/explore.ts";
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
  let waiting = 0;
  let isShown = false;
  return {
    show(progress) {
      if (now() - last < period) return;
      last = now();
      const line = `${title}: ${describe(progress, waiting)}`;
      ({ waiting } = progress);
      sink.write(sink.isTTY ? CLEAR + line.slice(0, (sink.columns || 80) - 1) : `${line}\n`);
      isShown = true;
    },
    end() {
      if (isShown && sink.isTTY) sink.write(CLEAR);
    },
  };
}

/** A search whose waiting states fall in number comes to its end. */
function describe({ depth, states, waiting }: Progress, before: number): string {
  const trend = waiting > before ? "rising" : waiting < before ? "falling" : "steady";
  return `depth ${depth}, ${states} states, ${waiting} waiting (${trend})`;
}
