import { bool, oneOf, scenario } from "faultline";
import { balance } from "../../../specs/balance.ts";
import { noStoreAfterProtect } from "../../../specs/tlb.ts";
import { userAccess } from "../../kernel/user-access.ts";
import { kernel, pageMappedBy } from "../../kernel/world.ts";
import { mprotect } from "../../mm/mprotect/change-protection.ts";
import { shrinkFolioList } from "../../mm/vmscan/reclaim-folios.ts";
import { shrinkPageList } from "../../mm/vmscan/reclaim.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by 3ea277194daa (v4.13), docs/kernel-facts.md 5 #19, as races/reclaim-batched-flush is. Reclaim clears a PTE and will flush
 * later; mprotect() finds nothing that is present, so it has nothing to flush, and returns while a CPU still stores by its TLB entry.
 * The shortest run is what the message of the commit draws.
 */
export default scenario("races/mprotect-vs-batched-flush", {
  about: "mprotect(PROT_READ) of a page whose PTE reclaim has cleared and not flushed yet, and a CPU that stores to it",
  world: kernel,
  params: {
    fixed: bool,
    release: oneOf("v5.9", "v6.12", "v7.1"),
    /** Reclaim keeps a page that was dirty, and frees one that was not. */
    pte: oneOf("dirty", "clean"),
  },
  threads: ({ fixed, release }) => ({
    user: userAccess(0, 0, "store"),
    reclaim:
      release === "v5.9"
        ? shrinkPageList(1, "file", { batches: true, written: true })
        : shrinkFolioList({ vmas: 1, release, users: true }, { batches: true }),
    mprotect: mprotect(0, { release, to: "PROT_READ", mapping: "shared", batched: fixed }),
  }),
  init: (k, { pte }) => pageMappedBy(k, 1, { writable: pte === "dirty", dirty: pte === "dirty" }),
  specs: [noStoreAfterProtect, ...balance],
  unreached: neverTaken("races/mprotect-vs-batched-flush"),
  expect: [
    { set: { fixed: false, release: "v5.9" }, violated: ["no-store-after-protect"], states: 1291 },
    { set: { fixed: false, release: "v5.9" }, memory: "tso", violated: ["no-store-after-protect"], states: 1972 },
    { set: { fixed: true, release: "v5.9" }, states: 1449 },
    { set: { fixed: true, release: "v5.9" }, memory: "lkmm", unjudged: ["no-store-after-protect"], states: 1818 },
    { set: { fixed: true, release: "v6.12" }, states: 1474 },
    { set: { fixed: true, release: "v7.1" }, states: 1474 },
    { set: { fixed: true, release: "v7.1", pte: "clean" }, states: 1152 },
  ],
});
