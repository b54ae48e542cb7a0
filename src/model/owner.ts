import { access, HELD, type Cell, type Holds } from "./access.ts";
import { WRITER, type LockKind, type Value } from "./domain.ts";
import { InternalError, ModelError } from "./error.ts";
import { endRun } from "./running.ts";

/**
 * What taking and releasing a lock does, to the lock and to what is known of its owner. The owner is kept beside the lock, by
 * thread: a machine with store buffers, or views, need not know of it.
 */

const fail = (reason: string): never => access().fail!("locking", reason);

/** How to hold a lock. */
export type Mode = typeof HELD.shared | typeof HELD.exclusive;

/** Who waits for one of these sleeps; for the others, it spins. */
const SLEEPS: ReadonlySet<LockKind> = new Set<LockKind>(["mutex", "rwsem"]);

/** These are released by a store; the others by an RMW. */
const STORED: ReadonlySet<LockKind> = new Set<LockKind>(["spinlock", "rwlock"]);

const isCounted = ({ isInt }: Cell): boolean => isInt;
const freeOf = (lock: Cell): Value => (isCounted(lock) ? 0 : false);
/** What it is while one thread holds it alone. */
const takenOf = (lock: Cell): Value => (isCounted(lock) ? WRITER : true);

/** What the thread holds. There always is something to keep it in where a step uses locks. */
const held = (): Holds => access().holds!;

const modeOf = (lock: Cell): Value => access().read(held().by.get(lock)!);

function setMode(lock: Cell, mode: Value): void {
  const { by, count, spinning } = held();
  access().write(by.get(lock)!, mode);
  const more = mode === HELD.none ? -1 : 1;
  for (const counter of SLEEPS.has(lock.lock!) ? [count] : [count, spinning])
    access().write(counter, Number(access().read(counter)) + more);
}

/** `a spinlock`, as sentences name it. */
const named = ({ name, lock }: Cell): string => `${name}, a ${lock!},`;

/** A lock is taken as soon as it is free, which it is not if this says false. Who waits must not wait for itself, nor sleep where it must not. */
export function take(lock: Cell, mode: Mode): boolean {
  const already = modeOf(lock);
  if (already !== HELD.none)
    fail(
      already === HELD.shared && mode === HELD.shared
        ? `${named(lock)} is taken again by a reader of it: with a writer that waits in between, it waits for itself`
        : `${named(lock)} is taken by who holds it already, and so waits for itself`,
    );
  if (SLEEPS.has(lock.lock!)) checkSleep(`${lock.name}, a ${lock.lock!}, is taken, which may sleep,`);
  return tryToTake(lock, mode);
}

/** The same if it need not wait: whether the lock was taken. */
export function tryToTake(lock: Cell, mode: Mode): boolean {
  const now = access().read(lock);
  if (mode === HELD.shared ? now === WRITER : now !== freeOf(lock)) return false;
  if (mode === HELD.shared && now !== freeOf(lock) && modeOf(lock) !== HELD.none)
    endRun(
      new ModelError(`${named(lock)} is tried again by a reader of it`, {
        cause: "which locks a thread holds is known, and not how often it holds one as a reader",
        remedy: "leave the inner section out: whoever is in it reads already",
      }),
    );
  access().write(lock, mode === HELD.shared ? Number(now) + 1 : takenOf(lock));
  setMode(lock, mode);
  return true;
}

/** What an RMW finds in a lock that the thread holds so. */
function found(lock: Cell, mode: Mode): Value {
  const now = access().read(lock);
  const isHeld = mode === HELD.shared ? Number(now) > 0 : now === takenOf(lock);
  if (!isHeld) throw new InternalError(`${lock.name} is held, and found as ${String(now)}`);
  return now;
}

/** A lock is released that is held so. */
export function giveBack(lock: Cell, mode: Mode): void {
  checkHeld(lock, mode, "released");
  if (mode === HELD.shared) access().write(lock, Number(found(lock, mode)) - 1);
  else {
    // An RMW finds out what it changes.
    if (!STORED.has(lock.lock!)) found(lock, mode);
    access().write(lock, freeOf(lock));
  }
  setMode(lock, HELD.none);
}

/** A writer becomes a reader. */
export function downgradeTo(lock: Cell): void {
  checkHeld(lock, HELD.exclusive, "downgraded");
  found(lock, HELD.exclusive);
  access().write(lock, 1);
  access().write(held().by.get(lock)!, HELD.shared);
}

/** A step assigns a spin lock. Where locks know their owners, the thread takes or releases it. */
export function assignLock(lock: Cell, value: boolean): void {
  if (access().holds?.by.has(lock) === true) {
    if (!value) checkHeld(lock, HELD.exclusive, "released");
    if (!value || modeOf(lock) === HELD.none) setMode(lock, value ? HELD.exclusive : HELD.none);
  }
  access().write(lock, value);
}

function checkHeld(lock: Cell, mode: Mode, done: string): void {
  const now = modeOf(lock);
  if (now === mode) return;
  const by = {
    // Whether another one does, the report says. To look at the lock would be an access.
    [HELD.none]: "which this CPU does not hold",
    [HELD.shared]: "which this CPU holds as a reader",
    [HELD.exclusive]: "which this CPU holds as a writer",
  }[String(now)]!;
  const as = isCounted(lock) ? ` as by a ${mode === HELD.shared ? "reader" : "writer"}` : "";
  fail(`${lock.name} is ${done}${as}, ${by}`);
}

/** Fails where the thread must not sleep. `what` may do so. */
export function checkSleep(what: string): void {
  const { spinning, rcuDepth, context } = held();
  if (context?.isInterrupt === true) fail(`${what} in an interrupt`);
  if (context && access().read(context.off) !== 0) fail(`${what} with interrupts off`);
  if (context && access().read(context.preempt) !== 0) fail(`${what} with preemption off`);
  if (access().read(spinning) !== 0) fail(`${what} while this CPU holds a lock that others spin for`);
  if (rcuDepth && access().read(rcuDepth) !== 0) fail(`${what} inside an RCU read-side critical section`);
}
