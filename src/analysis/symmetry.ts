import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { ModelError } from "../model/error.ts";
import { writtenAt } from "../model/path.ts";
import { placeOf } from "../model/where.ts";
import { initialStates, type Program } from "../machine/program.ts";
import { nameOf } from "../machine/execute-step.ts";
import { stateKey, type State } from "../machine/state.ts";
import { localsOf } from "./locals.ts";
import { differenceOf, type DetailOf, type Renaming } from "./renaming.ts";
import { writtenBy } from "./constants.ts";
import { specTreeOf, type Tree } from "./decision-tree.ts";
import { allPositions, type PositionsOf } from "./growing-tree.ts";

/** Identical threads, and what belongs to each: exchanging them turns every run into a run. */
export interface Group {
  readonly name: string;
  readonly members: readonly Member[];
}

export interface Member {
  readonly thread: number;
  /** Its locals, then the shared cells that are its own; in the same order for every member. */
  readonly cells: readonly Cell[];
}

type Trees = readonly (readonly Tree[])[];

/**
 * The groups of threads that the scenario declares `symmetric`, each shown to be so: exchanging neighbours, and what
 * belongs to them, changes no step, no spec and not the set of initial states. Throws a ModelError that names the step
 * and the fields where it does. `detailOf` says what else must not change. Without the groups that pointers point into, and
 * those that are told apart by something else, but are alike where pointers are renamed, as `isRenamed` says.
 *
 * Only values that are reached are looked at, and that is enough: if initial states are exchanged for initial states, and
 * steps for steps over all values that both sides were seen to have, then both have the same values, one after the other.
 */
export function symmetryOf(
  program: Program,
  trees: Trees,
  positionsOf: PositionsOf,
  detailOf?: DetailOf,
  isRenamed: (name: string) => boolean = () => false,
): readonly Group[] {
  const names = [...new Set(program.threads.flatMap(({ group }) => group ?? []))];
  const groupCalled = (name: string): readonly Group[] => {
    const threads = [...program.threads.keys()].filter((t) => program.threads[t]!.group === name);
    if (threads.length < 2) return [];
    const members = membersUnlessPointedAt(program, trees, name, threads);
    if (!members) return [];
    const group = { name, members };
    const idle = threads.map((t) => [program.threads[t]!.isIdle, ...(program.threads[t]!.idleAt ?? [])].join());
    if (idle.some((one) => one !== idle[0])) throw notOwn(program, name, "idle tells them apart");
    for (let i = 1; i < threads.length; i++) prove({ program, trees, positionsOf, detailOf }, group, i - 1, i);
    return [group];
  };
  return names.flatMap((name) => {
    try {
      return groupCalled(name);
    } catch (error) {
      if (error instanceof SymmetryError && isRenamed(name)) return [];
      throw error;
    }
  });
}

/**
 * Finds what belongs to each thread by following the same steps of all of them side by side: where one uses `mm[0].pte`
 * and another `mm[1].pte`, these are their own, and so is all else in `mm[0]` and `mm[1]`.
 */
function membersOf(program: Program, trees: Trees, name: string, threads: readonly number[]): readonly Member[] {
  const [first] = threads;
  const owned = new Map<Cell, Cell[]>();
  const partners = threads.map(() => new Map<Cell, Cell>());
  // What others do to a CPU, as by an IPI, it need not look at itself.
  const own = (thread: number): Cell | undefined => program.threads[thread]!.holds?.context?.off;
  for (const [i, thread] of threads.entries()) {
    const [ours, theirs] = [own(first!), own(thread)];
    if (!ours || !theirs) continue;
    for (const [a, b] of [[ours, theirs] as const, ...siblings(program, ours, theirs)]) partners[i]!.set(a, b);
  }
  // What a CPU's store buffer writes belongs to it, too.
  const ofCpu = (cpu: number): readonly Tree[] =>
    trees.flatMap((steps, t) => (t === cpu || program.threads[t]!.buffer?.cpu === cpu ? steps : []));
  for (const [i, thread] of threads.entries())
    for (const [point, tree] of ofCpu(first!).entries()) {
      const other = ofCpu(thread)[point];
      const isAlike =
        other &&
        sideBySide(tree, other, (ours, theirs) => {
          if (ours.isLocal || theirs.isLocal) return ours.isLocal === theirs.isLocal;
          // A step that asks what is kept for each thread says nothing of whose is whose.
          if (ours.keptFor !== undefined && theirs.keptFor !== undefined)
            if (ours.keptFor !== first || theirs.keptFor !== thread) return true;
          for (const [a, b] of [[ours, theirs], ...siblings(program, ours, theirs)] as const) {
            if ((partners[i]!.get(a) ?? b) !== b) return false;
            partners[i]!.set(a, b);
          }
          return true;
        });
      if (!isAlike) throw asymmetric(program, name, thread, point, readBy(tree));
    }
  for (const cell of new Set(partners.flatMap((known) => [...known.keys()]))) {
    const row = threads.map((_, i) => (i === 0 ? cell : partners[i]!.get(cell)));
    if (row.every((other) => other === cell)) continue;
    if (row.includes(undefined) || new Set(row).size < row.length)
      throw notOwn(program, name, `field '${cell.name}' belongs to more than one of them`);
    owned.set(cell, row as Cell[]);
  }
  const all = [...owned.values()].flat();
  if (new Set(all).size < all.length) throw notOwn(program, name, "they do not use the shared fields alike");
  return threads.map((thread, i) => ({
    thread,
    cells: [...localsOf(program.threads[thread]!), ...[...owned.values()].map((row) => row[i]!)],
  }));
}

