import { access, withAccess, type Access, type Cell } from "../../model/access.ts";
import type { Value } from "../../model/domain.ts";
import { interruptedBy, usesContexts } from "../../model/contexts.ts";
import { ModelError } from "../../model/error.ts";
import { isQualifier, isRcu, ORDERS, type Order } from "../../model/order.ts";
import { buildPath, wait, writtenAt, type AnyStep, type Flow } from "../../model/path.ts";
import { whereIn } from "../../model/scenario.ts";
import { placeOf } from "../../model/where.ts";
import { layoutLocals } from "../../model/layout.ts";
import type { Program, ProgramThread, Point } from "../../machine/program.ts";
import { nameOf } from "../../machine/execute-step.ts";
import { DONE } from "../../machine/state.ts";
import { loadsApart } from "../loads-apart.ts";
import { ownersOf, type OwnerOf } from "./owners.ts";
import {
  heldIn,
  keyOf,
  kindsIn,
  layoutBuffer,
  load,
  pop,
  push,
  SECTION_ENDS,
  type Buffer,
  type Store,
  type Waiting,
} from "./store-buffer.ts";
import { leavesOf, type Leaf } from "../../analysis/decision-tree.ts";
import { hardwareOf, mayPassFlush, memoryOf, type Memory, type Shape } from "../../analysis/words.ts";

export interface TsoProgram extends Program {
  /** The same scenario without store buffers. */
  readonly base: Program;
  /** By CPU: its store buffer, if it ever holds anything. */
  readonly buffers: readonly (Buffer | undefined)[];
}

/**
 * The machine of an x86: the same threads, each with a store buffer, and for each buffer a thread of the hardware that
 * writes its oldest store to memory at any time. It is an ordinary machine, whose buffers are cells, so that every
 * engine runs it; a CPU is done when its path has ended and its buffer is empty.
 *
 * Buffers are as long as the longest run of stores between two points where they must be empty. Throws a ModelError
 * that names the steps if there is no such bound, or if a step uses several words at once.
 */
export function tsoProgram(program: Program): TsoProgram {
  const base = loadsApart(program);
  const memory = memoryOf(base);
  const cells: Cell[] = [...base.cells];
  const ownerOf = ownersOf(base.threads, memory.shapes);
  const buffers = base.threads.map((_, cpu) => bufferOf(base, cpu, memory, ownerOf, cells));
  const threads = base.threads.map((thread, cpu): ProgramThread => {
    const buffer = buffers[cpu];
    const points = thread.points.map((point, p) => {
      const shape = memory.shapes[cpu]![p]!;
      const own = buffer ? withBuffer(point, shape, buffer, buffer.waiting[p]!, memory) : point;
      if (usesContexts(point.step)) return withInterrupted(own, buffers);
      return shape.mmu === "flush"
        ? withInterrupts(
            own,
            shape,
            usersOf(shape, memory).map((user) => buffers[user]),
          )
        : own;
    });
    return { ...thread, points, ...(buffer && { holdsAt: buffer.waiting.map((waits) => heldIn(buffer, waits)) }) };
  });
  const hardware = buffers.flatMap((buffer) => (buffer ? [drainThread(base, buffer, cells.length)] : []));
  return { ...base, cells, threads: [...threads, ...hardware], base, buffers };
}

/** A step that runs only while the buffer is empty, and writes to memory at once. */
const drains = (shape: Shape): boolean =>
  (ORDERS[shape.order].drains && (!isQualifier(shape.order) || shape.words.size > 0) && !mayPassFlush(shape)) ||
  (shape.isRmw && ![...shape.words].every(({ isLock }) => isLock)) ||
  (shape.isWrite && !isStore(shape));

/** This way through the step takes a spin lock, which it does when the buffer is empty; a trylock that fails is a load. */
const takesLock = ({ isRmw }: Shape, leaf: Leaf, { wordOf }: Memory): boolean =>
  isRmw && leaf.kind === "moved" && [...leaf.writes].some(([cell, value]) => isTaken(cell, value, wordOf));

