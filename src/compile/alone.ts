import type { Tree } from "../analysis/decision-tree.ts";
import { isFinished } from "../machine/finish.ts";
import type { Program } from "../machine/program.ts";
import { DONE } from "../machine/state.ts";
import type { Cell } from "../model/access.ts";
import type { Spec } from "../model/spec.ts";
import { ALWAYS, NOTHING, union, type Footprint, type Footprints } from "./footprints.ts";
import type { Node } from "./graph.ts";
import { valueAt, type Packing } from "./pack.ts";

/**
 * A step that crosses nothing that the other threads can still do, and that no spec sees, may be taken alone: all that the
 * others could do before it, they can do after it (docs/decisions/0247).
 */
export interface Alone {
  /** By thread, then by control point. */
  readonly points: readonly (readonly AlonePoint[])[];
}

export interface AlonePoint {
  /** What the thread can do from there on. */
  readonly later: Footprint;
  /** What each way that may be taken alone has to do with; nothing if there is none. */
  readonly least: Footprint | undefined;
  /** Whether this end of the step, or one below it, may be taken alone where nothing crosses the way to it. */
  readonly mayGo: (node: Node) => boolean;
}

/** A spec, and how it is taken apart; nothing if it reads too much for that. */
export type SpecTrees = readonly (readonly [Spec, Tree | undefined])[];

type Steps = readonly (readonly Node[])[];
type Moved = Extract<Node, { kind: "moved" }>;

export function aloneIn(program: Program, specs: SpecTrees, steps: Steps, footprints: Footprints): Alone {
  const isSeen = seenIn(specs);
  return {
    points: steps.map((nodes, t) => {
      const thread = program.threads[t]!;
      // Whether it rests there is asked of states.
      const rests = nodes.map((_, point) => isFinished(thread, point));
      const later = laterIn(nodes, footprints);
      return nodes.map((node, point): AlonePoint => {
        const isAlone = (leaf: Moved): boolean =>
          !rests[point] && isForward(leaf) && !rests[point + (leaf.ahead ?? 0)] && !isSeen(leaf);
        const known = new Map<Node, boolean>();
        const mayGo = (at: Node): boolean => {
          const old = known.get(at);
          if (old !== undefined) return old;
          // A choice is several steps.
          const may = at.kind === "branch" ? at.arms.some(mayGo) : at.kind === "moved" && isAlone(at);
          known.set(at, may);
          return may;
        };
        return { later: later[point]!, least: leastIn(node, footprints, mayGo), mayGo };
      });
    }),
  };
}

/** So that no thread goes round alone for ever, while another one waits. */
const isForward = ({ ahead }: Moved): boolean => ahead === undefined || ahead > 0;

/** Whether a step writes what an `always` or `sometimes` spec reads. */
function seenIn(specs: SpecTrees): (leaf: Moved) => boolean {
  const asked = new Set<Cell>();
  for (const [{ kind }, tree] of specs) {
    if (kind === "atEnd") continue;
    // It may read anything.
    if (!tree) return () => true;
    addCells(tree, asked);
  }
  return ({ writes }) => writes.some(({ cell, by }) => by !== 0 && asked.has(cell));
}

function addCells(tree: Tree, cells: Set<Cell>, seen = new Set<Tree>()): void {
  if (seen.has(tree)) return;
  seen.add(tree);
  if (tree.kind === "branch") cells.add(tree.cell);
  for (const child of tree.kind === "branch" ? tree.arms : tree.kind === "choice" ? tree.options : [])
    addCells(child, cells, seen);
}

/** By control point: what the thread can do from there on. */
function laterIn(nodes: readonly Node[], footprints: Footprints): readonly Footprint[] {
  const next = nodes.map((node, point) => {
    const seen = new Set([node]);
    const points = new Set<number>();
    for (const at of seen) {
      for (const child of at.kind === "branch" ? at.arms : at.kind === "choice" ? at.options : []) seen.add(child);
      if (at.kind === "moved" && at.ahead !== undefined) points.add(point + at.ahead);
    }
    return points;
  });
  const later = nodes.map((node) => footprints.below(node));
  // Most steps lead forward.
  for (let before: readonly Footprint[] = []; later.some((one, point) => one !== before[point]);) {
    before = [...later];
    for (let point = nodes.length - 1; point >= 0; point--)
      for (const to of next[point]!)
        if (!has(later[point]!, later[to]!)) later[point] = union(later[point]!, later[to]!);
  }
  return later;
}

const has = (all: Footprint, some: Footprint): boolean =>
  (some.touched & ~all.touched) === 0n && (some.written & ~all.written) === 0n;

function leastIn(root: Node, footprints: Footprints, mayGo: (node: Node) => boolean): Footprint | undefined {
  const known = new Map<Node, Footprint>();
  const of = (node: Node): Footprint => {
    const old = known.get(node);
    if (old) return old;
    let least = footprints.of(node);
    if (node.kind === "branch") {
      const [first, ...more] = [...new Set(node.arms)].filter(mayGo).map(of);
      least = union(least, more.reduce(both, first!));
    }
    known.set(node, least);
    return least;
  };
  return mayGo(root) ? of(root) : undefined;
}

const both = (a: Footprint, b: Footprint): Footprint => ({
  touched: a.touched & b.touched,
  written: a.written & b.written,
});

/** Words of 64 bits for each value of a control point: `later.touched`, `later.written`, `least.touched`, `least.written`. */
export const WORDS_A_POINT = 4;

/** By thread, where its table begins, counted in values of control points; at last, how many there are. */
export function tablesOf(steps: Steps): readonly number[] {
  const starts = [0];
  for (const { length } of steps) starts.push(starts.at(-1)! + 1 + length);
  return starts;
}

/** What lies at `alone` of each region: a table for each thread, by what its control point is packed as. */
export function tableOf({ points }: Alone): BigInt64Array {
  // What may not go alone crosses whatever the others do, also if they do nothing any more.
  const never: Footprint = { touched: ALWAYS, written: ALWAYS };
  const row = (later: Footprint, least = never): readonly bigint[] => [
    later.touched | ALWAYS,
    later.written,
    least.touched,
    least.written,
  ];
  return BigInt64Array.from(
    points.flatMap((thread) => [row(NOTHING), ...thread.map(({ later, least }) => row(later, least))]).flat(),
    (bits) => BigInt.asIntN(64, bits),
  );
}

export const crosses = (a: Footprint, b: Footprint): boolean =>
  (a.written & b.touched) !== 0n || (a.touched & b.written) !== 0n;

/** What all but one thread can do from a packed state on. */
export const othersFrom = ({ points }: Alone, packing: Packing, words: Int32Array, thread: number): Footprint =>
  points.reduce((all, later, other) => {
    const point = valueAt(words, 0, packing.points[other]!) + DONE;
    return other === thread || point === DONE ? all : union(all, later[point]!.later);
  }, NOTHING);
