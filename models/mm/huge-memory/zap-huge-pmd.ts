import { call, done, ref } from "faultline";
import { rmapAhead } from "../../kernel/deletion.ts";
import {
  lockPtl,
  pageRemoveRmap,
  pmdpHugeGetAndClear,
  pmdTransHuge,
  putPage,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";

/** zap_huge_pmd(), mm/huge_memory.c, v5.9: takes the huge pmd of a vma off. Its lock is pmd_lock(), here `ptl`. */
export const zapHugePmd = (i: VmaIndex) =>
  kernel.path(
    "zap_huge_pmd",
    { page: ref(Page) },
    {
      "pmd_trans_huge_lock(pmd)": lockPtl(i),
      "pmd_trans_huge(*pmd)?": pmdTransHuge(i).then({ false: "spin_unlock(ptl)" }),
      "pmdp_huge_get_and_clear_full(pmd)": pmdpHugeGetAndClear(i, (k, me) => {
        rmapAhead(k.vma[i]);
        me.page = k.page;
      }),
      "page_remove_rmap(page, true)": pageRemoveRmap(i),
      "spin_unlock(ptl)": unlockPtl(i),
      "tlb_finish_mmu(): put_page(page)": putPage.when((_, { page }) => page !== null),
    },
    {
      file: "mm/huge_memory.c",
      release: "v5.9",
      leavesOut:
        "the deposited page table, rss (no spec asks), dirty and young bits (the page is clean), the flush (no user runs), mmap_lock and the vma (no fault runs beside it); one reference stands for 512",
    },
  );

/**
 * zap_pmd_range(), mm/memory.c, v5.9, for one huge page. `waits`: since 22061a1ffabd (v5.13) an empty pmd is not taken
 * for granted where a single page is unmapped: pmd_lock() is taken and dropped.
 */
export const zapPmdRange = (i: VmaIndex, waits: boolean) =>
  kernel.path(
    "zap_pmd_range",
    {},
    {
      "pmd_trans_huge(*pmd)?": pmdTransHuge(i).then({ false: waits ? "pmd_none(*pmd): pmd_lock()" : done }),
      "zap_huge_pmd()": call(zapHugePmd(i), undefined, () => done),
      "pmd_none(*pmd): pmd_lock()": waits && lockPtl(i),
      "spin_unlock(ptl)": waits && unlockPtl(i),
    },
    {
      file: "mm/memory.c",
      release: waits ? "v5.13" : "v5.9",
      leavesOut:
        "splitting a pmd that is unmapped in part (it is unmapped whole here), page tables (the file is one huge page)",
    },
  );
