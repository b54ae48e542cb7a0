import { BATCH, FAILURES } from "../compile/codegen.ts";
import { encode, type Compiled } from "../compile/compiled.ts";
import { throwIn } from "../compile/steps-from.ts";
import { forEachStep } from "../compile/steps-from.ts";
import { valueAt } from "../compile/pack.ts";
import { InternalError } from "../model/error.ts";
import { after, beginning, movesOf, type Way } from "../machine/by-switches.ts";
import type { Move, Schedule } from "../machine/schedule.ts";
import { initialStates } from "../machine/program.ts";
import { keyOfWords } from "../machine/state.ts";
import type { Core, Level } from "./core.ts";
import type { AskSpec } from "./lazy-spec.ts";
import { regionOf } from "./region.ts";
import { rangeIn, type Range, type Store } from "./store.ts";

/** A finished search, as far as it takes to find the way to a state again. */
export interface Searched {
  readonly compiled: Compiled;
  /** These two are others once the states have moved. */
  store: Store;
  core: Core;
  readonly levels: readonly Level[];
  /** By spec: asks those that are not compiled. */
  readonly lazy: readonly (AskSpec | undefined)[];
  /** Whether some thread can no longer finish from a state of a shard, by its index, where that was asked. */
  isDoomed?: (shard: number, index: number) => boolean;
}

// So many states of each level are followed back. Most counterexamples have fewer ways to come about than that.
const MOST_ALTERNATIVES = 300;
// With more runs than this, those that differ only in who is who in a symmetric group are taken for one.
const MOST_RUNS = 2000;

/** A shortest run, and whether all shortest runs were looked at for it. */
export interface Found {
  readonly schedule: Schedule;
  readonly isOneOfAll: boolean;
}

/**
 * A shortest run to what was found in a level: `spec0`, `spec1`, ... or a failure. No parents are stored; the way back
 * is found by expanding the levels before once more. Among the shortest runs one with the fewest context switches is
 * taken, and of those the least, word by word, so that it does not depend on the order in which threads reached states.
 */
export function scheduleTo(searched: Searched, name: string, depth: number): Found {
  const layers = [leastOf(searched, depth, hitsOf(searched, name, depth))];
  for (let level = depth - 1; level >= 0; level--)
    layers.unshift(leastOf(searched, level, parentsOf(searched, level, layers[0]!)));
  const fails = FAILURES.some((failure) => failure === name) && name !== "not-stuck" && name !== "never-finishes";
  const [run] = fewestSwitches(searched, layers, fails ? name : undefined);
  if (!run) throw new InternalError(`the way back to '${name}' does not begin in an initial state`);
  return { schedule: { initial: run.start, moves: movesOf(run) }, isOneOfAll: layers.every(({ isAll }) => isAll) };
}

type Run = Way<Int32Array>;

/** A step to a state of a layer, and what tells that state from others. */
interface StepInto {
  readonly move: Move;
  readonly to: Int32Array;
  readonly key: string;
}

/**
 * Goes through the layers with threads that are not taken for one another; a check that fails does so in a last step. The
 * best runs come first. Not by `bySwitches`: docs/decisions/0122 says why.
 */
