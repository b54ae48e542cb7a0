/** What a write fault does where a page of a large anonymous folio is mapped read-only, and who shares the folio, mm/memory.c. */
import { bool, call, done, int, noreturn, once, ref, relaxed } from "faultline";
import { byRelease } from "../../kernel/releases.ts";
import {
  clearPageFlag,
  clearPte,
  lockPtl,
  mmapReadLock,
  mmapReadUnlock,
  mmapWriteLock,
  mmapWriteUnlock,
  pageFlag,
  ptepGet,
  ptepGetAndClear,
  ptepSetAccessFlags,
  ptepSetWrprotect,
  putReferences,
  setPageAnonExclusive,
  setPte,
  setPteAt,
  unlockPtl,
  type OfPage,
  mustBeKept,
} from "../../kernel/primitives.ts";
import { flushTlb } from "../../kernel/tlb.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";
import {
  folioAddLargeMapcount,
  folioLockLargeMapcount,
  folioSubLargeMapcount,
  folioUnlockLargeMapcount,
  mmIdsShared,
} from "../rmap/large-mapcount.ts";

/** What is left out of the tests, to see what each is for. */
export const LARGE_LOOKS = ["shared-bit", "references", "lock", "looks-under-lock"] as const;
export type LargeLook = (typeof LARGE_LOOKS)[number];

const NR = 2;
const UNLOCK = "folio_unlock_large_mapcount(folio)" as const;

interface Counted extends OfPage {
  readonly count: number;
}
const readCount = once((_: unknown, me: { page: OfPage["page"]; count: number }): void => {
  me.count = me.page!.largeMapcount;
});
const countIsRefs = once((_: unknown, { page, count }: Counted) => page!.refcount === count);

/** __wp_can_reuse_large_anon_folio(), v7.1: whether all references are mappings, and all mappings those of one mm. */
const canReuse = (without?: LargeLook) => {
  const shared = without !== "shared-bit";
  const counts = without !== "references";
  const locks = without !== "lock";
  const again = without !== "looks-under-lock";
  const no = locks ? UNLOCK : done;
  return kernel.path(
    "__wp_can_reuse_large_anon_folio",
    { page: ref(Page), count: int(0, 4), exclusive: bool },
    {
      "folio_large_mapcount(folio) <= 1?": once((_, { page }) => (page!.largeMapcount <= 1 ? done : undefined)),
      "test_bit(FOLIO_MM_IDS_SHARED_BITNUM, &folio->_mm_ids)?": shared && mmIdsShared.then({ true: done }),
      "folio_large_mapcount(folio)": counts && readCount,
      "folio_ref_count(folio)": counts && countIsRefs.then({ false: done }),
      "folio_lock_large_mapcount(folio)": locks && folioLockLargeMapcount,
      "test_bit(FOLIO_MM_IDS_SHARED_BITNUM, &folio->_mm_ids)?, again":
        shared && again && mmIdsShared.then({ true: no }),
      "folio_large_mapcount(folio), again": counts && again && readCount,
      "folio_ref_count(folio), again": counts && again && countIsRefs.then({ false: no }),
      "exclusive = true": once((_, me) => {
        me.exclusive = true;
      }),
      [UNLOCK]: locks && folioUnlockLargeMapcount,
    },
    {
      file: "mm/memory.c",
      release: without ? `v7.1, without ${without}` : "v7.1",
      omits: { "folio_test_swapcache, folio_trylock, folio_unlock": "the swap cache: no folio here is in it" },
      leavesOut: "the swap cache (no folio here is in it), assertions",
    },
  );
};

type LargeRelease = "v6.12" | "v7.1";

/** atomic_add(), atomic_sub() of _large_mapcount: all that v6.12 counts. */
const addLargeMapcount = (diff: number) =>
  noreturn((_: unknown, { page }: OfPage): void => {
    mustBeKept(page!);
    page!.largeMapcount += diff;
  });

interface LargeWrite {
  readonly release: LargeRelease;
  readonly without?: LargeLook | undefined;
}

/** A user's write to the first page of a large folio that vma[i] maps read-only. */
export const wpLargeFolio = (i: VmaIndex, { release, without }: LargeWrite) =>
  byRelease({
    "v6.12": () => copiesLargeFolio(i),
    "v7.1": () => reusesLargeFolio(i, without),
  })(release);

