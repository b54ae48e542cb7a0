import { bugOn, call, ref } from "faultline";
import { rmapAhead } from "../../kernel/deletion.ts";
import { MMU_NOTIFIERS } from "../../kernel/omissions.ts";
import {
  filePage,
  getPageUnlessZero,
  lockPtl,
  mapcountAboveZero,
  of,
  pageRefFreeze,
  pageRefUnfreeze,
  pageRemoveRmap,
  pmdpHugeGetAndClear,
  pmdTransHuge,
  putPage,
  trylockPage,
  unlockPage,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";
import { tryToUnmapOne } from "../vmscan/reclaim.ts";

/**
 * try_to_unmap_one() with TTU_SPLIT_HUGE_PMD, mm/rmap.c, v5.9, of a huge page of a file that a pmd may map:
 * split_huge_pmd_address() looks at the pmd under pmd_lock(), whatever it holds, and takes it off.
 */
const tryToUnmapHuge = (i: VmaIndex) =>
  kernel.path(
    "try_to_unmap_one, huge",
    { page: ref(Page) },
    {
      "__split_huge_pmd(): pmd_lock(mm, pmd)": lockPtl(i),
      "page != pmd_page(*pmd)?": pmdTransHuge(i).then({ false: "spin_unlock(ptl)" }),
      "pmdp_huge_clear_flush(pmd)": pmdpHugeGetAndClear(i, (k) => rmapAhead(k.vma[i])),
      "page_remove_rmap(page, true)": pageRemoveRmap(i),
      "put_page(page)": putPage,
      "spin_unlock(ptl)": unlockPtl(i),
    },
    {
      file: "mm/rmap.c, mm/huge_memory.c",
      release: "v5.9",
      functions: ["try_to_unmap_one", "split_huge_pmd_address", "__split_huge_pmd", "__split_huge_pmd_locked"],
      at: {
        "page != pmd_page(*pmd)?": ["page != pmd_page(*pmd)", "__split_huge_pmd(): pmd_trans_huge(*pmd)"],
        "pmdp_huge_clear_flush(pmd)": "pmdp_huge_clear_flush_notify(pmd)",
        "page_remove_rmap(page, true)": "page_remove_rmap(page, true)",
        "put_page(page)": "__split_huge_pmd_locked(): put_page(page)",
        "spin_unlock(ptl)": "__split_huge_pmd(): out: spin_unlock(ptl)",
      },
      omits: {
        "if (flags & TTU_MIGRATION), is_zone_device_page, is_device_private_page": "no page here is of a device",
        "pgd_present, p4d_present, pud_present": "the upper page tables stay while the vma does",
        ...MMU_NOTIFIERS,
        mmu_notifier_invalidate_range_only_end: "no secondary MMU is modelled",
        "if (!page), !was_locked, if (!was_locked && page)": "the caller has a page, and has locked it",
        "if (PageMlocked(page))": "mlock(): only keeps the page",
        "pmd_devmap, is_pmd_migration_entry, else (pmd_trans_huge(*pmd))":
          "no page here is of a device, or moved to another",
        zap_deposited_table: "a page table that only waits for this",
        "vma_is_special_huge, if (vma_is_special_huge(vma))": "no mapping of a driver",
        "pmd_page(_pmd), pmd_page(*pmd)": "which page it is, under pmd_lock()",
        "if (!PageDirty(page) && pmd_dirty(_pmd)), if (!PageReferenced(page) && pmd_young(_pmd))":
          "what user programs did with the page: none runs here",
        add_mm_counter: "rss: no other CPU reads it",
        "else (!vma_is_anonymous(vma)), pmdp_invalidate, if (unlikely(pmd_migration)), else (unlikely(pmd_migration)), page_ref_add, pgtable_trans_huge_withdraw, pmd_populate, for (i < HPAGE_PMD_NR), if (!pmd_migration), smp_wmb, if (freeze)":
          "of anonymous memory: where the vma maps a file, __split_huge_pmd_locked() has returned before",
        "page_size, PageHuge, if (PageHuge(page))": "no page here is of hugetlbfs",
        "while (page_vma_mapped_walk(&pvmw))": "no PTE maps the page: the pmd of a file leaves none behind",
      },
      leavesOut:
        "i_mmap_rwsem for reading (nobody here takes it for writing), the walk for PTEs (a file's pmd leaves none behind), the deposited page table, the flush (no user runs), rss",
    },
  );

/**
 * split_huge_page_to_list(), mm/huge_memory.c, v5.9, of a huge page of a file, up to the point of no return,
 * page_ref_freeze(). vma[0] maps it by a huge pmd, or its head by a PTE. `sync`: with TTU_SYNC, see tryToUnmapOne().
 */
export const splitHugePage = (by: "pmd" | "pte", sync: boolean) =>
  kernel.path(
    "split_huge_page_to_list",
    { page: ref(Page) },
    {
      "get_page_unless_zero(page)": of(filePage, getPageUnlessZero).then((k, me) => {
        me.page = k.page;
      }),
      "trylock_page(page)": trylockPage.then({ false: "put_page(page)" }),
      "unmap_page(): try_to_unmap()": call(
        by === "pmd" ? tryToUnmapHuge(0) : tryToUnmapOne(0, { sync }),
        ({ page }) => ({ page }),
      ),
      "unmap_page(): VM_BUG_ON_PAGE(!unmap_success)": mapcountAboveZero.then((_k, _me, isMapped) =>
        bugOn(isMapped, "VM_BUG_ON_PAGE(!unmap_success)"),
      ),
      // CONFIG_DEBUG_VM, too. Where it is not set, a page that is mapped is not split: -EBUSY.
      "total_mapcount(head)? BUG()": mapcountAboveZero.then((_k, _me, isMapped) =>
        bugOn(isMapped, "total_mapcount(head) > 0: BUG()"),
      ),
      "page_ref_freeze(head, 1 + extra_pins)": pageRefFreeze(2).then({ false: "unlock_page(page)" }),
      "__split_huge_page(): page_ref_unfreeze(head, 2)": pageRefUnfreeze(2),
      "unlock_page(page)": unlockPage,
      "put_page(page)": putPage,
    },
    {
      file: "mm/huge_memory.c",
      functions: ["split_huge_page_to_list", "unmap_page", "__split_huge_page"],
      at: {
        "unmap_page(): try_to_unmap()": "unmap_page(): try_to_unmap(page)",
        "unmap_page(): VM_BUG_ON_PAGE(!unmap_success)": "unmap_page(): VM_BUG_ON_PAGE(!unmap_success, page)",
        "total_mapcount(head)? BUG()": "total_mapcount(head)",
        "__split_huge_page(): page_ref_unfreeze(head, 2)": "__split_huge_page(): page_ref_add(head) #2",
      },
      notInSource: {
        "get_page_unless_zero(page)": "find_get_page() of the caller, as shmem_unused_huge_shrink()",
        "trylock_page(page)": "the caller",
        "unlock_page(page)": "the caller",
        "put_page(page)": "the caller",
      },
      omits: {
        "page_to_nid, NODE_DATA, get_deferred_split_queue": "find the lists that the page is on",
        "VM_BUG_ON_PAGE(is_huge_zero_page(head), head), VM_BUG_ON_PAGE(!PageLocked(head), head), VM_BUG_ON_PAGE(!PageCompound(head), head), VM_BUG_ON_PAGE(!PageHead(page), page)":
          "assertions of what the caller has made sure of",
        "VM_BUG_ON_PAGE(compound_mapcount(head), head)": "total_mapcount() asks the same next",
        PageWriteback: "no write-back runs",
        "if (PageAnon(head)), PageAnon(page), if (anon_vma)": "the page is one of a file",
        "head->mapping, xas_load, page_index": "the page lock keeps it in the file",
        "i_mmap_lock_read, i_mmap_unlock_read": "for reading: nobody here takes it for writing",
        i_size_read: "which tails are behind the end of the file",
        can_split_huge_page:
          "compares the counts before anything is unmapped, where they agree unless somebody has a reference: a fault that comes later passes it",
        "spin_lock_irqsave, spin_unlock_irqrestore, spin_lock, spin_unlock, xa_lock, xa_unlock":
          "lru_lock, split_queue_lock and i_pages: nobody else here takes them",
        "page_count(head)": "for what is logged",
        "list_empty, list_del": "the list of pages that are to be split",
        "PageSwapBacked, __dec_node_page_state": "counts of pages",
        "if (PageAnon(head) && PageSwapCache(head)), if (PageSwapCache(head))": "the page is not in the swap cache",
        "for (i >= 1), for (i < HPAGE_PMD_NR)": "the tails",
        "ClearPageCompound, split_page_owner": "nobody here asks whether the page is huge",
        remap_page: "a page of a file is left unmapped",
      },
      // v5.13 has both TTU_SYNC and 504e070dc08f, which makes a warning of the BUG.
      release: sync ? "v5.9, with 732ed55823fc" : "v5.9",
      leavesOut:
        "can_split_huge_page() (it compares the counts before anything is unmapped, where they agree unless somebody has a reference: a fault that comes later passes it), the tails, xas_load() == head (the page lock keeps it in the file), i_mmap_rwsem, i_pages and lru_lock (nobody else here takes them), remap_page() (a file's page is left unmapped)",
    },
  );