const isTaken = (cell: Cell, value: Value, wordOf: Memory["wordOf"]): boolean =>
  cell.isLock && value === true && wordOf.has(cell);

const isStore = ({ order }: Shape): boolean => ORDERS[order].mayStore && !ORDERS[order].drains;

/** Some way through the step may put a store into the buffer. */
const mayPush = (shape: Shape): boolean => isStore(shape) && (shape.isWrite || shape.isRmw);

/** rcu_read_unlock(), which waits in the buffer behind the stores of its critical section. */
const endsSection = (order: Order): boolean => isRcu(order) && ORDERS[order].event === "rcu-unlock";

/** Says of each way through a step which store it puts into the buffer, if it does. Most steps have many ways, and never do. */
function storeOf(shape: Shape, { wordOf }: Memory): ((leaf: Leaf) => Store | undefined) | undefined {
  if (drains(shape)) return undefined;
  if (endsSection(shape.order)) return ({ kind }) => (kind === "moved" ? SECTION_ENDS : undefined);
  if (!mayPush(shape)) return undefined;
  return (leaf) => {
    if (leaf.kind !== "moved") return undefined;
    const store = new Map([...leaf.writes].filter(([cell]) => wordOf.has(cell)));
    return store.size > 0 ? store : undefined;
  };
}

function bufferOf(base: Program, cpu: number, memory: Memory, ownerOf: OwnerOf, cells: Cell[]): Buffer | undefined {
  const thread = base.threads[cpu]!;
  const shapes = memory.shapes[cpu]!;
  const stores = new Map<string, Store>();
  for (const shape of shapes) {
    const stored = storeOf(shape, memory);
    if (!stored) continue;
    for (const leaf of leavesOf(shape.tree)) {
      const store = stored(leaf);
      if (store) stores.set(keyOf(store), store);
    }
  }
  if ([...stores.values()].every((store) => store === SECTION_ENDS)) return undefined;
  const { waiting, length } = waitingAt(thread, shapes, memory);
  const overflow = new ModelError(`the store buffer of thread '${thread.name}' is full`, {
    // With its place: then it is thrown as it is, and not once more with a place.
    where: whereIn(base.scenario),
    cause: "faultline has counted the stores wrong that may wait in it: this is a mistake of faultline",
  });
  const { wordOf } = memory;
  return layoutBuffer({ cpu, waiting, length, stores: [...stores.values()], wordOf, ownerOf, overflow }, cells);
}

/** By control point, the stores that may wait there, the newest first; and the most that may wait at all. */
function waitingAt(
  thread: ProgramThread,
  shapes: readonly Shape[],
  memory: Memory,
): { readonly waiting: readonly (readonly ReadonlySet<string>[])[]; readonly length: number } {
  const waiting = shapes.map((): Set<string>[] => []);
  const passages = shapes.map((shape) => passagesOf(shape, memory));
  let length = 0;
  for (let changed = true; changed;) {
    changed = false;
    for (const [p, ways] of passages.entries())
      for (const { next, store, isDrained } of ways) {
        const before: readonly ReadonlySet<string>[] = isDrained ? [] : waiting[p]!;
        const after = store === undefined ? before : [new Set([store]), ...before];
        // More stores than steps: some step was counted twice.
        if (after.length > shapes.length) throw endless(thread.points[p]!);
        length = Math.max(length, after.length);
        if (next === DONE) continue;
        const there = waiting[next]!;
        for (const [i, keys] of after.entries())
          for (const key of keys) {
            const slot = (there[i] ??= new Set());
            if (slot.has(key)) continue;
            slot.add(key);
            changed = true;
          }
      }
  }
  return { waiting, length };
}

/** A way through a step, by what it does to the buffer. */
interface Passage {
  readonly next: number;
  readonly store: string | undefined;
  readonly isDrained: boolean;
}

