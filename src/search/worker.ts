import { parentPort, workerData } from "node:worker_threads";
import { createCore, type CoreProgram } from "./core.ts";
import type { HelperReport, HelperTask } from "./worker-pool.ts";

/** A helper thread: works on the rounds it is sent, over the memories it shares with the others. */
const { program, memories, worker, begin } = workerData as {
  readonly program: CoreProgram;
  readonly memories: readonly WebAssembly.Memory[];
  readonly worker: number;
  readonly begin: readonly number[];
};
const core = createCore(program, memories, worker, begin);

parentPort!.on("message", (task: HelperTask) => {
  const end = core.run(task, () => Atomics.load(task.pause, 0) !== 0);
  const report: HelperReport = {
    end,
    counts: core.counts,
    done: core.done,
    stuck: core.stuck,
    hits: [...core.hits],
    taken: core.taken(),
  };
  parentPort!.postMessage(report);
});
