import type { Cell } from "../model/access.ts";
import { componentsOf } from "../analysis/components.ts";
import { initialStates, type Program } from "../machine/program.ts";
import { DONE } from "../machine/state.ts";
import type { Node } from "./graph.ts";
import { packedAs, type Packing } from "./pack.ts";

/**
 * What the steps alone say of runs that never end. A run that goes in circles takes steps of loops only, and leaves the
 * fields alone that no step in a loop writes. So, for each value of these `fields`: at which control points a thread can
 * go on whatever others do, and never comes back.
 */
export interface Loops {
  /** The fields, with the weight that the position of a value has in the number of all their values. */
  readonly fields: readonly { readonly cell: Cell; readonly weight: number }[];
  /** By number: whether there are loops at all; then by thread and control point, plus one: 1 where it leaves for good. */
  readonly cases: readonly { readonly hasLoops: boolean; readonly leaves: readonly Uint8Array[] }[];
}

/** What of a compiled program its loops are in. */
interface Source {
  readonly program: Program;
  readonly packing: Packing;
  readonly steps: readonly (readonly Node[])[];
}

// Above this, looking closely costs more than it saves.
const MOST_CASES = 64;
const MOST_VISITS = 100_000;

/** Where threads can go round, by their control points alone; nothing if none can: then every run ends. */
export function loopsOf(source: Source): Loops | undefined {
  const loops = looked(source, [], () => () => false);
  return loops.cases[0]!.hasLoops ? loops : undefined;
}

/** The same with a closer look: at what a loop depends on and no loop writes, and at what one thread alone writes. */
export function closeLoopsOf(source: Source): Loops {
  const { program, packing, steps } = source;
  const valuesOf = (cell: Cell): number => packing.positionsOf(cell).length;
  const unsteady = new Set<Cell>();
  const writers = new Map<Cell, number | "several">();
  const read = new Set<Cell>();
  for (const [t, points] of steps.entries()) {
    const components = loopsIn(points.map((node, p) => leavesIn(node).flatMap((leaf) => nextOf(leaf, p))));
    for (const [p, node] of points.entries()) {
      if (components[p] !== undefined) for (const cell of cellsIn(node)) read.add(cell);
      for (const leaf of leavesIn(node)) {
        if (leaf.kind !== "moved") continue;
        const [next] = nextOf(leaf, p);
        const isInLoop = next !== undefined && components[p] !== undefined && components[p] === components[next];
        for (const { cell, by } of leaf.writes) {
          if (by === 0) continue;
          writers.set(cell, (writers.get(cell) ?? t) === t ? t : "several");
          if (isInLoop) unsteady.add(cell);
        }
      }
    }
  }
  let cases = 1;
  const steady = program.cells
    .filter((cell) => read.has(cell) && !unsteady.has(cell))
    .toSorted((a, b) => valuesOf(a) - valuesOf(b) || a.index - b.index)
    .filter((cell) => {
      if (cases * valuesOf(cell) > MOST_CASES) return false;
      cases *= valuesOf(cell);
      return true;
    });
  return looked(source, steady, (t) => (cell) => unsteady.has(cell) && writers.get(cell) === t);
}

function looked(source: Source, steady: readonly Cell[], isOwn: (thread: number) => (cell: Cell) => boolean): Loops {
  const { threads } = source.program;
  const { positionsOf } = source.packing;
  // The hardware is at an end when the threads are.
  const graphs = threads.map(({ buffer }, t) =>
    buffer ? undefined : (graphOf(source, t, steady, isOwn(t)) ?? graphOf(source, t, steady, () => false, Infinity)!),
  );
  let weight = 1;
  const fields = steady.map((cell) => {
    const field = { cell, weight };
    weight *= positionsOf(cell).length;
    return field;
  });
  const cases = Array.from({ length: weight }, (_, number) => {
    const isHere = (when: Conditions): boolean =>
      fields.every(({ cell, weight: w }) => {
        const value = when.get(cell);
        return value === undefined || value === Math.floor(number / w) % positionsOf(cell).length;
      });
    const leaves = graphs.map((graph, t) => leavingPoints(graph, threads[t]!.points.length, isHere));
    return { hasLoops: leaves.some(({ hasLoops }) => hasLoops), leaves: leaves.map(({ points }) => points) };
  });
  return { fields, cases };
}

type Leaf = Exclude<Node, { kind: "branch" | "choice" }>;

const childrenOf = (node: Node): readonly Node[] =>
  node.kind === "branch" ? [...new Set(node.arms)] : node.kind === "choice" ? node.options : [];

function nodesIn(root: Node): ReadonlySet<Node> {
  const seen = new Set([root]);
  for (const node of seen) for (const child of childrenOf(node)) seen.add(child);
  return seen;
}

const leavesIn = (root: Node): readonly Leaf[] =>
  [...nodesIn(root)].flatMap((node) => (node.kind === "branch" || node.kind === "choice" ? [] : [node]));

