import { writeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { forgetAll, takeOver, type Temporaries } from "./output/temporary.ts";
import { TURN_MS, type WatchdogData } from "./watchdog.ts";

const { turns, patience, timeoutSeconds = Infinity } = workerData as WatchdogData;
let signals = 0;
let last = Atomics.load(turns, 0);
let missed = 0;

parentPort!.on("message", (all: Temporaries) => takeOver(all));
for (const signal of [2, 15]) onSignal(signal, () => signals++);

// In ticks, not by a clock: while the process is stopped, neither of the two has a turn.
setInterval(() => {
  const now = Atomics.load(turns, 0);
  missed = now === last ? missed + 1 : 0;
  last = now;
  const most = signals > 1 ? patience.again : patience.once + (signals > 0 ? 0 : timeoutSeconds);
  if (missed * TURN_MS > 1000 * most) end();
}, TURN_MS);

/** What the watched thread would have done. It cannot be made to, so that nothing is left but to kill it. */
function end(): void {
  forgetAll();
  writeSync(
    2,
    `error: killed, as it did not hear ${signals > 0 ? "the signal" : `that --timeout ${timeoutSeconds} was over`}\n` +
      "       a function of the model is busy with one operation, such as a regular expression or a long list\n" +
      "       try: give it less to do at once\n",
  );
  process.kill(process.pid, "SIGKILL");
}

/** Node.js lets only its first thread hear signals, but what it hears them with is there in all. */
function onSignal(number: number, listener: () => void): void {
  process.noDeprecation = true;
  const { Signal } = (process as unknown as WithBinding).binding("signal_wrap");
  const wrap = new Signal();
  wrap.onsignal = listener;
  wrap.start(number);
}

interface WithBinding {
  binding(name: string): { readonly Signal: new () => SignalWrap };
}

interface SignalWrap {
  onsignal: () => void;
  start(signal: number): number;
}
