import { acquire, bool, call, choose, done, int, once, release, wait } from "faultline";
import {
  clearPageFlag,
  filePage,
  lockQueue,
  of,
  setPageFlag,
  testAndSetLocked,
  trylockPage,
  unlockPage,
  unlockQueue,
} from "../../kernel/primitives.ts";
import { kernel, type VmaIndex } from "../../kernel/world.ts";

/** How the page lock's slow path works: what v5.9 made of it, and what can be taken out of it. */
export interface PageLock {
  /**
   * How often a waiter that was woken may find the page locked again before unlock_page() hands the lock over, v5.9's
   * sysctl_page_lock_unfairness (5 there); null: never, as before 5ef64cc8987a.
   */
  readonly unfairness: number | null;
  /** True: PG_waiters is set after the last look at PG_locked, to show why it must be before. */
  readonly waitersLate?: boolean;
}

/**
 * lock_page() with __lock_page() and wait_on_page_bit_common(), mm/filemap.c, v5.9: sleeps in the queue of waiters until
 * unlock_page() wakes it. `i` is the waiter's entry of the queue.
 */
export const lockPageQueued = (i: VmaIndex, { unfairness, waitersLate = false }: PageLock) => {
  const setPageWaiters = of(filePage, setPageFlag("waiters"));
  return kernel.path(
    "wait_on_page_bit_common",
    { tries: int(0, 3) },
    {
      "trylock_page(page)": of(filePage, trylockPage).then({ true: done, false: "spin_lock_irq(&q->lock)" }),
      "spin_lock_irq(&q->lock)": lockQueue,
      "SetPageWaiters(page)": !waitersLate && setPageWaiters,
      "test_and_set_bit(PG_locked)": of(filePage, testAndSetLocked).then({ false: "wait->flags = WQ_FLAG_EXCLUSIVE" }),
      "spin_unlock_irq(&q->lock), locked": unlockQueue.then(done),
      "wait->flags = WQ_FLAG_EXCLUSIVE": once((k, { tries }) => {
        k.waiter[i].woken = false;
        k.waiter[i].custom = unfairness !== null && tries >= unfairness;
      }),
      "SetPageWaiters(page), late": waitersLate && setPageWaiters,
      "__add_wait_queue_entry_tail(q, wait)": once(({ waitQueue }) => {
        if (waitQueue.first === 0) waitQueue.first = i + 1;
        else waitQueue.second = i + 1;
      }),
      "spin_unlock_irq(&q->lock)": unlockQueue,
      "smp_load_acquire(&wait->flags) & WQ_FLAG_WOKEN?": acquire((k) => {
        if (!k.waiter[i].woken) return wait;
        if (k.waiter[i].custom) return done;
      }),
      "test_and_set_bit(PG_locked), woken": of(filePage, testAndSetLocked).then({ true: done, false: "goto repeat" }),
      "goto repeat": once((_, me) => {
        if (unfairness !== null && me.tries < unfairness) me.tries++;
        return "spin_lock_irq(&q->lock)";
      }),
    },
    {
      file: "mm/filemap.c",
      release: unfairness === null ? "v5.8" : "v5.9",
      fits: unfairness === null ? "..v5.8" : "v5.9..",
      leavesOut: "signals, other bits than PG_locked, other pages whose waiters share the queue",
    },
  );
};

/** unlock_page() with wake_up_page_bit() and wake_page_function(), mm/filemap.c, v5.9. */
export const unlockPageWaking = () =>
  kernel.path(
    "unlock_page",
    { first: int(0, 2), custom: bool },
    {
      // One RMW clears PG_locked and tests PG_waiters in the same byte.
      "clear_bit_unlock_is_negative_byte(PG_locked)": of(filePage, unlockPage).then(({ page }) =>
        page.waiters ? undefined : done,
      ),
      "wake_up_page_bit(): spin_lock_irqsave(&q->lock)": lockQueue,
      "wake_page_function(): first entry of the queue": once(({ waitQueue }, me) => {
        me.first = waitQueue.first;
        if (me.first === 0) return "ClearPageWaiters(page)";
      }),
      "wake_page_function(): test_bit(PG_locked)": once(({ page }) => {
        if (page.locked) return "spin_unlock_irqrestore(&q->lock)";
      }),
      "wait->flags & WQ_FLAG_CUSTOM?": once((k, me) => {
        me.custom = k.waiter[me.first === 2 ? 1 : 0].custom;
        if (!me.custom) return "smp_store_release(&wait->flags, WQ_FLAG_WOKEN)";
      }),
      "test_and_set_bit(PG_locked) for the waiter": of(filePage, testAndSetLocked).then({
        false: "spin_unlock_irqrestore(&q->lock)",
      }),
      "smp_store_release(&wait->flags, WQ_FLAG_WOKEN)": release((k, { first }) => {
        k.waiter[first === 2 ? 1 : 0].woken = true;
      }),
      "list_del_init_careful(&wait->entry)": once(({ waitQueue }) => {
        waitQueue.first = waitQueue.second;
        waitQueue.second = 0;
      }),
      "waitqueue_active(q)?": once(({ waitQueue }) => {
        if (waitQueue.first !== 0) return "spin_unlock_irqrestore(&q->lock)";
      }),
      "ClearPageWaiters(page)": of(filePage, clearPageFlag("waiters")),
      "spin_unlock_irqrestore(&q->lock)": unlockQueue,
    },
    { file: "mm/filemap.c", release: "v5.9", leavesOut: "bookmarks, waiters that do not want the lock" },
  );

/** A thread that locks the page and unlocks it, `rounds` times, or as often as it likes. */
export const lockAndUnlock = (i: VmaIndex, rounds: 1 | 2 | "any", pageLock: PageLock) =>
  kernel.path(
    "user of the page lock",
    { round: int(0, 2) },
    {
      "lock_page(page)": call(lockPageQueued(i, pageLock)),
      "unlock_page(page)": call(unlockPageWaking()),
      "once more?": once((k, me) => {
        k.waiter[i].served = true;
        if (rounds === "any") return choose(true, false) ? "lock_page(page)" : done;
        if (++me.round < rounds) return "lock_page(page)";
        me.round = 0;
      }),
    },
    {
      file: "mm/filemap.c",
      release: "v5.9",
      notInSource: "stands for whoever takes the page lock",
      leavesOut: "what the lock is taken for",
    },
  );
