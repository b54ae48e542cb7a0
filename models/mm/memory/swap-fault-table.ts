/** do_swap_page(), mm/memory.c, v7.1: always by the swap cache, which is an entry of the swap table. */
import { bugOn, call, done, full, int, noreturn, once, ref, smpWmb } from "faultline";
import {
  lockPtl,
  pageDupRmap,
  pageFlag,
  ptepGet,
  putPage,
  setPageFlag,
  setPte,
  unlockPage,
  unlockPtl,
  storeData,
  lockPageOrWait,
  setIndex,
  setMapping,
  setPageLocked,
} from "../../kernel/primitives.ts";
import { loadCount, storeCount, lockSlot, setSlotCache, storeSlotCache, unlockSlot } from "../../kernel/swap-slot.ts";
import { Page, SwapSlot, kernel, type VmaIndex } from "../../kernel/world.ts";
import { allocPage } from "../page-alloc/alloc-page.ts";
import { folioFreeSwap } from "../swapfile/folio-free-swap.ts";

const LOOKUP = "swap_cache_get_folio(entry)" as const;
const LOCK = "folio_lock_or_retry(folio)" as const;
const OUT_PAGE = "out_page: folio_test_swapcache(folio)?" as const;
const EXISTS = "swap_cache_add_folio(): -EEXIST: swap_cluster_unlock(ci)" as const;
const GONE = "swap_cache_add_folio(): -ENOENT: swap_cluster_unlock(ci)" as const;

/** What do_swap_page() looks at before it maps a folio, left out to see what it is for. */
export const LOOKS = [
  "the folio of the slot",
  "the count of the slot",
  "folio_matches_swap_entry()",
  "pte_same()",
] as const;

interface SwapFaultByTable {
  readonly write: boolean;
  readonly without?: (typeof LOOKS)[number] | undefined;
  /** __swap_table_set() is a release, which it is not in v7.1, to see what that would be for. */
  readonly ordered?: boolean;
}

