import type { CheckOptions } from "./options.ts";
import { withPictures } from "./output/reports.ts";
import type { Warn } from "./output/warnings.ts";
import { repliesTo, unpacked, type Job, type Reply } from "./pool.ts";
import type { SavedResult } from "./output/folder.ts";
import type { Ahead, Context, Made, Reports } from "./perform.ts";
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
      promises.delete(run);
      return madeOf(reply, options, warn);
    },
    end: async () => {
      isOver = true;
      await pool.return(undefined);
      await going;
    },
  };
}

/** What was made of a run; nothing if it failed, or if its search was cut, and not by what the user has said. */
function madeOf(reply: Reply | undefined, wanted: Pick<CheckOptions, "png">, warn: Warn): Made | undefined {
  if (reply === undefined || !("reported" in reply)) return undefined;
  const { text, files, warnings, stats, milliseconds } = reply.reported;
  const { files: _, ...result } = JSON.parse(text) as SavedResult;
  if (/^(memory|the fast engine):/.test(result.search.cut ?? "")) return undefined;
  const reports = async (): Promise<Reports> => {
    for (const { sentence, error } of warnings) warn(sentence, unpacked(error));
    const drawn = await withPictures(files, wanted, warn);
    return drawn.length === files.length ? { files: drawn, text } : { files: drawn };
  };
  return { result, milliseconds, stats, reports };
}
