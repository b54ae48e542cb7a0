import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { SRC } from "../model/where.ts";
import type { Core, CoreProgram, Level, Round, RoundEnd } from "./core.ts";
import type { Store } from "./store.ts";

const SLICE_MS = 40;
// For a smaller level, waiting for the others costs more than they save.
const WORTH_SHARING = 20_000;

/** What is to be done with one level. */
export interface LevelTask {
  readonly level: Level;
  readonly states: number;
  readonly always: readonly number[];
  readonly atEnd: readonly number[];
  readonly maxStates: number;
  /** No more new states than this can come out of the level. */
  readonly mostNew: number;
}

/** What a helper is sent. */
export interface HelperTask extends Round {
  /** Not 0: come back at the end of the batch. */
  readonly pause: Int32Array;
}

/** What a helper sends back: the counts are those since it began. */
export interface HelperReport {
  readonly end: RoundEnd;
  readonly count: number;
  readonly done: number;
  readonly stuck: number;
  readonly hits: readonly string[];
  readonly taken: readonly (readonly number[])[];
}

/** The threads of one search: this one and, once levels are large, its helpers. */
export interface Crew {
  /** How many threads have worked so far. */
  size(): number;
  /** By worker: how many states it has added. */
  counts(): readonly number[];
  totals(): { readonly done: number; readonly stuck: number; readonly taken: readonly (readonly number[])[] };
  /** What any worker has found so far, by the names of `Core.hits`. */
  hits(): ReadonlySet<string>;
  startLevel(task: LevelTask): LevelWork;
  /** Waits until no helper works any more. */
  settle(): Promise<void>;
  dismiss(): Promise<void>;
}

/** A level that is being worked on. */
export interface LevelWork {
  /** Works for a slice of time; to be called until it says "finished", or given up. */
  run(): Promise<RoundEnd>;
  /** How many of the level's states have been handed out. */
  expanded(): number;
}

interface Helper {
  readonly worker: Worker;
  /** What it has been given and not answered yet. */
  pending: Promise<unknown> | undefined;
  report: HelperReport;
}

const NOTHING: HelperReport = { end: "finished", count: 0, done: 0, stuck: 0, hits: [], taken: [] };

export function createCrew(core: Core, program: CoreProgram, store: Store): Crew {
  const helpers: Helper[] = [];
  const pause = new Int32Array(new SharedArrayBuffer(4));

  const hire = (): void => {
    for (let worker = helpers.length + 1; worker < store.workers; worker++) {
      const thread = new Worker(new URL("search/worker.js", SRC), {
        workerData: { program, memory: store.memory, worker },
      });
      helpers.push({ worker: thread, pending: undefined, report: NOTHING });
    }
  };
  const send = (helper: Helper, task: HelperTask): void => {
    helper.worker.postMessage(task);
    helper.pending = once(helper.worker, "message").then(([report]: HelperReport[]) => {
      helper.report = report!;
      helper.pending = undefined;
    });
  };
  const answers = (): Promise<unknown> => Promise.all(helpers.flatMap(({ pending }) => pending ?? []));
  const settle = async (): Promise<void> => {
    Atomics.store(pause, 0, 1);
    await answers();
  };
  const counts = (): readonly number[] =>
    Array.from({ length: store.workers }, (_, w) => (w === 0 ? core.count : (helpers[w - 1]?.report.count ?? 0)));

  return {
    size: () => helpers.length + 1,
    counts,
    totals() {
      const all = [core, ...helpers.map(({ report }) => report)];
      const sum = (of: (worker: { readonly done: number; readonly stuck: number }) => number): number =>
        all.reduce((total, worker) => total + of(worker), 0);
      const taken = core
        .taken()
        .map((points, t) =>
          points.map((count, p) => helpers.reduce((total, { report }) => total + (report.taken[t]?.[p] ?? 0), count)),
        );
      return { done: sum(({ done }) => done), stuck: sum(({ stuck }) => stuck), taken };
    },
    hits: () => new Set([...core.hits, ...helpers.flatMap(({ report }) => report.hits)]),
    startLevel({ level, states, always, atEnd, maxStates, mostNew }) {
      const cursors = new Int32Array(new SharedArrayBuffer(4 * store.workers));
      cursors.set(level.from);
      const total = counts().reduce((a, b) => a + b, 0);
      // Only this thread knows how to stop exactly at --max-states.
      const isShared = store.workers > 1 && states >= WORTH_SHARING && total + mostNew <= maxStates;
      if (isShared) hire();
      const others = total - core.count;
      let isSent = false;

      const run = async (): Promise<RoundEnd> => {
        const round: Round = { layout: store.layout, level, cursors, always, atEnd, mostStates: maxStates - others };
        if (isShared && !isSent) {
          Atomics.store(pause, 0, 0);
          for (const helper of helpers) send(helper, { ...round, pause });
          isSent = true;
        }
        const deadline = performance.now() + SLICE_MS;
        const end = core.run(round, () => performance.now() > deadline);
        if (end === "paused" || !isShared) return end;
        if (end === "finished") await answers();
        else await settle();
        isSent = false;
        return helpers.some(({ report }) => report.end === "full") ? "full" : end;
      };
      const expanded = (): number =>
        level.to.reduce((sum, to, part) => sum + Math.min(cursors[part]!, to) - level.from[part]!, 0);
      return { run, expanded };
    },
    settle,
    async dismiss() {
      await Promise.all(helpers.map(({ worker }) => worker.terminate()));
    },
  };
}
