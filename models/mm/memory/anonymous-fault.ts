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
} from "../../kernel/primitives.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";
import { allocPage } from "../page-alloc/alloc-page.ts";

/** do_anonymous_page(), mm/memory.c, v5.9: a write fault where nothing is mapped gets a zeroed page. */
export const doAnonymousPage = (i: VmaIndex) =>
  kernel.path(
    "do_anonymous_page",
    { page: ref(Page) },
    {
      "page = alloc_zeroed_user_highpage_movable()": call(allocPage("page"), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return done;
      }),
      "clear_user_highpage(page)": once((_, me) => {
        me.page!.data = 0;
      }),
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
      leavesOut:
        "read faults (the zero page), allocating the page table (it is there), memcg charge, the flag PG_uptodate (nobody looks for it in an anonymous page), check_stable_address_space() (no oom reaper runs), userfaultfd, the LRU list",
    },
  );
