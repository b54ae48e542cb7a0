import { List } from "immutable";
import { LIFE, type Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { NO_LEAK } from "../model/spec.ts";
import { initialStates, type Program } from "../machine/program.ts";
import { stateKey, type State } from "../machine/state.ts";
import { writtenBy } from "./constants.ts";
import { leavesOf, specTreeOf, type Tree } from "./decision-tree.ts";
import type { PositionsOf } from "./growing-tree.ts";
import { Labels, mayBeAlike, NoPartner, slabsIn, swapped, type Exchanged, type Kin } from "./kin.ts";
import { differenceOf, type DetailOf } from "./renaming.ts";
import { symmetryOf, type Group } from "./symmetry.ts";

type Trees = readonly (readonly Tree[])[];

/** What a search need not tell apart. */
export interface Alike {
  /** Threads that no pointer tells of: what each has can be put in order by itself. */
  readonly groups: readonly Group[];
  /** All that may take each other's place, where some pointer tells of it; then `groups` is empty. */
  readonly labels: Labels | undefined;
  readonly names: readonly string[];
}

/**
 * Finds out what a search need not tell apart. Threads that are declared symmetric, though steps tell them apart, are a
 * ModelError where no pointer points at what belongs to them; where some does, and it cannot be shown that they are
 * alike with their pointers renamed, they are told apart.
 */
export function alikeIn(program: Program, trees: Trees, positionsOf: PositionsOf, detailOf?: DetailOf): Alike {
  if (!mayBeAlike(program)) return { groups: [], labels: undefined, names: [] };
  const isAlike = (kin: Kin): boolean => isProved({ program, trees, positionsOf, detailOf }, kin);
  const renamed = (name: string): readonly Kin[] => [withOwnStructs(program, trees, name) ?? []].flat().filter(isAlike);
  const isRenamed = (name: string): boolean => renamed(name).some((kin) => isPointedAt(program, positionsOf, kin));
  const groups = symmetryOf(program, trees, positionsOf, detailOf, isRenamed);
  const plain: Alike = { groups, labels: undefined, names: groups.map(({ name }) => name) };
  const threads = pointedAt(program, groups).flatMap(renamed);
  const kin = [...threads, ...slabsTaken(program, trees, [...groups.map(kinOf), ...threads]).filter(isAlike)];
  if (kin.length === 0) return plain;
  const others = groups.map(kinOf);
  if (!others.every(isAlike)) return plain;
  const all = [...others, ...kin];
  return { groups: [], labels: new Labels(program, all), names: all.map(({ name }) => name) };
}

/** Some pointer ever points at what belongs to one of them. */
function isPointedAt(program: Program, positionsOf: PositionsOf, kin: Kin): boolean {
  const labels = new Labels(program, [kin]);
  return program.cells.some((cell) =>
    positionsOf(cell).some((at) => labels.ofValue(cell, cell.values[at]!) !== undefined),
  );
}

/** Slabs of which several objects are taken. None that belong to a thread: these move with it. */
function slabsTaken(program: Program, trees: Trees, others: readonly Kin[]): readonly Kin[] {
  const owned = new Set(others.flatMap(({ members }) => members.flatMap(({ structs }) => structs)));
  const taken = new Set<Cell>();
  for (const leaf of trees.flat().flatMap(leavesOf))
    if (leaf.kind === "moved") for (const [cell, value] of leaf.writes) if (value === LIFE.live) taken.add(cell);
  return slabsIn(program).filter(
    ({ members }) =>
      members.filter(({ life }) => taken.has(life!)).length > 1 &&
      members.every(({ structs }) => structs.every((struct) => !owned.has(struct))),
  );
}

/** Threads that are declared symmetric, and are none of these groups. */
const pointedAt = ({ threads }: Program, groups: readonly Group[]): readonly string[] =>
  [...new Set(threads.flatMap(({ group }) => group ?? []))].filter((name) => groups.every((one) => one.name !== name));

function kinOf({ name, members }: Group): Kin {
  const structs = members.map((): string[] => []);
  for (const i of members[0]!.cells.keys()) {
    const names = members.map(({ cells }) => cells[i]!.name);
    const own = names.map((one) => elementIn(one, names));
    if (members[0]!.cells[i]!.isLocal || own.includes(undefined) || structs[0]!.includes(own[0]!)) continue;
    for (const [m, struct] of own.entries()) structs[m]!.push(struct!);
  }
  return { name, members: members.map(({ thread }, m) => ({ thread, structs: structs[m]! })) };
}

/** The element of an array that a field is in, by which its name differs from those of others. */
function elementIn(name: string, others: readonly string[]): string | undefined {
  for (let end = name.indexOf("]"); end >= 0; end = name.indexOf("]", end + 1)) {
    const element = name.slice(0, end + 1);
    if (others.filter((one) => one.startsWith(element)).length < others.length)
      return /^\w[\w.[\]]*$/.test(element) ? element : undefined;
  }
  return undefined;
}

/**
 * Threads with what belongs to each: the elements of arrays that it alone names, and in their place others name others; and those
 * that these point at, in the beginning.
 */
function withOwnStructs(program: Program, trees: Trees, name: string): Kin | undefined {
  const threads = [...program.threads.keys()].filter((t) => program.threads[t]!.group === name);
  if (threads.length < 2) return undefined;
  const named = threads.map((t) => namedIn(trees[t]!));
  const own = named.map((names) =>
    [...names].filter((one) => named.some((others) => !others.has(one))).toSorted(byNumbers),
  );
  const structs = own.map((names) =>
    names.filter((one) => !names.some((other) => other !== one && one.startsWith(other))),
  );
  const isRow = (row: readonly string[]): boolean => new Set(row.map((one) => one.replace(/\[\d+\]$/, ""))).size === 1;
  if (structs.some(({ length }) => length !== structs[0]!.length)) return undefined;
  if (!structs[0]!.every((_, i) => isRow(structs.map((names) => names[i]!)))) return undefined;
  const [first, ...more] = initialStates(program);
  if (first && more.length === 0)
    for (let i = 0; i < structs[0]!.length; i++)
      for (const cell of program.cells.filter(
        (one) => one.isPointer === true && one.name.startsWith(`${structs[0]![i]!}.`),
      )) {
        const rest = cell.name.slice(structs[0]![i]!.length);
        const row = structs.map((names) => {
          const other = program.cells.find((one) => one.name === names[i]! + rest);
          return other ? String(first.cells.get(other.index)) : "";
        });
        const isNew = row.every((target) => target.endsWith("]") && !structs.some((names) => names.includes(target)));
        if (isNew && isRow(row) && new Set(row).size === row.length)
          for (const [m, target] of row.entries()) structs[m]!.push(target);
      }
  const all = structs.flat();
  if (all.length === 0 || new Set(all).size < all.length) return undefined;
  return { name, members: threads.map((thread, m) => ({ thread, structs: structs[m]! })) };
}

/** The elements of arrays that steps name on their way from the world: structs, and fields. */
function namedIn(trees: readonly Tree[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const leaf of trees.flatMap(leavesOf)) {
    if (!("named" in leaf)) continue;
    const used = leaf.kind === "moved" ? [...leaf.reads.keys(), ...leaf.writes.keys()] : [...leaf.reads.keys()];
    const elements = used.filter(({ isLocal }) => !isLocal).map(({ name }) => name);
    for (const one of [...leaf.named, ...elements])
      if (one.endsWith("]") && isFromTheWorld(one, leaf.named)) found.add(one);
  }
  return found;
}

function isFromTheWorld(struct: string, named: ReadonlySet<string>): boolean {
  for (let end = 0; end < struct.length; end++)
    if ((struct[end] === "." || struct[end] === "[") && !named.has(struct.slice(0, end))) return false;
  return true;
}

/** As indices are counted. */
const byNumbers = (a: string, b: string): number => a.localeCompare(b, "en", { numeric: true });

interface Model {
  readonly program: Program;
  readonly trees: Trees;
  readonly positionsOf: PositionsOf;
  readonly detailOf: DetailOf | undefined;
}

/**
 * Exchanging neighbours, with all pointers at what belongs to them, changes no step, no spec and not the set of initial
 * states. Objects that somebody has had may be exchanged at any time: a run goes on in the same way, wherever it has begun.
 */
function isProved(model: Model, kin: Kin): boolean {
  const { program } = model;
  try {
    const labels = new Labels(program, [kin]);
    return kin.members.every(({ life }, m, all) => {
      if (m === 0) return true;
      const exchanged = labels.exchange(swapped([kin], 0, m - 1, m));
      return isExchanged(model, exchanged, life ? [all[m - 1]!.life!, life] : []);
    });
  } catch (error) {
    if (error instanceof NoPartner) return false;
    throw error;
  }
}

/** `lives`: of two objects, which stay where they are as long as nobody has had one of them. */
function isExchanged(
  { program, trees, positionsOf, detailOf }: Model,
  exchanged: Exchanged,
  lives: readonly Cell[],
): boolean {
  const isFresh = (known: ReadonlyMap<Cell, Value>): boolean => lives.some((life) => known.get(life) === LIFE.fresh);
  const { threads, cells, scenario } = program;
  const idle = (t: number): string => [threads[t]!.isIdle, ...(threads[t]!.idleAt ?? [])].join();
  if ([...threads.keys()].some((t) => idle(t) !== idle(exchanged.thread(t)))) return false;
  // What one may hold the other may hold, and packed states hold it in the same way.
  for (const cell of cells) {
    const partner = exchanged.cell(cell);
    if (exchanged.cell(partner) !== cell) return false;
    const valuesOf = (one: Cell): readonly Value[] =>
      positionsOf(one).flatMap((position): readonly Value[] =>
        lives.includes(one) && one.values[position] === LIFE.fresh ? [] : [one.values[position]!],
      );
    const values = valuesOf(cell);
    const others = new Set(valuesOf(partner));
    if (others.size !== values.length || values.some((value) => !others.has(exchanged.value(cell, value))))
      return false;
  }
  for (const [thread, points] of trees.entries()) {
    const others = trees[exchanged.thread(thread)]!;
    if (others.length !== points.length) return false;
    if (points.some((tree, point) => differenceOf(tree, exchanged, others[point]!, detailOf, isFresh))) return false;
  }
  const written = writtenBy(trees);
  for (const spec of scenario.specs) {
    // What is allocated and not found is so, whoever is who: it asks of all objects and pointers alike.
    if (spec.name === NO_LEAK) continue;
    const tree = specTreeOf(program, spec, positionsOf);
    if (!tree) return false;
    if (cellsIn(tree).every((cell) => !written.has(cell))) continue;
    if (differenceOf(tree, exchanged, tree, undefined, isFresh)) return false;
  }
  if (lives.length > 0) return true;
  const key = stateKey(cells);
  const initials = initialStates(program);
  const known = new Set(initials.map(key));
  return initials.every((state) => known.has(key(exchangedState(program, exchanged, state))));
}

/** What an exchange makes of a state. */
export function exchangedState({ cells, threads }: Program, exchanged: Exchanged, state: State): State {
  const values: Value[] = state.cells.toArray();
  for (const cell of cells) values[exchanged.cell(cell).index] = exchanged.value(cell, state.cells.get(cell.index)!);
  const points = state.points.toArray();
  for (const thread of threads.keys()) points[exchanged.thread(thread)] = state.points.get(thread)!;
  return state.merge({ cells: List(values), points: List(points) });
}

function cellsIn(tree: Tree): readonly Cell[] {
  const found = new Set<Cell>();
  const visit = (node: Tree): void => {
    if (node.kind === "branch") {
      found.add(node.cell);
      node.arms.forEach(visit);
    } else if (node.kind === "choice") node.options.forEach(visit);
  };
  visit(tree);
  return [...found];
}
