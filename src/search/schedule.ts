import { BATCH, FAILURES } from "../compile/codegen.ts";
import { decode, encode, type Program } from "../compile/program.ts";
import { InternalError } from "../model/error.ts";
import type { Schedule } from "../semantics/explore.ts";
import { initialStates } from "../semantics/machine.ts";
import { effectsOf, type Effect, type Move } from "../semantics/step.ts";
import type { State } from "../semantics/state.ts";
import type { Core, Level } from "./core.ts";
import type { AskSpec } from "./lazy-spec.ts";
import { firstIndex, type Store } from "./store.ts";

const PAGE = 65_536;

/** A finished search, as far as it takes to find the way to a state again. */
export interface Searched {
  readonly program: Program;
  readonly store: Store;
  readonly core: Core;
  readonly levels: readonly Level[];
  /** By spec: asks those that are not compiled. */
  readonly lazy: readonly (AskSpec | undefined)[];
}

/**
 * A shortest run to what was found in a level: `spec0`, `spec1`, ... or a failure. No parents are stored; the way back
 * is found by expanding the level before once more. Of several states the least is taken, word by word, so that the
 * run does not depend on the order in which threads reached them.
 */
export function scheduleTo(searched: Searched, name: string, depth: number): Schedule {
  const { program } = searched;
  const path = [leastOf(searched, depth, hitsOf(searched, name, depth))];
  for (let level = depth - 1; level >= 0; level--)
    path.unshift(leastOf(searched, level, parentsOf(searched, level, path[0]!)));

  const initials = initialStates(program.machine);
  const initial = initials.findIndex((state) => isSame(packed(searched, state), path[0]!));
  let state = initials[initial];
  if (!state) throw new InternalError(`the way back to '${name}' does not begin in an initial state`);
  const moves: Move[] = [];
  for (const words of path.slice(1)) {
    const effect = effectIn(
      program,
      state,
      ({ outcome }) => outcome.kind === "moved" && isSame(packed(searched, outcome.state), words),
    );
    if (effect?.outcome.kind !== "moved")
      throw new InternalError(`step ${moves.length + 1} of the way to '${name}' does not exist`);
    moves.push(effect.move);
    state = effect.outcome.state;
  }
  if (!FAILURES.some((failure) => failure === name) || name === "not-stuck") return { initial, moves };
  const last = effectIn(program, state, ({ outcome }) => outcome.kind === "violation" && outcome.check === name);
  if (!last) throw new InternalError(`the last step of the way to '${name}' does not fail`);
  return { initial, moves: [...moves, last.move] };
}

/** Takes the steps of a state in which one throws: what it throws says what is wrong with the model. */
export function throwBroken(searched: Searched, depth: number): never {
  const words = leastOf(searched, depth, hitsOf(searched, "broken", depth));
  effectIn(searched.program, decode(searched.program, words), () => false);
  throw new InternalError("a step threw while it was compiled, and does not when it is run");
}

function effectIn({ machine }: Program, state: State, wanted: (effect: Effect) => boolean): Effect | undefined {
  return machine.threads.flatMap((_, thread) => effectsOf(machine, state, thread)).find(wanted);
}

/** Indices of the states of a level that a name was found in. */
function* hitsOf({ program, store, core, levels, lazy }: Searched, name: string, depth: number): Generator<number> {
  const { layout } = store;
  const { kernels } = core;
  const { region, packing } = program;
  const words = new Int32Array(store.memory.buffer);
  const address = (index: number): number => (layout.arena >> 2) + packing.words * index;
  const isDone = (index: number): boolean =>
    packing.points.every(({ word, shift, mask }) => ((words[address(index) + word]! >>> shift) & mask) === 0);
  const failure = (PAGE + region.failures) / 4 + FAILURES.findIndex((check) => check === name);
  const specIndex = program.machine.scenario.specs.findIndex((_, i) => name === `spec${i}`);
  const spec = program.machine.scenario.specs[specIndex];
  const ask = lazy[specIndex];

  for (const [from, to] of batchesOf(levels[depth]!, store)) {
    if (spec) {
      for (let i = from; i < to; i++) {
        if (!ask) i = kernels[`spec${specIndex}`]!(layout.arena, i, to);
        const isHit = i < to && (!ask || ask(words, address(i)));
        if (isHit && (spec.kind !== "atEnd" || isDone(i))) yield i;
      }
    } else if (name === "not-stuck") {
      kernels.expand(layout.arena, from, to, PAGE);
      const count = words[(PAGE + region.terminalCount) / 4]!;
      const terminals = words.slice((PAGE + region.terminals) / 4, (PAGE + region.terminals) / 4 + count);
      for (const index of terminals) if (!isDone(index)) yield index;
    } else
      for (let i = from; i < to;) {
        words[failure] = 0;
        kernels.expand(layout.arena, i, to, PAGE);
        if (words[failure] === 0) break;
        i = words[failure]!;
        yield i - 1;
      }
  }
}

/** Indices of the states of a level that have the given successor. */
function* parentsOf({ program, store, core, levels }: Searched, depth: number, child: Int32Array): Generator<number> {
  const { layout } = store;
  const words = new Int32Array(store.memory.buffer);
  const size = program.packing.words;
  const successors = PAGE + program.region.successors;
  for (const [from, to] of batchesOf(levels[depth]!, store)) {
    const end = core.kernels.expand(layout.arena, from, to, PAGE);
    if (program.symmetric.length > 0) core.kernels.canon(successors, end);
    let parent = from;
    for (let at = successors; at < end; at += 4 * size) {
      while (at >= words[(PAGE + program.region.ends) / 4 + parent - from]!) parent++;
      if (child.every((word, i) => words[at / 4 + i] === word)) yield parent;
    }
  }
}

function* batchesOf(level: Level, { layout }: Store): Generator<readonly [from: number, to: number]> {
  for (const [part, start] of level.from.entries()) {
    const first = firstIndex(layout, part);
    for (let from = start; from < level.to[part]!; from += BATCH)
      yield [first + from, first + Math.min(from + BATCH, level.to[part]!)];
  }
}

function leastOf({ program, store }: Searched, depth: number, indices: Iterable<number>): Int32Array {
  const size = program.packing.words;
  let least: Int32Array | undefined;
  for (const index of indices) {
    const at = store.layout.arena / 4 + size * index;
    const words = new Int32Array(store.memory.buffer).slice(at, at + size);
    if (!least || isLess(words, least)) least = words;
  }
  if (!least) throw new InternalError(`nothing was found again in level ${depth}`);
  return least;
}

/** A state's packed form, as the search knows it: with the members of symmetric groups in order. */
function packed({ program, store, core }: Searched, state: State): Int32Array {
  const at = PAGE + program.region.successors;
  const words = new Int32Array(store.memory.buffer, at, program.packing.words);
  words.set(encode(program, state));
  core.kernels.canon(at, at + 4 * program.packing.words);
  return words.slice();
}

const isSame = (a: Int32Array, b: Int32Array): boolean => a.every((word, i) => word === b[i]);

function isLess(a: Int32Array, b: Int32Array): boolean {
  const i = a.findIndex((word, k) => word !== b[k]);
  return i >= 0 && a[i]! >>> 0 < b[i]! >>> 0;
}
