import { bool, scenario } from "faultline";
import { noStoreLost } from "../../../specs/anon.ts";
import { balance } from "../../../specs/balance.ts";
import { anonPageMapped, kernel } from "../../kernel/world.ts";
import { mwriteprotectRange } from "../../mm/userfaultfd/mwriteprotect.ts";
import { writeFault } from "../../mm/memory/write-fault.ts";
import { userAccess } from "../../kernel/user-access.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by 6ce64428d620 (v5.12), docs/kernel-facts.md 5 #26. UFFDIO_WRITEPROTECT makes a PTE read-only and has yet to
 * flush; a fault on another CPU copies the page, to which the swap cache has a reference; a third CPU stores to the old
 * page through its old TLB entry, after the copy was taken. The fix flushes before it copies, if a flush is pending.
 * Off x86 a fault that finds none pending any more may have loaded the page before: docs/decisions/0098.
 */
export default scenario("races/uffd-wp-vs-copy", {
  about: "userfaultfd write-protects a page while one CPU faults on it and another one stores through its TLB",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({
    user: userAccess(0, 0, "store"),
    uffd: mwriteprotectRange(0),
    fault: writeFault(0, { rule: "5.9", flushesPending: fixed }),
  }),
  init(k) {
    anonPageMapped(k, { shared: false, writable: true });
    // So that the fault copies: page_count() is 2.
    k.page.swapcache = true;
    k.page.refcount++;
  },
  specs: [noStoreLost, ...balance],
  unreached: neverTaken("races/uffd-wp-vs-copy"),
  expect: [
    { set: { fixed: false }, violated: ["no-store-lost"], states: 1019 },
    { set: { fixed: true }, states: 1007 },
    { set: { fixed: true }, memory: "tso", states: 1457 },
    { set: { fixed: true }, memory: "lkmm", violated: ["no-store-lost"], states: 2695 },
    { set: { fixed: false }, memory: "tso", violated: ["no-store-lost"], states: 1518 },
    { set: { fixed: false }, memory: "lkmm", violated: ["no-store-lost"], states: 2515 },
  ],
});
