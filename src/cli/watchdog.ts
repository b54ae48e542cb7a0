import { Worker } from "node:worker_threads";
import { SRC } from "../model/where.ts";
import { followTemporaries } from "./output/temporary.ts";

/** What the watchdog is made with. */
export interface WatchdogData {
  /** How many turns the loop of events of the watched thread has had. */
  readonly turns: Int32Array;
  /** What --timeout allows a search. */
  readonly timeoutSeconds?: number;
  readonly patience: Patience;
}

/** For how many seconds the watched thread may be busy with one thing: after a signal, or when the time is over, and after another. */
export interface Patience {
  readonly once: number;
  readonly again: number;
}

// What a report of a large search takes is less.
const PATIENCE: Patience = { once: 30, again: 1 };

export const TURN_MS = 200;

/**
 * Sets a thread on guard that ends the process where this one cannot: signals and clocks are only heard between two turns
 * of the loop of events, and a function of the model may never come back from one. Returns what lets it go.
 */
export function watch(timeoutSeconds?: number, patience = PATIENCE): () => void {
  const turns = new Int32Array(new SharedArrayBuffer(4));
  const workerData: WatchdogData = { turns, patience, ...(timeoutSeconds !== undefined && { timeoutSeconds }) };
  const worker = new Worker(new URL("cli/watchdog-worker.js", SRC), {
    workerData,
    execArgv: [],
  });
  worker.unref();
  // Without it, all is as before.
  worker.on("error", () => {});
  const beat = setInterval(() => Atomics.add(turns, 0, 1), TURN_MS).unref();
  followTemporaries(oneOfMany((all) => worker.postMessage(all)));
  return () => {
    clearInterval(beat);
    followTemporaries(undefined);
    void worker.terminate();
  };
}

/** Tells the last of what is told in one go, before anything else has its turn: files are written several at once. */
function oneOfMany<T>(tell: (last: T) => void): (next: T) => void {
  let latest: { readonly last: T } | undefined;
  return (next) => {
    if (latest === undefined)
      queueMicrotask(() => {
        const { last } = latest!;
        latest = undefined;
        tell(last);
      });
    latest = { last: next };
  };
}