/** Of a device as fast as memory, SWP_SYNCHRONOUS_IO: the folio is allocated by the fault, and the slot freed as soon as it can be. */
export const doSwapPageByTable = (i: VmaIndex, { write, without, ordered = false }: SwapFaultByTable) =>
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
        if (!me.page) return "folio = alloc_swap_folio(vmf)";
      }),
      // What it finds may have left the swap cache by now: that is asked once it is locked.
      "folio_try_get(folio)": full((_, me) => {
        if (me.page!.refcount === 0) return LOOKUP;
        me.page!.refcount++;
        return LOCK;
      }),

      "folio = alloc_swap_folio(vmf)": call(allocPage(), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return done;
      }),
      "swapin_folio(): __folio_set_locked(folio)": setPageLocked,
      "swap_cache_add_folio(): ci = swap_cluster_lock(si, offset)": lockSlot,
      "swap_cache_add_folio(): swp_tb_is_folio(old_tb)?":
        without !== "the folio of the slot" && once((_, { slot }) => (slot!.cache ? EXISTS : undefined)),
      "swap_cache_add_folio(): __swp_tb_get_count(old_tb)?":
        without !== "the count of the slot" && once((_, { slot }) => (slot!.count === 0 ? GONE : undefined)),
      // atomic_long_set(): whoever finds the folio need not find it locked. xas_store() of the swap cache of before was a release.
      "swap_cache_add_folio(): __swap_table_set(ci, folio)": (ordered ? storeSlotCache : setSlotCache)(
        ({ page }) => page,
      ),
      "swap_cache_add_folio(): folio_ref_add(folio, 1)": noreturn((_, { page }) => {
        page!.refcount++;
      }),
      "swap_cache_add_folio(): folio_set_swapcache(folio)": setPageFlag("swapcache"),
      "swap_cache_add_folio(): swap_cluster_unlock(ci)": unlockSlot,
      "swap_read_folio(): the device is read": once((_, me) => {
        me.data = me.slot!.data;
      }),
      "swap_read_folio(): the folio is filled": once((_, { page, data }) => storeData(page!, data)),
      // What was read comes before the PTE that lets users at it.
      "folio_mark_uptodate(folio): smp_wmb()": smpWmb,
      "folio_mark_uptodate(folio)": setPageFlag("uptodate"),
      "swap_read_folio(): folio_unlock(folio)": unlockPage,

      [LOCK]: lockPageOrWait,
      "folio_matches_swap_entry(folio, entry)?":
        without !== "folio_matches_swap_entry()" &&
        pageFlag("swapcache").then({ false: "out_page: folio_unlock(folio)" }),
      "pte_offset_map_lock(&vmf->ptl)": lockPtl(i),
      "pte_same(ptep_get(vmf->pte), vmf->orig_pte)?":
        without !== "pte_same()" &&
        ptepGet(i).then((_, me, { kind, slot }) =>
          kind === "swap" && slot === me.slot ? undefined : "out_nomap: pte_unmap_unlock(vmf->pte, vmf->ptl)",
        ),
      // VM_FAULT_SIGBUS: the device has not been read well, as it always is here.
      "folio_test_uptodate(folio)?": pageFlag("uptodate").then((_, _me, isUptodate) =>
        bugOn(!isUptodate, "VM_FAULT_SIGBUS, of a folio that was not read yet"),
      ),
      "folio_test_anon(folio)?": once((_, { page }) =>
        page!.mapping === "anon" ? "folio_add_anon_rmap_ptes(): _mapcount++" : undefined,
      ),
      "folio_add_new_anon_rmap(): folio->index": setIndex(i),
      "folio_add_new_anon_rmap(): folio->mapping": setMapping("anon"),
      "folio_add_anon_rmap_ptes(): _mapcount++": pageDupRmap,
      "folio_put_swap(): ci = swap_cluster_lock(si, offset)": lockSlot,
      "folio_put_swap(): __swap_table_set(ci, count - 1): load": loadCount,
      "folio_put_swap(): __swap_table_set(ci, count - 1)": storeCount(-1),
      "folio_put_swap(): swap_cluster_unlock(ci)": unlockSlot,
      "set_ptes(vmf->pte)": once((k, { page }) => {
        setPte(k.table[i].pte, page!, { writable: write, dirty: write });
      }),
      "folio_free_swap(folio)": call(folioFreeSwap, ({ page, slot }) => ({ page, slot })),
      "folio_unlock(folio)": unlockPage,
      "unlock: pte_unmap_unlock(vmf->pte, vmf->ptl)": unlockPtl(i).then(done),

      // Somebody else was first: his folio is taken, and the new one is put, or the slot is free, and so the PTE another one by now.
      [EXISTS]: unlockSlot,
      "swapin_folio(): -EEXIST: folio_unlock(folio)": unlockPage,
      "-EEXIST: folio_put(folio)": putPage.then(LOOKUP),
      [GONE]: unlockSlot,
      "swapin_folio(): -ENOENT: folio_unlock(folio)": unlockPage,
      "-ENOENT: folio_put(folio)": putPage.then(done),
      "out_nomap: pte_unmap_unlock(vmf->pte, vmf->ptl)": unlockPtl(i),
      [OUT_PAGE]: call(folioFreeSwap, ({ page, slot }) => ({ page, slot })),
      "out_page: folio_unlock(folio)": unlockPage,
      "out_release: folio_put(folio)": putPage,
    },
    {
      file: "mm/memory.c",
      release: [without ? `v7.1, without ${without}` : "v7.1", ordered && "with a release"].filter(Boolean).join(", "),
      notInSource:
        "the way that one folio takes through do_swap_page() and six functions that it calls: the steps say which; compared with mm/memory.c 4814, 4874, 4879, 4885, 4914, 4926, 4970, 4972, 4975, 5126 to 5154, 5156, 5181, 5188 to 5194, and mm/swap_state.c 87, 177, 465",
      leavesOut:
        "get_swap_device() (no swapoff() runs beside it), migration and other entries, no memory and where the slot is free already (the access is tried again), large folios, KSM, shadow entries and memcg charge, PageAnonExclusive and the marker of an exclusive entry (scenarios say whether the PTE is writable), rss. Folio and count of an entry of the swap table are two words here: each store of the kernel changes one of the two, under the lock of the cluster",
    },
  );
