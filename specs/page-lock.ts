import { kernel } from "../models/kernel/world.ts";

/** The liveness of docs/kernel-facts.md 5 #30, as a bound. It is 1 here; v5.9 wakes a waiter up to 5 times in vain. */
export const wokenInVainOnce = kernel.always(
  "woken-in-vain-once",
  "a waiter for the page lock is woken at most once without getting it",
  ({ waiter }) => {
    const starved = waiter.findIndex(({ inVain }) => inVain > 1);
    return starved < 0 || `waiter ${starved} was woken twice, and each time another thread had taken the lock again`;
  },
  "it goes to the end of the queue each time: a thread that takes the lock in a loop can keep it waiting for ever",
);
