import { access, IPI, type Cell, type Context } from "./access.ts";
import { group, type Group } from "./group.ts";
import { lock, unlock } from "./locks.ts";
import type { WhichLock } from "./named-lock.ts";
import { ModelError } from "./error.ts";
import { kindOf } from "./fields.ts";
import {
  asStep,
  buildPath,
  call,
  isPath,
  Operation,
  wait,
  withOrder,
  type AnyStep,
  type Flow,
  type Path,
} from "./path.ts";
import type { Order } from "./order.ts";
import { aside, watched } from "./running.ts";

/*
 * In what context a CPU runs: with preemption or interrupts off, or in an interrupt. After include/linux/irqflags.h,
 * include/linux/preempt.h and kernel/smp.c of v6.12.
 */

const fail = (reason: string): never => access().fail!("locking", reason);
const context = (): Context => access().holds!.context!;
const isOn = (cell: Cell | undefined): boolean =>
  cell !== undefined && ![0, false].includes(access().read(cell) as never);

function made<R>(name: string, order: Order, act: () => R): Operation<unknown, unknown, R> {
  const step = new Operation<unknown, unknown, R>({ kind: "step", run: () => aside(act), order, operation: name });
  withOrder.add(step);
  return step;
}

const MOST = 3;
function more(cell: Cell, what: string): void {
  const now = Number(access().read(cell));
  if (now === MOST) access().fail!("in-range", `${what} turned off ${MOST + 1} times`);
  access().write(cell, now + 1);
}
function less(cell: Cell, what: string): void {
  const now = Number(access().read(cell));
  if (now === 0) fail(`${what} turned on, without having been turned off`);
  access().write(cell, now - 1);
}

/**
 * local_irq_save(), local_irq_disable(): no interrupt, and no IPI, is handled on this CPU until `irqsOn`. They nest, three deep. Since
 * v5.0 it is an RCU read-side critical section, too. It orders nothing.
 */
export const irqsOff: Operation<unknown, unknown, void> = made("irqsOff", "rcu-read-lock", () =>
  more(context().off, "interrupts are"),
);
/** local_irq_restore(), local_irq_enable() */
export const irqsOn: Operation<unknown, unknown, void> = made("irqsOn", "rcu-read-unlock", () =>
  less(context().off, "interrupts are"),
);
/** preempt_disable(): this thread stays on its CPU, and must not sleep. Since v5.0 it is an RCU read-side critical section, too. */
export const preemptOff: Operation<unknown, unknown, void> = made("preemptOff", "rcu-read-lock", () =>
  more(context().preempt, "preemption is"),
);
/** preempt_enable() */
export const preemptOn: Operation<unknown, unknown, void> = made("preemptOn", "rcu-read-unlock", () =>
  less(context().preempt, "preemption is"),
);

/** spin_lock_irqsave(), spin_lock_irq(): `irqsOff`, then `lock`. */
export const lockIrq = <K, M>(which: WhichLock<K, M>): Group<K, M, typeof wait | void> => {
  const taken = lock(which) as AnyStep;
  return group(() => [irqsOff as AnyStep, ["spin_lock()", taken]]);
};
/** spin_unlock_irqrestore(), spin_unlock_irq(): `unlock`, then `irqsOn`. */
export const unlockIrq = <K, M>(which: WhichLock<K, M>): Group<K, M, void> => {
  const released = unlock(which) as AnyStep;
  return group(() => [released, ["local_irq_restore()", irqsOn as AnyStep]]);
};

/** What the IPIs of this thread still wait for, and where. */
const targets = (): readonly (readonly [Cell, Context["cpus"][number]])[] =>
  context().cpus.map((cpu) => [context().ipi!.get(cpu.cpu)!, cpu] as const);

/** What an IPI does on each CPU. The number is that of the CPU, as `CPU1` in reports. */
type Handler<K, M> = (k: K, cpu: number, me: M) => void;

/**
 * smp_call_function(handler, 1): runs one step on every other CPU, each as soon as it has interrupts on and is in no interrupt, and
 * waits for all. For each of them it is a full barrier before and behind the step. Without a step: an IPI that others are waited for
 * with, as tlb_remove_table_sync_one() sends it. `order` is that of the step.
 */
