import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { InternalError, ModelError, type Explanation } from "../model/error.ts";
import type { MemoryModel } from "../model/memory.ts";
import type { ParamValues } from "../model/params.ts";
import { SRC } from "../model/where.ts";
import { mostMemory } from "../search/memory-limit.ts";
import type { Result } from "../result/result.ts";
import type { ReportFile } from "./output/folder.ts";
import type { Interrupt } from "./output/interrupt.ts";
import type { Wanted } from "./output/reports.ts";
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

/**
 * A result as it is written, its reports, and what is to be said of them. As texts, these take a fraction of the time to
 * cross the border of a thread that objects take.
 */
export interface Reported {
  /** That of result.json. */
  readonly text: string;
  readonly files: readonly ReportFile[];
  readonly warnings: readonly { readonly sentence: string; readonly error: Packed }[];
  readonly stats: readonly string[];
  readonly milliseconds: number;
}

/** How the jobs are searched; what is found does not depend on the number of threads. */
export interface PoolOptions extends Pick<CheckOptions, "maxStates" | "minimize" | "search" | "source" | "spec"> {
  /** What to write of each result: then it has all that `check` finds out. */
  readonly reports?: Wanted & Pick<CheckOptions, "stats">;
}

/** What a worker is made with. */
export interface WorkerData {
  readonly cwd: string;
  readonly options: PoolOptions;
  /** Jobs of so many scenarios come that all bundled ones are better loaded at once: these have one world then, and one text of each path. */
  readonly isOfMany: boolean;
  /** Why to stop searching: 0, or how long the reason is, and its characters. */
  readonly stop: Int32Array;
}

// Of more than that, the beginning has to do.
const LONGEST_REASON = 64;

function stopFor(reason: string, stop: Int32Array): void {
  const length = Math.min(reason.length, LONGEST_REASON);
  for (let i = 0; i < length; i++) stop[1 + i] = reason.charCodeAt(i);
  Atomics.store(stop, 0, length);
}

/** Why a worker is to stop, if it is. */
export function reasonIn(stop: Int32Array): string | undefined {
  const length = Atomics.load(stop, 0);
  return length === 0 ? undefined : String.fromCharCode(...stop.subarray(1, 1 + length));
}

/** An error in pieces, as no class crosses the border of a thread. */
export type Packed =
  | { readonly wrong: { readonly sentence: string; readonly explanation: Explanation } }
  | { readonly bug: string };

/** What a worker sends back. */
export type Reply = { readonly answer: Omit<Answer, "index"> } | { readonly reported: Reported } | Packed;

const isPacked = (reply: Reply): reply is Packed => "wrong" in reply || "bug" in reply;

export const unpacked = (packed: Packed): Error =>
  "wrong" in packed ? new ModelError(packed.wrong.sentence, packed.wrong.explanation) : new InternalError(packed.bug);

const SIGNAL_MS = 50;

// To load all bundled scenarios takes about as long as to load so many of them one by one.
const MANY = 8;

// Nearly all that a run makes is of no use any more when it is over: twice V8's own room for what is new is collected half as often.
const YOUNG = { maxYoungGenerationSizeMb: 96 };

/**
 * Searches all jobs on all cores, one thread each while there are enough of them; answers come as they are found. Where
 * reports are asked for, they come with the replies alone.
 */
export async function* answersTo(
  jobs: readonly Job[],
  cwd: string,
  options: PoolOptions,
  interrupt: Interrupt,
): AsyncGenerator<Answer> {
  for await (const { index, reply } of repliesTo(jobs, cwd, options, interrupt)) {
    if (isPacked(reply)) throw unpacked(reply);
    if ("answer" in reply) yield { index, ...reply.answer };
  }
}

/** The same with errors as they come, told of each job that is begun. */
export async function* repliesTo(
  jobs: readonly Job[],
  cwd: string,
  options: PoolOptions,
  interrupt: Interrupt,
  begun: (index: number) => void = () => {},
): AsyncGenerator<{ readonly index: number; readonly reply: Reply }> {
  const size = Math.max(1, Math.min(options.search.threads, jobs.length));
  const search = {
    ...options.search,
    threads: Math.max(1, Math.floor(options.search.threads / size)),
    maxMemory: (options.search.maxMemory ?? mostMemory()) / size,
  };
  const stop = new Int32Array(new SharedArrayBuffer(4 * (1 + LONGEST_REASON)));
  const isOfMany = new Set(jobs.map(({ argument }) => argument)).size >= MANY;
  const workerData: WorkerData = { cwd, options: { ...options, search }, isOfMany, stop };
  const workers = Array.from(
    { length: size },
    () => new Worker(new URL("cli/pool-worker.js", SRC), { workerData, resourceLimits: YOUNG }),
  );
  const signal = setInterval(() => {
    const reason = interrupt.reason();
    if (reason !== undefined) stopFor(reason, stop);
  }, SIGNAL_MS);
  const pending = new Map<
    number,
    Promise<{ readonly worker: number; readonly index: number; readonly reply: Reply }>
  >();
  const next = inTurn(jobs);
  const handOut = (worker: number): void => {
    if (interrupt.reason() !== undefined) return;
    const index = next(worker);
    if (index === undefined) return;
    begun(index);
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
      handOut(worker);
      yield { index, reply };
    }
  } finally {
    clearInterval(signal);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/**
 * Which job a worker gets, in their order as far as that goes: one of the machine it had, under another memory model; or of
 * the scenario it had, of which much is known to it; or of one that no other has; or any.
 */
function inTurn(jobs: readonly Job[]): (worker: number) => number | undefined {
  const left = new Set(jobs.keys());
  const machines = jobs.map(({ argument, params }) => `${argument} ${JSON.stringify(params)}`);
  /** By worker: the job that it had last. */
  const having = new Map<number, number>();
  return (worker) => {
    const last = having.get(worker);
    const taken = new Set([...having.values()].map((index) => jobs[index]!.argument));
    const first = (is: (index: number) => boolean): number | undefined => {
      for (const index of left) if (is(index)) return index;
      return undefined;
    };
    const isSame = (of: (index: number) => string) => (one: number) => last !== undefined && of(one) === of(last);
    const argumentOf = (index: number): string => jobs[index]!.argument;
    const index =
      first(isSame((one) => machines[one]!)) ??
      first(isSame(argumentOf)) ??
      first((one) => !taken.has(argumentOf(one))) ??
      first(() => true);
    if (index === undefined) return undefined;
    left.delete(index);
    having.set(worker, index);
    return index;
  };
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
