import { bool, ghost, guarded, int, inWord, spinlock, struct } from "faultline";

/** wait_queue_head_t of the page lock, a list of two entries at most: 0 is none, n is waiter[n - 1]. */
export const WaitQueue = struct("WaitQueue", {
  lock: spinlock,
  first: guarded("lock", int(0, 2)),
  second: guarded("lock", int(0, 2)),
});

/** wait_page_queue of a thread that waits for the page lock. */
export const Waiter = struct("Waiter", {
  /** WQ_FLAG_WOKEN */
  woken: inWord("flags", bool),
  /** WQ_FLAG_CUSTOM: unlock_page() is to take the lock for it. */
  custom: inWord("flags", bool),
  /** It has had the page lock, and given it back. */
  served: ghost(bool),
});