export function ipiAll<K, M>(
  handler?: Handler<K, M>,
  order: "once" | "full" | "acquire" | "release" = "once",
): Group<K, M, void> {
  if (handler !== undefined && typeof handler !== "function")
    throw new ModelError(`ipiAll() was given ${kindOf(handler)}`, {
      remedy: "write ipiAll((k, cpu) => { ... }), or ipiAll()",
    });
  const runs = handler && (watched(handler as never) as Handler<K, M>);
  const send = made("ipiAll", "mb", () => {
    const { off, isInterrupt } = context();
    if (isInterrupt) fail("an IPI is sent and waited for in an interrupt, whose CPU handles none meanwhile");
    if (isOn(off))
      fail("an IPI is sent and waited for with interrupts off: two CPUs that do so wait for each other for ever");
    for (const [todo] of targets()) access().write(todo, IPI.sent);
  });
  return group((at) => {
    const [handle, end] = [at("handled"), at("return")];
    const goOn = (left: number): string => (left > 0 ? handle : end);
    const waiting = (): ReturnType<typeof targets> => targets().filter(([todo]) => access().read(todo) !== IPI.none);
    const take = made("ipiHandled", "mb", (): Flow => {
      const all = waiting();
      if (all.length === 0) return end;
      const [todo, cpu] = all.length === 1 ? all[0]! : all[access().choose(all.length)]!;
      if (isOn(cpu.off) || isOn(cpu.handling)) return wait;
      access().write(todo, runs ? IPI.running : IPI.none);
      if (!runs) return goOn(all.length - 1);
      access().write(cpu.handling!, true);
    });
    // Never more than one; of those that no run has, none is told apart.
    const running = (): ReturnType<typeof targets> => targets().filter(([todo]) => access().read(todo) === IPI.running);
    const body: AnyStep = {
      ...asStep((k: K, me: M) =>
        runs!(
          k,
          aside(() => running()[0]![1].cpu),
          me,
        ),
      ),
      order,
      operation: "ipiHandler",
      ...(handler && { parts: [handler as (...args: never[]) => unknown] }),
    } as AnyStep;
    const answer = made("ipiHandled", "mb", (): Flow => {
      for (const [todo, cpu] of running()) {
        access().write(todo, IPI.none);
        access().write(cpu.handling!, false);
      }
      return goOn(waiting().length);
    });
    const handled: readonly (readonly [string, AnyStep | false])[] = runs
      ? [
          ["handled", take as AnyStep],
          ["handler", body],
          ["csd_unlock()", answer as AnyStep],
        ]
      : [["handled", take as AnyStep]];
    return [send as AnyStep, ...handled, ["return", false]];
  });
}

/** An interrupt, as a thread of a scenario: see `interrupt`. */
export interface Interrupt {
  readonly kind: "interrupt";
  /** The name of the thread on whose CPU it comes. */
  readonly on: string;
  readonly path: Path;
}

/**
 * A thread that is an interrupt on the CPU of another one, `on`: it comes once, at any point at which that has interrupts on, or when it
 * has ended, and runs to its end, while that waits. It is a full barrier where it comes and where it returns, as on x86.
 */
export function interrupt(on: string, handler: Path): Interrupt {
  if (typeof on !== "string" || !isPath(handler))
    throw new ModelError(`interrupt(...) was given ${typeof on === "string" ? kindOf(handler) : kindOf(on)}`, {
      remedy: 'write interrupt("fault", path), with the name of the thread that it interrupts',
    });
  const enter = made("irqEnter", "mb", (): typeof wait | undefined => {
    const { cpu, handling, interrupted } = context();
    if (interrupted === undefined) throw new ModelError(`CPU${cpu} is no interrupt`, { remedy: "use interrupt(...)" });
    if (isOn(interrupted) || isOn(handling)) return wait;
    access().write(handling!, true);
  });
  const exit = made("irqExit", "mb", () => access().write(context().handling!, false));
  const path = buildPath(handler.world, `interrupt of ${on}`, {}, {
    "irq_enter()": enter,
    [`${handler.name}()`]: call(handler),
    "irq_exit()": exit,
  } as never);
  return { kind: "interrupt", on, path };
}

/** The CPU that is interrupted where this is written, by an IPI or an interrupt: it has seen all then, and shows all. */
export const interruptedBy = ({ interrupts }: Cell, value: unknown): number | undefined =>
  value === IPI.sent ? undefined : interrupts;

const USES: ReadonlySet<string> = new Set([
  "irqsOff",
  "irqsOn",
  "preemptOff",
  "preemptOn",
  "ipiAll",
  "ipiHandled",
  "ipiHandler",
  "irqEnter",
  "irqExit",
]);
/** The step has to do with contexts, which its program then has to keep. */
export const usesContexts = ({ operation }: AnyStep): boolean => operation !== undefined && USES.has(operation);
/** It is taken by the sender of an IPI, and done on the CPU to which that has come. */
export const isElsewhere = ({ operation }: AnyStep): boolean =>
  operation === "ipiHandled" || operation === "ipiHandler";
