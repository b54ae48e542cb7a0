import { HELD, rangeOfCell, WAITS, type Cell } from "../model/access.ts";
import { usesLocks } from "../model/checks.ts";
import { isHeldKind, LAST_SEQUENCE, SEQCOUNT, WAIT_QUEUE } from "../model/domain.ts";
import { ORDERS } from "../model/order.ts";
import { checkSleep } from "../model/owner.ts";
import type { AnyStep } from "../model/path.ts";
import { countsUp } from "../model/seqcount.ts";
import { waits } from "../model/wait-queue.ts";
import { contextsOf, whileInterrupted } from "./contexts.ts";
import type { Point, ProgramThread } from "./program.ts";

/**
 * Gives every thread what it has to remember of the locks that it holds, as cells of the state that no model sees: one for
 * each thread and lock, so that symmetric threads can be exchanged with what they hold. None where no step uses locks by
 * their operations: then a spin lock has no owner.
 */
export function withHolds(threads: readonly ProgramThread[], cells: Cell[]): readonly ProgramThread[] {
  if (!threads.some(({ points }) => points.some(({ step }) => usesLocks(step)))) return threads;
  const contexts = contextsOf(threads, cells);
  const locks = cells.filter(({ lock }) => isHeldKind(lock) || lock === SEQCOUNT);
  const add = (name: string, values: Cell["values"], word?: string): Cell => {
    const isInt = typeof values[0] === "number";
    const [index, isGhost] = [cells.length, word === undefined];
    const cell = { index, name, values, isInt, isGhost, isLocal: false, isLock: false, word: word ?? name };
    cells.push(cell);
    return cell;
  };
  const steps = threads.flatMap(({ points }) => points.map(({ step }) => countsUp(step)));
  const most = steps.reduce((sum, one) => sum + one, 0);
  const counted = new Map(
    locks
      .filter(({ lock }) => lock === SEQCOUNT)
      .map((cell) => {
        const last = rangeOfCell(cell)[1] as number;
        const writing = add(`writing(${cell.name})`, [false, true]);
        return [cell, { writing, last: last === LAST_SEQUENCE ? Math.min(most, last) : last }] as const;
      }),
  );
  const isWaiter = threads.map(({ points }) => points.some(({ step }) => waits(step)));
  const queues = cells.filter(({ lock }) => lock === WAIT_QUEUE);
  const waiters = new Map(
    queues.map((queue) => {
      const cell = (t: number): Cell => add(`waits${t}:${queue.name}`, Object.values(WAITS), queue.word);
      return [queue, isWaiter.map((is, t) => (is ? cell(t) : undefined))] as const;
    }),
  );
  const counts = [0, ...locks.map((_, i) => i + 1)];
  return threads.map((thread, t) => {
    // The name ends as that of the lock does: what belongs to symmetric threads is found by names.
    const holding = (lock: Cell): Cell =>
      add(
        `held${t}:${lock.name}`,
        lock.isInt && lock.lock !== SEQCOUNT ? [HELD.none, HELD.shared, HELD.exclusive] : [HELD.none, HELD.exclusive],
      );
    const by = new Map(locks.map((lock) => [lock, holding(lock)] as const));
    // Symmetric threads look at these alike, which they would not if they went over all locks in turn.
    const [count, spinning] = [add(`locks[${t}].held`, counts), add(`locks[${t}].spinning`, counts)];
    const queued = new Map(
      [...waiters].map(([queue, all]) => {
        const own = all[t];
        return [queue, { ...(own && { own }), all: all.filter((one) => one !== undefined) }] as const;
      }),
    );
    const own = new Set([...by.values(), count, spinning]);
    const context = contexts?.[t];
    const rcuDepth = cells.find(({ name }) => name === `rcu[${t}].depth`);
    return {
      ...thread,
      holds: { by, counted, queued, count, spinning, own, ...(context && { context }), ...(rcuDepth && { rcuDepth }) },
      points: (context ? whileInterrupted(thread, context) : thread.points).map(notAsleep),
    };
  });
}

/** synchronize_rcu() sleeps. */
function notAsleep(point: Point): Point {
  const facts = ORDERS[point.step.order];
  if (facts.kind !== "rcu" || facts.event !== "sync") return point;
  const step: AnyStep = {
    ...point.step,
    run: (k, me) => {
      checkSleep("synchronize_rcu() sleeps");
      return point.step.run(k, me);
    },
  };
  return { ...point, step };
}
