/**
 * A huge pmd entry of migration that is split, as until v6.9, and GUP-fast beside it. The world has no huge pmd entry with bits, so
 * that the one here is the `pte` of a table, and pmd_lock() its `ptl`, as in huge-anon.ts. A page table in it is an entry of none: GUP-fast
 * would go on to PTEs of migration, and give up there.
 */
import { bool, extend, inWord, irqsOff, irqsOn, once, ref, relaxed } from "faultline";
import { isMigrationEntry } from "../../kernel/entries.ts";
import {
  clearPte,
  cow,
  lockPtl as pmdLock,
  ptepGet as pmdpGet,
  unlockPtl as pmdUnlock,
} from "../../kernel/primitives.ts";
import { Page, kernel } from "../../kernel/world.ts";
import { PIN } from "../gup/gup-fast-walk.ts";
import { dropReference, handOver, tryGrabCompoundHead } from "../gup/reference.ts";

/** With the bit that says of an entry: present, whatever the MMU thinks of it. */
export const invalidEntries = extend(kernel, {
  within: {
    Pte: {
      /** _PAGE_PRESENT_INVALID on LoongArch, PMD_PRESENT_INVALID on arm64: pmd_present() is true by it. */
      presentInvalid: inWord("entry", bool),
    },
  },
});

export const MACHINES = ["loongarch", "arm64"] as const;

const RELEASE = "v6.9";
const UNLOCK = "spin_unlock(ptl)" as const;

/** __split_huge_pmd(), mm/huge_memory.c. `fixed`: 3a5a8d343e1c (v6.10), which leaves an entry of migration as it is. */
export const splitHugePmd = (fixed: boolean) =>
  invalidEntries.path(
    "__split_huge_pmd",
    {},
    {
      "ptl = pmd_lock(vma->vm_mm, pmd)": pmdLock(0),
      "is_pmd_migration_entry(*pmd)": pmdpGet(0).then((_, __, pmd) => (isMigrationEntry(pmd) ? undefined : UNLOCK)),
      "pmdp_invalidate(): pmdp_establish(pmd_mkinvalid(*pmdp))":
        !fixed &&
        relaxed((k) => {
          k.table[0].pte.presentInvalid = true;
        }),
      "pmd_populate(mm, pmd, pgtable)": once((k) => {
        clearPte(k.table[0].pte);
        k.table[0].pte.presentInvalid = false;
      }),
      [UNLOCK]: pmdUnlock(0),
    },
    {
      file: "mm/huge_memory.c",
      release: fixed ? "v6.10" : RELEASE,
      notInSource: "of __split_huge_pmd() and __split_huge_pmd_locked(), what touches the pmd entry",
      leavesOut:
        "MMU notifiers, the flush (nothing of an entry of migration is in a TLB), the PTEs of migration that the page table is filled with",
    },
  );

const OUT = "local_irq_restore(flags)" as const;

/**
 * GUP-fast of a huge page for reading, mm/gup.c, v6.9: gup_pmd_range() and gup_huge_pmd(). What pmd_page() makes of an entry of migration is a
 * page frame that has nothing to do with it: here `cow`, which another process maps. On a machine where it is beyond all memory it
 * is an oops.
 */
export const gupHugePmd = (machine: (typeof MACHINES)[number]) =>
  invalidEntries.path(
    "internal_get_user_pages_fast",
    { page: ref(Page) },
    {
      "local_irq_save(flags)": irqsOff,
      "pmd = pmdp_get_lockless(pmdp)": once((k) => {
        // pmd_present(pmd), pmd_trans_huge(pmd)
        if (!k.table[0].pte.presentInvalid) return OUT;
      }),
      "pmd_access_permitted(orig)": once((k, me) => {
        // A local of the path: arm64 asks for PTE_VALID, which is clear; LoongArch has no test of its own, and asks pmd_present().
        if (machine === "arm64") return OUT;
        me.page = cow(k);
      }),
      "try_grab_folio(page, refs, flags)": tryGrabCompoundHead(PIN).then({ false: OUT }),
      "pmd_val(orig) != pmd_val(*pmdp)": once((k, { page }) => {
        if (!k.table[0].pte.presentInvalid) return;
        handOver(k, 0, page!, PIN);
        return OUT;
      }),
      "gup_put_folio(folio, refs, flags)": dropReference(PIN),
      [OUT]: irqsOn,
    },
    {
      file: "mm/gup.c",
      release: RELEASE,
      notInSource: "of gup_pmd_range() and gup_huge_pmd(), what looks at the pmd entry",
      leavesOut:
        "the upper page tables, huge pages that are there, page tables, FOLL_WRITE (pmd_write() is false of the entry)",
    },
  );
