import { bool, oneOf, scenario } from "faultline";
import { attached } from "../../kernel/vma-lock.ts";
import { kernel, pageTables } from "../../kernel/world.ts";
import { collapseChecksPmd, dontneedFreesTable } from "../../mm/khugepaged/collapse-checks-pmd.ts";
import { neverTaken } from "../recorded.ts";

/**
 * docs/questions/pmd-check-vs-dontneed.md. khugepaged looks whether the pmd entry holds a page table, and takes it out later. In
 * between MADV_DONTNEED may free the table under the lock of the VMA, unless the look comes behind vma_start_write(): as since
 * 366a4532d96f. `acquires`: as in questions/vma-start-write-vs-end-read.
 */
export default scenario("questions/pmd-check-vs-dontneed", {
  about: "khugepaged takes a page table out of the pmd entry while MADV_DONTNEED frees it under the lock of the VMA",
  world: kernel,
  params: { checks: oneOf("after", "before"), acquires: bool },
  threads: ({ checks, acquires }) => ({
    collapse: collapseChecksPmd({ checks, acquires }),
    dontneed: dontneedFreesTable,
  }),
  init(k) {
    attached(k.vma[0], k.mm[0]);
    pageTables(k, "populated");
  },
  specs: [],
  unreached: neverTaken("questions/pmd-check-vs-dontneed"),
  expect: [
    { states: 655 },
    { memory: "tso", states: 1324 },
    { memory: "lkmm", violated: ["no-bug"], states: 826 },
    { set: { acquires: true }, memory: "lkmm", states: 779 },
    { set: { checks: "before" }, violated: ["no-bug"], states: 691 },
    { set: { checks: "before" }, memory: "tso", violated: ["no-bug"], states: 1480 },
    { set: { checks: "before" }, memory: "lkmm", violated: ["no-bug"], states: 828 },
  ],
});
