import { bool, scenario } from "faultline";
import { balance } from "../../../specs/balance.ts";
import { noTlbEntryAfterUnmap } from "../../../specs/tlb.ts";
import { kernel, pageMappedBy } from "../../kernel/world.ts";
import { madviseDontneed } from "../../mm/mmap/munmap.ts";
import { userAccess } from "../../kernel/user-access.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by 99baac21e458 and 56236a59556c (v4.13), docs/kernel-facts.md 5 #20. The first madvise(MADV_DONTNEED) has
 * cleared the PTE and not flushed yet; the second finds it empty and returns.
 */
export default scenario("races/two-dontneed", {
  about: "Two threads call madvise(MADV_DONTNEED) on one page while a CPU loads from it",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => {
    const rules = { dirty: "v5.9", nested: fixed } as const;
    return { user: userAccess(0, 0, "load"), dontneed: [madviseDontneed(0, rules), madviseDontneed(0, rules)] };
  },
  init: (k) => pageMappedBy(k, 1),
  specs: [noTlbEntryAfterUnmap, ...balance],
  unreached: neverTaken("races/two-dontneed"),
  expect: [
    { set: { fixed: false }, violated: ["no-tlb-entry-after-unmap"], states: 276 },
    { set: { fixed: true }, states: 624 },
    { set: { fixed: false }, memory: "lkmm", violated: ["no-tlb-entry-after-unmap"], states: 296 },
    { set: { fixed: true }, memory: "lkmm", states: 1388 },
    { set: { fixed: false }, memory: "tso", violated: ["no-tlb-entry-after-unmap"], states: 376 },
    { set: { fixed: true }, memory: "tso", states: 816 },
  ],
});
