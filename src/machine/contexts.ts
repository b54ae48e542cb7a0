import { access, IPI, type Cell, type Context } from "../model/access.ts";
import { isElsewhere, usesContexts } from "../model/contexts.ts";
import { ModelError, didYouMean, listed } from "../model/error.ts";
import { isRcu, ORDERS } from "../model/order.ts";
import { wait, type AnyStep } from "../model/path.ts";
import type { Point, ProgramThread } from "./program.ts";

/** How deep interrupts and preemption are turned off. */
const DEPTHS = [0, 1, 2, 3];

/** What a program has to keep of contexts, by thread; nothing where no step has to do with them. */
export function contextsOf(threads: readonly ProgramThread[], cells: Cell[]): readonly Context[] | undefined {
  if (!threads.some(({ points }) => points.some(({ step }) => usesContexts(step)))) return undefined;
  const add = (name: string, values: Cell["values"], interrupts?: number): Cell => {
    const isInt = typeof values[0] === "number";
    const cell: Cell = {
      index: cells.length,
      name,
      values,
      isInt,
      isGhost: true,
      isLocal: false,
      isLock: false,
      word: name,
      ...(interrupts !== undefined && { interrupts }),
    };
    cells.push(cell);
    return cell;
  };
  const cpuOf = threads.map(({ interrupts }, t) => (interrupts === undefined ? t : threadCalled(interrupts, threads)));
  const isSender = threads.map(({ points }) => points.some(({ step }) => step.operation === "ipiAll"));
  // An IPI that only is waited for is over at once.
  const runsHandler = threads.map(({ points }) => points.some(({ step }) => step.operation === "ipiHandler"));
  const isHandling = (cpu: number): boolean =>
    threads.some((_, t) => (t !== cpu && cpuOf[t] === cpu) || (t !== cpu && runsHandler[t] === true));
  const of = threads.map((_, t) => ({
    off: add(`irqs[${t}].off`, DEPTHS),
    preempt: add(`irqs[${t}].preempt`, DEPTHS),
    ...(cpuOf[t] === t && isHandling(t) && { handling: add(`irqs[${t}].handling`, [false, true], t) }),
  }));
  return threads.map((_, t): Context => {
    const cpu = cpuOf[t]!;
    const isInterrupt = cpu !== t;
    const cpus = of.flatMap((other, q) => (cpuOf[q] === q && q !== cpu ? [{ cpu: q, ...other }] : []));
    const { handling } = of[cpu]!;
    return {
      cpu,
      isInterrupt,
      off: of[t]!.off,
      preempt: of[t]!.preempt,
      cpus,
      ...(handling && { handling }),
      ...(isInterrupt && { interrupted: of[cpu]!.off }),
      ...(isSender[t] === true && {
        ipi: new Map(cpus.map(({ cpu: q }) => [q, add(`irqs[${q}].ipi[${t}]`, Object.values(IPI), q)] as const)),
      }),
    };
  });
}

function threadCalled(name: string, threads: readonly ProgramThread[]): number {
  const found = threads.findIndex((thread) => thread.name === name && thread.interrupts === undefined);
  if (found >= 0) return found;
  const names = threads.filter(({ interrupts }) => interrupts === undefined).map((thread) => thread.name);
  throw new ModelError(`an interrupt comes on the CPU of '${name}', which is no thread${didYouMean(name, names)}`, {
    remedy: `threads: ${listed(names)}`,
  });
}

/** A thread does nothing while its CPU is in an interrupt; what is done on other CPUs goes on. */
export function whileInterrupted(thread: ProgramThread, { handling, isInterrupt }: Context): readonly Point[] {
  if (!handling || isInterrupt) return thread.points;
  return thread.points.map((point) => {
    if (isElsewhere(point.step)) return point;
    const step: AnyStep = {
      ...point.step,
      run: (k, me) => (access().read(handling) === true ? wait : point.step.run(k, me)),
    };
    return { ...point, step };
  });
}

/** Where nobody waits for readers, those that turn interrupts or preemption off are none. */
export function withoutReaders(threads: readonly ProgramThread[]): readonly ProgramThread[] {
  const waits = ({ step }: Point): boolean =>
    step.operation === "freeRcu" ||
    (isRcu(step.order) && ORDERS[step.order].kind === "rcu" && step.order === "synchronize-rcu");
  if (threads.some(({ points }) => points.some(waits))) return threads;
  return threads.map((thread) => ({
    ...thread,
    points: thread.points.map((point) =>
      usesContexts(point.step) && isRcu(point.step.order)
        ? { ...point, step: { ...point.step, order: "once" as const } }
        : point,
    ),
  }));
}
