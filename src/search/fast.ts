import { compile, decode, encode, type Compiled } from "../compile/compiled.ts";
import { valueAt } from "../compile/pack.ts";
import type { Exploration, Limits, Progress } from "../machine/exploration.ts";
import { initialStates, type Program } from "../machine/program.ts";
import { clashesIn, firstOf, pairsAt, refused, type Clash, type PlainUpdates } from "../analysis/plain-updates.ts";
import { checkPurity } from "../machine/purity.ts";
import { DONE, type State } from "../machine/state.ts";
import { createCore, kernelsIn, type Level, type RoundEnd } from "./core.ts";
import { coreProgramOf, firstCore, hasten } from "./first-core.ts";
import { createCrew, type LevelTask, type LevelWork } from "./worker-pool.ts";
import { lazySpec } from "./lazy-spec.ts";
import { collect } from "./memory-limit.ts";
import { moveStates } from "./move-states.ts";
import { neverFinishes } from "./never-finishes.ts";
import { packedly } from "./progress-packed.ts";
import { progressOf } from "./progress.ts";
import { anyRuns, hasFound, shortestRuns } from "./runs.ts";
import { throwBroken, type Searched } from "./schedule.ts";
import { unmark } from "./states.ts";
import { createStore, rangeIn, type Range, type Store, type StoreSize } from "./store.ts";

export interface SearchLimits extends Limits, Pick<StoreSize, "maxMemory"> {
  /** Threads that search; 1 until the search is large enough to pay for more. */
  readonly threads?: number;
  /** Steps are taken alone where they may be: fewer states are stored, and runs that are found are not the shortest. */
  readonly reduces?: boolean;
  /** Specs and checks: ends where all of them were found. */
  readonly until?: ReadonlySet<string>;
  /** Steps that may stand for a load and a store: a ModelError at the first that another thread could come between. */
  readonly updates?: PlainUpdates;
  /** How the store begins and grows; only tests give it. */
  readonly size?: StoreSize;
  /** From how many states on a level is shared by all threads; only tests give it. */
  readonly sharedFrom?: number;
  /** Up to how many states no code is made; only tests give it. */
  readonly mostFollowed?: number;
  /** From how many states on loops are looked at closely before states are followed; only tests give it. */
  readonly closeLookFrom?: number;
  /** Told, once the search is over, of every state in which all threads are done. */
  readonly atDone?: (state: State) => void;
}

/** How a search went: what depends on the machine it ran on, and so is no part of a Result. */
export interface SearchStats {
  readonly threads: number;
  readonly words: number;
  readonly bits: number;
  /** Distinct nodes of all decision trees. */
  readonly nodes: number;
  /** 0 where no code was made, as there were few states. */
  readonly codeBytes: number;
  /** Bytes of the store in use, and how full its table is. */
  readonly bytes: number;
  readonly load: number;
  readonly compileMs: number;
  readonly searchMs: number;
}

/** In bytes: from there on a collection of garbage is short, beside the search. */
const LARGE_STORE = 128 * 2 ** 20;

/**
 * Visits every reachable state, as `explore` in src/semantics does, over packed states and compiled steps. Level by
 * level, so that counterexamples are shortest; what it finds does not depend on the number of threads. Yields progress.
 */