function readBy(tree: Tree, cells = new Set<Cell>()): ReadonlySet<Cell> {
  if (tree.kind === "branch") {
    cells.add(tree.cell);
    for (const arm of tree.arms) readBy(arm, cells);
  } else if (tree.kind === "choice") for (const option of tree.options) readBy(option, cells);
  return cells;
}

/** Pairs the cells of two trees of the same shape, where states lead; false where the shapes or the pairs do not fit. */
function sideBySide(a: Tree, b: Tree, pair: (a: Cell, b: Cell) => boolean): boolean {
  if (a.kind === "never" || b.kind === "never") return true;
  if (a.kind === "branch" && b.kind === "branch")
    return (
      pair(a.cell, b.cell) &&
      a.arms.length === b.arms.length &&
      a.arms.every((arm, i) => sideBySide(arm, b.arms[i]!, pair))
    );
  if (a.kind === "choice" && b.kind === "choice")
    return (
      a.options.length === b.options.length && a.options.every((option, i) => sideBySide(option, b.options[i]!, pair))
    );
  if (a.kind === "moved" && b.kind === "moved") {
    const written = [...b.writes.keys()];
    return a.writes.size === b.writes.size && [...a.writes.keys()].every((cell, i) => pair(cell, written[i]!));
  }
  return a.kind === b.kind;
}

/** For cells that differ in one index, such as `mm[0].pte` and `mm[1].pte`: all pairs of `mm[0]` and `mm[1]`. */
function siblings(program: Program, a: Cell, b: Cell): readonly (readonly [Cell, Cell])[] {
  if (a === b) return [];
  const indices = (name: string): string[] => name.split(/(?<=\])/);
  const [left, right] = [indices(a.name), indices(b.name)];
  const at = left.findIndex((part, i) => part !== right[i]);
  const [from, to] = [left.slice(0, at + 1).join(""), right.slice(0, at + 1).join("")];
  if (!from.endsWith("]") || !to.endsWith("]")) return [];
  return program.cells.flatMap((cell) => {
    if (!cell.name.startsWith(from)) return [];
    const partner = program.cells.find(({ name }) => name === to + cell.name.slice(from.length));
    return partner ? [[cell, partner] as const] : [];
  });
}

/**
 * What belongs to each thread; nothing if some pointer may point at it. That pointer would have to move along with its owner, so
 * that the order of what members hold says no longer who is who: such threads are told apart, which costs states and no verdict.
 */
function membersUnlessPointedAt(
  program: Program,
  trees: Trees,
  name: string,
  threads: readonly number[],
): readonly Member[] | undefined {
  try {
    const members = membersOf(program, trees, name, threads);
    const own = members.flatMap(({ cells }) => cells);
    return arePointedAt(program, trees, own) ? undefined : members;
  } catch (error) {
    // What a step does with its thread's own by a pointer, it does to another struct in each thread.
    if (error instanceof SymmetryError && arePointedAt(program, trees, differingIn(program, trees, threads)))
      return undefined;
    throw error;
  }
}

/** Shared cells in whose place the same step of another of these threads uses another one, and what lies beside them. */
function differingIn(program: Program, trees: Trees, [first, ...others]: readonly number[]): readonly Cell[] {
  const cells = new Set<Cell>();
  for (const other of others)
    for (const [point, tree] of trees[first!]!.entries())
      sideBySide(tree, trees[other]![point] ?? tree, (ours, theirs) => {
        if (ours !== theirs && !ours.isLocal && !theirs.isLocal)
          for (const pair of [[ours, theirs], ...siblings(program, ours, theirs)])
            for (const cell of pair) cells.add(cell);
        return true;
      });
  return [...cells];
}

/**
 * Some pointer may point at a struct that one of these cells is in. One that no step reads or writes says nothing to anybody.
 */
