import { scenario } from "faultline";
import { forkLeavesWindow, noSharedWrite, noSharedWriteThroughTlb, rssMatches } from "../../specs/anon.ts";
import { balance } from "../../specs/balance.ts";
import { anonPageMapped, kernel } from "../kernel/world.ts";
import { dupMmap } from "../mm/memory/copy-page-range.ts";
import { userAccess } from "../kernel/user-access.ts";
import { neverTaken } from "./recorded.ts";

/**
 * docs/kernel-facts.md 5 #33: not a bug. Another thread of the parent stores through a TLB entry that was writable, to
 * a page that the child has got already. fork() flushes once, at its end, and the child runs only then.
 */
export default scenario("fork-vs-store", {
  about: "A thread of the parent stores to its memory while fork() shares it with the child",
  world: kernel,
  params: {},
  threads: () => ({
    user: userAccess(0, 0, "store"),
    fork: dupMmap("5.11"),
  }),
  init: (k) => anonPageMapped(k, { shared: false, writable: true }),
  specs: [forkLeavesWindow, noSharedWrite, noSharedWriteThroughTlb, rssMatches, ...balance],
  unreached: neverTaken("fork-vs-store"),
  expect: [{ states: 106 }],
});
