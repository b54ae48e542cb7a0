import { HELD, type Cell } from "../model/access.ts";
import { usesLocks } from "../model/checks.ts";
import { COMPLETION } from "../model/domain.ts";
import { ORDERS } from "../model/order.ts";
import { checkSleep } from "../model/owner.ts";
import type { AnyStep } from "../model/path.ts";
import type { Point, ProgramThread } from "./program.ts";

/**
 * Gives every thread what it has to remember of the locks that it holds, as cells of the state that no model sees: one for
 * each thread and lock, so that symmetric threads can be exchanged with what they hold. None where no step uses locks by
 * their operations: then a spin lock has no owner.
 */
export function withHolds(threads: readonly ProgramThread[], cells: Cell[]): readonly ProgramThread[] {
  if (!threads.some(({ points }) => points.some(({ step }) => usesLocks(step)))) return threads;
  const locks = cells.filter(({ lock }) => lock !== undefined && lock !== COMPLETION);
  const add = (name: string, values: Cell["values"]): Cell => {
    const isInt = typeof values[0] === "number";
    const cell = { index: cells.length, name, values, isInt, isGhost: true, isLocal: false, isLock: false, word: name };
    cells.push(cell);
    return cell;
  };
  const counts = [0, ...locks.map((_, i) => i + 1)];
  return threads.map((thread, t) => {
    // The name ends as that of the lock does: what belongs to symmetric threads is found by names.
    const holding = (lock: Cell): Cell =>
      add(`held${t}:${lock.name}`, lock.isInt ? [HELD.none, HELD.shared, HELD.exclusive] : [HELD.none, HELD.exclusive]);
    const by = new Map(locks.map((lock) => [lock, holding(lock)] as const));
    // Symmetric threads look at these alike, which they would not if they went over all locks in turn.
    const [count, spinning] = [add(`locks[${t}].held`, counts), add(`locks[${t}].spinning`, counts)];
    const rcuDepth = cells.find(({ name }) => name === `rcu[${t}].depth`);
    return {
      ...thread,
      holds: { by, count, spinning, own: new Set([...by.values(), count, spinning]), ...(rcuDepth && { rcuDepth }) },
      points: thread.points.map(notAsleep),
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
