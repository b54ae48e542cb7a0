import { allocated, bool, oneOf, scenario } from "faultline";
import { setMigrationEntry } from "../../kernel/entries.ts";
import { MACHINES, gupHugePmd, invalidEntries, splitHugePmd } from "../../mm/huge-memory/split-migration.ts";
import { gupGetsOwnMemory } from "../../../specs/page-tables.ts";
import { neverTaken } from "../recorded.ts";

/**
 * 3a5a8d343e1c (v6.10). A huge pmd entry of migration is split, which made it invalid first, as it does with one that maps a page:
 * pmd_mkinvalid() sets the bit by which pmd_present() is true, and for as long as ptl is held GUP-fast takes the entry for a huge page.
 * The commit has found that by reading, for arm64, where it does not happen: docs/decisions/0223 and 0237. It does on LoongArch, whose
 * pmd_access_permitted() is the one of include/linux/pgtable.h. `fixed`: an entry of migration is left as it is.
 *
 * By hand, v6.9: mm/huge_memory.c 2516 makes the entry invalid, 2646 puts the table there; mm/gup.c 3016 and 3019 find it present and
 * huge, 2884 permits, 2894 makes a page of it, 2897 pins that, 2901 finds the entry as it was. arch/loongarch/include/asm/pgtable.h 226, 290, 489 and
 * 576: pmd_present(), __swp_entry_to_pmd() with _PAGE_HUGE, pmd_trans_huge(), pmd_mkinvalid(). arch/arm64/include/asm/pgtable.h 163 wants
 * PTE_VALID.
 */
export default scenario("races/split-migration-pmd-vs-gup-fast", {
  about: "A huge page that is being migrated is split while GUP-fast looks at its pmd entry",
  world: invalidEntries,
  params: { fixed: bool, machine: oneOf(...MACHINES) },
  threads: ({ fixed, machine }) => ({ split: splitHugePmd(fixed), gup: gupHugePmd(machine) }),
  init(k) {
    const table = allocated(k.table[0]);
    setMigrationEntry(table.pte, k.page, { writable: false });
    k.page.locked = true;
    k.page.mapping = "anon";
    k.vma[0].table = table;
    // What another process maps.
    k.cow.mapping = "anon";
    k.cow.refcount = 1;
    for (const page of [k.page, k.newpage, k.tail]) page.mapcount = 0;
    k.cow.mapcount = 1;
  },
  specs: [gupGetsOwnMemory],
  unreached: neverTaken("races/split-migration-pmd-vs-gup-fast"),
  expect: [
    { set: { fixed: false }, violated: ["gup-gets-own-memory"], states: 41 },
    { set: { fixed: false }, memory: "tso", violated: ["gup-gets-own-memory"], states: 69 },
    { set: { fixed: false }, memory: "lkmm", violated: ["gup-gets-own-memory"], states: 46 },
    { set: { fixed: false, machine: "arm64" }, states: 27 },
    { set: { fixed: false, machine: "arm64" }, memory: "lkmm", states: 27 },
    { set: { fixed: true }, states: 20 },
    { set: { fixed: true }, memory: "tso", states: 32 },
    { set: { fixed: true }, memory: "lkmm", states: 20 },
    { set: { fixed: false, machine: "arm64" }, memory: "tso", states: 42 },
  ],
});
