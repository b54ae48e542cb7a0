import { acquire, bool, call, choose, done, int, once, release, smpMb, wait } from "faultline";
import {
  clearPageFlag,
  filePage,
  lockQueue,
  of,
  pageFlag,
  setPageFlag,
  testAndSetLocked,
  trylockPage,
  unlockPage,
  unlockQueue,
} from "../../kernel/primitives.ts";
import { kernel, type Kernel, type VmaIndex } from "../../kernel/world.ts";

/** How the page lock's slow path works: what v5.9 made of it, and what can be taken out of it. */
export interface PageLock {
  /**
   * How often a waiter that was woken may find the page locked again before unlock_page() hands the lock over, v5.9's
   * sysctl_page_lock_unfairness (5 there); null: never, with the slow path of v5.8, before 2a9127fcf229.
   */
  readonly unfairness: number | null;
  /** True: PG_waiters is set after the last look at PG_locked, to show why it must be before. */
  readonly waitersLate?: boolean;
}

/** What of the slow path is no step, in any release. */
const IN_SLOW_PATH = {
  "compound_head, page_waitqueue, init_wait": "the page is no compound one; find the queue, and prepare the entry",
  "if (thrashing), if (bit_nr == PG_locked && !PageUptodate(page) && PageWorkingset(page))":
    "for who looks at statistics of stalls",
  "if (behavior == DROP)": "put_and_wait_on_page_locked(): lock_page() keeps its reference",
  signal_pending_state: "lock_page() sleeps through signals",
} as const;

/**
 * lock_page() with __lock_page() and wait_on_page_bit_common(), mm/filemap.c, v5.9: sleeps in the queue of waiters until
 * unlock_page() wakes it. `i` is the waiter's entry of the queue.
 */
export const lockPageQueued = (i: VmaIndex, unfairness: number, waitersLate = false) => {
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
        k.waiter[i].custom = tries >= unfairness;
      }),
      "spin_lock_irq(&q->lock)": lockQueue,
      "SetPageWaiters(page)": !waitersLate && setPageWaiters,
      "test_and_set_bit(PG_locked)": of(filePage, testAndSetLocked).then({
        true: waitersLate ? "SetPageWaiters(page), late" : "__add_wait_queue_entry_tail(q, wait)",
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
      "test_and_set_bit(PG_locked), woken": of(filePage, testAndSetLocked).then({ false: done, true: "goto repeat" }),
      "goto repeat": once((_, me) => {
        if (me.tries < unfairness) me.tries++;
        return "wait->flags = WQ_FLAG_EXCLUSIVE";
      }),
    },
    {
      file: "include/linux/pagemap.h, mm/filemap.c",
      release: "v5.9",
      functions: ["lock_page", "__lock_page", "wait_on_page_bit_common", "trylock_page_bit_common"],
      at: {
        "test_and_set_bit(PG_locked)": "trylock_page_bit_common(): test_and_set_bit(bit_nr)",
        "spin_unlock_irq(&q->lock), locked": "spin_unlock_irq(&q->lock)",
        "test_and_set_bit(PG_locked), woken": "wait_on_page_bit_common(): test_and_set_bit(bit_nr)",
        "goto repeat": "goto repeat;",
      },
      leads: {
        "spin_unlock_irq(&q->lock), locked": {
          end: "it has set WQ_FLAG_WOKEN and WQ_FLAG_DONE itself, with which the loop ends at once",
        },
      },
      omits: {
        ...IN_SLOW_PATH,
        "trylock_page_bit_common(): else (wait->flags & WQ_FLAG_EXCLUSIVE)": "waiters that do not want the lock",
        "set_current_state, io_schedule": "the wait is for the flag: a wake-up that comes before is not slept through",
        finish_wait: "the waker has taken the entry off the queue",
      },
      fits: "v5.9..",
      leavesOut: "signals, other bits than PG_locked, other pages whose waiters share the queue",
    },
  );
};

/**
 * The same of v5.8: a waiter that was woken tries for the lock as anybody does, and sleeps at the end of the queue again where it is
 * too late.
 */
