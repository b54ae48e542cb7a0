import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { SRC } from "../model/where.ts";
import type { Core, CoreProgram, Level, Round, RoundEnd } from "./core.ts";
import { partsOf, type Store } from "./store.ts";

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
  /** By part: up to where the level has been worked on; absent if it is new. */
  readonly begun?: readonly number[];
}

/** What a helper is sent. */
export interface HelperTask extends Round {
  /** Not 0: come back at the end of the batch. */
  readonly pause: Int32Array;
}

/** What some workers have come to since they began. */
export interface Totals {
  readonly done: number;
  readonly stuck: number;
  readonly taken: readonly (readonly number[])[];
  /** What any of them has found, by the names of `Core.hits`. */
  readonly hits: readonly string[];
}

/** What a helper sends back. */
export interface HelperReport extends Totals {
  readonly end: RoundEnd;
  /** By shard: how many states it has added. */
  readonly counts: readonly number[];
}

/** The threads of one search: this one and, once levels are large, its helpers. */
export interface Crew {
  /** How many threads have worked so far. */
  size(): number;
  /** By part of the store: how many states have been added. */
  counts(): readonly number[];
  totals(): Totals;
  /** What any worker has found so far. */
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
  /** How many of the level's states have been handed out, */
  expanded(): number;
  /** and by part: up to where. */
  begun(): readonly number[];
}

interface Helper {
  readonly worker: Worker;
  /** What it has been given and not answered yet. */
  pending: Promise<unknown> | undefined;
  report: HelperReport;
}

const NOTHING: Totals = { done: 0, stuck: 0, hits: [], taken: [] };

/**
 * `begin`: by part, how many states are there already; `former`: what others came to who added them; `sharedFrom`: from
 * how many states on a level is worked on by all.
 */
export function createCrew(
  core: Core,
  program: CoreProgram,
  store: Store,
  begin: readonly number[] = new Array<number>(partsOf(store)).fill(0),
  former = NOTHING,
  sharedFrom = WORTH_SHARING,
): Crew {
  const helpers: Helper[] = [];
  const shards = store.memories.length;
  const pause = new Int32Array(new SharedArrayBuffer(4));

  const hire = (): void => {
    for (let worker = helpers.length + 1; worker < store.workers; worker++) {
      const counts = begin.slice(worker * shards, (worker + 1) * shards);
      const thread = new Worker(new URL("search/worker.js", SRC), {
        workerData: { program, memories: store.memories, worker, begin: counts },
      });
      helpers.push({ worker: thread, pending: undefined, report: { ...NOTHING, end: "finished", counts } });
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
  const counts = (): readonly number[] => [
    ...core.counts,
    ...helpers.flatMap(({ report }) => report.counts),
    ...begin.slice((1 + helpers.length) * shards),
  ];

  return {
    size: () => helpers.length + 1,
    counts,
    totals() {
      const all = [former, totalsOf(core), ...helpers.map(({ report }) => report)];
      return all.reduce((sum, one) => ({
        done: sum.done + one.done,
        stuck: sum.stuck + one.stuck,
        taken: program.steps.map((points, t) =>
          Array.from({ length: points }, (_, p) => (sum.taken[t]?.[p] ?? 0) + (one.taken[t]?.[p] ?? 0)),
        ),
        hits: [...new Set([...sum.hits, ...one.hits])],
      }));
    },
    hits: () => new Set([...former.hits, ...core.hits, ...helpers.flatMap(({ report }) => report.hits)]),
    startLevel({ level, states, always, atEnd, maxStates, mostNew, begun: done = level.from }) {
      const cursors = new Int32Array(new SharedArrayBuffer(4 * partsOf(store)));
      cursors.set(done);
      const total = counts().reduce((a, b) => a + b, 0);
      // Only this thread knows how to stop exactly at --max-states.
      const isShared = store.workers > 1 && states >= sharedFrom && total + mostNew <= maxStates;
      if (isShared) hire();
      const others = total - core.counts.reduce((a, b) => a + b, 0);
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
      const begun = (): readonly number[] => level.to.map((to, part) => Math.min(cursors[part]!, to));
      const expanded = (): number => begun().reduce((sum, at, part) => sum + at - level.from[part]!, 0);
      return { run, expanded, begun };
    },
    settle,
    async dismiss() {
      await Promise.all(helpers.map(({ worker }) => worker.terminate()));
    },
  };
}

const totalsOf = (core: Core): Totals => ({
  done: core.done,
  stuck: core.stuck,
  taken: core.taken(),
  hits: [...core.hits],
});
