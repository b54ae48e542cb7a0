import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { InternalError, ModelError, type Explanation } from "../model/error.ts";
import type { MemoryModel } from "../model/memory.ts";
import type { ParamValues } from "../model/scenario.ts";
import { SRC } from "../model/where.ts";
import { mostMemory } from "../search/memory-limit.ts";
import type { Result } from "../result/result.ts";
import type { Interrupt } from "./output/interrupt.ts";
import type { CheckOptions } from "./options.ts";

/** One search of many. */
export interface Job {
  /** What loads the scenario: the name of a bundled one, or a file. */
  readonly argument: string;
  readonly params: ParamValues;
  /** The memory model, where it is not that of the options. */
  readonly memory?: MemoryModel;
  /** The command line that repeats it. */
  readonly command: string;
}

export interface Answer {
  /** Which job it answers. */
  readonly index: number;
  readonly result: Result;
  /** Every step that was taken, as `path: label`. */
  readonly taken: readonly string[];
  readonly milliseconds: number;
}

/** How the jobs are searched; what is found does not depend on the number of threads. */
export type PoolOptions = Pick<CheckOptions, "maxStates" | "search" | "spec" | "minimize">;

/** What a worker is made with. */
export interface WorkerData {
  readonly cwd: string;
  readonly options: PoolOptions;
  /** Not 0: stop searching. */
  readonly stop: Int32Array;
}

/** What a worker sends back: an answer, or an error in pieces, as no class crosses the border of a thread. */
export type Reply =
  | { readonly answer: Omit<Answer, "index"> }
  | { readonly wrong: { readonly sentence: string; readonly explanation: Explanation } }
  | { readonly bug: string };

const SIGNAL_MS = 50;

/** Searches all jobs on all cores, one thread each while there are enough of them; answers come as they are found. */
export async function* answersTo(
  jobs: readonly Job[],
  cwd: string,
  options: PoolOptions,
  interrupt: Interrupt,
): AsyncGenerator<Answer> {
  const size = Math.max(1, Math.min(options.search.threads, jobs.length));
  const search = {
    ...options.search,
    threads: Math.max(1, Math.floor(options.search.threads / size)),
    maxMemory: (options.search.maxMemory ?? mostMemory()) / size,
  };
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const workerData: WorkerData = { cwd, options: { ...options, search }, stop };
  const workers = Array.from({ length: size }, () => new Worker(new URL("cli/pool-worker.js", SRC), { workerData }));
  const signal = setInterval(() => {
    if (interrupt.reason() !== undefined) Atomics.store(stop, 0, 1);
  }, SIGNAL_MS);
  const pending = new Map<
    number,
    Promise<{ readonly worker: number; readonly index: number; readonly reply: Reply }>
  >();
  let next = 0;
  const handOut = (worker: number): void => {
    if (next === jobs.length || interrupt.reason() !== undefined) return;
    const index = next++;
    workers[worker]!.postMessage(jobs[index]!);
    pending.set(
      worker,
      replyOf(workers[worker]!).then((reply) => ({ worker, index, reply })),
    );
  };
  try {
    for (const worker of workers.keys()) handOut(worker);
    while (pending.size > 0) {
      const { worker, index, reply } = await Promise.race(pending.values());
      pending.delete(worker);
      if ("wrong" in reply) throw new ModelError(reply.wrong.sentence, reply.wrong.explanation);
      if ("bug" in reply) throw new InternalError(reply.bug);
      handOut(worker);
      yield { index, ...reply.answer };
    }
  } finally {
    clearInterval(signal);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

async function replyOf(worker: Worker): Promise<Reply> {
  const ended = new AbortController();
  const { signal } = ended;
  try {
    const [reply] = (await Promise.race([
      once(worker, "message", { signal }),
      once(worker, "exit", { signal }).then(() => {
        throw new ModelError("a search ended before it was done", {
          cause: "a file of the model calls process.exit()",
          remedy: "leave that out",
        });
      }),
    ])) as [Reply];
    return reply;
  } finally {
    ended.abort();
  }
}
