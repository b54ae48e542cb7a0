import { bool, int, scenario } from "faultline";
import { locksReleased } from "../../specs/balance.ts";
import { kernel } from "../kernel/world.ts";
import { lockAndUnlock, type PageLock } from "../mm/filemap/page-lock.ts";
import { neverTaken } from "./recorded.ts";

/**
 * docs/kernel-facts.md 2.25: the page lock itself. With `waitersLate` PG_waiters is set after the last look at
 * PG_locked: the unlock in between sees no waiter, and the waiter sleeps for ever.
 */
export default scenario("page-lock", {
  about: "Two threads lock and unlock a page; one sleeps in the wait queue until the other wakes it",
  world: kernel,
  params: { waitersLate: bool, rounds: int(1, 2) },
  threads: ({ waitersLate, rounds }) => {
    const pageLock: PageLock = { unfairness: 1, waitersLate };
    return { user: [lockAndUnlock(0, 1, pageLock), lockAndUnlock(1, rounds === 1 ? 1 : 2, pageLock)] };
  },
  specs: [locksReleased],
  unreached: neverTaken("page-lock"),
  expect: [
    { states: 194 },
    { set: { rounds: 2 }, states: 601 },
    { set: { waitersLate: true }, violated: ["not-stuck"], states: 155 },
  ],
});
