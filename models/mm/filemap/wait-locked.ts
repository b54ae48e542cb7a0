import { acquire, done, int, once, release, wait } from "faultline";
import {
  clearPageFlag,
  filePage,
  lockQueue,
  of,
  pageFlag,
  setPageFlag,
  unlockPage,
  unlockQueue,
} from "../../kernel/primitives.ts";
import { kernel } from "../../kernel/world.ts";

/**
 * folio_wait_locked() of a folio that is locked, with folio_wait_bit_common(), mm/filemap.c, v6.12 and v7.1: a waiter that does not
 * want the lock goes on as soon as it is woken, without another look at PG_locked.
 */
export const folioWaitLocked = (release_: "v6.12" | "v7.1") =>
  kernel.path(
    "folio_wait_bit_common",
    {},
    {
      // Of a folio in its next life: the caller has got it from its new owner, with a reference.
      "folio_test_locked(folio)?": once(({ page }) => (page.locked && !page.uptodate ? undefined : wait)),
      "spin_lock_irq(&q->lock)": lockQueue,
      "folio_set_waiters(folio)": of(filePage, setPageFlag("waiters")),
      "folio_trylock_flag(): test_bit(bit_nr)?": of(filePage, pageFlag("locked")).then({
        false: "spin_unlock_irq(&q->lock), unlocked",
      }),
      "__add_wait_queue_entry_tail(q, wait)": once(({ waitQueue }) => {
        waitQueue.first = 1;
      }),
      "spin_unlock_irq(&q->lock)": unlockQueue,
      "smp_load_acquire(&wait->flags) & WQ_FLAG_WOKEN?": acquire((k) => {
        if (!k.waiter[0].woken) return wait;
      }),
      "return: was it unlocked?": once((k) => {
        if (!k.waiter[1].served) k.waiter[0].early = true;
        return done;
      }),
      "spin_unlock_irq(&q->lock), unlocked": unlockQueue,
    },
    {
      file: "mm/filemap.c",
      release: release_,
      leavesOut: "signals, waiters that want the lock, other folios in the queue, statistics of stalls",
      functions: ["folio_wait_bit_common", "folio_trylock_flag"],
      at: { "spin_unlock_irq(&q->lock), unlocked": "spin_unlock_irq(&q->lock)" },
      leads: {
        "spin_unlock_irq(&q->lock), unlocked": {
          end: "WQ_FLAG_WOKEN is set then: who has found it unlocked does that",
        },
      },
      notInSource: {
        "folio_test_locked(folio)?": "folio_wait_locked(), in include/linux/pagemap.h",
        "return: was it unlocked?": "nobody looks: that it need not is what the spec is about",
      },
      omits: {
        "folio_waitqueue, init_wait, finish_wait": "find the queue, and prepare the entry; the waker has taken it off",
        "if (bit_nr == PG_locked && !folio_test_uptodate(folio) && folio_test_workingset(folio)), if (thrashing)":
          "for who looks at statistics of stalls",
        "if (wait->flags & WQ_FLAG_EXCLUSIVE), folio_flags, test_and_set_bit(bit_nr)": "waiters that want the lock",
        "if (behavior == DROP)": "a waiter that puts its reference before it sleeps",
        "set_current_state, io_schedule, signal_pending_state":
          "the wait is for the flag: a wake-up that comes before is not slept through; no signal comes",
      },
    },
  );

/**
 * folio_unlock() with folio_wake_bit() and wake_page_function(), mm/filemap.c, v6.12 and v7.1, where a waiter does not want the lock:
 * PG_waiters is looked at in the operation that clears PG_locked, and all else comes later. `isOwner`: it ends the time for which
 * folio_wait_locked() waits, which waiter[1] remembers.
 */
export const folioUnlockWaking = (release_: "v6.12" | "v7.1", isOwner = false) =>
  kernel.path(
    "folio_unlock",
    { first: int(0, 2) },
    {
      "folio_xor_flags_has_waiters(folio, 1 << PG_locked)": of(filePage, unlockPage).then((k) => {
        if (isOwner) k.waiter[1].served = true;
        return k.page.waiters ? undefined : done;
      }),
      "folio_wake_bit(): spin_lock_irqsave(&q->lock)": lockQueue,
      "__wake_up_locked_key(): first entry of the queue": once(({ waitQueue }, me) => {
        me.first = waitQueue.first;
        if (me.first === 0) return "folio_clear_waiters(folio)";
      }),
      "wake_page_function(): smp_store_release(&wait->flags, flags | WQ_FLAG_WOKEN)": release((k) => {
        k.waiter[0].woken = true;
      }),
      "wake_page_function(): list_del_init_careful(&wait->entry)": once(({ waitQueue }) => {
        waitQueue.first = 0;
      }),
      "folio_clear_waiters(folio)": of(filePage, clearPageFlag("waiters")),
      "spin_unlock_irqrestore(&q->lock)": unlockQueue,
    },
    {
      file: "mm/filemap.c, kernel/sched/wait.c",
      release: release_,
      leavesOut: "waiters that want the lock, a second entry of the queue",
      functions: [
        "folio_unlock",
        "folio_wake_bit",
        "__wake_up_locked_key",
        "__wake_up_common",
        "func: wake_page_function",
      ],
      at: {
        "__wake_up_locked_key(): first entry of the queue": "list_first_entry(&wq_head->head)",
      },
      omits: {
        folio_waitqueue: "finds the queue",
        list_for_each_entry_safe_from: "goes on to the next entry: there is one",
        waitqueue_active: "the one waiter has been taken off",
        "if (flags & WQ_FLAG_EXCLUSIVE)": "waiters that want the lock",
        wake_up_state: "the waiter looks at the flag, which is set before",
      },
    },
  );
