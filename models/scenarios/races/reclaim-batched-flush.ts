import { bool, scenario } from "faultline";
import { balance } from "../../../specs/balance.ts";
import { noTlbEntryAfterUnmap } from "../../../specs/tlb.ts";
import { kernel, pageMappedBy } from "../../kernel/world.ts";
import { munmap } from "../../mm/mmap/munmap.ts";
import { shrinkPageList } from "../../mm/vmscan/reclaim.ts";
import { userAccess } from "../../kernel/user-access.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by 3ea277194daa (v4.13), docs/kernel-facts.md 5 #19. Reclaim clears a PTE and will flush later; munmap() finds
 * the PTE empty, so it has nothing to flush, and returns while a CPU still uses its TLB entry.
 */
export default scenario("races/reclaim-batched-flush", {
  about: "munmap() of a page whose PTE reclaim has cleared and not flushed yet, and a CPU that loads from it",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({
    user: userAccess(0, 0, "load"),
    reclaim: shrinkPageList(1, "file", { batches: true }),
    munmap: munmap(0, { dirty: "v5.9", batched: fixed }),
  }),
  init: (k) => pageMappedBy(k, 1),
  specs: [noTlbEntryAfterUnmap, ...balance],
  unreached: neverTaken("races/reclaim-batched-flush"),
  expect: [
    { set: { fixed: false }, violated: ["no-tlb-entry-after-unmap"], states: 871 },
    { set: { fixed: true }, states: 940 },
    { set: { fixed: true }, memory: "lkmm", states: 2115 },
    { set: { fixed: false }, memory: "tso", violated: ["no-tlb-entry-after-unmap"], states: 1561 },
    { set: { fixed: false }, memory: "lkmm", violated: ["no-tlb-entry-after-unmap"], states: 1941 },
    { set: { fixed: true }, memory: "tso", states: 1778 },
  ],
});
