import { cpuUsage } from "node:process";
import { fileURLToPath } from "node:url";
import { scenarios } from "../models/scenarios/index.ts";
import { specTreeOf, type Tree } from "../src/analysis/decision-tree.ts";
import { resetDeadLocals } from "../src/analysis/liveness.ts";
import { compile, encode, type Compiled } from "../src/compile/compiled.ts";
import { footprintsOf, NOTHING, union, type Footprint } from "../src/compile/footprints.ts";
import type { Node } from "../src/compile/graph.ts";
import { valueAt } from "../src/compile/pack.ts";
import { forEachStep } from "../src/compile/steps-from.ts";
import { buildProgram } from "../src/machine/build.ts";
import { initialStates, type Program } from "../src/machine/program.ts";
import { DONE } from "../src/machine/state.ts";
import { StateSet } from "../src/memory/state-set.ts";
import type { Cell } from "../src/model/access.ts";
import type { ParamValues } from "../src/model/params.ts";
import { resolveParams, type Scenario } from "../src/model/scenario.ts";
import { hasEnded } from "../src/search/ends.ts";
import { lazySpec } from "../src/search/lazy-spec.ts";

/**
 * What storing fewer states would save: where the next step of one thread crosses nothing that the others can do from
 * there, and writes nothing that an `always` or `sometimes` spec reads, that step alone is taken, and what it leads to is
 * stored only once no thread is like that. docs/decisions/0192 has what came of it. No part of the product.
 *
 * `node .build/bench/reductions.js 10` takes the ten largest runs that are pinned under sc.
 */

/** What others can do: by their control points alone; or also by what holds as long as they do not change it, as locks do. */
const REDUCTIONS = ["none", "beforehand", "guarded"] as const;
export type Reduction = (typeof REDUCTIONS)[number];

export interface Counts {
  readonly stored: number;
  /** Steps that were taken, with those that lead to where one has been. */
  readonly steps: number;
  readonly cpu: number;
  readonly found: ReadonlySet<string>;
}

// A lone thread that loops is left there: all is taken from such a state.
const LONGEST_CHAIN = 200;

export const prepare = (scenario: Scenario, set: ParamValues): Program =>
  resetDeadLocals(buildProgram(scenario, resolveParams(scenario, set)));

export function explored(program: Program, reduction: Reduction, mostStates = Infinity): Counts | undefined {
  const compiled = compile(program, false);
  const begin = cpuUsage().user;
  const { specs } = program.scenario;
  const asks = specs.map((spec) => [spec, lazySpec(compiled, spec)] as const);
  const lone = reduction === "none" ? () => undefined : loneIn(compiled, reduction);
  const seen = new StateSet();
  const found = new Set<string>();
  /** By state: those that it follows on. */
  const before: number[][] = [];
  const ends: number[] = [];
  let steps = 0;

  const store = (words: Int32Array, from: number): void => {
    const index = seen.add(words);
    (before[index] ??= []).push(from);
  };
  const settle = (words: Int32Array, from: number, chain: number): void => {
    const thread = chain < LONGEST_CHAIN ? lone(words) : undefined;
    if (thread === undefined) {
      store(words, from);
      return;
    }
    forEachStep(compiled, words, (move, end) => {
      if (move.thread !== thread || !("to" in end)) return;
      steps++;
      settle(end.to, from, chain + 1);
    });
  };
  for (const state of initialStates(program)) settle(encode(compiled, state), -1, 0);
  for (let index = 0; index < seen.size; index++) {
    if (seen.size > mostStates) return undefined;
    const words = seen.get(index).slice();
    for (const [spec, ask] of asks) if (spec.kind !== "atEnd" && ask(words, 0)) found.add(spec.name);
    let isEnd = true;
    forEachStep(compiled, words, (_, end) => {
      steps++;
      isEnd = false;
      if ("throws" in end) throw new Error("a step throws");
      if ("to" in end) settle(end.to, index, 0);
      else {
        found.add(end.fails);
        ends.push(index);
      }
    });
    if (!isEnd) continue;
    ends.push(index);
    if (!hasEnded(compiled.ends, words, 0)) found.add("not-stuck");
    else for (const [spec, ask] of asks) if (spec.kind === "atEnd" && ask(words, 0)) found.add(spec.name);
  }
  const canEnd = new Set(ends);
  for (const index of canEnd) for (const from of before[index] ?? []) if (from >= 0) canEnd.add(from);
  if (canEnd.size < seen.size) found.add("never-finishes");
  return { stored: seen.size, steps, cpu: (cpuUsage().user - begin) / 1e6, found };
}

