import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { initialStates, type Machine } from "../semantics/machine.ts";
import { DONE } from "../semantics/state.ts";
import { leavesOf, type Tree } from "../semantics/tree.ts";
import type { Constants } from "./constants.ts";

type Trees = readonly (readonly Tree[])[];

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

// More than this is no longer cheap, and what a search then does itself is.
const MOST_CASES = 256;
const MOST_EDGES = 100_000;

/** Nothing if no thread has a loop: then every run ends. */
export function loopsOf(machine: Machine, trees: Trees, constants: Constants): Loops | undefined {
  const isPath = machine.threads.map(({ buffer }) => !buffer);
  const components = trees.map((points) =>
    componentsOf(points.map((tree) => movesOf(tree, constants).map(({ next }) => next))),
  );
  if (components.every((of, t) => !isPath[t] || of.every((component) => component === undefined))) return undefined;
  const unsteady = new Set<Cell>();
  const writers = new Map<Cell, Set<number>>();
  for (const [t, points] of trees.entries())
    for (const [p, tree] of points.entries())
      for (const { next, writes } of movesOf(tree, constants)) {
        const isInLoop = next !== DONE && components[t]![p] !== undefined && components[t]![p] === components[t]![next];
        for (const cell of writes.keys()) {
          writers.set(cell, (writers.get(cell) ?? new Set()).add(t));
          if (isInLoop) unsteady.add(cell);
        }
      }
  const isOwn = (t: number) => (cell: Cell) => {
    const some = writers.get(cell);
    return some !== undefined && some.size === 1 && some.has(t) && unsteady.has(cell);
  };
  const steady = steadyCells(machine, trees, components, (cell) => unsteady.has(cell) || constants.has(cell));
  const graphs = trees.map((points, t) =>
    isPath[t] ? graphOf(machine, t, points, { constants, steady, isOwn: isOwn(t) }) : ("hardware" as const),
  );
  let weight = 1;
  const fields = steady.map((cell) => {
    const field = { cell, weight };
    weight *= cell.values.length;
    return field;
  });
  const cases = Array.from({ length: weight }, (_, number) => {
    const isHere = (conditions: Conditions): boolean =>
      fields.every(({ cell, weight: w }) => {
        const value = conditions.get(cell);
        return value === undefined || value === cell.values[Math.floor(number / w) % cell.values.length];
      });
    const leaves = graphs.map((graph, t) => {
      const { length } = machine.threads[t]!.points;
      // The hardware is at an end when the threads are.
      if (graph === "hardware") return { hasLoops: false, points: new Uint8Array(length + 1) };
      return leavingPoints(graph, length, isHere);
    });
    return { hasLoops: leaves.some(({ hasLoops }) => hasLoops), leaves: leaves.map(({ points }) => points) };
  });
  return { fields, cases };
}

type Moved = Extract<Tree, { kind: "moved" }>;

function movesOf(tree: Tree, constants: Constants): readonly Moved[] {
  const known = [...leavesOf(tree)];
  return known.filter(
    (leaf): leaf is Moved =>
      leaf.kind === "moved" &&
      [...leaf.reads].every(([cell, value]) => !constants.has(cell) || constants.get(cell) === value),
  );
}

/** What loops look at and no loop writes: the smaller first, and no more than there is room for. */
function steadyCells(
  machine: Machine,
  trees: Trees,
  components: readonly (readonly (number | undefined)[])[],
  isUnfit: (cell: Cell) => boolean,
): readonly Cell[] {
  const read = new Set<Cell>();
  for (const [t, points] of trees.entries())
    for (const [p, tree] of points.entries()) if (components[t]![p] !== undefined) readIn(tree, read);
  let cases = 1;
  return machine.cells
    .filter((cell) => read.has(cell) && !isUnfit(cell))
    .toSorted((a, b) => a.values.length - b.values.length || a.index - b.index)
    .filter(({ values }) => {
      if (cases * values.length > MOST_CASES) return false;
      cases *= values.length;
      return true;
    });
}

function readIn(tree: Tree, cells: Set<Cell>): void {
  if (tree.kind === "branch") {
    cells.add(tree.cell);
    for (const arm of tree.arms) readIn(arm, cells);
  } else if (tree.kind === "choice") for (const option of tree.options) readIn(option, cells);
}

/** Values of steady cells on which a way through a step depends. */
type Conditions = ReadonlyMap<Cell, Value>;

/** A thread by itself: where it can be, with the values of what it alone writes, and where that leads. */
interface Graph {
  /** By node: its control point. */
  readonly points: readonly number[];
  readonly edges: readonly (readonly { readonly to: number; readonly when: Conditions }[])[];
  /** By control point: when it may have to wait there. */
  readonly waits: readonly (readonly Conditions[])[];
}

