import type { CheckOptions } from "./options.ts";
import { withPictures } from "./output/reports.ts";
import type { Warn } from "./output/warnings.ts";
import { repliesTo, unpacked, type Job, type Reply } from "./pool.ts";
import type { Ahead, Context, Made } from "./perform.ts";
import type { Run } from "./runs.ts";

// For fewer runs, the threads would take longer to begin than they save.
const WORTH_THREADS = 8;

/** Runs that are made on all cores, in their order. */
export interface AllAhead extends Ahead {
  /** Nobody waits for the others any more. */
  end(): Promise<void>;
}

/**
 * Begins to make the runs, if they are many. Where such a thread is in trouble, which has but a part of the
 * memory, whoever asks for the run makes it: alone, so that what is said of it is as if there were no others.
 */
export function ahead(runs: readonly Run[], { io, interrupt, options, warn }: Context): AllAhead {
  // What files of the user print, and that they may end the process, is for one thread.
  const isWorth =
    runs.length >= WORTH_THREADS && options.search.threads > 1 && runs.every(({ file }) => file === undefined);
  const replies = new Map<Run, (reply: Reply | undefined) => void>();
  const promises = new Map<Run, Promise<Reply | undefined>>();
  const begun = new Set<Run>();
  const jobs = (isWorth ? runs : []).map((run): Job => {
    promises.set(run, new Promise((resolve) => replies.set(run, resolve)));
    return { argument: run.argument, params: run.params, memory: run.memory, command: run.command };
  });
  const reports = { text: options.text, png: options.png, html: options.html, itf: options.itf, stats: options.stats };
  let isOver = false;
  const stop = { ...interrupt, reason: () => interrupt.reason() ?? (isOver ? "nobody" : undefined) };
  const pool = repliesTo(jobs, io.cwd, { ...options, reports }, stop, (index) => begun.add(runs[index]!));
  const going = (async () => {
    try {
      if (jobs.length > 0) for await (const { index, reply } of pool) replies.get(runs[index]!)!(reply);
    } catch {
      // A thread has come to its end, as where there is no memory left.
    } finally {
      for (const resolve of replies.values()) resolve(undefined);
    }
  })();
  return {
    hasBegun: (run) => begun.has(run),
    made: async (run) => {
      const reply = await promises.get(run);
      return reply && !isCramped(reply) ? madeOf(reply, options, warn) : undefined;
    },
    end: async () => {
      isOver = true;
      await pool.return(undefined);
      await going;
    },
  };
}

/** The search was cut, and not by what the user has said. */
const isCramped = (reply: Reply): boolean =>
  "answer" in reply && /^(memory|the fast engine):/.test(reply.answer.result.search.cut ?? "");

function madeOf(reply: Reply, wanted: Pick<CheckOptions, "png">, warn: Warn): Made | undefined {
  if (!("answer" in reply) || !reply.answer.told) return undefined;
  const { result, milliseconds, told } = reply.answer;
  const reports = async (): ReturnType<Made["reports"]> => {
    for (const { sentence, error } of told.warnings) warn(sentence, unpacked(error));
    return withPictures(told.files, wanted, warn);
  };
  return { result, milliseconds, stats: told.stats, reports };
}