/** do_wp_page(), v6.12: wp_can_reuse_anon_folio() says no of every large folio. */
const copiesLargeFolio = (i: VmaIndex) =>
  kernel.path(
    "do_wp_page",
    { page: ref(Page) },
    {
      "mmap_read_lock(mm)": mmapReadLock(i),
      "pte_offset_map_lock(vmf->ptl)": lockPtl(i),
      "vm_normal_page(vma, vmf->address, vmf->orig_pte)": ptepGet(i).then((_, me, pte) => {
        me.page = pte.page;
      }),
      "pte_unmap_unlock(vmf->ptl), to copy": unlockPtl(i),
      "mmap_read_unlock(mm)": mmapReadUnlock(i),
    },
    {
      file: "mm/memory.c",
      release: "v6.12",
      notInSource: "do_wp_page() up to wp_can_reuse_anon_folio(), which says no at once: mm/memory.c 3596",
      leavesOut: "the copy",
    },
  );

const reusesLargeFolio = (i: VmaIndex, without?: LargeLook) =>
  kernel.path(
    "do_wp_page",
    { page: ref(Page) },
    {
      "mmap_read_lock(mm)": mmapReadLock(i),
      "pte_offset_map_lock(vmf->ptl)": lockPtl(i),
      "vm_normal_page(vma, vmf->address, vmf->orig_pte)": ptepGet(i).then((_, me, pte) => {
        me.page = pte.page;
      }),
      "PageAnonExclusive(vmf->page)?": pageFlag("exclusive").then({ true: "wp_page_reuse(): ptep_set_access_flags()" }),
      "__wp_can_reuse_large_anon_folio(folio, vma)": call(
        canReuse(without),
        ({ page }) => ({ page }),
        (_, { exclusive }) => (exclusive ? undefined : "pte_unmap_unlock(vmf->ptl), to copy"),
      ),
      "SetPageAnonExclusive(vmf->page)": setPageAnonExclusive,
      "wp_page_reuse(): ptep_set_access_flags()": ptepSetAccessFlags(i, { writable: true, dirty: true }),
      "wp_page_reuse(): pte_unmap_unlock()": unlockPtl(i).then("mmap_read_unlock(mm)"),
      "pte_unmap_unlock(vmf->ptl), to copy": unlockPtl(i),
      "mmap_read_unlock(mm)": mmapReadUnlock(i),
    },
    {
      file: "mm/memory.c",
      release: "v7.1",
      functions: ["do_wp_page", "wp_can_reuse_anon_folio", "wp_page_reuse"],
      at: {
        "PageAnonExclusive(vmf->page)?": "PageAnonExclusive(vmf->page) #1",
        "pte_unmap_unlock(vmf->ptl), to copy": "do_wp_page(): pte_unmap_unlock() #4",
      },
      notInSource: {
        "mmap_read_lock(mm)": "do_user_addr_fault(), around it: the lock of the vma stands for either",
        "pte_offset_map_lock(vmf->ptl)": "handle_pte_fault(), before it",
        "mmap_read_unlock(mm)": "do_user_addr_fault(), around it",
      },
      omits: {
        "if (likely(!unshare)), if (unlikely(unshare))": "a write, without userfaultfd",
        "if (vma->vm_flags & (VM_SHARED | VM_MAYSHARE))": "shared mappings: wp-page-shared.ts",
        "folio_test_anon, folio_test_ksm": "the folio is anonymous, and not merged",
        "PageAnonExclusive(vmf->page) #2": "known",
        "folio_ref_count, folio_test_lru, lru_add_drain, folio_test_swapcache, folio_trylock, folio_unlock, folio_move_anon_rmap":
          "small folios: wp-folio.ts",
        folio_xchg_last_cpupid: "NUMA balancing",
        "folio_get, wp_page_copy": "the copy",
      },
      leavesOut: "the copy: a private page takes the place of this one",
    },
  );

