import { bool, oneOf, scenario } from "faultline";
import { noStoreLost } from "../../../specs/anon.ts";
import { forkVma } from "../../kernel/fork/fork-vma-lock.ts";
import { userAccess } from "../../kernel/user-access.ts";
import { attached } from "../../kernel/vma-lock.ts";
import { anonPageMapped, kernel } from "../../kernel/world.ts";
import { faultUnderVmaLock } from "../../mm/memory/vma-lock-fault.ts";
import { handleFolioFault } from "../../mm/memory/wp-folio.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by fb49c455323f (v6.5). fork() write-protects the parent's PTEs, and flushes once, at its end: until then other CPUs store
 * through their TLBs, and a fault that copies a page would lose what they store. mmap_lock kept faults out; a fault that takes the
 * lock of the VMA alone came in.
 */
export default scenario("races/fork-vs-vma-fault", {
  about:
    "fork() shares memory of a process while one thread faults on it under the lock of the VMA, and one stores to it",
  world: kernel,
  params: { fixed: bool, release: oneOf("v6.12", "v7.1") },
  threads: ({ fixed, release }) => ({
    fork: forkVma(release, { startsWrite: fixed }),
    fault: faultUnderVmaLock(release, handleFolioFault(0, release, "FAULT_FLAG_WRITE")),
    user: userAccess(1, 0, "store"),
  }),
  init(k) {
    anonPageMapped(k, { shared: false, writable: true });
    attached(k.vma[0], k.mm[0]);
  },
  specs: [noStoreLost],
  unreached: neverTaken("races/fork-vs-vma-fault"),
  expect: [
    { set: { fixed: false }, violated: ["no-store-lost"], states: 5474 },
    { set: { fixed: false }, memory: "tso", violated: ["no-store-lost"], states: 16684 },
    { set: { fixed: false }, memory: "lkmm", violated: ["no-store-lost"], states: 7790 },
    { set: { fixed: true }, states: 2900 },
    { set: { fixed: true }, memory: "tso", states: 6462 },
    { set: { fixed: true }, memory: "lkmm", states: 3590 },
    { set: { fixed: true, release: "v7.1" }, states: 4112 },
    { set: { fixed: true, release: "v7.1" }, memory: "lkmm", states: 5722 },
    { set: { fixed: true, release: "v7.1" }, memory: "tso", states: 9590 },
  ],
});
