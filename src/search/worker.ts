import { parentPort, workerData } from "node:worker_threads";
import { createCore, type CoreProgram } from "./core.ts";
import type { HelperReport, HelperTask } from "./worker-pool.ts";

/** A helper thread: works on the rounds it is sent, over the memory it shares with the others. */
const { program, memory, worker } = workerData as {
  readonly program: CoreProgram;
  readonly memory: WebAssembly.Memory;
  readonly worker: number;
};
const core = createCore(program, memory, worker);

parentPort!.on("message", (task: HelperTask) => {
  const end = core.run(task, () => Atomics.load(task.pause, 0) !== 0);
  const report: HelperReport = {
    end,
    count: core.count,
    done: core.done,
    stuck: core.stuck,
    hits: [...core.hits],
    taken: core.taken(),
  };
  parentPort!.postMessage(report);
});