function fewestSwitches(searched: Searched, layers: readonly Packed[], failure: string | undefined): readonly Run[] {
  const { compiled } = searched;
  const keep = (runs: Map<string, Run>, run: Run, key: string): void => {
    const name = `${run.last} ${key}`;
    const other = runs.get(name);
    if (!other || run.switches < other.switches) runs.set(name, run);
  };
  const goOn = (runs: ReadonlyMap<string, Run>, from: (state: Int32Array) => readonly StepInto[]): Map<string, Run> => {
    const next = new Map<string, Run>();
    // The same state is met by runs that were on different CPUs last.
    const met = new Map<string, readonly StepInto[]>();
    for (const run of runs.values()) {
      const here = keyOfWords(run.place);
      const steps = met.get(here) ?? from(run.place);
      met.set(here, steps);
      for (const { move, to, key } of steps) keep(next, after(run, { cpu: move.thread, move, to, cost: 1 }), key);
    }
    return next;
  };
  let runs = new Map<string, Run>();
  for (const [start, state] of initialStates(compiled.program).entries()) {
    const words = encode(compiled, state);
    if (layers[0]!.has(known(searched, words))) keep(runs, beginning(words, start), keyOfWords(words));
  }
  for (const layer of layers.slice(1)) {
    const next = goOn(runs, (state) => {
      const steps: StepInto[] = [];
      forEachStep(compiled, state, (move, end) => {
        if ("to" in end && layer.has(known(searched, end.to)))
          steps.push({ move, to: end.to, key: keyOfWords(end.to) });
      });
      return steps;
    });
    runs = next.size > MOST_RUNS ? withoutTwins(searched, next) : next;
  }
  if (failure !== undefined)
    runs = goOn(runs, (state) => {
      const steps: StepInto[] = [];
      forEachStep(compiled, state, (move, end) => {
        if ("fails" in end && end.fails === failure) steps.push({ move, to: state, key: keyOfWords(state) });
      });
      return steps;
    });
  const threads = (run: Run): string =>
    movesOf(run)
      .map(({ thread }) => thread)
      .join();
  return [...runs.values()].toSorted((a, b) => a.switches - b.switches || (threads(a) < threads(b) ? -1 : 1));
}

/** Of runs that differ only in who is who in a symmetric group, one with the fewest switches: they go on alike. */
function withoutTwins(searched: Searched, runs: ReadonlyMap<string, Run>): Map<string, Run> {
  const { compiled } = searched;
  const { groups, program } = compiled;
  const best = new Map<string, Run>();
  for (const run of runs.values()) {
    const buffer = run.last === undefined ? undefined : program.threads[run.last]!.buffer;
    const cpu = buffer?.cpu ?? run.last;
    const group = groups.findIndex((members) => members.some(({ thread }) => thread === cpu));
    const last = groups[group]
      ?.find(({ thread }) => thread === cpu)!
      .parts.map((part) => valueAt(run.place, 0, part))
      .join();
    const name = `${buffer !== undefined} ${last === undefined ? cpu : `${group}: ${last}`} ${known(searched, run.place).join()}`;
    const other = best.get(name);
    if (!other || run.switches < other.switches) best.set(name, run);
  }
  return best;
}

/** Takes the steps of a state in which one throws: what it throws says what is wrong with the model. */
export function throwBroken(searched: Searched, depth: number): never {
  throwIn(searched.compiled, leastOf(searched, depth, hitsOf(searched, "broken", depth)).all);
}

/** A state of the store. */
interface Place {
  readonly shard: number;
  readonly index: number;
}

/** The states of a level that a name was found in. */
export function* hitsOf(
  { compiled, store, core, levels, lazy, isDoomed }: Searched,
  name: string,
  depth: number,
): Generator<Place> {
  const { layout } = store;
  const { packing } = compiled;
  const region = regionOf(compiled.region);
  const views = store.memories.map(({ buffer }) => new Int32Array(buffer));
  const address = (index: number): number => (layout.arena >> 2) + packing.words * index;
  const failure = region.failures / 4 + FAILURES.findIndex((check) => check === name);
  const specIndex = compiled.program.scenario.specs.findIndex((_, i) => name === `spec${i}`);
  const spec = compiled.program.scenario.specs[specIndex];
  const ask = lazy[specIndex];

  for (const { shard, from, to } of batchesOf(levels[depth]!, store)) {
    const kernels = core.kernels[shard]!;
    const words = views[shard]!;
    const isDone = (index: number): boolean => core.isDone(layout, shard, index);
    if (spec) {
      for (let i = from; i < to; i++) {
        if (!ask) i = kernels[`spec${specIndex}`]!(layout.arena, i, to);
        const isHit = i < to && (!ask || ask(words, address(i)));
        if (isHit && (spec.kind !== "atEnd" || isDone(i))) yield { shard, index: i };
      }
    } else if (name === "never-finishes") {
      for (let i = from; i < to; i++) if (isDoomed!(shard, i)) yield { shard, index: i };
    } else if (name === "not-stuck") {
      kernels.expand(layout.arena, from, to, region.start, 0);
      const count = words[region.terminalCount / 4]!;
      const terminals = words.slice(region.terminals / 4, region.terminals / 4 + count);
      for (const index of terminals) if (!isDone(index)) yield { shard, index };
    } else
      for (let i = from; i < to;) {
        words[failure] = 0;
        kernels.expand(layout.arena, i, to, region.start, 0);
        if (words[failure] === 0) break;
        i = words[failure]!;
        yield { shard, index: i - 1 };
      }
  }
}

