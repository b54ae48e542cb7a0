import { bool, scenario } from "faultline";
import { locksReleased } from "../../../specs/balance.ts";
import { waiterIsServed } from "../../../specs/page-lock.ts";
import { kernel } from "../../kernel/world.ts";
import { lockAndUnlock, type PageLock } from "../../mm/filemap/page-lock.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by 2a9127fcf229 and 5ef64cc8987a (v5.9), docs/kernel-facts.md 5 #30. In v5.8, a waiter that is woken finds the page
 * locked again and queues again, as often as the other thread is faster; the fix hands the lock over after a number of tries,
 * here 1. The other thread takes the lock as often as it likes: what is asked is whether that can go on for ever.
 */
export default scenario("races/page-lock-starvation", {
  about: "A thread waits for the page lock while another takes it again and again",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => {
    const pageLock: PageLock = { unfairness: fixed ? 1 : null };
    return { waiter: lockAndUnlock(0, 1, pageLock), thief: lockAndUnlock(1, "any", pageLock) };
  },
  specs: [locksReleased, waiterIsServed],
  unreached: neverTaken("races/page-lock-starvation"),
  expect: [
    { set: { fixed: false }, violated: ["waiter-is-served"], states: 875 },
    { set: { fixed: true }, states: 833 },
    { set: { fixed: false }, memory: "tso", violated: ["waiter-is-served"], states: 1242 },
    { set: { fixed: true }, memory: "tso", states: 1146 },
  ],
});