interface About {
  readonly constants: Constants;
  readonly steady: readonly Cell[];
  readonly isOwn: (cell: Cell) => boolean;
}

/** Without the values of its own if there are too many of them; nothing if there is too much even so. */
function graphOf(machine: Machine, thread: number, trees: readonly Tree[], about: About): Graph | undefined {
  return (
    growGraph(machine, thread, trees, about) ?? growGraph(machine, thread, trees, { ...about, isOwn: () => false })
  );
}

function growGraph(
  machine: Machine,
  thread: number,
  trees: readonly Tree[],
  { constants, steady, isOwn }: About,
): Graph | undefined {
  const own = machine.cells.filter(isOwn);
  const numbers = new Map<string, number>();
  const nodes: { readonly point: number; readonly values: ReadonlyMap<Cell, Value> }[] = [];
  const nodeOf = (point: number, values: ReadonlyMap<Cell, Value>): number => {
    const key = `${point} ${own.map((cell) => cell.values.indexOf(values.get(cell)!)).join()}`;
    const number = numbers.get(key) ?? nodes.push({ point, values }) - 1;
    numbers.set(key, number);
    return number;
  };
  for (const { points, cells } of initialStates(machine))
    if (points.get(thread)! !== DONE)
      nodeOf(points.get(thread)!, new Map(own.map((cell) => [cell, cells.get(cell.index)!])));
  const edges: { readonly to: number; readonly when: Conditions }[][] = [];
  const waits: Conditions[][] = trees.map(() => []);
  let count = 0;
  for (let n = 0; n < nodes.length; n++) {
    const { point, values } = nodes[n]!;
    const here: { readonly to: number; readonly when: Conditions }[] = [];
    const visit = (tree: Tree, when: Conditions): void => {
      if (++count > MOST_EDGES) return;
      if (tree.kind === "branch") {
        const value = constants.get(tree.cell) ?? values.get(tree.cell) ?? when.get(tree.cell);
        if (value !== undefined) visit(tree.arms[tree.cell.values.indexOf(value)]!, when);
        else {
          const isSteady = steady.includes(tree.cell);
          for (const [i, arm] of tree.arms.entries())
            visit(arm, isSteady ? new Map([...when, [tree.cell, tree.cell.values[i]!]]) : when);
        }
      } else if (tree.kind === "choice") for (const option of tree.options) visit(option, when);
      else if (tree.kind === "blocked") waits[point]!.push(when);
      else if (tree.kind === "moved" && tree.next !== DONE)
        here.push({
          to: nodeOf(tree.next, new Map(own.map((cell) => [cell, tree.writes.get(cell) ?? values.get(cell)!]))),
          when,
        });
    };
    visit(trees[point]!, new Map());
    edges.push(here);
    if (count > MOST_EDGES) return undefined;
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
  if (!graph) return { hasLoops: true, points };
  const components = componentsOf(
    graph.edges.map((edges) => edges.flatMap(({ to, when }) => (isHere(when) ? [to] : []))),
  );
  points.fill(1, 1);
  for (const [p, waits] of graph.waits.entries()) if (waits.some(isHere)) points[p + 1] = 0;
  for (const [n, component] of components.entries()) if (component !== undefined) points[graph.points[n]! + 1] = 0;
  return { hasLoops: components.some((component) => component !== undefined), points };
}

/** By node of a graph: which of the sets it belongs to that can be gone round in for ever, if it does. */
function componentsOf(graph: readonly (readonly number[])[]): readonly (number | undefined)[] {
  const result: (number | undefined)[] = graph.map(() => undefined);
  const order = new Int32Array(graph.length);
  const low = new Int32Array(graph.length);
  const open: number[] = [];
  const isOpen = new Uint8Array(graph.length);
  const path: { readonly node: number; child: number }[] = [];
  let counter = 0;
  const enter = (node: number): void => {
    order[node] = low[node] = ++counter;
    isOpen[node] = 1;
    open.push(node);
    path.push({ node, child: 0 });
  };
  for (let root = 0; root < graph.length; root++) {
    if (order[root] === 0) enter(root);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const { node } = top;
      const child = graph[node]![top.child++];
      if (child === DONE) continue;
      if (child !== undefined) {
        if (order[child] === 0) enter(child);
        else if (isOpen[child]) low[node] = Math.min(low[node]!, order[child]!);
        continue;
      }
      path.pop();
      const parent = path.at(-1)?.node;
      if (parent !== undefined) low[parent] = Math.min(low[parent]!, low[node]!);
      if (low[node] !== order[node]) continue;
      const members = open.splice(open.lastIndexOf(node));
      for (const member of members) {
        isOpen[member] = 0;
        if (members.length > 1 || graph[member]!.includes(member)) result[member] = node;
      }
    }
  }
  return result;
}
