import { bool, scenario } from "faultline";
import { attached } from "../../kernel/vma-lock.ts";
import { anonPageMapped, kernel } from "../../kernel/world.ts";
import { collapseHugePage } from "../../mm/khugepaged/collapse-anon.ts";
import { zapPteRangeReclaims } from "../../mm/memory/reclaim-table.ts";
import { neverTaken } from "../recorded.ts";

/**
 * 366a4532d96f (v6.17). khugepaged looks at the pmd entry under mmap_lock, and then waits for those who hold the lock of the vma;
 * one of them is madvise(MADV_DONTNEED), which frees the page table since v6.14. The entry is empty then, and khugepaged puts
 * back what it has read there: page frame 0. The fix is to look after vma_start_write(). By
 * the kernel's memory model that is not enough: vma_start_write() does not acquire. That is docs/questions/pmd-check-vs-dontneed.md, and
 * `acquires` what it would take.
 *
 * By hand, v7.1: mm/khugepaged.c 1162 vma_start_write(), 1163 the look at the entry, 1182 it is taken out, 1206 it is put back; v6.12 looks
 * at 1161 and locks at 1165. mm/memory.c 1954 and 1983 take the empty table out, under the lock of the vma. Each step of the run with
 * what it orders is in docs/questions/pmd-check-vs-dontneed.md.
 */
export default scenario("races/collapse-vs-pt-reclaim", {
  about: "khugepaged collapses a page while madvise(MADV_DONTNEED) frees its empty page table",
  world: kernel,
  params: { fixed: bool, acquires: bool },
  threads: ({ fixed, acquires }) => ({
    madvise: zapPteRangeReclaims(0, "broadcast"),
    collapse: collapseHugePage(0, {
      release: fixed ? "v7.1" : "v6.12",
      lock: "v7.1",
      acquires,
      flush: "broadcast",
      sync: "ipi",
    }),
  }),
  init(k) {
    anonPageMapped(k, { shared: false, writable: true });
    attached(k.vma[0], k.mm[0]);
  },
  specs: [],
  unreached: neverTaken("races/collapse-vs-pt-reclaim"),
  expect: [
    { set: { fixed: false }, violated: ["no-bug"], states: 1175 },
    { set: { fixed: false }, memory: "tso", violated: ["no-bug"], states: 2639 },
    { set: { fixed: false }, memory: "lkmm", violated: ["no-bug"], states: 1665 },
    { set: { fixed: true }, states: 1083 },
    { set: { fixed: true }, memory: "tso", states: 2299 },
    { set: { fixed: true }, memory: "lkmm", violated: ["no-bug"], states: 1674 },
    { set: { fixed: true, acquires: true }, memory: "lkmm", states: 1433 },
  ],
});
