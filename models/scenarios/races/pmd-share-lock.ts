import { bool, scenario } from "faultline";
import { hugetlbMapcount } from "../../../specs/hugetlb.ts";
import { hugetlbMayShare, kernel } from "../../kernel/world.ts";
import { hugetlbFaultShared } from "../../mm/hugetlb/fault-by-release.ts";
import { neverTaken } from "../recorded.ts";

/**
 * 349d1670008d (v6.5). huge_pmd_share() looks at the pud entry and populates it under the lock of the table that it shares, which is another
 * process's; pmd_alloc() populates it under mm->page_table_lock, which is the same lock only without split PMD locks. The commit leaves open
 * whether that does harm, as i_mmap_rwsem keeps the interval tree, and its review suspects so. It does: i_mmap_rwsem is held for reading, since
 * v5.5, so that the other process may get its first table between the looks of two threads. One finds nothing to share and allocates a
 * table, the other one shares, and stores over it: the table is lost, with what it maps by then, and is counted twice in pgtables_bytes.
 *
 * By hand, v6.1: mm/hugetlb.c 7109 locks the table, 7110 looks at the pud entry, 7111 populates it; mm/memory.c, __pmd_alloc() takes
 * pud_lock(mm), which is mm->page_table_lock. v6.6: mm/hugetlb.c 7026 takes mm->page_table_lock as well.
 */
export default scenario("races/pmd-share-lock", {
  about: "Two threads populate one pud entry, one by a table that hugetlb shares, the other one by a new one",
  world: kernel,
  params: { fixed: bool },
  threads({ fixed }) {
    const fault = { release: fixed ? "v6.6" : "v6.1", looksFirst: false, maps: false } as const;
    return {
      one: hugetlbFaultShared(0, fault),
      two: hugetlbFaultShared(0, { ...fault, elsewhere: true }),
      other: hugetlbFaultShared(1, fault),
    };
  },
  init: (k) => hugetlbMayShare(k, []),
  specs: [hugetlbMapcount],
  unreached: neverTaken("races/pmd-share-lock"),
  expect: [
    { set: { fixed: false }, violated: ["no-leak"], states: 1466 },
    { set: { fixed: false }, memory: "tso", violated: ["no-leak"], states: 2458 },
    { set: { fixed: false }, memory: "lkmm", violated: ["no-leak"], states: 5233 },
    { set: { fixed: true }, states: 1372 },
    { set: { fixed: true }, memory: "tso", states: 2182 },
    { set: { fixed: true }, memory: "lkmm", states: 5098 },
  ],
});