/** What ways through a step do to the buffer, each thing once: most ways are alike. */
function passagesOf(shape: Shape, memory: Memory): readonly Passage[] {
  const isDrained = drains(shape);
  const stored = storeOf(shape, memory);
  if (!stored && (isDrained || !shape.isRmw))
    return [...shape.next].map((next) => ({ next, store: undefined, isDrained }));
  const passages = new Map<string, Passage>();
  for (const leaf of leavesOf(shape.tree)) {
    if (leaf.kind !== "moved") continue;
    const { next } = leaf;
    const store = stored?.(leaf);
    const passage = { next, store: store && keyOf(store), isDrained: isDrained || takesLock(shape, leaf, memory) };
    passages.set(`${next} ${passage.isDrained} ${passage.store}`, passage);
  }
  return [...passages.values()];
}

function endless(point: Point): ModelError {
  const place = placeOf(writtenAt(point.frame.path, point.label));
  return new ModelError(`no store buffer is long enough for ${nameOf(point)}`, {
    ...(place !== undefined && { where: place }),
    cause: "it stores again and again in a loop that never waits for its stores to become visible",
    remedy: "bound the loop, or say what in it is an RMW or a full barrier",
  });
}

/** The step as the CPU takes it: its loads look into the buffer first, and its stores go there. */
function withBuffer(point: Point, shape: Shape, buffer: Buffer, waits: Waiting, { wordOf }: Memory): Point {
  const { step } = point;
  // Nothing that it would have to wait for, or look into first.
  if (waits.length === 0 && (drains(shape) || endsSection(shape.order) || !mayPush(shape))) return point;
  const isEmpty = (): boolean => access().read(buffer.slots[0]!) === 0;
  if (drains(shape)) return withRun(point, (k, me) => (isEmpty() ? step.run(k, me) : wait));
  if (mayPassFlush(shape)) return flushingWhere(point, isEmpty);
  if (endsSection(shape.order))
    return withRun(point, (k, me) => {
      if (isEmpty()) return step.run(k, me);
      push(buffer, SECTION_ENDS, waits);
    });
  if (shape.words.size === 0) return point;
  const isStored = (cell: Cell, value: Value): boolean =>
    isStore(shape) && wordOf.has(cell) && !isTaken(cell, value, wordOf);
  return withRun(point, (k, me) => {
    const outer = access();
    // What is left of RMWs here are those of spin locks.
    const mayHaveToWait = shape.isRmw && !isEmpty();
    let hasToWait = false;
    const writes = new Map<Cell, Value>();
    const read = (one: Cell): Value => outer.read(one);
    const inner: Access = {
      ...outer,
      read: (cell) => {
        if (writes.has(cell)) return writes.get(cell)!;
        return wordOf.has(cell) ? load(buffer, cell, read, waits) : read(cell);
      },
      write: (cell, value) => {
        if (mayHaveToWait && isTaken(cell, value, wordOf)) {
          hasToWait = true;
          throw LOCKED;
        }
        if ((mayHaveToWait || isStored(cell, value)) && cell.values.includes(value)) writes.set(cell, value);
        else outer.write(cell, value);
      },
    };
    const ended = endOf(() => withAccess(inner, () => step.run(k, me)));
    // The step may have caught what ended it.
    const flow = hasToWait ? wait : ended;
    if (hasToWait) writes.clear();
    if (writes.size === 0) return flow;
    const store = new Map([...writes].filter(([cell, value]) => flow !== wait && isStored(cell, value)));
    for (const [cell, value] of writes) if (!store.has(cell)) outer.write(cell, value);
    if (store.size > 0) pushOrEnd(buffer, store, waits);
    return flow;
  });
}

/** Room is for the stores of steps that break no check: one that ends its thread with a lock may find none. */
function pushOrEnd(buffer: Buffer, store: Store, waits: Waiting): void {
  try {
    push(buffer, store, waits);
  } catch (error) {
    const memory = access();
    if (error !== buffer.overflow || !memory.atEnd) throw error;
    memory.atEnd(() => {
      throw error;
    });
  }
}

/** The threads that go by the entries which a flush drops. */
function usersOf(flush: Shape, { shapes }: Memory): readonly number[] {
  const dropped = new Set(leavesOf(flush.tree).flatMap(hardwareOf));
  const goesBy = ({ mmu, tree }: Shape): boolean =>
    mmu === "access" && leavesOf(tree).some((leaf) => hardwareOf(leaf).some((cell) => dropped.has(cell)));
  return [...shapes.keys()].filter((thread) => shapes[thread]!.some(goesBy));
}