export async function* searchPacked(
  program: Program,
  limits: SearchLimits = {},
): AsyncGenerator<Progress, Exploration & { readonly stats: SearchStats }> {
  const begin = performance.now();
  const stopped = limits.stop?.();
  if (stopped !== undefined) return notBegun(program, limits, stopped, begin);
  // Who is passed over in a run, cannot be said of threads that are taken for one another.
  const useSymmetry = (limits.symmetry ?? true) && program.scenario.progress.length === 0;
  const compiled = compile(program, useSymmetry, limits.reduces);
  for (const _ of checkPurity(program)) {
    yield NOTHING_YET;
    const cut = limits.stop?.();
    if (cut !== undefined) return notBegun(program, limits, cut, begin);
  }
  const threads = limits.threads ?? 1;
  let store = createStore(compiled, threads, {
    ...limits.size,
    ...(limits.maxMemory !== undefined && { maxMemory: limits.maxMemory }),
  });
  const coreProgram = coreProgramOf(compiled);
  const compiledAt = performance.now();
  let core = firstCore(compiled, coreProgram, store, limits.mostFollowed);
  let crew = createCrew(core, coreProgram, store, undefined, undefined, limits.sharedFrom);
  const specs = program.scenario.specs;
  const lazy = specs.map((spec, i) => (compiled.specs[i] ? undefined : lazySpec(compiled, spec)));
  const levels: Level[] = [];
  const searched: Searched = { compiled, store, core, levels, lazy };
  const foundAt = new Map<string, number>();
  const maxStates = limits.maxStates ?? Infinity;
  let cut: string | undefined;
  let work: LevelWork | undefined;
  const progress = (): Progress => {
    const states = total(crew.counts());
    const waiting = states - total(levels.at(-1)?.from ?? []) - (work?.expanded() ?? 0);
    return { states, waiting, depth: Math.max(0, levels.length - 1), store: usedBy(compiled, store, states) };
  };
  /** What comes of something long, unless the search is stopped meanwhile. */
  async function* inTurns<T>(work: Generator<void, T>): AsyncGenerator<Progress, T | undefined> {
    for (;;) {
      const turn = work.next();
      if (turn.done === true) return turn.value;
      yield progress();
      cut = limits.stop?.();
      if (cut === undefined) continue;
      work.return(undefined as T);
      return undefined;
    }
  }
  /** Gives the search a store with more shards; false where that cannot be, and then nothing has changed. */
  async function* moved(task: LevelTask | undefined): AsyncGenerator<Progress, boolean> {
    const fresh = store.split();
    if (!fresh) return false;
    await crew.settle();
    const kernels = kernelsIn(coreProgram, fresh.memories, "fast");
    const before = levels.slice(0, -1).map(({ to }) => to);
    const marks = [...before, ...(task && work ? [work.begun(), task.level.to] : []), crew.counts()];
    const moving = moveStates(compiled, { store, kernels: core.kernels }, { store: fresh, kernels }, marks);
    const ends = yield* inTurns(moving);
    if (!ends) return false;
    const counts = ends.at(-1)!;
    const begun = ends.at(-3);
    const tos = task ? [...ends.slice(0, -3), ends.at(-2)!] : [];
    const none = counts.map(() => 0);
    levels.splice(0, levels.length, ...tos.map((to, i): Level => ({ from: tos[i - 1] ?? none, to })));
    const totals = crew.totals();
    await crew.dismiss();
    store = fresh;
    core = createCore(coreProgram, store.memories, 0, counts.slice(0, store.memories.length));
    crew = createCrew(core, coreProgram, store, counts, totals, limits.sharedFrom);
    searched.store = store;
    searched.core = core;
    if (task) work = crew.startLevel({ ...task, level: levels.at(-1)!, begun: begun! });
    return true;
  }
  /** Makes room for more states, or says in `cut` what stands against it. */
  async function* makeRoom(task?: LevelTask): AsyncGenerator<Progress, void> {
    const hasGrown = (yield* inTurns(store.grow(core.kernels, crew.counts()))) === true;
    const isMade = hasGrown || (cut === undefined && (yield* moved(task)));
    // What led here and a former store are garbage, and a search makes none that would have it collected; it takes some ms.
    if (isMade && store.bytes > LARGE_STORE) collect();
    if (isMade || cut !== undefined) return;
    if ((yield* inTurns(store.squeeze(core.kernels, crew.counts()))) === false) cut = store.obstacle;
  }

  try {
    for (const state of initialStates(program)) {
      if (core.counts.includes(store.layout.capacity)) yield* makeRoom();
      if (cut !== undefined) break;
      if (!core.add(store.layout, encode(compiled, state), maxStates)) cut = `--max-states ${maxStates}`;
    }
    const initial = total(core.counts);
    let level: Level = { from: crew.counts().map(() => 0), to: crew.counts() };
    while (total(level.to) > total(level.from) && cut === undefined) {
      levels.push(level);
      const frontier = total(level.to) - total(level.from);
      hasten(core, coreProgram, total(level.to), limits.mostFollowed);
      const asked = specs.map((_, i) => i).filter((i) => compiled.specs[i] && !foundAt.has(`spec${i}`));
      const task = (): LevelTask => ({
        level: levels.at(-1)!,
        states: frontier,
        always: asked.filter((i) => specs[i]!.kind !== "atEnd"),
        atEnd: asked.filter((i) => specs[i]!.kind === "atEnd"),
        maxStates,
        mostNew: frontier * compiled.mostSuccessors,
      });
      work = crew.startLevel(task());
      for (let end: RoundEnd = "paused"; end !== "finished";) {
        yield progress();
        cut = limits.stop?.();
        if (cut === undefined) end = await work.run();
        if (end === "limit") cut = `--max-states ${maxStates}`;
        if (end === "full") yield* makeRoom(task());
        if (cut !== undefined) break;
      }
      await crew.settle();
      level = levels.at(-1)!;
      const hits = [...crew.hits()];
      for (const name of lazyHits(searched, foundAt)) {
        if (name !== undefined) {
          hits.push(name);
          continue;
        }
        yield {
          states: total(crew.counts()),
          waiting: total(crew.counts()) - total(level.from),
          depth: levels.length - 1,
        };
        cut ??= limits.stop?.();
        if (cut !== undefined) break;
      }
      for (const name of hits) if (!foundAt.has(name)) foundAt.set(name, levels.length - 1);
      if (limits.until && hasFound(searched, foundAt, limits.until)) cut ??= "what it was to find";
      if (foundAt.has("broken")) throwBroken(searched, foundAt.get("broken")!);
      if (limits.updates) refuseClashes(searched, limits.updates);
      level = { from: level.to, to: crew.counts() };
      const states = total(level.to);
      if (cut !== undefined || states === total(level.from)) break;
      yield { states, waiting: states - total(level.from), depth: levels.length, isRound: true };
      cut = limits.stop?.();
    }
    if (cut !== undefined) unmark(compiled, store, levels.at(-1)?.from ?? crew.counts(), crew.counts());
    const { done, stuck, taken } = crew.totals();
    const unknown = new Map<string, string>();
    if (cut === undefined) {
      const answer = yield* neverFinishes(searched, limits);
      if (typeof answer === "object" && "unknown" in answer) unknown.set("never-finishes", answer.unknown);
      else if (answer !== "all can finish") {
        foundAt.set("never-finishes", answer.level);
        searched.isDoomed = answer.isDoomed;
      }
    }
    const endless =
      cut === undefined && program.scenario.progress.length > 0
        ? yield* progressOf(packedly(searched), program.scenario.progress, limits)
        : undefined;
    for (const [name, why] of endless?.unknown ?? []) unknown.set(name, why);
    const { found, manyWays, foundBy } = (limits.reduces ? anyRuns : shortestRuns)(searched, foundAt);
    if (limits.atDone) for (const state of doneStates(searched)) limits.atDone(state);
    return {
      initial,
      states: total(crew.counts()),
      waiting:
        cut === undefined ? 0 : total(crew.counts()) - total(levels.at(-1)?.from ?? []) - (work?.expanded() ?? 0),
      transitions: total(taken.flat()),
      depth: total(level.to) > total(level.from) ? levels.length : levels.length - 1,
      done,
      stuck,
      found: new Map([...found, ...(endless?.found ?? [])]),
      ...(manyWays && { manyWays }),
      ...(foundBy && { foundBy }),
      ...(endless && { neverBegun: endless.neverBegun }),
      ...(unknown.size > 0 && { unknown }),
      taken,
      symmetric: compiled.symmetric,
      stats: {
        threads: crew.size(),
        words: compiled.packing.words,
        bits: compiled.packing.bits,
        nodes: compiled.nodes,
        codeBytes: core.isCoded ? compiled.code.length : 0,
        ...usedBy(compiled, store, total(crew.counts())),
        compileMs: compiledAt - begin,
        searchMs: performance.now() - compiledAt,
      },
      ...(cut !== undefined && { cut }),
    };
  } finally {
    await crew.dismiss();
  }
}

