import { access, HELD, type Cell } from "./access.ts";
import { ALL_DONE } from "./domain.ts";
import { ModelError } from "./error.ts";
import { A_COMPLETION, A_LOCK, operation, type Kind, type Jump, type WhichLock } from "./named-lock.ts";
import { checkSleep, downgradeTo, giveBack, take, tryToTake, type Mode } from "./owner.ts";
import { condition, Operation, wait, withOrder, type Testing } from "./path.ts";
import { aside, endRun } from "./running.ts";

export type { WhichLock } from "./named-lock.ts";

function refuseExclusive(lock: Cell, name: string): void {
  if (lock.lock === "rwlock" || lock.lock === "rwsem") return;
  endRun(
    new ModelError(`${name}() was given '${lock.name}', a ${lock.lock!}, which nobody shares`, {
      remedy: "use lock, trylock and unlock, or make it an rwlock or an rwsem",
    }),
  );
}

const shared =
  <R>(name: string, act: (lock: Cell) => R) =>
  (lock: Cell): R => {
    refuseExclusive(lock, name);
    return act(lock);
  };

// With what comes next as a second argument, TypeScript knows the world in both: through `then`, it does not.
export interface Taking {
  <K, M>(which: WhichLock<K, M>): Operation<K, M, typeof wait | undefined>;
  <K, M, const L extends Jump>(which: WhichLock<K, M>, next: L): Operation<K, M, NoInfer<L> | typeof wait>;
}
export interface Trying {
  <K, M>(which: WhichLock<K, M>): Testing<K, M>;
  <K, M, const L extends Jump>(which: WhichLock<K, M>, otherwise: L): Operation<K, M, NoInfer<L> | undefined>;
  <K, M, const L extends Jump | void>(
    which: WhichLock<K, M>,
    next: (k: K, me: M, taken: boolean) => L,
  ): Operation<K, M, NoInfer<L>>;
}
export interface Releasing {
  <K, M>(which: WhichLock<K, M>): Operation<K, M, void>;
  <K, M, const L extends Jump>(which: WhichLock<K, M>, next: L): Operation<K, M, NoInfer<L>>;
  <K, M, const L extends Jump | void>(which: WhichLock<K, M>, next: (k: K, me: M) => L): Operation<K, M, NoInfer<L>>;
}
/** The operation, which goes on as `next` says, if it says anything. */
export const goingOn = (made: (which: never) => Operation<never, never, unknown>): Taking & Releasing =>
  ((which: never, next?: never) => (next === undefined ? made(which) : made(which).then(next))) as Taking & Releasing;
const trying = (name: string, act: (lock: Cell) => boolean, kind: Kind = A_LOCK): Trying =>
  ((which: never, next?: unknown) => {
    const made = operation([name, "acquire", kind], which, act);
    if (next === undefined) return condition(made);
    return made.then((typeof next === "function" ? next : { false: next }) as never);
  }) as Trying;

const taking =
  (mode: Mode) =>
  (lock: Cell): typeof wait | undefined =>
    take(lock, mode) ? undefined : wait;
const releasing =
  (mode: Mode) =>
  (lock: Cell): void =>
    giveBack(lock, mode);

/** spin_lock(), write_lock(), mutex_lock(), down_write(), bit_spin_lock(): waits until the lock is free, and takes it. Acquire. */
export const lock: Taking = goingOn((which) => operation(["lock", "acquire"], which, taking(HELD.exclusive)));
/** spin_trylock(), mutex_trylock() and their like: takes the lock if it is free; whether it was. Acquire; a failed one: none. */
export const trylock: Trying = trying("trylock", (one) => tryToTake(one, HELD.exclusive));
/** spin_unlock(), write_unlock(), mutex_unlock(), up_write(), bit_spin_unlock(). Release. */
export const unlock: Releasing = goingOn((which) => operation(["unlock", "release"], which, releasing(HELD.exclusive)));
/** read_lock(), down_read(): waits until no writer holds the lock. Acquire. */
export const lockShared: Taking = goingOn((which) =>
  operation(["lockShared", "acquire"], which, shared("lockShared", taking(HELD.shared))),
);
/** read_trylock(), down_read_trylock(): whether no writer held it. Acquire; a failed one: none. */
export const trylockShared: Trying = trying(
  "trylockShared",
  shared("trylockShared", (one) => tryToTake(one, HELD.shared)),
);
/** read_unlock(), up_read(). Release. */
export const unlockShared: Releasing = goingOn((which) =>
  operation(["unlockShared", "release"], which, shared("unlockShared", releasing(HELD.shared))),
);
/** downgrade_write(): a writer becomes a reader, and lets other readers in. Release. */
export const downgrade: Releasing = goingOn((which) =>
  operation(["downgrade", "release"], which, shared("downgrade", downgradeTo)),
);

/** wait_for_completion(): sleeps until it is completed. Acquire. */
export const waitForCompletion: Taking = goingOn((which) =>
  operation(["waitForCompletion", "acquire", A_COMPLETION], which, (one) => {
    checkSleep(`${one.name}, a completion, is waited for`);
    return tryToWait(one) ? undefined : wait;
  }),
);
/** try_wait_for_completion(): whether it was completed. Acquire; one that was not: none. */
export const tryWaitForCompletion: Trying = trying("tryWaitForCompletion", tryToWait, A_COMPLETION);
/** complete(): lets one thread go on that waits, or comes to wait. Release. */
export const complete: Releasing = goingOn((which) =>
  operation(["complete", "release", A_COMPLETION], which, (one): void => {
    const now = Number(access().read(one));
    if (now + 1 === ALL_DONE)
      access().fail!("in-range", `${one.name} is completed ${ALL_DONE} times, and nobody has waited for it`);
    access().write(one, Math.min(now + 1, ALL_DONE));
  }),
);
/** complete_all(): lets all threads go on, from now on. Release. */
export const completeAll: Releasing = goingOn((which) =>
  operation(["completeAll", "release", A_COMPLETION], which, (one): void => {
    access().read(one);
    access().write(one, ALL_DONE);
  }),
);
/** reinit_completion(): from now on threads wait again. A plain store. */
export const reinitCompletion: Releasing = goingOn((which) =>
  operation(["reinitCompletion", "once", A_COMPLETION], which, (one): void => access().write(one, 0)),
);

function tryToWait(one: Cell): boolean {
  const now = Number(access().read(one));
  // Under the lock of its wait queue, so that this is an RMW even if nothing changes.
  if (now > 0) access().write(one, now < ALL_DONE ? now - 1 : now);
  return now > 0;
}

/**
 * might_sleep(): what sleeps, or may, such as copy_from_user() or an allocation by GFP_KERNEL, must not be done under a lock
 * that others spin for, nor inside an RCU read-side critical section. It is no access.
 */
export const mightSleep: Operation<unknown, unknown, void> = new Operation({
  kind: "step",
  run: () => aside(() => checkSleep("a step may sleep")),
  order: "once",
  operation: "mightSleep",
});
withOrder.add(mightSleep);