/** munmap(), or madvise(MADV_DONTNEED), of both pages of a large folio in vma[i]: the count of mappings goes first, that of references last. */
export const zapLargeFolio = (i: VmaIndex, release: LargeRelease) =>
  kernel.path(
    "zap_present_folio_ptes",
    { page: ref(Page) },
    {
      "pte_offset_map_lock(mm, pmd, start, &ptl)": lockPtl(i),
      "ptent = ptep_get(pte)": ptepGet(i).then((_, me, pte) => {
        me.page = pte.page;
      }),
      "clear_full_ptes(mm, addr, pte, nr): pte": ptepGetAndClear(i),
      "clear_full_ptes(mm, addr, pte, nr): pte + 1": relaxed((k) => clearPte(k.table[i].tailPte)),
      "folio_remove_rmap_ptes(folio, page, nr, vma)":
        release === "v6.12" ? addLargeMapcount(-NR) : call(folioSubLargeMapcount(i, NR), ({ page }) => ({ page })),
      "pte_unmap_unlock(start_pte, ptl)": unlockPtl(i),
      "tlb_finish_mmu(): flush": flushTlb(i),
      "tlb_finish_mmu(): folio_put_refs(folio, nr)": putReferences(NR),
    },
    {
      file: "mm/memory.c",
      release,
      functions: ["zap_present_folio_ptes"],
      at: {
        "clear_full_ptes(mm, addr, pte, nr): pte": "clear_full_ptes()",
        "clear_full_ptes(mm, addr, pte, nr): pte + 1": "clear_full_ptes()",
      },
      notInSource: {
        "pte_offset_map_lock(mm, pmd, start, &ptl)": "zap_pte_range(), around it",
        "ptent = ptep_get(pte)": "do_zap_pte_range(), before it",
        "pte_unmap_unlock(start_pte, ptl)": "zap_pte_range(), around it",
        "tlb_finish_mmu(): flush": "tlb_finish_mmu(), behind it",
        "tlb_finish_mmu(): folio_put_refs(folio, nr)": "tlb_finish_mmu(), behind it",
      },
      omits: {
        "if (!folio_test_anon(folio))": "the folio is anonymous",
        zap_install_uffd_wp_if_needed: "no userfaultfd",
        "if (unlikely(folio_mapcount(folio) < 0))": "prints that something is wrong",
        "tlb_remove_tlb_entries, __tlb_remove_folio_pages": "the gather, which is this thread's own",
      },
      leavesOut: "the lock of the mm (nobody else here asks for it), rss, the way to the page table",
    },
  );

/** fork() as far as it is about a large folio: mm[1] comes to map both pages, which vma[0] maps. */
export const forkLargeFolio = (release: LargeRelease) =>
  kernel.path(
    "copy_present_ptes",
    { page: ref(Page) },
    {
      "mmap_write_lock(oldmm)": mmapWriteLock(0),
      "dst_pte = pte_alloc_map_lock(dst_mm)": lockPtl(1),
      "spin_lock_nested(src_ptl)": lockPtl(0),
      "vm_normal_page(src_vma, addr, pte)": ptepGet(0).then((_, me, pte) => {
        me.page = pte.page;
      }),
      "folio_ref_add(folio, nr)": noreturn((_, { page }) => {
        page!.refcount += NR;
      }),
      "PageAnonExclusive(page)?": pageFlag("exclusive").then({ false: "folio_add_large_mapcount(folio, nr, dst_vma)" }),
      "ClearPageAnonExclusive(page)": clearPageFlag("exclusive"),
      "folio_add_large_mapcount(folio, nr, dst_vma)":
        release === "v6.12" ? addLargeMapcount(NR) : call(folioAddLargeMapcount(1, NR), ({ page }) => ({ page })),
      "wrprotect_ptes(src_mm, addr, src_pte, nr)": ptepSetWrprotect(0),
      "set_ptes(dst_pte): pte": setPteAt(1, { dirty: true }),
      "set_ptes(dst_pte): pte + 1": once((k) => setPte(k.table[1].tailPte, k.tail, { dirty: true })),
      "pte_unmap_unlock(src_ptl)": unlockPtl(0),
      "pte_unmap_unlock(dst_ptl)": unlockPtl(1),
      "flush_tlb_mm(oldmm)": flushTlb(0),
      "mmap_write_unlock(oldmm)": mmapWriteUnlock(0),
    },
    {
      file: "mm/memory.c",
      release,
      notInSource:
        "the steps of copy_pte_range(), copy_present_ptes() and __folio_try_dup_anon_rmap() that a batch of two PTEs of a large folio takes, with dup_mmap() around them: mm/memory.c 1156 to 1170, include/linux/rmap.h 601 to 615",
      leavesOut:
        "pins (nobody has one here), PageAnonExclusive of the second page (it never is), write_protect_seq (no pin looks at it), rss, the child's mmap_lock (nobody knows the child)",
    },
  );
