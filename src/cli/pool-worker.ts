import { parentPort, workerData } from "node:worker_threads";
import { ModelError } from "../model/error.ts";
import { resultOf } from "../result/result-of.ts";
import { namingFile, uncaught, uncaughtIn } from "./output/errors.ts";
import type { Interrupt } from "./output/interrupt.ts";
import { processIo } from "./output/io.ts";
import { isA, isError, messageOf, shown, stackOf } from "../model/thrown.ts";
import { bundledScenarios } from "./bundled.ts";
import { loadScenario, type Loaded } from "./load.ts";
import { examine } from "./examine.ts";
import { savedText } from "./output/folder.ts";
import { reportsOf, WITHOUT_GRAPHVIZ } from "./output/reports.ts";
import { sourceReader } from "./output/sources.ts";
import type { Warn } from "./output/warnings.ts";
import { reasonIn, type Job, type Packed, type Reply, type Reported, type WorkerData } from "./pool.ts";
import { keepingLast, search } from "./search.ts";

/** A thread that searches the jobs it is sent, one after the other. */
const { cwd, options, isOfMany, stop } = workerData as WorkerData;
// The thread that sends the jobs has loaded the same files, and has printed what there is to say of them.
const io = { ...processIo(), cwd, stderr: { isTTY: false, write: () => {} } };
const interrupt: Interrupt = {
  reason: () => reasonIn(stop),
  release: () => {},
};
const loaded = new Map<string, Promise<Loaded>>();
const read = sourceReader();
const programOf = keepingLast(interrupt);

parentPort!.on("message", (job: Job) => {
  void reply(job).then((sent) => parentPort!.postMessage(sent));
});

// Of a class, and of much that can be thrown, nothing would cross the border of the thread.
process.on("uncaughtException", (error: unknown) => parentPort!.postMessage(failure(uncaught(error))));
process.on("unhandledRejection", (reason: unknown) => parentPort!.postMessage(failure(uncaughtIn(reason))));

async function reply(job: Job): Promise<Reply> {
  try {
    return await made(job);
  } catch (error) {
    return failure(namingFile(error, (await loaded.get(job.argument)?.catch(() => undefined))?.file));
  }
}

function failure(error: unknown): Packed {
  const known = namingFile(error, undefined);
  if (isA(known, ModelError)) return { wrong: { sentence: known.message, explanation: known.explanation } };
  return { bug: isError(error) ? (stackOf(error) ?? messageOf(error)) : shown(error) };
}

async function made(job: Job): Promise<Reply> {
  const { argument, params, command, memory = options.search.memory } = job;
  const begin = performance.now();
  if (isOfMany && loaded.size === 0) await bundledScenarios();
  const loading = loaded.get(argument) ?? loadScenario(argument, io);
  loaded.set(argument, loading);
  const { scenario } = await loading;
  if (options.reports) {
    const subject = { scenario, params, memory, command, argument };
    const at = { cwd, interrupt, watch: () => {}, hasChanged: () => {}, read, programOf };
    const { result, stats, milliseconds, excerpts } = await examine(
      subject,
      { ...options, stats: options.reports.stats },
      at,
    );
    const warnings: Reported["warnings"][number][] = [];
    const warn: Warn = (sentence, error) => {
      const isKnown = isA(error, ModelError) || !isError(error);
      warnings.push({ sentence, error: isKnown ? failure(error) : { bug: messageOf(error) } });
    };
    const files = await reportsOf(result, options.reports, warn, WITHOUT_GRAPHVIZ, excerpts);
    return { reported: { text: savedText(result, files), files, warnings, stats, milliseconds } };
  }
  const program = await programOf(scenario, params);
  const exploration = await search(program, { ...options, search: { ...options.search, memory } }, interrupt, () => {});
  const result = resultOf(program, exploration, command, options.spec.length > 0 ? options.spec : undefined);
  const taken = program.threads.flatMap(({ points }, t) =>
    points.flatMap(({ frame, label }, p) => (exploration.taken[t]![p]! > 0 ? [`${frame.path.name}: ${label}`] : [])),
  );
  return { answer: { result, taken: [...new Set(taken)], milliseconds: performance.now() - begin } };
}
