import { acquire, bool, call, done, int, once, release, smpMb, wait } from "faultline";
import {
  clearPageFlag,
  filePage,
  getPageUnlessZero,
  lockQueue,
  mappingMatches,
  of,
  pageFlag,
  putPage,
  setPageFlag,
  unlockPage,
  unlockQueue,
} from "../../kernel/primitives.ts";
import { kernel, type Kernel } from "../../kernel/world.ts";

type Release = "v6.12" | "v7.1";

const FILE = "mm/filemap.c";
const FIRST = "__wake_up_locked_key(): first entry of the queue" as const;
/** The waiter looks at the flag, which is set before; what is left of it is the barrier with which try_to_wake_up() begins. */
const WAKES = "wake_page_function(): wake_up_state(): smp_mb()" as const;
const PUT = "folio_put(folio), it need not wait" as const;
const UNLOCKED = "spin_unlock_irq(&q->lock), unlocked" as const;
const WAIT_FUNCTIONS = ["folio_wait_bit_common", "folio_trylock_flag"];
const WAIT_LEAVES_OUT = "signals, waiters that want the lock, other folios in the queue, statistics of stalls";
const WAIT_OMITS = {
  "folio_waitqueue, init_wait, finish_wait": "find the queue, and prepare the entry; the waker has taken it off",
  "if (bit_nr == PG_locked && !folio_test_uptodate(folio) && folio_test_workingset(folio)), if (thrashing)":
    "for who looks at statistics of stalls",
  "if (wait->flags & WQ_FLAG_EXCLUSIVE), folio_flags, test_and_set_bit(bit_nr)": "waiters that want the lock",
  "set_current_state, io_schedule, signal_pending_state":
    "the wait is for the flag: a wake-up that comes before is not slept through; no signal comes",
};

/** __add_wait_queue_entry_tail() of waiter[i] */
const queue = (i: 0 | 1) =>
  once(({ waitQueue }: Kernel): void => {
    if (waitQueue.first === 0) waitQueue.first = i + 1;
    else waitQueue.second = i + 1;
  });

/**
 * folio_wait_locked() of a folio that is locked, with folio_wait_bit_common(), mm/filemap.c, v6.12 and v7.1: a waiter that does not
 * want the lock goes on as soon as it is woken, without another look at PG_locked.
 */
export const folioWaitLocked = (release_: Release) =>
  kernel.path(
    "folio_wait_bit_common",
    {},
    {
      // Of a folio in its next life: the caller has got it from its new owner, with a reference.
      "folio_test_locked(folio)?": once(({ page }) => (page.locked && !page.uptodate ? undefined : wait)),
      "spin_lock_irq(&q->lock)": lockQueue,
      "folio_set_waiters(folio)": of(filePage, setPageFlag("waiters")),
      "folio_trylock_flag(): test_bit(bit_nr)?": of(filePage, pageFlag("locked")).then({
        false: UNLOCKED,
      }),
      "__add_wait_queue_entry_tail(q, wait)": queue(0),
      "spin_unlock_irq(&q->lock)": unlockQueue,
      "smp_load_acquire(&wait->flags) & WQ_FLAG_WOKEN?": acquire((k) => {
        if (!k.waiter[0].woken) return wait;
      }),
      "return: was it unlocked?": once((k) => {
        if (!k.waiter[1].served) k.waiter[0].early = true;
        return done;
      }),
      [UNLOCKED]: unlockQueue,
    },
    {
      file: FILE,
      release: release_,
      leavesOut: WAIT_LEAVES_OUT,
      functions: WAIT_FUNCTIONS,
      at: { [UNLOCKED]: "spin_unlock_irq(&q->lock)" },
      leads: { [UNLOCKED]: { end: "WQ_FLAG_WOKEN is set then: who has found it unlocked does that" } },
      notInSource: {
        "folio_test_locked(folio)?": "folio_wait_locked(), in include/linux/pagemap.h",
        "return: was it unlocked?": "nobody looks: that it need not is what the spec is about",
      },
      omits: { ...WAIT_OMITS, "if (behavior == DROP)": "a waiter that puts its reference before it sleeps" },
    },
  );

/**
 * folio_put_wait_locked() of a folio of the page cache, with folio_wait_bit_common(), mm/filemap.c, v6.12 and v7.1, as filemap_update_page()
 * calls it: it sleeps without a reference.
 */
