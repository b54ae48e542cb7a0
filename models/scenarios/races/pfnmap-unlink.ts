import { bool, scenario } from "faultline";
import { noTlbEntryOfFreePage } from "../../../specs/tlb.ts";
import { kernel, pageTables } from "../../kernel/world.ts";
import { munmap, revokePfns } from "../../mm/mmap/munmap.ts";
import { userAccess } from "../../kernel/user-access.ts";

/**
 * CVE-2022-39188, fixed by b67fbebd4cf9 (v5.19), docs/kernel-facts.md 5 #21. munmap() clears the PTE of a driver's page
 * and unlinks the vma before it flushes; the driver's unmap_mapping_range() no longer finds the vma, and the driver
 * frees the page.
 */
export default scenario("races/pfnmap-unlink", {
  about: "A driver takes back its pages while munmap() unlinks their vma, and a CPU loads from them",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => {
    const rules = { dirty: "v5.9", nested: true, pfnmap: true } as const;
    return { user: userAccess(0, 0, "load"), munmap: munmap(0, rules, fixed), driver: revokePfns(rules) };
  },
  init(k) {
    k.page.refcount = 1;
    k.page.mapcount = 0;
    k.cow.mapcount = 0;
    pageTables(k, "populated");
    k.table[0].pte.page = k.page;
  },
  specs: [noTlbEntryOfFreePage],
  expect: [
    { set: { fixed: false }, violated: ["no-tlb-entry-of-free-page", "no-bug"], states: 566 },
    { set: { fixed: true }, states: 576 },
    { set: { fixed: false }, memory: "lkmm", violated: ["no-tlb-entry-of-free-page", "no-bug"], states: 1012 },
    { set: { fixed: true }, memory: "lkmm", states: 1045 },
    { set: { fixed: false }, memory: "tso", violated: ["no-tlb-entry-of-free-page", "no-bug"], states: 991 },
    { set: { fixed: true }, memory: "tso", states: 864 },
  ],
});
