/** A page table that is new, and whoever walks to it meanwhile, mm/memory.c, 2.6.25. */
import { bugOn, done, once, ref, smpWmb } from "faultline";
import { clearPte, lockPmd, unlockPmd } from "../../kernel/primitives.ts";
import { lockTable, pmdPopulateWith, pmdpGet, tablePte, unlockTable } from "../../kernel/walk.ts";
import { PageTable, kernel, type VmaIndex } from "../../kernel/world.ts";

/**
 * __pte_alloc(): the table is zeroed, and then put into the pmd entry under page_table_lock. To take a lock orders what comes
 * behind it, and not the zeroes before: 362a61ad6119 (v2.6.26) has an smp_wmb() between them, `ordered`.
 */
export const pteAlloc = (i: VmaIndex, ordered: boolean) =>
  kernel.path(
    "__pte_alloc, 2.6",
    { new: ref(PageTable), table: ref(PageTable) },
    {
      "new = pte_alloc_one(mm, address)": once((k, me) => {
        me.new = k.table[i];
      }),
      "pte_alloc_one(): clear_page(new)": once((_, me) => clearPte(me.new!.pte)),
      "smp_wmb()": ordered && smpWmb,
      "spin_lock(&mm->page_table_lock)": lockPmd(i),
      "pmd_present(*pmd)?": pmdpGet(i).then((_, _me, table) =>
        table ? "spin_unlock(&mm->page_table_lock)" : undefined,
      ),
      "pmd_populate(mm, pmd, new)": pmdPopulateWith(i, (me: { readonly new: unknown }) => me.new as never),
      "spin_unlock(&mm->page_table_lock)": unlockPmd(i),
    },
    {
      file: "mm/memory.c",
      release: ordered ? "v2.6.26" : "v2.6.25",
      leavesOut: "pte_lock_init() (the lock of the table is of another word, and races alike), nr_ptes, pte_free()",
    },
  );

/** Who walks down without page_table_lock, since each table has a lock of its own (v2.6.15): a fault, or follow_page(). */
export const walkToPte = (i: VmaIndex) =>
  kernel.path(
    "handle_pte_fault, 2.6",
    { table: ref(PageTable) },
    {
      "pmd_none(*pmd)?": pmdpGet(i).then({ null: done }),
      "pte_offset_map_lock(mm, pmd, address, &ptl)": lockTable,
      "pte_none(*pte)?": tablePte.then((_, _me, pte) => {
        bugOn(pte.page !== null, "the entry is what the page held before it was a page table");
      }),
      "pte_unmap_unlock(pte, ptl)": unlockTable,
    },
    {
      file: "mm/memory.c",
      release: "v2.6.25",
      leavesOut: "what the fault does with an entry that is none",
    },
  );