export const folioPutWaitLocked = (release_: Release) =>
  kernel.path(
    "folio_put_wait_locked",
    { isDone: bool },
    {
      "filemap_get_read_batch(): folio_try_get(folio)": of(filePage, getPageUnlessZero).then({ false: done }),
      "filemap_get_read_batch(): folio != xas_reload(&xas)?": of(filePage, mappingMatches).then({ false: PUT }),
      "filemap_update_page(): folio_trylock(folio)": of(filePage, pageFlag("locked")).then({ false: PUT }),
      "spin_lock_irq(&q->lock)": lockQueue,
      "folio_set_waiters(folio)": of(filePage, setPageFlag("waiters")),
      "folio_trylock_flag(): test_bit(bit_nr)?": once(({ page }, me) => {
        me.isDone = !page.locked;
        if (me.isDone) return "spin_unlock_irq(&q->lock)";
      }),
      "__add_wait_queue_entry_tail(q, wait)": queue(1),
      "spin_unlock_irq(&q->lock)": unlockQueue,
      "folio_put(folio)": of(filePage, putPage),
      "smp_load_acquire(&wait->flags) & WQ_FLAG_WOKEN?": acquire((k, { isDone }) =>
        isDone || k.waiter[1].woken ? done : wait,
      ),
      [PUT]: of(filePage, putPage),
    },
    {
      file: FILE,
      release: release_,
      leavesOut: `${WAIT_LEAVES_OUT}, what the reader does when it has been woken: it looks the folio up again`,
      functions: WAIT_FUNCTIONS,
      notInSource: {
        "filemap_get_read_batch(): folio_try_get(folio)": "filemap_get_pages(), which calls it",
        "filemap_get_read_batch(): folio != xas_reload(&xas)?": "filemap_get_pages(), which calls it",
        "filemap_update_page(): folio_trylock(folio)": "filemap_update_page(), which calls it",
        [PUT]: "filemap_get_pages(), which calls it",
      },
      omits: WAIT_OMITS,
    },
  );

/**
 * folio_unlock() with folio_wake_bit() and wake_page_function(), mm/filemap.c, v6.12 and v7.1, where a waiter does not want the lock:
 * PG_waiters is looked at in the operation that clears PG_locked, and all else comes later. `isOwner`: it ends the time for which
 * folio_wait_locked() waits, which waiter[1] remembers.
 */
export const folioUnlockWaking = (release_: Release, isOwner = false) =>
  kernel.path(
    "folio_unlock",
    { first: int(0, 2) },
    {
      "folio_xor_flags_has_waiters(folio, 1 << PG_locked)": of(filePage, unlockPage).then((k) => {
        if (isOwner) k.waiter[1].served = true;
        return k.page.waiters ? undefined : done;
      }),
      "folio_wake_bit(): spin_lock_irqsave(&q->lock)": lockQueue,
      [FIRST]: once(({ waitQueue }, me) => {
        me.first = waitQueue.first;
        if (me.first === 0) return "folio_clear_waiters(folio)";
      }),
      "wake_page_function(): smp_store_release(&wait->flags, flags | WQ_FLAG_WOKEN)": release((k, { first }) => {
        const waiter = k.waiter[first === 1 ? 0 : 1];
        waiter.woken = true;
        // No waiter here wants the lock. A store of all of the flags, and no RMW.
        waiter.custom = false;
      }),
      [WAKES]: smpMb,
      "wake_page_function(): list_del_init_careful(&wait->entry)": once(({ waitQueue }) => {
        waitQueue.first = waitQueue.second;
        waitQueue.second = 0;
        if (waitQueue.first !== 0) return FIRST;
      }),
      "folio_clear_waiters(folio)": of(filePage, clearPageFlag("waiters")),
      "spin_unlock_irqrestore(&q->lock)": unlockQueue,
    },
    {
      file: "mm/filemap.c, kernel/sched/wait.c",
      release: release_,
      leavesOut: "waiters that want the lock, waiters for other folios",
      functions: [
        "folio_unlock",
        "folio_wake_bit",
        "__wake_up_locked_key",
        "__wake_up_common",
        "func: wake_page_function",
      ],
      at: {
        [FIRST]: "list_first_entry(&wq_head->head)",
        [WAKES]: "wake_page_function(): wake_up_state()",
      },
      leads: {
        "wake_page_function(): list_del_init_careful(&wait->entry)": {
          [FIRST]: "list_for_each_entry_safe_from(): the next entry is the first one then",
        },
      },
      omits: {
        folio_waitqueue: "finds the queue",
        list_for_each_entry_safe_from: "goes on to the next entry, which is the first one then",
        waitqueue_active: "all waiters have been taken off",
        "if (flags & WQ_FLAG_EXCLUSIVE)": "waiters that want the lock",
      },
    },
  );

/** What filemap_map_pages() does last with a folio that it has not mapped, mm/filemap.c, v6.12 and v7.1, of which v7.1 has put its reference before. */
export const unlockUnmapped = (release_: Release) =>
  kernel.path(
    "filemap_map_pages, from folio_unlock()",
    {},
    {
      "folio_unlock(folio)": call(folioUnlockWaking(release_)),
      "folio_put(folio)": release_ === "v6.12" && of(filePage, putPage),
    },
    {
      file: FILE,
      release: release_,
      leavesOut: "what comes before, and ptl, which nobody else takes: the PTE does not map the folio",
      notInSource: "the end of filemap_map_pages()",
    },
  );
