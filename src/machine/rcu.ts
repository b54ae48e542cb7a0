import { access, type Cell, type Grace } from "../model/access.ts";
import { leaveSection, type Slot } from "../model/objects.ts";
import { isRcu, ORDERS, type Rcu } from "../model/order.ts";
import { wait, type AnyStep, type Flow } from "../model/path.ts";
import type { ProgramThread, Point } from "./program.ts";

/** Critical sections nest this deep. */
const DEEPEST = 3;

/** What read-copy-update has to remember of the threads, as cells of the state that no model sees. */
interface RcuCells {
  /** By thread: how many critical sections it is in. */
  readonly depth: readonly Cell[];
  /** By thread: its grace period has begun. */
  readonly isWaiting: readonly Cell[];
  /** By thread and by reader: whose critical sections it still waits for. Nothing for a thread that never waits. */
  readonly waitsFor: readonly (readonly Cell[])[];
}

/**
 * Gives the RCU steps of the threads their meaning: a grace period begins with a note of who is inside a critical
 * section, and ends when all of these have left. Adds the cells it needs, and none where no thread uses RCU.
 */
export function withRcu(
  threads: readonly ProgramThread[],
  cells: Cell[],
  slots: readonly Slot[],
): readonly ProgramThread[] {
  if (!threads.some(({ points }) => points.some(({ step }) => isRcu(step.order)))) return threads;
  const add = (name: string, values: Cell["values"], keptFor?: number): Cell => {
    const cell: Cell = {
      index: cells.length,
      name,
      values,
      isInt: typeof values[0] === "number",
      isGhost: true,
      isLocal: false,
      isLock: false,
      word: name,
      ...(keptFor !== undefined && { keptFor }),
    };
    cells.push(cell);
    return cell;
  };
  const rcu: RcuCells = {
    depth: threads.map((_, t) =>
      add(
        `rcu[${t}].depth`,
        Array.from({ length: DEEPEST + 1 }, (_, n) => n),
        t,
      ),
    ),
    isWaiting: threads.map((_, t) => add(`rcu[${t}].waiting`, [false, true])),
    waitsFor: threads.map(({ points }, t) =>
      points.some(({ step: { order } }) => isRcu(order) && ORDERS[order].event === "sync")
        ? threads.map((_, q) => add(`rcu[${t}].readers[${q}]`, [false, true]))
        : [],
    ),
  };
  // Only where some step leaves it to RCU to free an object.
  const frees = threads.some(({ points }) => points.some(({ step }) => step.operation === "freeRcu"));
  const waitsOf = ({ name, life }: Slot): [Cell, { readonly count: Cell; readonly readers: readonly Cell[] }] => [
    life,
    {
      count: add(`readers(${name})`, [0, ...threads.map((_, t) => t + 1)]),
      readers: threads.map((_, t) => add(`rcu[${t}].reads(${name})`, [false, true], t)),
    },
  ];
  const grace = frees ? { depths: rcu.depth, waits: new Map(slots.map(waitsOf)) } : undefined;
  const withStep = (point: Point, thread: number): Point => {
    const order = sectionOf(point.step);
    if (!order) return point;
    // To turn interrupts or preemption off is more than to begin a critical section.
    const step: AnyStep = {
      ...point.step,
      run: (k, me) => {
        // Where it goes on is what then() has said, once it is done.
        const flow = point.step.run(k, me);
        if (flow === wait) return wait;
        return STEPS[order](rcu, thread, point.label, grace) ?? flow;
      },
    };
    return { ...point, step };
  };
  return threads.map((thread, t) => ({
    ...thread,
    points: thread.points.map((point) => withStep(point, t)),
    rcuDepth: rcu.depth[t]!,
    ...(grace && { grace }),
  }));
}

/** What the step does to RCU: an interrupt is a critical section, too. */
function sectionOf({ order, operation }: AnyStep): Rcu | undefined {
  if (operation === "irqEnter") return "rcu-read-lock";
  if (operation === "irqExit") return "rcu-read-unlock";
  return isRcu(order) ? order : undefined;
}

const STEPS: { readonly [R in Rcu]: (rcu: RcuCells, thread: number, label: string, grace?: Grace) => Flow } = {
  "rcu-read-lock": ({ depth }, t) => {
    const cell = depth[t]!;
    access().write(cell, Number(access().read(cell)) + 1);
  },
  "rcu-read-unlock": ({ depth, waitsFor }, t, _, grace) => {
    const cell = depth[t]!;
    const left = Number(access().read(cell)) - 1;
    access().write(cell, left);
    if (left > 0) return;
    for (const [g, readers] of waitsFor.entries()) if (g !== t && readers[t]) access().write(readers[t], false);
    if (grace) leaveSection(grace, t);
  },
  "synchronize-rcu": ({ depth, isWaiting, waitsFor }, t, label) => {
    const others = [...depth.keys()].filter((q) => q !== t);
    if (access().read(isWaiting[t]!) === false) {
      access().write(isWaiting[t]!, true);
      for (const q of others) access().write(waitsFor[t]![q]!, access().read(depth[q]!) !== 0);
      return label;
    }
    if (access().read(depth[t]!) !== 0) return wait;
    for (const q of others) if (access().read(waitsFor[t]![q]!) === true) return wait;
    access().write(isWaiting[t]!, false);
  },
};
