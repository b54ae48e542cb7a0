import { FAILURES } from "../compile/codegen.ts";
import { compile, decode, encode, type Compiled } from "../compile/compiled.ts";
import { valueAt } from "../compile/pack.ts";
import { ModelError } from "../model/error.ts";
import type { Exploration, Limits, Progress } from "../machine/exploration.ts";
import type { Schedule } from "../machine/schedule.ts";
import { initialStates, type Program } from "../machine/program.ts";
import { clashesIn, firstOf, pairsAt, refused, type Clash, type PlainUpdates } from "../analysis/plain-updates.ts";
import { checkPurity } from "../machine/purity.ts";
import { DONE, type State } from "../machine/state.ts";
import { createCore, type Core, type CoreProgram, type Level, type RoundEnd } from "./core.ts";
import { createCrew, type LevelWork } from "./worker-pool.ts";
import { lazySpec } from "./lazy-spec.ts";
import { neverFinishes } from "./never-finishes.ts";
import { packedly } from "./progress-packed.ts";
import { progressOf } from "./progress.ts";
import { scheduleTo, throwBroken, type Searched } from "./schedule.ts";
import { createStore, firstIndex, type Store } from "./store.ts";

export interface SearchLimits extends Limits {
  /** Threads that search; 1 until the search is large enough to pay for more. */
  readonly threads?: number;
  /** Steps that may stand for a load and a store: a ModelError at the first that another thread could come between. */
  readonly updates?: PlainUpdates;
  /** Bytes the search may use for states; default: most of what the machine has free. */
  readonly maxMemory?: number;
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
  readonly codeBytes: number;
  /** Bytes of the store in use, and how full its table is. */
  readonly bytes: number;
  readonly load: number;
  readonly compileMs: number;
  readonly searchMs: number;
}

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
  const compiled = compile(program, (limits.symmetry ?? true) && program.scenario.progress.length === 0);
  for (const _ of checkPurity(program)) {
    yield NOTHING_YET;
    const cut = limits.stop?.();
    if (cut !== undefined) return notBegun(program, limits, cut, begin);
  }
  const threads = limits.threads ?? 1;
  const store = createStore(compiled, threads, limits.maxMemory);
  const coreProgram = coreProgramOf(compiled);
  const compiledAt = performance.now();
  const core = firstCore(coreProgram, store);
  const crew = createCrew(core, coreProgram, store);
  const specs = program.scenario.specs;
  const lazy = specs.map((spec, i) => (compiled.specIsCompiled[i] ? undefined : lazySpec(compiled, spec)));
  const levels: Level[] = [];
  const searched: Searched = { compiled, store, core, levels, lazy };
  const foundAt = new Map<string, number>();
  const maxStates = limits.maxStates ?? Infinity;
  let cut: string | undefined;
  let work: LevelWork | undefined;

  try {
    for (const state of initialStates(program)) {
      if (core.count === store.layout.capacity && !store.grow(core.kernels, crew.counts())) cut = store.obstacle;
      if (cut !== undefined) break;
      if (!core.add(store.layout, encode(compiled, state), maxStates)) cut = `--max-states ${maxStates}`;
    }
    const initial = core.count;
    let level: Level = { from: crew.counts().map(() => 0), to: crew.counts() };
    while (total(level.to) > total(level.from) && cut === undefined) {
      levels.push(level);
      const frontier = total(level.to) - total(level.from);
      const asked = specs.map((_, i) => i).filter((i) => compiled.specIsCompiled[i] && !foundAt.has(`spec${i}`));
      work = crew.startLevel({
        level,
        states: frontier,
        always: asked.filter((i) => specs[i]!.kind !== "atEnd"),
        atEnd: asked.filter((i) => specs[i]!.kind === "atEnd"),
        maxStates,
        mostNew: frontier * compiled.mostSuccessors,
      });
      for (let end: RoundEnd = "paused"; end !== "finished";) {
        const states = total(crew.counts());
        yield {
          states,
          waiting: states - total(level.from) - work.expanded(),
          depth: levels.length - 1,
          store: usedBy(compiled, store, states),
        };
        cut = limits.stop?.();
        if (cut === undefined) end = await work.run();
        if (end === "limit") cut = `--max-states ${maxStates}`;
        if (end === "full" && !store.grow(core.kernels, crew.counts())) cut = store.obstacle;
        if (cut !== undefined) break;
      }
      await crew.settle();
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
      if (foundAt.has("broken")) throwBroken(searched, foundAt.get("broken")!);
      if (limits.updates) refuseClashes(searched, limits.updates);
      level = { from: level.to, to: crew.counts() };
    }
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
    const { progress } = program.scenario;
    const endless =
      cut === undefined && progress.length > 0 ? yield* progressOf(packedly(searched), progress, limits) : undefined;
    for (const [name, why] of endless?.unknown ?? []) unknown.set(name, why);
    const { found, manyWays } = schedules(searched, foundAt);
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
      ...(endless && { neverBegun: endless.neverBegun }),
      ...(unknown.size > 0 && { unknown }),
      taken,
      symmetric: compiled.symmetric,
      stats: {
        threads: crew.size(),
        words: compiled.packing.words,
        bits: compiled.packing.bits,
        nodes: compiled.nodes,
        codeBytes: compiled.code.length,
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

function schedules(searched: Searched, foundAt: ReadonlyMap<string, number>): Pick<Exploration, "found" | "manyWays"> {
  const { specs } = searched.compiled.program.scenario;
  const found = new Map<string, Schedule>();
  const manyWays = new Set<string>();
  for (const [key, depth] of foundAt) {
    const isFailure = FAILURES.some((failure) => failure === key);
    const name = isFailure ? key : specs[Number(key.slice("spec".length))]!.name;
    const { schedule, isOneOfAll } = scheduleTo(searched, key, depth);
    found.set(name, schedule);
    if (!isOneOfAll) manyWays.add(name);
  }
  return { found, manyWays };
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
    const words = new Int32Array(store.memory.buffer);
    const isHit = (index: number): boolean =>
      (!needsEnd || core.isDone(layout, index)) && ask(words, layout.arena / 4 + size * index);
    for (const [part, from] of level.from.entries())
      for (let k = from; k < level.to[part]!; k++) {
        if (k % 16 === 0 && performance.now() > end) {
          yield undefined;
          end = performance.now() + MS_PER_SLICE;
        }
        if (isHit(firstIndex(layout, part) + k)) {
          yield `spec${i}`;
          break;
        }
      }
  }
}

/** The states of some levels that a look at their words chooses. */
function* statesOf(
  { compiled, store }: Searched,
  levels: readonly Level[],
  isWanted: (words: Int32Array, at: number, index: number) => boolean,
): Generator<State> {
  const size = compiled.packing.words;
  const words = new Int32Array(store.memory.buffer);
  for (const level of levels)
    for (const [part, from] of level.from.entries())
      for (let k = from; k < level.to[part]!; k++) {
        const index = firstIndex(store.layout, part) + k;
        const at = store.layout.arena / 4 + size * index;
        if (isWanted(words, at, index)) yield decode(compiled, words.subarray(at, at + size));
      }
}

const doneStates = (searched: Searched): Generator<State> =>
  statesOf(searched, searched.levels, (_, __, index) => searched.core.isDone(searched.store.layout, index));

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
  { layout }: Store,
  states: number,
): { readonly bytes: number; readonly load: number } => ({
  bytes: 4 * 2 ** layout.tableBits + 4 * packing.words * states,
  load: states / 2 ** layout.tableBits,
});

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

function firstCore(program: CoreProgram, store: Store): Core {
  try {
    return createCore(program, store.memory, 0);
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error;
    throw new ModelError("the steps of this scenario are too large to be compiled together", {
      cause: `they make ${Math.round(program.code.length / 2 ** 20)} MiB of code, and a WebAssembly function has at most 7 MiB`,
      remedy: "split the steps that read most, give fields smaller domains, or run with --engine reference",
    });
  }
}

const coreProgramOf = ({ code, packing, ends, mostSuccessors, region, program, symmetric }: Compiled): CoreProgram => ({
  code,
  words: packing.words,
  mostSuccessors,
  region,
  ends,
  isReduced: symmetric.length > 0,
  steps: program.threads.map(({ points }) => points.length),
});