function arePointedAt(program: Program, trees: Trees, cells: readonly Cell[]): boolean {
  const owners = new Set(cells.flatMap(({ name }) => structsAround(name)));
  const isOwn = (cell: Cell, value: Value): boolean => cell.isPointer === true && owners.has(String(value));
  const read = new Set<Cell>();
  for (const tree of trees.flat()) readBy(tree, read);
  const visit = (tree: Tree): boolean => {
    if (tree.kind === "branch") return tree.arms.some(visit);
    if (tree.kind === "choice") return tree.options.some(visit);
    return tree.kind === "moved" && [...tree.writes].some(([cell, value]) => isOwn(cell, value));
  };
  return (
    trees.flat().some(visit) ||
    initialStates(program).some((state) => [...read].some((cell) => isOwn(cell, state.cells.get(cell.index)!)))
  );
}

/** All that a pointer to one of them could name: of `mm[0].pte.page`, `mm[0].pte` and `mm[0]`. */
function structsAround(name: string): readonly string[] {
  const dot = name.lastIndexOf(".");
  return dot < 0 ? [] : [name.slice(0, dot), ...structsAround(name.slice(0, dot))];
}

interface Model {
  readonly program: Program;
  readonly trees: Trees;
  readonly positionsOf: PositionsOf;
  readonly detailOf: DetailOf | undefined;
}

function prove({ program, trees, positionsOf, detailOf }: Model, { name, members }: Group, i: number, j: number): void {
  const [a, b] = [members[i]!, members[j]!];
  const partners = new Map(a.cells.flatMap((cell, k) => [[cell, b.cells[k]!] as const, [b.cells[k]!, cell] as const]));
  const renaming: Renaming = { cell: (cell) => partners.get(cell) ?? cell, value: (_, value) => value };
  const exchange = (thread: number): number =>
    thread === a.thread ? b.thread : thread === b.thread ? a.thread : thread;
  const partner = (thread: number): number => {
    const cpu = program.threads[thread]!.buffer?.cpu;
    return cpu === undefined
      ? exchange(thread)
      : program.threads.findIndex(({ buffer }) => buffer?.cpu === exchange(cpu));
  };
  for (const [thread, points] of trees.entries())
    for (const [point, tree] of points.entries()) {
      const difference = differenceOf(tree, renaming, trees[partner(thread)]![point]!, detailOf);
      if (difference) throw asymmetric(program, name, thread, point, difference);
    }
  const written = writtenBy(trees);
  // What is told of their own fields does not depend on how far they were seen to differ.
  const values: PositionsOf = (cell) => (partners.has(cell) ? allPositions(cell) : positionsOf(cell));
  for (const spec of program.scenario.specs) {
    const tree = specTreeOf(program, spec, values);
    // What no step writes it says in every state alike.
    if (tree && [...readBy(tree)].every((cell) => !written.has(cell))) continue;
    if (!tree || differenceOf(tree, renaming, tree))
      throw notOwn(
        program,
        name,
        `spec '${spec.name}' ${tree ? "tells them apart" : "reads too much to be sure that it does not tell them apart"}`,
      );
  }
  const key = stateKey(program.cells);
  const initials = initialStates(program);
  const known = new Set(initials.map(key));
  const exchanged = (state: State): State =>
    state.merge({
      cells: state.cells.map((_, index) => {
        const cell = program.cells[index]!;
        const value = state.cells.get(renaming.cell(cell).index)!;
        return cell.isPointer === true && partners.has(cell) ? targetIn(partners, value) : value;
      }),
      points: state.points.map((_, thread) => state.points.get(partner(thread))!),
    });
  if (initials.some((state) => !known.has(key(exchanged(state))))) throw notOwn(program, name, "init tells them apart");
}

/** What a pointer points at where threads are exchanged, with what belongs to them. */
function targetIn(partners: ReadonlyMap<Cell, Cell>, target: Value): Value {
  for (const [from, to] of partners) {
    if (target === null || !from.name.startsWith(`${String(target)}.`)) continue;
    return to.name.slice(0, to.name.length - (from.name.length - String(target).length));
  }
  return target;
}

/** Threads are declared symmetric, and something tells them apart. */
export class SymmetryError extends ModelError {}

const REMEDY = "give `threads` a list of paths in place of symmetric(...), or run with --no-symmetry";

function asymmetric(
  program: Program,
  group: string,
  thread: number,
  point: number,
  cells: ReadonlySet<Cell>,
): SymmetryError {
  const { points } = program.threads[thread]!;
  // Behind the last step lies what the CPU's store buffer does.
  const step = points[Math.min(point, points.length - 1)]!;
  const place = placeOf(writtenAt(step.frame.path, step.label));
  const fields = [...cells].map(({ name }) => name).join(", ");
  return new SymmetryError(`threads '${group}' are declared symmetric, but ${nameOf(step)} tells them apart`, {
    ...(place !== undefined && { where: place }),
    cause: `with two of them exchanged it does something else, or it reads too much to tell; it reads ${fields || "nothing"}`,
    remedy: REMEDY,
  });
}

const notOwn = (program: Program, group: string, cause: string): SymmetryError =>
  new SymmetryError(`threads '${group}' are declared symmetric, but ${cause}`, {
    where: `scenario '${program.scenario.name}'`,
    remedy: REMEDY,
  });
