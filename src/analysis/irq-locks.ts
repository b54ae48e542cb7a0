import { HELD, type Cell } from "../model/access.ts";
import { isHeldKind } from "../model/domain.ts";
import type { Program } from "../machine/program.ts";
import { followAlone } from "./follow-alone.ts";

/** A thread holds a lock, in an interrupt or with interrupts on. */
interface Use {
  readonly thread: number;
  readonly point: number;
  readonly isShared: boolean;
}

/**
 * Locks that are taken in an interrupt, and are held elsewhere with interrupts on: an interrupt of the same kind that came there would
 * wait for its own CPU, even if none comes in this scenario. lockdep says of them: inconsistent {HARDIRQ-ON-W} -> {IN-HARDIRQ-W}
 * usage. A clause each.
 */
export function unsafeInInterrupts(program: Program): readonly string[] {
  if (!program.threads.some(({ holds }) => holds?.context?.isInterrupt === true)) return [];
  const inside = new Map<Cell, Use[]>();
  const outside = new Map<Cell, Use[]>();
  const note = (uses: Map<Cell, Use[]>, lock: Cell, use: Use): void => {
    const known = uses.get(lock) ?? [];
    if (!known.some(({ thread, isShared }) => thread === use.thread && isShared === use.isShared)) known.push(use);
    uses.set(lock, known);
  };
  for (const [t, thread] of program.threads.entries()) {
    if (!thread.holds) continue;
    const { context, by } = thread.holds;
    followAlone(program, thread, t, ({ place, after, waits }) => {
      for (const [lock, point] of after.since) {
        if (!isHeldKind(lock.lock)) continue;
        const use = { thread: t, point, isShared: after.own.get(by.get(lock)!) === HELD.shared };
        // Who only tries does not wait.
        if (context!.isInterrupt && waits && !place.since.has(lock)) note(inside, lock, use);
        if (!context!.isInterrupt && after.own.get(context!.off) === 0) note(outside, lock, use);
      }
    });
  }
  return [...inside].flatMap(([lock, uses]) => {
    const pair = uses
      .flatMap((use) => (outside.get(lock) ?? []).map((other) => [use, other] as const))
      .find(([use, other]) => !use.isShared || !other.isShared);
    return pair ? [textOf(program, lock, ...pair)] : [];
  });
}

function textOf({ threads }: Program, { name }: Cell, inside: Use, outside: Use): string {
  const where = ({ thread, point }: Use): string =>
    `in '${threads[thread]!.points[point]!.label}' of ${threads[thread]!.name}`;
  return `${name} is taken in an interrupt, ${where(inside)}, and with interrupts on, ${where(outside)}: an interrupt that comes there waits for its own CPU`;
}
