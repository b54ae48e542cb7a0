import { call, done, full, int, once, ref, smpWmb } from "faultline";
import {
  lockPtl,
  pageDupRmap,
  pageFlag,
  ptepGet,
  putPage,
  setPte,
  unlockPage,
  unlockPtl,
  storeData,
  lockPageOrWait,
  setIndex,
  setMapping,
  setPageLocked,
  setPageFlag,
} from "../../kernel/primitives.ts";
import { loadCount, storeCount, lockSlot, unlockSlot } from "../../kernel/swap-slot.ts";
import { Page, SwapSlot, kernel, type VmaIndex } from "../../kernel/world.ts";
import { allocPage } from "../page-alloc/alloc-page.ts";

const LOOKUP = "lookup_swap_cache(entry)" as const;
const ALONE = "__swap_count(entry) == 1?" as const;
const LOCK = "lock_page_or_retry(page)" as const;
const PTL = "pte_offset_map_lock(&vmf->ptl)" as const;
const MAPPING = "do_page_add_anon_rmap(): page->mapping" as const;
const FREE = "swap_free(): spin_lock(ci)" as const;
const OUT_PAGE = "out_page: unlock_page(page)" as const;

/**
 * do_swap_page(), mm/memory.c, v5.15: a write fault where a swap entry is, on a device as fast as memory. It skips the swap cache, and
 * says so to nobody; 13ddaf26be32 (v6.8) has swapcache_prepare() for it. The slot is freed behind the PTE.
 */
