import { kernel } from "../models/kernel/world.ts";

/** docs/kernel-facts.md 5 #30. That a thread which can step all the time does, is all that is taken for granted. */
export const waiterIsServed = kernel.eventually(
  "waiter-is-served",
  "who waits for the page lock gets it",
  ({ waiter }) => waiter[0].served || "the first waiter has not had the lock",
  { consequence: "a thread that takes the lock in a loop can keep it waiting for ever" },
);