const NOTHING_YET: Progress = { states: 0, waiting: 0, depth: 0 };
/** What is known of a search that was stopped before it could visit a state. */
function notBegun(
  { threads }: Program,
  limits: SearchLimits,
  cut: string,
  begin: number,
): Exploration & { readonly stats: SearchStats } {
  return {
    initial: 0,
    states: 0,
    waiting: 0,
    transitions: 0,
    depth: 0,
    done: 0,
    stuck: 0,
    found: new Map(),
    taken: threads.map(({ points }) => points.map(() => 0)),
    symmetric: [],
    cut,
    stats: {
      threads: limits.threads ?? 1,
      words: 0,
      bits: 0,
      nodes: 0,
      codeBytes: 0,
      bytes: 0,
      load: 0,
      compileMs: performance.now() - begin,
      searchMs: 0,
    },
  };
}

// A spec that is asked of every state may take long.
const MS_PER_SLICE = 50;

/** What the specs that are not compiled say of a level; nothing every now and then, so that others can go on. */
function* lazyHits(
  { compiled, store, core, levels, lazy }: Searched,
  foundAt: ReadonlyMap<string, number>,
): Generator<string | undefined> {
  let end = performance.now() + MS_PER_SLICE;
  const size = compiled.packing.words;
  const { layout } = store;
  const level = levels.at(-1)!;
  for (const [i, ask] of lazy.entries()) {
    if (!ask || foundAt.has(`spec${i}`)) continue;
    const needsEnd = compiled.program.scenario.specs[i]!.kind === "atEnd";
    for (const { shard, from, to } of rangesOf(store, level)) {
      const words = new Int32Array(store.memories[shard]!.buffer);
      const isHit = (index: number): boolean =>
        (!needsEnd || core.isDone(layout, shard, index)) && ask(words, layout.arena / 4 + size * index);
      for (let index = from; index < to; index++) {
        if (index % 16 === 0 && performance.now() > end) {
          yield undefined;
          end = performance.now() + MS_PER_SLICE;
        }
        if (isHit(index)) {
          yield `spec${i}`;
          break;
        }
      }
    }
  }
}

