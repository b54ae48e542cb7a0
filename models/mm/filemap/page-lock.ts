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
      "trylock_page(page)": of(filePage, trylockPage).then({
        true: done,
        false: "wait->flags = WQ_FLAG_EXCLUSIVE",
      }),
      "wait->flags = WQ_FLAG_EXCLUSIVE": once((k, { tries }) => {
        k.waiter[i].woken = false;
        k.waiter[i].custom = unfairness !== null && tries >= unfairness;
      }),
      "spin_lock_irq(&q->lock)": lockQueue,
      "SetPageWaiters(page)": !waitersLate && setPageWaiters,
      "test_and_set_bit(PG_locked)": of(filePage, testAndSetLocked).then({
        false: waitersLate ? "SetPageWaiters(page), late" : "__add_wait_queue_entry_tail(q, wait)",
      }),
      "spin_unlock_irq(&q->lock), locked": unlockQueue.then(done),
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
        return "wait->flags = WQ_FLAG_EXCLUSIVE";
      }),
    },
    {
      file: "include/linux/pagemap.h, mm/filemap.c",
      release: unfairness === null ? "v5.8" : "v5.9",
      functions: ["lock_page", "__lock_page", "wait_on_page_bit_common", "trylock_page_bit_common"],
      at: {
        "test_and_set_bit(PG_locked)": "trylock_page_bit_common(): test_and_set_bit(bit_nr)",
        "spin_unlock_irq(&q->lock), locked": "spin_unlock_irq(&q->lock)",
        "test_and_set_bit(PG_locked), woken": "wait_on_page_bit_common(): test_and_set_bit(bit_nr)",
        "goto repeat": "goto repeat;",
      },
      omits: {
        "compound_head, page_waitqueue, init_wait":
          "the page is no compound one; find the queue, and prepare the entry",
        "if (thrashing), if (bit_nr == PG_locked && !PageUptodate(page) && PageWorkingset(page))":
          "for who looks at statistics of stalls",
        "if (behavior == DROP)": "put_and_wait_on_page_locked(): lock_page() keeps its reference",
        "trylock_page_bit_common(): else (wait->flags & WQ_FLAG_EXCLUSIVE)": "waiters that do not want the lock",
        "set_current_state, io_schedule": "the wait is for the flag: a wake-up that comes before is not slept through",
        signal_pending_state: "lock_page() sleeps through signals",
        finish_wait: "the waker has taken the entry off the queue",
      },
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
    {
      file: "mm/filemap.c, kernel/sched/wait.c",
      release: "v5.9",
      functions: [
        "unlock_page",
        "wake_up_page_bit",
        "__wake_up_locked_key_bookmark",
        "__wake_up_common",
        "func: wake_page_function",
      ],
      at: {
        "wake_page_function(): first entry of the queue": "list_first_entry(&wq_head->head)",
        "wake_page_function(): test_bit(PG_locked)": "wake_page_function(): test_bit(key->bit_nr)",
        "wait->flags & WQ_FLAG_CUSTOM?": "wake_page_function(): flags & WQ_FLAG_CUSTOM",
        "test_and_set_bit(PG_locked) for the waiter": "wake_page_function(): test_and_set_bit(key->bit_nr)",
        "smp_store_release(&wait->flags, WQ_FLAG_WOKEN)": "wake_page_function(): smp_store_release(&wait->flags)",
        "list_del_init_careful(&wait->entry)": "wake_page_function(): list_del_init_careful(&wait->entry)",
      },
      omits: {
        "page_waitqueue, INIT_LIST_HEAD": "find the queue, and prepare its bookmark",
        "while (bookmark.flags & WQ_FLAG_BOOKMARK), if (bookmark && (bookmark->flags & WQ_FLAG_BOOKMARK)), list_add_tail":
          "a bookmark is for queues of more than 64 entries",
        list_for_each_entry_safe_from: "goes on to the next entry only behind a waiter of another page or bit",
        wake_up_state: "the waiter looks at the flag, which is set before",
      },
      leavesOut: "bookmarks, waiters that do not want the lock",
    },
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