/** Says which thread may be taken alone in a state, if one may. */
function loneIn(
  { program, packing, steps }: Compiled,
  reduction: Reduction,
): (words: Int32Array) => number | undefined {
  const footprints = footprintsOf(steps);
  const later = steps.map((points) => laterIn(points, (node) => footprints.below(node)));
  const trees = program.scenario.specs
    .filter(({ kind }) => kind !== "atEnd")
    .map((spec) => specTreeOf(program, spec, packing.positionsOf));
  const isBlind = trees.some((tree) => tree === undefined) || program.scenario.progress.length > 0;
  const asked = new Set(trees.flatMap((tree) => (tree ? [...cellsIn(tree)] : [])));
  const visible = new Map<Node, boolean>();
  const isVisible = (node: Node): boolean => {
    const known = visible.get(node);
    if (known !== undefined) return known;
    const answer = isBlind || (node.kind === "moved" && node.writes.some(({ cell }) => asked.has(cell)));
    visible.set(node, answer);
    return answer;
  };
  const pointIn = (words: Int32Array, thread: number): number => valueAt(words, 0, packing.points[thread]!) + DONE;
  const armAt = (node: Extract<Node, { kind: "branch" }>, words: Int32Array): Node =>
    node.arms[valueAt(words, 0, packing.cells.get(node.cell)!)]!;

  /** What the ways of a step touch and write; nothing if it may not be alone, or cannot be taken. */
  const waysAt = (from: Node, words: Int32Array): Footprint | undefined => {
    let all = NOTHING;
    let isTaken = false;
    const follow = (node: Node): boolean => {
      if (node.kind !== "blocked") all = union(all, footprints.of(node));
      if (node.kind === "branch") return follow(armAt(node, words));
      // Chains that fork, and loop, would be followed for ever.
      if (node.kind === "choice") return false;
      if (node.kind === "blocked") return true;
      isTaken = true;
      return node.kind === "moved" && !isVisible(node);
    };
    return follow(from) && isTaken ? all : undefined;
  };
  /** What the others can do while this thread does not: what none of them has changed stays as it is. */
  const othersFrom = (words: Int32Array, thread: number): Footprint => {
    const changed = new Set<Cell>();
    let all = NOTHING;
    for (let size = -1; size < changed.size;) {
      size = changed.size;
      all = NOTHING;
      for (const other of steps.keys()) {
        const points = new Set(other === thread || pointIn(words, other) === DONE ? [] : [pointIn(words, other)]);
        for (const point of points) {
          const nodes = new Set([steps[other]![point]!]);
          for (const node of nodes) {
            all = union(all, footprints.of(node));
            if (node.kind === "branch")
              for (const arm of changed.has(node.cell) ? node.arms : [armAt(node, words)]) nodes.add(arm);
            else if (node.kind === "choice") for (const option of node.options) nodes.add(option);
            else if (node.kind === "moved") {
              for (const { cell } of node.writes) changed.add(cell);
              if (node.ahead !== undefined) points.add(point + node.ahead);
            }
          }
        }
      }
    }
    return all;
  };
  const known = (words: Int32Array, thread: number): Footprint =>
    steps.reduce(
      (all, _, other) =>
        other === thread || pointIn(words, other) === DONE ? all : union(all, later[other]![pointIn(words, other)]!),
      NOTHING,
    );
  const others = reduction === "guarded" ? othersFrom : known;
  return (words) => {
    for (const thread of steps.keys()) {
      const point = pointIn(words, thread);
      const own = point === DONE ? undefined : waysAt(steps[thread]![point]!, words);
      if (!own) continue;
      const theirs = others(words, thread);
      if ((own.written & theirs.touched) === 0n && (own.touched & theirs.written) === 0n) return thread;
    }
    return undefined;
  };
}

/** By control point: what a thread can do from there on. */
function laterIn(points: readonly Node[], below: (node: Node) => Footprint): readonly Footprint[] {
  return points.map((_, start) => {
    const reached = new Set([start]);
    let all = NOTHING;
    for (const point of reached) {
      all = union(all, below(points[point]!));
      const nodes = new Set([points[point]!]);
      for (const node of nodes) {
        if (node.kind === "branch") for (const arm of node.arms) nodes.add(arm);
        if (node.kind === "choice") for (const option of node.options) nodes.add(option);
        if (node.kind === "moved" && node.ahead !== undefined) reached.add(point + node.ahead);
      }
    }
    return all;
  });
}

function cellsIn(tree: Tree, cells = new Set<Cell>()): ReadonlySet<Cell> {
  if (tree.kind === "branch") {
    cells.add(tree.cell);
    for (const arm of tree.arms) cellsIn(arm, cells);
  }
  if (tree.kind === "choice") for (const option of tree.options) cellsIn(option, cells);
  return cells;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const pinned = scenarios.flatMap((scenario) =>
    scenario.expect.flatMap(({ memory, set = {}, states = 0 }) =>
      memory === undefined ? [{ scenario, set: set as ParamValues, states }] : [],
    ),
  );
  const largest = pinned.toSorted((a, b) => b.states - a.states).slice(0, Number(process.argv[2] ?? 10));
  for (const { scenario, set } of largest) {
    const program = prepare(scenario, set);
    const cells = REDUCTIONS.map((reduction) => {
      const { stored, steps, cpu, found } = explored(program, reduction)!;
      return `${reduction} ${stored} ${steps} ${cpu.toFixed(2)} s ${[...found].toSorted().join()}`;
    });
    process.stdout.write(`${scenario.name} ${JSON.stringify(set)} | ${cells.join(" | ")}\n`);
  }
}
