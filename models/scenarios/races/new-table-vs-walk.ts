import { allocated, bool, scenario } from "faultline";
import { kernel } from "../../kernel/world.ts";
import { pteAlloc, walkToPte } from "../../mm/memory/pte-alloc.ts";

/**
 * Fixed by 362a61ad6119 (v2.6.26), docs/kernel-facts.md 5 #6. A page table is zeroed, and put into the pmd entry; a walk that holds no
 * lock in common can see the second and not the first, where memory is weak. x86 has stores in order, so that it never saw it.
 */
export default scenario("races/new-table-vs-walk", {
  about: "A page table is put into its pmd entry while another thread walks to it",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({ alloc: pteAlloc(0, fixed), walk: walkToPte(0) }),
  init(k) {
    for (const page of [k.page, k.cow, k.newpage, k.tail]) page.mapcount = 0;
    // What the page held before it became a page table.
    allocated(k.table[0]).pte.page = k.page;
  },
  specs: [],
  expect: [
    { set: { fixed: false }, states: 20 },
    { set: { fixed: false }, memory: "tso", states: 34 },
    { set: { fixed: false }, memory: "lkmm", violated: ["no-bug"], states: 19 },
    { set: { fixed: true }, states: 22 },
    { set: { fixed: true }, memory: "tso", states: 38 },
    { set: { fixed: true }, memory: "lkmm", states: 21 },
  ],
});
