import { call, done, once, ref, smpWmb } from "faultline";
import {
  addMmCounter,
  lockPtl,
  pteNone,
  putPage,
  setMapcountToOne,
  setMapping,
  setPteAt,
  unlockPtl,
  storeData,
} from "../../kernel/primitives.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";
import { allocPage } from "../page-alloc/alloc-page.ts";

/**
 * do_anonymous_page(), mm/memory.c, v5.9: a write fault where nothing is mapped gets a zeroed page. `poisoned`: not the page of the world, which
 * may be broken: the allocator gives no such page away.
 */
export const doAnonymousPage = (i: VmaIndex, { poisoned = false } = {}) =>
  kernel.path(
    "do_anonymous_page",
    { page: ref(Page) },
    {
      "page = alloc_zeroed_user_highpage_movable()": call(
        allocPage(poisoned ? "cow" : "page"),
        undefined,
        (me, { page }) => {
          me.page = page;
          if (!page) return done;
        },
      ),
      "clear_user_highpage(page)": once((_, { page }) => storeData(page!, 0)),
      "__SetPageUptodate(page): smp_wmb()": smpWmb,
      "spin_lock(vmf->ptl)": lockPtl(i),
      "pte_none(*vmf->pte)?": pteNone(i).then({ false: "release: put_page(page)" }),
      "inc_mm_counter_fast(mm, MM_ANONPAGES)": addMmCounter(i, 1),
      "page_add_new_anon_rmap(): _mapcount = 0": setMapcountToOne,
      "page_add_new_anon_rmap(): mapping = anon_vma": setMapping("anon"),
      "set_pte_at(vmf->pte)": setPteAt(i, { writable: true, dirty: true }),
      "pte_unmap_unlock(vmf->ptl)": unlockPtl(i).then(done),
      "release: put_page(page)": putPage,
      "unlock: pte_unmap_unlock(vmf->ptl)": unlockPtl(i),
    },
    {
      file: "mm/memory.c",
      release: "v5.9",
      at: {
        "clear_user_highpage(page)": "alloc_zeroed_user_highpage_movable()",
        "__SetPageUptodate(page): smp_wmb()": "__SetPageUptodate(page)",
        "spin_lock(vmf->ptl)": "pte_offset_map_lock() #2",
        "pte_none(*vmf->pte)?": "pte_none(*vmf->pte) #2",
        "page_add_new_anon_rmap(): _mapcount = 0": "page_add_new_anon_rmap()",
        "page_add_new_anon_rmap(): mapping = anon_vma": "page_add_new_anon_rmap()",
        "set_pte_at(vmf->pte)": "set_pte_at()",
        "pte_unmap_unlock(vmf->ptl)": "unlock: pte_unmap_unlock(vmf->ptl)",
        "release: put_page(page)": "release: put_page(page)",
        "unlock: pte_unmap_unlock(vmf->ptl)": "unlock: pte_unmap_unlock(vmf->ptl)",
      },
      omits: {
        pte_alloc: "the page table is there",
        pmd_trans_unstable: "no page here is huge",
        "if (!(vmf->flags & FAULT_FLAG_WRITE) && !mm_forbids_zeropage(vma->vm_mm))": "read faults: the zero page",
        anon_vma_prepare: "there is one anon_vma",
        check_stable_address_space: "no oom reaper runs",
        "if (userfaultfd_missing(vma))": "no userfaultfd",
        lru_cache_add_inactive_or_unevictable:
          "references of the LRU lists come and go; who counts references copies then",
        "oom_free_page: put_page(page)": "memcg charge: an early end",
      },
      leavesOut:
        "read faults (the zero page), allocating the page table (it is there), memcg charge, the flag PG_uptodate (nobody looks for it in an anonymous page), check_stable_address_space() (no oom reaper runs), userfaultfd, the LRU list",
    },
  );
