import type { Cell } from "../model/access.ts";
import { breaksRule } from "../model/error.ts";
import type { Program, ProgramThread } from "../machine/program.ts";
import { comesToNothing, type Tree } from "./decision-tree.ts";
import { treeIn } from "./reachable.ts";

/** A step that may touch several racy fields at once without saying why no other CPU can see them apart. */
export interface UndeclaredAtomic {
  readonly path: string;
  readonly label: string;
  readonly fields: readonly string[];
}

/**
 * Finds them among the steps that were taken, by thread and control point. A field is racy if two threads use it and
 * one of them writes it. Fields in one word of memory are touched by one access.
 */
export function undeclaredAtomics(
  program: Program,
  taken: readonly (readonly number[])[],
): readonly UndeclaredAtomic[] {
  const users = new Map<Cell, Set<number>>();
  const written = new Set<Cell>();
  const several: { readonly thread: ProgramThread; readonly point: number; readonly cells: ReadonlySet<Cell> }[] = [];
  for (const [t, thread] of program.threads.entries())
    for (const point of thread.points.keys()) {
      if (taken[t]![point] === 0) continue;
      for (const { touched, writes } of runsOf(program, t, point)) {
        for (const cell of touched) users.set(cell, (users.get(cell) ?? new Set<number>()).add(t));
        for (const cell of writes) written.add(cell);
        if (touched.size > 1 && thread.points[point]!.step.atomic === undefined)
          several.push({ thread, point, cells: touched });
      }
    }
  const isRacy = (cell: Cell): boolean => written.has(cell) && users.get(cell)!.size > 1;
  const steps = new Map<string, UndeclaredAtomic>();
  for (const { thread, point, cells } of several) {
    const { label, frame } = thread.points[point]!;
    const racy = [...cells].filter(isRacy);
    if (new Set(racy.map(({ word }) => word)).size < 2) continue;
    const fields = racy.map(({ name }) => name);
    const name = `${frame.path.name}: ${label}`;
    if (fields.length > (steps.get(name)?.fields.length ?? 0))
      steps.set(name, { path: frame.path.name, label, fields });
  }
  return [...steps.values()];
}

interface Touch {
  readonly touched: ReadonlySet<Cell>;
  readonly writes: readonly Cell[];
}

/** By tree: a program is searched under several memory models. */
const touches = new WeakMap<Tree, readonly Touch[]>();

/** The shared fields that each way through a step touches. */
function runsOf(program: Program, thread: number, point: number): readonly Touch[] {
  try {
    const tree = treeIn(program, thread, point);
    const known = touches.get(tree) ?? runsIn(tree);
    touches.set(tree, known);
    return known;
  } catch (error) {
    // A step that reads too much to be taken apart runs on the reference engine alone, and goes without this check.
    if (!breaksRule(error)) throw error;
    return [];
  }
}

function runsIn(whole: Tree): readonly Touch[] {
  const runs = new Map<string, Touch>();
  const visit = (tree: Tree, read: readonly Cell[]): void => {
    if (tree.kind === "branch") {
      const more = isShared(tree.cell) ? [...read, tree.cell] : read;
      for (const arm of tree.arms) visit(arm, more);
    } else if (tree.kind === "choice") for (const option of tree.options) visit(option, read);
    else if (!comesToNothing(tree)) {
      const writes = tree.kind === "moved" ? [...tree.writes.keys()].filter(isShared) : [];
      const touched = new Set([...read, ...writes]);
      runs.set([...touched].map(({ index }) => index).join() + ":" + writes.map(({ index }) => index).join(), {
        touched,
        writes,
      });
    }
  };
  visit(whole, []);
  return [...runs.values()];
}

// A local is no one else's, a ghost is not there, and a guarded field is checked on its own.
const isShared = (cell: Cell): boolean => !cell.isLocal && !cell.isGhost && !cell.guard;