const lockPageUnfair = (i: VmaIndex) => {
  const isQueued = ({ waitQueue }: Kernel): boolean => waitQueue.first === i + 1 || waitQueue.second === i + 1;
  return kernel.path(
    "wait_on_page_bit_common",
    {},
    {
      "trylock_page(page)": of(filePage, trylockPage).then({ true: done, false: "spin_lock_irq(&q->lock)" }),
      "spin_lock_irq(&q->lock)": lockQueue,
      "list_empty(&wait->entry)?": once((k) => (isQueued(k) ? "set_current_state(state)" : undefined)),
      "__add_wait_queue_entry_tail(q, wait)": once(({ waitQueue }) => {
        if (waitQueue.first === 0) waitQueue.first = i + 1;
        else waitQueue.second = i + 1;
      }),
      "SetPageWaiters(page)": of(filePage, setPageFlag("waiters")),
      "set_current_state(state)": once((k) => {
        k.waiter[i].woken = false;
        k.waiter[i].custom = false;
      }),
      "set_current_state(): smp_mb()": smpMb,
      "spin_unlock_irq(&q->lock)": unlockQueue,
      "test_bit(PG_locked)?": of(filePage, pageFlag("locked")).then({ false: "test_and_set_bit_lock(PG_locked)" }),
      "io_schedule()": once((k) => (k.waiter[i].woken ? undefined : wait)),
      "test_and_set_bit_lock(PG_locked)": of(filePage, trylockPage).then({ false: "spin_lock_irq(&q->lock)" }),
      // The waker has taken the entry off, or does so before it drops the lock.
      "finish_wait(): list_empty_careful(&wait->entry)?": once((k) => (k.waiter[i].woken ? done : undefined)),
      "finish_wait(): spin_lock_irqsave(&q->lock)": lockQueue,
      "finish_wait(): list_del_init(&wait->entry)": once(({ waitQueue }) => {
        if (waitQueue.first === i + 1) waitQueue.first = waitQueue.second;
        else if (waitQueue.second !== i + 1) return;
        waitQueue.second = 0;
      }),
      "finish_wait(): spin_unlock_irqrestore(&q->lock)": unlockQueue,
    },
    {
      file: "include/linux/pagemap.h, mm/filemap.c, kernel/sched/wait.c",
      release: "v5.8",
      fits: "..v5.8",
      functions: ["lock_page", "__lock_page", "wait_on_page_bit_common", "finish_wait"],
      at: {
        "test_bit(PG_locked)?": "test_bit(bit_nr) #1",
        "test_and_set_bit_lock(PG_locked)": "test_and_set_bit_lock(bit_nr)",
        "finish_wait(): list_empty_careful(&wait->entry)?": "list_empty_careful(&wq_entry->entry)",
        "finish_wait(): spin_lock_irqsave(&q->lock)": "spin_lock_irqsave(&wq_head->lock)",
        "finish_wait(): list_del_init(&wait->entry)": "list_del_init(&wq_entry->entry)",
        "finish_wait(): spin_unlock_irqrestore(&q->lock)": "spin_unlock_irqrestore(&wq_head->lock)",
      },
      omits: {
        ...IN_SLOW_PATH,
        "else (behavior == EXCLUSIVE)": "waiters that do not want the lock",
        __set_current_state: "nobody wakes who does not sleep: it changes who takes the entry off, see leavesOut",
      },
      leavesOut:
        "signals, other bits than PG_locked, other pages whose waiters share the queue, that the waker passes over an entry whose thread runs already (it has the lock by then, and takes the entry off itself)",
    },
  );
};

/** A store of all of the flags, and no RMW: what it keeps of them was loaded before. */
const wake = (k: Kernel, { first, custom }: { readonly first: number; readonly custom: boolean }): void => {
  const waiter = k.waiter[first === 2 ? 1 : 0];
  waiter.woken = true;
  waiter.custom = custom;
};

const dequeueFirst = ({ waitQueue }: Kernel): void => {
  waitQueue.first = waitQueue.second;
  waitQueue.second = 0;
};

const STILL_QUEUED = {
  "spin_unlock_irqrestore(&q->lock)":
    "waitqueue_active(q) has no other answer while the entry is in the queue, which q->lock keeps",
} as const;

/**
 * unlock_page() with wake_up_page_bit() and wake_page_function(), mm/filemap.c, v5.9. `handsOver`: it may take the lock for
 * the waiter; without it as of v5.8.
 */