/** A step that may flush, and waits with that until `isReady`. */
const flushingWhere = (point: Point, isReady: () => boolean): Point =>
  withRun(point, (k, me) => {
    const { step } = point;
    if (isReady()) return step.run(k, me);
    const outer = access();
    const writes = new Map<Cell, Value>();
    const picks: number[] = [];
    const trial: Access = {
      ...outer,
      read: (cell) => (writes.has(cell) ? writes.get(cell)! : outer.read(cell)),
      write: (cell, value) => void writes.set(cell, value),
      choose: (count) => {
        const pick = outer.choose(count);
        picks.push(pick);
        return pick;
      },
    };
    withAccess(trial, () => step.run(k, me));
    if ([...writes.keys()].some((cell) => cell.isHardware === true)) return wait;
    return withAccess({ ...outer, choose: () => picks.shift()! }, () => step.run(k, me));
  });

/** A flush waits for an interrupt of each CPU, before which that CPU's store buffer is emptied. */
const withInterrupts = (flush: Point, shape: Shape, buffers: readonly (Buffer | undefined)[]): Point => {
  const areEmpty = (): boolean => buffers.every((buffer) => !buffer || access().read(buffer.slots[0]!) === 0);
  if (mayPassFlush(shape)) return flushingWhere(flush, areEmpty);
  return withRun(flush, (k, me) => (areEmpty() ? flush.step.run(k, me) : wait));
};

/** The same of an IPI, or an interrupt: x86 empties the buffer of the CPU that it comes to, and again when it returns. */
const withInterrupted = (point: Point, buffers: readonly (Buffer | undefined)[]): Point =>
  withRun(point, (k, me) => {
    const outer = access();
    let hasToWait = false;
    const write = (cell: Cell, value: Value): void => {
      const buffer = buffers[interruptedBy(cell, value) ?? -1];
      if (buffer && outer.read(buffer.slots[0]!) !== 0) {
        hasToWait = true;
        throw LOCKED;
      }
      outer.write(cell, value);
    };
    const flow = endOf(() => withAccess({ ...outer, write }, () => point.step.run(k, me)));
    return hasToWait ? wait : flow;
  });

/** Ends a step where it takes a spin lock, which is a LOCKed instruction, before the buffer is empty. */
const LOCKED = new Error("a LOCKed instruction waits for the store buffer");

function endOf(body: () => Flow): Flow {
  try {
    return body();
  } catch (error) {
    if (error !== LOCKED) throw error;
    return wait;
  }
}

const withRun = (point: Point, run: AnyStep["run"]): Point => ({ ...point, step: { ...point.step, run } });

/** The hardware thread that makes the oldest store of a buffer visible. */
function drainThread(base: Program, buffer: Buffer, firstIndex: number): ProgramThread {
  const { slots, cpu } = buffer;
  const label = "a store becomes visible";
  const endSection = base.threads[cpu]!.points.find(({ step }) => endsSection(step.order))?.step;
  const drain = (): typeof wait | string => {
    const store = pop(buffer);
    if (!store) return wait;
    if (store === SECTION_ENDS) endSection!.run(undefined as never, undefined as never);
    for (const [cell, value] of store) access().write(cell, value);
    return label;
  };
  const world = base.scenario.world.layout;
  const path = buildPath(world, "store buffer", {}, { [label]: drain });
  const root = { path, locals: layoutLocals({}, world, "", firstIndex), callees: new Map() };
  const points = [{ frame: root, label, step: path.entries.get(label) as AnyStep }];
  const { name, rcuDepth } = base.threads[cpu]!;
  // What a reader has stored becomes visible before its section ends.
  const kinds = kindsIn(buffer);
  return {
    name: `${name}'s store buffer`,
    path,
    root,
    points,
    buffer: { cpu, slots, kinds },
    ...(rcuDepth && { rcuDepth }),
  };
}