/** The states of a level that have one of the given states as a successor. */
export function* parentsOf(
  { compiled, store, core, levels }: Searched,
  depth: number,
  children: Packed,
): Generator<Place> {
  const { layout } = store;
  const views = store.memories.map(({ buffer }) => new Int32Array(buffer));
  const size = compiled.packing.words;
  const { start, successors, ends } = regionOf(compiled.region);
  for (const { shard, from, to } of batchesOf(levels[depth]!, store)) {
    const kernels = core.kernels[shard]!;
    const words = views[shard]!;
    const end = kernels.expand(layout.arena, from, to, start, 0);
    if (compiled.symmetric.length > 0) kernels.canon(successors, end);
    let parent = from;
    let found = -1;
    for (let at = successors; at < end; at += 4 * size) {
      while (at >= words[ends / 4 + parent - from]!) parent++;
      if (parent === found || !children.hasAt(words, at / 4)) continue;
      found = parent;
      yield { shard, index: parent };
    }
  }
}

function* batchesOf(level: Level, store: Store): Generator<Range> {
  for (const [part, start] of level.from.entries()) {
    const { shard, from, to } = rangeIn(store, part, start, level.to[part]!);
    for (let at = from; at < to; at += BATCH) yield { shard, from: at, to: Math.min(at + BATCH, to) };
  }
}

/** Some packed states. */
export interface Packed {
  /** In ascending order. */
  readonly all: readonly Int32Array[];
  /** None was left out. */
  readonly isAll: boolean;
  has(words: Int32Array): boolean;
  hasAt(words: Int32Array, at: number): boolean;
}

/** The least of these states, at most `most` of them. */
export function leastOf(
  { compiled, store }: Searched,
  depth: number,
  places: Iterable<Place>,
  most = MOST_ALTERNATIVES,
): Packed {
  const size = compiled.packing.words;
  let all: Int32Array[] = [];
  let isAll = true;
  const shorten = (): void => {
    isAll &&= all.length <= most;
    all = all.toSorted(compare).slice(0, most);
  };
  const views = store.memories.map(({ buffer }) => new Int32Array(buffer));
  for (const { shard, index } of places) {
    const at = store.layout.arena / 4 + size * index;
    all.push(views[shard]!.slice(at, at + size));
    if (all.length > 4 * MOST_ALTERNATIVES) shorten();
  }
  shorten();
  if (all.length === 0) throw new InternalError(`nothing was found again in level ${depth}`);
  const byFirstWord = new Map<number, Int32Array[]>();
  for (const words of all) byFirstWord.set(words[0]!, [...(byFirstWord.get(words[0]!) ?? []), words]);
  const hasAt = (words: Int32Array, at: number): boolean =>
    byFirstWord.get(words[at]!)?.some((state) => state.every((word, i) => word === words[at + i])) ?? false;
  return { all, isAll, has: (words) => hasAt(words, 0), hasAt };
}

/** A packed state as the search knows it: with the members of symmetric groups in order. */
export function known({ compiled, store, core }: Searched, state: Int32Array): Int32Array {
  if (compiled.symmetric.length === 0) return state;
  const at = regionOf(compiled.region).successors;
  const words = new Int32Array(store.memories[0]!.buffer, at, compiled.packing.words);
  words.set(state);
  core.kernels[0]!.canon(at, at + 4 * compiled.packing.words);
  return words.slice();
}

function compare(a: Int32Array, b: Int32Array): number {
  const i = a.findIndex((word, k) => word !== b[k]);
  return i < 0 ? 0 : (a[i]! >>> 0) - (b[i]! >>> 0);
}