export const doSwapPagePastCache = (
  i: VmaIndex,
  { release = "v5.15", write = true }: { readonly release?: "v5.9" | "v5.15"; readonly write?: boolean } = {},
) =>
  kernel.path(
    "do_swap_page",
    { page: ref(Page), slot: ref(SwapSlot), data: int(0, 2), count: int(0, 2) },
    {
      "vmf->orig_pte": ptepGet(i).then((_, me, { kind, slot }) => {
        if (kind !== "swap") return done;
        me.slot = slot;
      }),
      [LOOKUP]: once((_, me) => {
        me.page = me.slot!.cache;
        if (!me.page) return ALONE;
      }),
      "lookup_swap_cache(): page_cache_get_speculative(page)": full((_, me) => {
        if (me.page!.refcount === 0) return LOOKUP;
        me.page!.refcount++;
        return LOCK;
      }),

      // No: swapin_readahead(), which finds that the slot is free, or that the entry has changed.
      [ALONE]: once((_, { slot }) => (slot!.count === 1 ? undefined : done)),
      "page = alloc_page_vma()": call(allocPage(), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return done;
      }),
      "__SetPageLocked(page)": setPageLocked,
      "swap_readpage(): the device is read": once((_, me) => {
        me.data = me.slot!.data;
      }),
      "swap_readpage(): the page is filled": once((_, { page, data }) => storeData(page!, data)),
      // What was read comes before the PTE that lets users at it.
      "SetPageUptodate(page): smp_wmb()": smpWmb,
      "SetPageUptodate(page)": setPageFlag("uptodate").then(PTL),

      [LOCK]: lockPageOrWait,
      "PageSwapCache(page)?": pageFlag("swapcache").then({ false: OUT_PAGE }),
      [PTL]: lockPtl(i),
      "pte_same(*vmf->pte, vmf->orig_pte)?": ptepGet(i).then((_, me, { kind, slot }) =>
        kind === "swap" && slot === me.slot ? undefined : "out_nomap: pte_unmap_unlock(vmf->ptl)",
      ),
      "set_pte_at(vmf->pte)": once((k, { page }) => {
        setPte(k.table[i].pte, page!, { writable: write, dirty: write });
      }),
      "do_page_add_anon_rmap(): _mapcount++": pageDupRmap,
      "do_page_add_anon_rmap(): PageAnon(page)?": once((_, { page }) => (page!.mapping === "anon" ? FREE : MAPPING)),
      [MAPPING]: setMapping("anon"),
      "do_page_add_anon_rmap(): page->index": setIndex(i),
      [FREE]: lockSlot,
      "swap_free(): swap_map--: load": loadCount,
      "swap_free(): swap_map--": storeCount(-1),
      "swap_free(): spin_unlock(ci)": unlockSlot,
      "unlock_page(page)": unlockPage,
      "unlock: pte_unmap_unlock(vmf->ptl)": unlockPtl(i).then(done),

      "out_nomap: pte_unmap_unlock(vmf->ptl)": unlockPtl(i),
      [OUT_PAGE]: unlockPage,
      "out_release: put_page(page)": putPage,
    },
    {
      file: "mm/memory.c",
      release,
      functions: ["do_swap_page"],
      at: {
        "vmf->orig_pte": "pte_to_swp_entry(vmf->orig_pte)",
        "lookup_swap_cache(): page_cache_get_speculative(page)": "lookup_swap_cache()",
        [ALONE]: "__swap_count(entry)",
        "swap_readpage(): the device is read": "swap_readpage()",
        "swap_readpage(): the page is filled": "swap_readpage()",
        "SetPageUptodate(page): smp_wmb()": "swap_readpage()",
        "SetPageUptodate(page)": "swap_readpage()",
        [PTL]: "pte_offset_map_lock() #2",
        "pte_same(*vmf->pte, vmf->orig_pte)?": "pte_same(*vmf->pte, vmf->orig_pte) #2",
        "do_page_add_anon_rmap(): _mapcount++": "do_page_add_anon_rmap()",
        "do_page_add_anon_rmap(): PageAnon(page)?": "do_page_add_anon_rmap()",
        [MAPPING]: "do_page_add_anon_rmap()",
        "do_page_add_anon_rmap(): page->index": "do_page_add_anon_rmap()",
        [FREE]: "swap_free()",
        "swap_free(): swap_map--: load": "swap_free()",
        "swap_free(): swap_map--": "swap_free()",
        "swap_free(): spin_unlock(ci)": "swap_free()",
      },
      leads: {
        [ALONE]: {
          end: "swapin_readahead() finds that the slot is free, or that the entry has changed: the access is tried again",
        },
        "page = alloc_page_vma()": { end: "no memory: nothing is there to be given back but ptl" },
        "SetPageUptodate(page)": {
          [PTL]:
            "it is unlocked when it is read, and locked again: nobody else knows it, and it is not in the swap cache",
        },
      },
      omits: {
        pte_unmap_same: "a value of two words, which is one here",
        "if (unlikely(non_swap_entry(entry)))": "migration and other entries",
        "delayacct_set_flag, delayacct_clear_flag, dec_mm_counter_fast": "statistics",
        ...(release === "v5.15" && { "get_swap_device, put_swap_device": "no swapoff() runs beside it" }),
        swapin_readahead: "of another device",
        "if (!page)": "no memory: the access is tried again",
        page_private: "a page in the swap cache stays in its slot while it is locked",
        cgroup_throttle_swaprate: "who waits for memory",
        ksm_might_need_to_copy: "no page here is merged",
        reuse_swap_page: "whether the entry is writable: nobody else has the page",
        PageHWPoison: "no page here is poisoned",
        PageUptodate: "what was read, was read well",
        "if (unlikely(page != swapcache && swapcache)), if (page != swapcache && swapcache)": "a copy for KSM",
        do_wp_page: "the PTE is writable",
        "mem_cgroup_swap_full, PageMlocked, try_to_free_swap": "the page stays in the swap cache",
      },
      leavesOut:
        "migration and other entries, KSM, shadow entries and memcg charge, swapin_readahead() of neighbours, that the page is unlocked when it is read and locked again (nobody else knows it), where the slot is free already or shared (the access is tried again), rss",
    },
  );
