import { kernel } from "../models/kernel/world.ts";

/** docs/kernel-facts.md 5 #30. That a thread which can step all the time does, is all that is taken for granted. */
export const waiterIsServed = kernel.eventually(
  "waiter-is-served",
  "who waits for the page lock gets it",
  ({ waiter }) => waiter[0].served || "the first waiter has not had the lock",
  { consequence: "a thread that takes the lock in a loop can keep it waiting for ever" },
);

/** Who waits for a folio to be unlocked, and does not want the lock, is woken by nobody but who unlocks it. */
export const waitEndsUnlocked = kernel.always(
  "wait-ends-unlocked",
  "folio_wait_locked() does not return while the folio is locked as it was when it was queued",
  ({ waiter }) =>
    !waiter.some(({ early }) => early) ||
    "folio_wait_locked() has returned, and the folio is still locked by its new owner",
  "the waiter goes on before the folio is ready: it fails a read that is still going on, or begins anew",
);
