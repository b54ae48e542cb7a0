/** madvise(MADV_FREE) of one page, mm/madvise.c, v5.9, v6.12 and v7.1. */
import { bool, call, done, once, ref } from "faultline";
import {
  clearPageFlag,
  decTlbFlushPending,
  incTlbFlushPending,
  lockPtl,
  mapcountIsOne,
  mmapReadLock,
  mmapReadUnlock,
  pageFlag,
  ptepGet,
  ptepGetAndClear,
  setPte,
  trylockPage,
  unlockPage,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { flushTlb } from "../../kernel/tlb.ts";
import { Page, kernel, type Kernel, type PageDraft, type VmaIndex } from "../../kernel/world.ts";
import { userAccess } from "../../kernel/user-access.ts";
import { wordsOf } from "../../kernel/words.ts";

export type MadviseRelease = "v5.9" | "v6.12" | "v7.1";

interface Locals {
  page: PageDraft | null;
  dirty: boolean;
  writable: boolean;
  changed: boolean;
}

const UNLOCK = "pte_unmap_unlock(start_pte, ptl)" as const;
const CLEAN = "pte_young(ptent) || pte_dirty(ptent)?" as const;

const OMITS = {
  "pmd_trans_huge, madvise_free_huge_pmd": "no page here is huge",
  "tlb_change_page_size, tlb_remove_tlb_entries": "puts it into the gather, which is this thread's own",
  flush_tlb_batched_pending: "an entry that reclaim has cleared is none, and nothing is done to it",
  "if (!pte_present(ptent))": "an entry that maps no page: none here",
  "folio_is_zone_device, vm_normal_folio": "the entry maps an anonymous folio",
  "if (folio_test_large(folio))": "a large folio: here it is small",
  "folio_test_swapcache, folio_free_swap": "the folio is not in the swap cache",
  "folio_unlock(folio) #3": "where the swap cache has it still",
  folio_mark_lazyfree: "the folio is lazyfree already, and reclaim has isolated it",
  "if (nr_swap)": "no swap entry was there",
} as const;

const AT_FOLIOS = {
  "pte_offset_map_lock(mm, pmd, addr, &ptl)": "pte_offset_map_lock() #1",
  "ptent = ptep_get(pte): pte_none(ptent)?": ["ptep_get(pte)", "pte_none(ptent)"],
  "folio_trylock(folio)": "folio_trylock(folio) #2",
  "folio_mapcount(folio) != folio_nr_pages(folio)?": "folio_mapcount(folio)",
  "folio_unlock(folio)": "folio_unlock(folio) #4",
  "folio_unlock(folio), shared": "folio_unlock(folio) #2",
  "clear_young_dirty_ptes(): ptep_get_and_clear(ptep)": "clear_young_dirty_ptes()",
  "clear_young_dirty_ptes(): set_pte_at(ptep, pte)": "clear_young_dirty_ptes()",
  [UNLOCK]: "pte_unmap_unlock(start_pte, ptl) #2",
} as const;

const SOURCE: Readonly<Record<MadviseRelease, object>> = {
  "v5.9": {
    at: {
      "pte_offset_map_lock(mm, pmd, addr, &ptl)": "pte_offset_map_lock() #1",
      "ptent = *pte: pte_none(ptent)?": ["*pte", "pte_none(ptent)"],
      "trylock_page(page)": "trylock_page(page) #2",
      "page_mapcount(page) != 1?": "page_mapcount(page) #2",
      "unlock_page(page)": "unlock_page(page) #5",
      "unlock_page(page), shared": "unlock_page(page) #3",
      [UNLOCK]: "pte_unmap_unlock(orig_pte, ptl) #2",
    },
    omits: {
      "pmd_trans_huge, madvise_free_huge_pmd, pmd_trans_unstable": "no page here is huge, and the page table is there",
      "tlb_change_page_size, tlb_remove_tlb_entry": "puts it into the gather, which is this thread's own",
      flush_tlb_batched_pending: "an entry that reclaim has cleared is none, and nothing is done to it",
      "if (!pte_present(ptent))": "an entry that maps no page: none here",
      vm_normal_page: "the entry maps an anonymous page",
      "if (PageTransCompound(page)), PageTransCompound": "a huge page: here it is small",
      "PageSwapCache, try_to_free_swap": "the page is not in the swap cache",
      "unlock_page(page) #4": "where the swap cache has it still",
      mark_page_lazyfree: "the page is lazyfree already, and reclaim has isolated it",
      "if (nr_swap)": "no swap entry was there",
    },
  },
  "v6.12": { at: AT_FOLIOS, omits: OMITS },
  "v7.1": {
    at: AT_FOLIOS,
    omits: {
      ...OMITS,
      "lazy_mmu_mode_enable, lazy_mmu_mode_disable": "batches changes of PTEs where a hypervisor makes them",
    },
  },
};

/**
 * madvise_free_pte_range(): makes the entry clean, so that reclaim may throw the page away as long as nobody stores to it. A CPU
 * that has the entry in its TLB as dirty stores on without a look at it, until the gather is flushed, behind ptl. What v6.12 and
 * v7.1 do of it to one small folio is what v5.9 does.
 */
const madviseFreePteRange = (i: VmaIndex, release: MadviseRelease) => {
  const said = wordsOf(release);
  const shared = said("unlock_page(page), shared", "folio_unlock(folio), shared");
  const clear = said("ptep_get_and_clear_full(mm, addr, pte)", "clear_young_dirty_ptes(): ptep_get_and_clear(ptep)");
  const set = said("set_pte_at(mm, addr, pte, ptent)", "clear_young_dirty_ptes(): set_pte_at(ptep, pte)");
  return kernel.path(
    "madvise_free_pte_range",
    { page: ref(Page), dirty: bool, writable: bool, changed: bool },
    {
      "pte_offset_map_lock(mm, pmd, addr, &ptl)": lockPtl(i),
      [said("ptent = *pte: pte_none(ptent)?", "ptent = ptep_get(pte): pte_none(ptent)?")]: ptepGet(i).then(
        (_, me: Locals, pte) => {
          if (!pte.page) return UNLOCK;
          me.page = pte.page;
          me.dirty = pte.dirty;
        },
      ),
      [said("PageDirty(page)", "folio_test_dirty(folio)")]: pageFlag("dirty").then({ false: CLEAN }),
      [said("trylock_page(page)", "folio_trylock(folio)")]: trylockPage.then({ false: UNLOCK }),
      [said("page_mapcount(page) != 1?", "folio_mapcount(folio) != folio_nr_pages(folio)?")]: mapcountIsOne.then({
        false: shared,
      }),
      [said("ClearPageDirty(page)", "folio_clear_dirty(folio)")]: clearPageFlag("dirty"),
      [said("unlock_page(page)", "folio_unlock(folio)")]: unlockPage,
      [CLEAN]: once((_, { dirty }: Locals) => (dirty ? undefined : UNLOCK)),
      [clear]: ptepGetAndClear(i, (k, me: Locals) => {
        me.writable = k.table[i].pte.writable;
        me.changed = true;
      }),
      [set]: once((k: Kernel, { page, writable }: Locals) => {
        setPte(k.table[i].pte, page!, { writable });
        return UNLOCK;
      }),
      [shared]: unlockPage,
      [UNLOCK]: unlockPtl(i),
    },
    {
      file: "mm/madvise.c",
      release,
      leavesOut: said(
        "swap entries (they are freed), huge pages that are split, references, mark_page_lazyfree() (the page is lazyfree already), huge pmds",
        "swap entries (they are freed), large folios that are split, references, folio_mark_lazyfree() (the folio is lazyfree already), huge pmds",
      ),
      ...SOURCE[release],
    },
  );
};

interface Changes {
  readonly changed: boolean;
}

export const TLB_FLUSH = "tlb_finish_mmu(): flush" as const;
export const NESTED = "tlb_finish_mmu(): mm_tlb_flush_nested(mm)?" as const;

/** madvise(MADV_FREE): one gather around it. It flushes for another one, too, that has cleaned the entry and not flushed yet. */
export const madviseFree = (i: VmaIndex, release: MadviseRelease) =>
  kernel.path(
    "madvise_free_single_vma",
    { changed: bool },
    {
      "mmap_read_lock(mm)": mmapReadLock(i),
      "tlb_gather_mmu(): inc_tlb_flush_pending(mm)": incTlbFlushPending(i),
      "walk_page_range(): madvise_free_pte_range()": call(
        madviseFreePteRange(i, release),
        undefined,
        (me, { changed }) => {
          me.changed = changed;
        },
      ),
      [NESTED]: once((k, me) => {
        if (k.mm[i].tlbFlushPending > 1) me.changed = true;
      }),
      [TLB_FLUSH]: flushTlb(i).when((_, { changed }: Changes) => changed),
      "tlb_finish_mmu(): dec_tlb_flush_pending(mm)": decTlbFlushPending(i),
      "mmap_read_unlock(mm)": mmapReadUnlock(i),
    },
    {
      file: "mm/madvise.c",
      release,
      ...(release === "v7.1"
        ? { notInSource: "do_madvise() around it: in v7.1 the gather and the lock of the VMA are its own" }
        : { notInSource: "do_madvise() around it, and tlb_finish_mmu(), which are those of MADV_DONTNEED" }),
      leavesOut: "the lock of the vma apart from mmap_lock (v7.1 takes that alone), lru_add_drain()",
    },
  );

/**
 * A thread that gives the page up, and, once the call has returned, stores to it. `second`: its call comes when another thread's
 * has cleaned the entry, and may not have flushed yet; what that one throws away is what was stored before.
 */
export const freeThenStore = (madvise: ReturnType<typeof madviseFree>, second: boolean) =>
  kernel.path(
    "free_then_store",
    {},
    {
      "the other call has cleaned the entry":
        second &&
        once((k) => {
          const { pte } = k.table[0];
          if (!pte.page || pte.dirty) return done;
        }),
      "madvise(MADV_FREE)": call(madvise),
      "store to the page": call(userAccess(0, 0, "store")),
    },
    {
      file: "mm/madvise.c",
      release: madvise.about.release ?? "",
      notInSource: "what a process does",
      leavesOut: "the fault where the page is gone: it gets another one",
    },
  );
