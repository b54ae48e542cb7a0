import { UNQUALIFIED, type Fence, type Order, type Rcu } from "./order.ts";
import { ModelError } from "./error.ts";
import {
  Operation,
  asStep,
  withOrder,
  type Found,
  type GoesTo,
  type Next,
  type Qualifiable,
  type Step,
} from "./path.ts";

// NoInfer: from where the step stands, TypeScript 5.9 would infer that any text is returned, and not the label that is.
type WithOrder = <K, M, const R extends Found>(step: Qualifiable<K, M, R>) => Operation<K, M, NoInfer<R>>;

/** With what comes next as a second argument, TypeScript knows the world in the step: through `then`, it does not. */
export interface QualifierOf extends WithOrder {
  <K, M, const R extends Found, const N extends Next>(
    step: Qualifiable<K, M, R>,
    next: N,
  ): Operation<K, M, NoInfer<GoesTo<R, N>>>;
}

/** A step with this order, whatever it had. */
export const ordered =
  (order: Order): WithOrder =>
  (step) => {
    const made = new Operation({ ...asStep(step), order });
    withOrder.add(made);
    return made;
  };

/** What a model writes around a step that has no order yet. */
const qualifier = (order: Order): QualifierOf =>
  ((step: Qualifiable<never, never, Found>, next?: Next) => {
    const inner = asStep(step);
    if (withOrder.has(inner) || inner.order !== UNQUALIFIED)
      throw new ModelError(`${order}(...) is put around a step that is '${inner.order}' already`, {
        cause:
          "an operation makes one promise about memory order, and the outer one would take the place of the inner one",
        remedy: "leave one of them",
      });
    const made = ordered(order)(step);
    return next === undefined ? made : made.then(next as never);
  }) as unknown as QualifierOf;

/** READ_ONCE(), WRITE_ONCE(), a plain access: no order. */
export const once = qualifier("once");
/** smp_load_acquire(), trylock_page(), spin_lock(): later accesses stay later. */
export const acquire = qualifier("acquire");
/** smp_store_release(), unlock_page(), spin_unlock(): earlier accesses stay earlier. */
export const release = qualifier("release");
/** A value-returning RMW without order, such as atomic_inc_return_relaxed(). */
export const relaxed = qualifier("relaxed");
/** An RMW that returns nothing, such as atomic_inc() or set_bit(): no order. */
export const noreturn = qualifier("noreturn");
/** A value-returning RMW, such as atomic_inc_and_test(): a full barrier on both sides. */
export const full = qualifier("full");

/** Says why a step may touch more than one shared field at once: no other CPU can see them apart. */
export const atomic = <K, M, const R extends Found>(
  reason: string,
  step: Qualifiable<K, M, R>,
): Operation<K, M, NoInfer<R>> => {
  const inner = asStep(step);
  const made = new Operation({ ...inner, atomic: reason });
  if (withOrder.has(inner)) withOrder.add(made);
  return made;
};

/** The step that a fence is, or a step of RCU. */
export const fence = (order: Fence | Rcu): Step<unknown, unknown, void> => ({ kind: "step", run: () => {}, order });
/** smp_mb(): a full barrier. These are the fences of tools/memory-model/linux-kernel.def; under `sc` they do nothing. */
export const smpMb = fence("mb");
/** smp_rmb(): loads before it stay before loads after it. */
export const smpRmb = fence("rmb");
/** smp_wmb(): stores before it stay before stores after it. */
export const smpWmb = fence("wmb");
/** smp_mb__before_atomic(): a full barrier between what came before and what follows, if an RMW comes behind it. */
export const smpMbBeforeAtomic = fence("before-atomic");
/** smp_mb__after_atomic(): a full barrier between what came before and what follows, if an RMW comes before it. */
export const smpMbAfterAtomic = fence("after-atomic");
/** smp_mb__after_spinlock(): a full barrier between the lock taken before it and what follows. */
export const smpMbAfterSpinlock = fence("after-spinlock");
/** smp_mb__after_unlock_lock(): with the unlock and the lock before it, a full barrier. */
export const smpMbAfterUnlockLock = fence("after-unlock-lock");

/** The same as an operation: what the kernel returns from, or jumps on from. */
function jumping(order: Rcu): Operation<unknown, unknown, void> {
  const made = new Operation<unknown, unknown, void>(fence(order));
  withOrder.add(made);
  return made;
}

/** rcu_read_lock(): a read-side critical section begins; they nest. */
export const rcuReadLock = jumping("rcu-read-lock");
/** rcu_read_unlock() */
export const rcuReadUnlock = jumping("rcu-read-unlock");
/** synchronize_rcu(): waits until every critical section has ended that had begun before it. Two transitions: it begins, it ends. */
export const synchronizeRcu = fence("synchronize-rcu");
