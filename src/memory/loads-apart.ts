import { access, withAccess, type Access, type Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { wait, type AnyStep, type Flow } from "../model/path.ts";
import { storesLater, type Program, type ProgramThread, type Point } from "../machine/program.ts";
import { plainlyUpdated, updatesOf } from "../analysis/plain-updates.ts";
import { isMemory } from "../analysis/words.ts";

/** By field of a word: the local that holds what was loaded. */
type Copies = ReadonlyMap<Cell, Cell>;

/** The words that a step loads and stores, one at a time, and a local that says which of them was loaded. */
interface Loaded {
  readonly words: readonly Copies[];
  /** Absent if there is but one. */
  readonly which: Cell | undefined;
}

/**
 * The same machine, in which a step qualified `once` that reads and writes one word is what C makes of it: a load of the
 * word, and a store of it that depends on what was loaded. No memory model then takes it for an atomic operation, or
 * orders anything by it. The store is a control point of its own behind all others.
 */
export function loadsApart(program: Program): Program {
  const known = parted.get(program) ?? partedOf(program);
  parted.set(program, known);
  return known;
}

const parted = new WeakMap<Program, Program>();

function partedOf(program: Program): Program {
  const cells = [...program.cells];
  const updated = plainlyUpdated(program);
  const threads = program.threads.map((thread, t) => apart(program, thread, updated[t]!, cells));
  return threads.every((thread, t) => thread === program.threads[t]) ? program : { ...program, cells, threads };
}

function apart(
  program: Program,
  thread: ProgramThread,
  updated: readonly (readonly string[])[],
  cells: Cell[],
): ProgramThread {
  const updates = updated.map((words) => words.filter((word) => !isLock(program, word)));
  if (updates.every(({ length }) => length === 0)) return thread;
  const own: Cell[] = [];
  const local = (name: string, values: readonly Value[], isPointer = false): Cell => {
    const index = cells.length;
    const cell = {
      index,
      name,
      values,
      isInt: false,
      isGhost: false,
      isLocal: true,
      isLock: false,
      word: name,
      isPointer,
    };
    cells.push(cell);
    own.push(cell);
    return cell;
  };
  const points = [...thread.points];
  const fences = new Map(thread.fences);
  for (const [p, words] of updates.entries()) {
    if (words.length === 0) continue;
    const point = thread.points[p]!;
    const prefix = `${thread.name}.${p}`;
    const which = words.length > 1 ? local(`${prefix}.word`, [...words.keys()]) : undefined;
    // The words have the same fields, as a rule, for they are those of one struct.
    const shared = new Map<string, Cell>();
    const copyOf = (cell: Cell, i: number): Cell => {
      const key = `${i} ${cell.values.map(String).join()}`;
      const copy = shared.get(key) ?? local(`${prefix}.loaded${shared.size}`, cell.values, cell.isPointer);
      shared.set(key, copy);
      return copy;
    };
    const copied = words.map((word): Copies => {
      const whole = program.cells.filter((cell) => cell.word === word && isMemory(cell));
      return new Map(whole.map((cell, i) => [cell, copyOf(cell, i)]));
    });
    const loaded = { words: copied, which };
    points[p] = { ...withRun(point, load(point, loaded)), storeAt: points.length };
    points.push(withRun(point, store(point, loaded)));
    const behind = fences.get(p);
    if (behind) fences.set(points.length - 1, behind);
  }
  return { ...thread, points, copies: own, ...(fences.size > 0 && { fences }) };
}

const isLock = ({ cells }: Program, word: string): boolean => cells.some((cell) => cell.word === word && cell.isLock);

const withRun = (point: Point, run: AnyStep["run"]): Point => ({ ...point, step: { ...point.step, run } });

/** Keeps what the word holds, if the step is about to change it; a way that only loads or only stores is taken at once. */
const load =
  ({ step }: Point, { words, which }: Loaded): AnyStep["run"] =>
  (k, me) => {
    const outer = access();
    const reads = new Map<Cell, Value>();
    const writes = new Map<Cell, Value>();
    const picks: number[] = [];
    const trial: Access = {
      ...outer,
      read: (cell) => {
        if (writes.has(cell)) return writes.get(cell)!;
        const value = outer.read(cell);
        reads.set(cell, value);
        return value;
      },
      write: (cell, value) => void writes.set(cell, value),
      choose: (count) => {
        const pick = outer.choose(count);
        picks.push(pick);
        return pick;
      },
    };
    const flow = withAccess(trial, () => step.run(k, me));
    const updated = words.findIndex((copies) => updatesOf([...copies.keys()], { reads, writes }));
    if (updated < 0 || flow === wait) {
      const again: Access = { ...outer, choose: () => picks.shift()! };
      return withAccess(again, () => step.run(k, me));
    }
    for (const [cell, copy] of words[updated]!) outer.write(copy, outer.read(cell));
    if (which) outer.write(which, updated);
    return storesLater as unknown as Flow;
  };

/** Takes the step over what was loaded, and stores the whole word. */
const store =
  ({ step }: Point, { words, which }: Loaded): AnyStep["run"] =>
  (k, me) => {
    const outer = access();
    const copies = words[which ? Number(outer.read(which)) : 0]!;
    const written = new Set<Cell>();
    const inner: Access = {
      ...outer,
      read: (cell) => outer.read(written.has(cell) ? cell : (copies.get(cell) ?? cell)),
      write: (cell, value) => {
        outer.write(cell, value);
        written.add(cell);
      },
    };
    const flow = withAccess(inner, () => step.run(k, me));
    if (flow === wait) return wait;
    const isStored = [...copies.keys()].some((cell) => written.has(cell));
    for (const [cell, copy] of copies) if (isStored && !written.has(cell)) outer.write(cell, outer.read(copy));
    for (const copy of copies.values()) outer.forget(copy);
    if (which) outer.forget(which);
    return flow;
  };