/** The states of a level, by shard and index. */
function* rangesOf(store: Store, { from, to }: Level): Generator<Range> {
  for (const [part, start] of from.entries()) yield rangeIn(store, part, start, to[part]!);
}

/** The states of some levels that a look at their words chooses. */
function* statesOf(
  { compiled, store }: Searched,
  levels: readonly Level[],
  isWanted: (words: Int32Array, at: number, shard: number, index: number) => boolean,
): Generator<State> {
  const size = compiled.packing.words;
  const views = store.memories.map(({ buffer }) => new Int32Array(buffer));
  for (const level of levels)
    for (const { shard, from, to } of rangesOf(store, level))
      for (let index = from; index < to; index++) {
        const words = views[shard]!;
        const at = store.layout.arena / 4 + size * index;
        if (isWanted(words, at, shard, index)) yield decode(compiled, words.subarray(at, at + size));
      }
}

const doneStates = (searched: Searched): Generator<State> =>
  statesOf(searched, searched.levels, (_, __, shard, index) =>
    searched.core.isDone(searched.store.layout, shard, index),
  );

/** Throws a ModelError if in the last level another thread could come between the load and the store of a step. */
function refuseClashes(searched: Searched, updates: PlainUpdates): void {
  const { program, packing } = searched.compiled;
  const clashes: Clash[] = [];
  const isWanted = (words: Int32Array, at: number): boolean =>
    pairsAt(updates, (thread) => valueAt(words, at, packing.points[thread]!) + DONE).length > 0;
  for (const state of statesOf(searched, searched.levels.slice(-1), isWanted))
    clashes.push(...clashesIn(program, updates, state));
  const clash = firstOf(clashes);
  if (clash) throw refused(program, clash);
}

/** The memory that is really used: what the store has reserved beyond it costs nothing until it is touched. */
const usedBy = (
  { packing }: Compiled,
  { layout, memories }: Store,
  states: number,
): { readonly bytes: number; readonly load: number } => {
  const entries = memories.length * layout.slots;
  return { bytes: 4 * entries + 4 * packing.words * states, load: states / entries };
};

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