const cellsIn = (root: Node): readonly Cell[] =>
  [...nodesIn(root)].flatMap((node) => (node.kind === "branch" ? [node.cell] : []));

/** The control point that a leaf of the step at `point` leads to, unless the thread is done then. */
const nextOf = (leaf: Leaf, point: number): readonly number[] =>
  leaf.kind === "moved" && leaf.ahead !== undefined ? [point + leaf.ahead] : [];

/** Positions of values of steady cells on which a way through a step depends. */
type Conditions = ReadonlyMap<Cell, number>;

const keyOf = (when: Conditions): string => [...when].map(([cell, value]) => `${cell.index}=${value}`).join();

/** A thread by itself: where it can be, with the values of what it alone writes, and where that leads. */
interface Graph {
  /** By node: its control point. */
  readonly points: readonly number[];
  readonly edges: readonly (readonly { readonly to: number; readonly when: Conditions }[])[];
  /** By control point: when it may have to wait there. */
  readonly waits: readonly (readonly Conditions[])[];
}

/** Nothing if there is too much to look at. */
function graphOf(
  { program, packing, steps }: Source,
  thread: number,
  steady: readonly Cell[],
  isOwn: (cell: Cell) => boolean,
  most = MOST_VISITS,
): Graph | undefined {
  const trees = steps[thread]!;
  const own = program.cells.filter(isOwn);
  const ownAt = new Map(own.map((cell, i) => [cell, i]));
  const numbers = new Map<string, number>();
  const nodes: { readonly point: number; readonly values: readonly number[] }[] = [];
  const nodeOf = (point: number, values: readonly number[]): number => {
    const key = `${point} ${values.join()}`;
    const number = numbers.get(key) ?? nodes.push({ point, values }) - 1;
    numbers.set(key, number);
    return number;
  };
  for (const { points, cells } of initialStates(program)) {
    const point = points.get(thread)!;
    if (point !== DONE)
      nodeOf(
        point,
        own.map((cell) => packedAs(packing, cell, cells.get(cell.index)!)),
      );
  }
  const edges: { readonly to: number; readonly when: Conditions }[][] = [];
  const waits: Conditions[][] = trees.map(() => []);
  let visits = 0;
  for (let n = 0; n < nodes.length; n++) {
    const { point, values } = nodes[n]!;
    const here = new Map<string, { readonly to: number; readonly when: Conditions }>();
    const seen = new Set<string>();
    const visit = (node: Node, when: Conditions): void => {
      const key = `${node.id} ${keyOf(when)}`;
      if (seen.has(key) || ++visits > most) return;
      seen.add(key);
      if (node.kind === "branch") {
        const at = ownAt.get(node.cell);
        const value = at === undefined ? when.get(node.cell) : values[at];
        if (value !== undefined) visit(node.arms[value]!, when);
        else if (steady.includes(node.cell))
          for (const [i, arm] of node.arms.entries()) visit(arm, new Map([...when, [node.cell, i]]));
        else for (const arm of new Set(node.arms)) visit(arm, when);
      } else if (node.kind === "choice") for (const option of node.options) visit(option, when);
      else if (node.kind === "blocked") waits[point]!.push(when);
      else if (node.kind === "moved" && node.ahead !== undefined) {
        const after = [...values];
        for (const { cell, to, by } of node.writes) {
          const at = ownAt.get(cell);
          if (at !== undefined) after[at] = to ?? after[at]! + by!;
        }
        const to = nodeOf(point + node.ahead, after);
        here.set(`${to} ${keyOf(when)}`, { to, when });
      }
    };
    visit(trees[point]!, new Map());
    edges.push([...here.values()]);
    if (visits > most) return undefined;
  }
  return { points: nodes.map(({ point }) => point), edges, waits };
}

/** The control points, plus one, at which a thread can always go on and to which it never comes back. */
function leavingPoints(
  graph: Graph | undefined,
  count: number,
  isHere: (when: Conditions) => boolean,
): { readonly hasLoops: boolean; readonly points: Uint8Array } {
  const points = new Uint8Array(count + 1);
  if (!graph) return { hasLoops: false, points };
  const components = loopsIn(graph.edges.map((edges) => edges.flatMap(({ to, when }) => (isHere(when) ? [to] : []))));
  points.fill(1, 1);
  for (const [p, waits] of graph.waits.entries()) if (waits.some(isHere)) points[p + 1] = 0;
  for (const [n, component] of components.entries()) if (component !== undefined) points[graph.points[n]! + 1] = 0;
  return { hasLoops: components.some((component) => component !== undefined), points };
}

/** By node of a graph: the loops that it is part of, as a number; nothing if it is in none. */
function loopsIn(graph: readonly (readonly number[])[]): readonly (number | undefined)[] {
  const components = componentsOf(graph);
  const sizes = new Map<number, number>();
  for (const component of components) sizes.set(component, (sizes.get(component) ?? 0) + 1);
  return graph.map((next, node) =>
    sizes.get(components[node]!)! > 1 || next.includes(node) ? components[node] : undefined,
  );
}