export const unlockPageWaking = (handsOver = true) =>
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
      "wake_page_function(): test_bit(PG_locked)": of(filePage, pageFlag("locked")).then({
        true: "spin_unlock_irqrestore(&q->lock)",
      }),
      "wait->flags & WQ_FLAG_CUSTOM?":
        handsOver &&
        once((k, me) => {
          me.custom = k.waiter[me.first === 2 ? 1 : 0].custom;
          if (!me.custom) return "smp_store_release(&wait->flags, WQ_FLAG_WOKEN)";
        }),
      "test_and_set_bit(PG_locked) for the waiter":
        handsOver &&
        of(filePage, testAndSetLocked).then({
          true: "spin_unlock_irqrestore(&q->lock)",
        }),
      "smp_store_release(&wait->flags, WQ_FLAG_WOKEN)": handsOver && release(wake),
      "wake_page_function(): wake_up_state(): smp_mb()": handsOver && smpMb,
      "list_del_init_careful(&wait->entry)": handsOver && once(dequeueFirst),
      "autoremove_wake_function(): default_wake_function(): smp_mb()": !handsOver && smpMb,
      "autoremove_wake_function(): default_wake_function()": !handsOver && once(wake),
      "autoremove_wake_function(): list_del_init(&wait->entry)": !handsOver && once(dequeueFirst),
      "waitqueue_active(q)?": once(({ waitQueue }: Kernel) => waitQueue.first !== 0).then({
        true: "spin_unlock_irqrestore(&q->lock)",
      }),
      "ClearPageWaiters(page)": of(filePage, clearPageFlag("waiters")),
      "spin_unlock_irqrestore(&q->lock)": unlockQueue,
    },
    {
      file: "mm/filemap.c, kernel/sched/wait.c",
      release: handsOver ? "v5.9" : "v5.8",
      fits: handsOver ? "v5.9.." : "..v5.8",
      functions: [
        "unlock_page",
        "wake_up_page_bit",
        "__wake_up_locked_key_bookmark",
        "__wake_up_common",
        "func: wake_page_function",
        ...(handsOver ? [] : ["autoremove_wake_function"]),
      ],
      at: {
        "wake_page_function(): first entry of the queue": "list_first_entry(&wq_head->head)",
        "wake_page_function(): test_bit(PG_locked)": "wake_page_function(): test_bit(key->bit_nr)",
        "wait->flags & WQ_FLAG_CUSTOM?": "wake_page_function(): flags & WQ_FLAG_CUSTOM",
        "test_and_set_bit(PG_locked) for the waiter": "wake_page_function(): test_and_set_bit(key->bit_nr)",
        "smp_store_release(&wait->flags, WQ_FLAG_WOKEN)": "wake_page_function(): smp_store_release(&wait->flags)",
        ...(handsOver && {
          "wake_page_function(): wake_up_state(): smp_mb()": "wake_page_function(): wake_up_state()",
        }),
        "list_del_init_careful(&wait->entry)": "wake_page_function(): list_del_init_careful(&wait->entry)",
        "autoremove_wake_function(): list_del_init(&wait->entry)": "list_del_init(&wq_entry->entry)",
      },
      leads: {
        "wake_page_function(): first entry of the queue": {
          "ClearPageWaiters(page)": "waitqueue_active(q) has no other answer for an empty queue",
        },
        "wake_page_function(): test_bit(PG_locked)": STILL_QUEUED,
        "test_and_set_bit(PG_locked) for the waiter": STILL_QUEUED,
      },
      omits: {
        "page_waitqueue, INIT_LIST_HEAD": "find the queue, and prepare its bookmark",
        "while (bookmark.flags & WQ_FLAG_BOOKMARK), if (bookmark && (bookmark->flags & WQ_FLAG_BOOKMARK)), list_add_tail":
          "a bookmark is for queues of more than 64 entries",
        list_for_each_entry_safe_from: "goes on to the next entry only behind a waiter of another page or bit",
      },
      leavesOut: "bookmarks, waiters that do not want the lock",
    },
  );

/** A thread that locks the page and unlocks it, `rounds` times, or as often as it likes. */
export const lockAndUnlock = (i: VmaIndex, rounds: 1 | 2 | "any", { unfairness, waitersLate }: PageLock) =>
  kernel.path(
    "user of the page lock",
    { round: int(0, 2) },
    {
      "lock_page(page)": call(unfairness === null ? lockPageUnfair(i) : lockPageQueued(i, unfairness, waitersLate)),
      "unlock_page(page)": call(unlockPageWaking(unfairness !== null)),
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
