import { acquire, call, int, once, ref, release, smpWmb, wait } from "faultline";
import { rawWriteSeqcountBegin, rawWriteSeqcountEnd } from "faultline";
import { isHwpoisonEntry, setHwpoisonEntry } from "../../kernel/entries.ts";
import { MMU_NOTIFIERS } from "../../kernel/omissions.ts";
import {
  getPage,
  lockPtl,
  mmapWriteLock,
  mmapWriteUnlock,
  of,
  pageDupRmap,
  ptePage,
  ptepGet,
  ptepSetWrprotect,
  putPage,
  unlockPtl,
  setMapcountToOne,
  setMapping,
  setPteAt,
} from "../../kernel/primitives.ts";
import { flushTlb } from "../../kernel/tlb.ts";
import { Page, kernel, type Kernel, type PageDraft, type VmaIndex } from "../../kernel/world.ts";
import { allocPage } from "../page-alloc/alloc-page.ts";

/**
 * How fork() copies the page tables of an address space:
 *
 * - `5.8`: every page is shared.
 * - `5.9`: since 70e806e4e645, copy_present_page() copies a page that may be pinned, at once.
 * - `5.11`: since 57efa1fe5957, write_protect_seq is odd meanwhile, besides.
 */
export type ForkRelease = "5.8" | "5.9" | "5.11";

/**
 * dup_mmap() with copy_page_range() down to copy_present_pte(), until v5.8 copy_one_pte(), kernel/fork.c and mm/memory.c:
 * mm[1] becomes a copy of mm[0]. Pages are shared read-only. The parent's TLB is flushed once, at the end: until then
 * another thread of it may still write through an entry that was writable. One path for each release, below.
 */
export function dupMmap(release: ForkRelease) {
  if (release === "5.8") return dupMmap58();
  return release === "5.9" ? dupMmap59() : dupMmap511();
}

/** dup_mmap() of v5.9, where the entry may be that of a poisoned page. */
export const dupMmapHwpoison = () => dupMmap59(true);

const PARENT: VmaIndex = 0;
const CHILD: VmaIndex = 1;
const writeProtectSeq = (k: Kernel): number => k.mm[PARENT].writeProtectSeq;
const SHARE = "get_page(page)" as const;
const UNLOCK = "spin_unlock(src_ptl)" as const;
/** The child gets the entry of a poisoned page as it is: no count moves. */
export const COPIES_HWPOISON = "copy_nonpresent_pte(): set_pte_at(dst_pte)" as const;
export const copyHwpoison = once((k: Kernel): void => setHwpoisonEntry(k.table[CHILD].pte)).when(
  (_, { page }: { readonly page: PageDraft | null }) => page === null,
);

interface Locals {
  page: PageDraft | null;
  rss: number;
}

interface CopyLocals extends Locals {
  prealloc: PageDraft | null;
  data: number;
}
const prealloc = (_: Kernel, { prealloc }: CopyLocals) => prealloc;

/** copy_pte_range(), of the one page that there is. */
const lockTables = () => ({
  "dst_pte = pte_alloc_map_lock(dst_mm)": lockPtl(CHILD),
  "spin_lock_nested(src_ptl)": lockPtl(PARENT),
  "page = vm_normal_page(*src_pte)": ptePage(PARENT).then((_, { page }: Locals) => (page ? undefined : UNLOCK)),
});
const lookAtHwpoison = {
  "page = vm_normal_page(*src_pte)": ptepGet(PARENT).then((_, me: Locals, pte) => {
    me.page = pte.page;
    if (!me.page) return isHwpoisonEntry(pte) ? COPIES_HWPOISON : UNLOCK;
  }),
};

/** copy_present_page(), and how copy_pte_range() makes it a page; without memory it goes on at `outOfMemory`. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- each release has one of the two labels
const copyPinned = <To extends string>(outOfMemory: To) => ({
  "copy_present_page(): src_mm->has_pinned?": once((k: Kernel) => k.mm[PARENT].hasPinned).then({ false: SHARE }),
  "copy_present_page(): page_maybe_dma_pinned(page)?": once((_: Kernel, me: CopyLocals) => {
    if (me.page!.pins === 0) return SHARE;
    if (me.prealloc) return "copy_user_highpage(): load from page";
  }),
  "-EAGAIN: spin_unlock(src_ptl)": unlockPtl(PARENT),
  "-EAGAIN: spin_unlock(dst_ptl)": unlockPtl(CHILD),
  "prealloc = page_copy_prealloc()": call(allocPage(), undefined, (me: CopyLocals, { page }) => {
    me.prealloc = page;
    return page ? "dst_pte = pte_alloc_map_lock(dst_mm)" : outOfMemory;
  }),
  "copy_user_highpage(): load from page": once((_: Kernel, me: CopyLocals): void => {
    me.data = me.page!.data;
  }),
  "copy_user_highpage(): store to new_page": once((_: Kernel, { prealloc, data }: CopyLocals): void => {
    prealloc!.data = data;
  }),
  "__SetPageUptodate(new_page): smp_wmb()": smpWmb,
  "page_add_new_anon_rmap(): _mapcount = 0": of(prealloc, setMapcountToOne),
  "page_add_new_anon_rmap(): mapping = anon_vma": of(prealloc, setMapping("anon")),
  "set_pte_at(dst_pte), of the copy": of(prealloc, setPteAt(CHILD, { writable: true, dirty: true })).then(
    (_, me: CopyLocals) => {
      me.prealloc = null;
      me.rss = 1;
      return UNLOCK;
    },
  ),
});

/** The end of copy_present_pte(). */
const setChildsPte = () => ({
  "set_pte_at(dst_pte)": setPteAt(CHILD, { dirty: true }).then((_, me: Locals): void => {
    me.rss = 1;
  }),
});

/** copy_present_pte(): a page that is not pinned is shared; write-protected only once it has been looked for pins. */
const sharePresent = () => ({
  [SHARE]: getPage,
  "page_dup_rmap(page)": pageDupRmap,
  "ptep_set_wrprotect(src_pte)": ptepSetWrprotect(PARENT),
  ...setChildsPte(),
  // The page may have been unpinned while the copy was allocated.
  "put_page(prealloc)?": of(prealloc, putPage).when((_, { prealloc }: CopyLocals) => prealloc !== null),
});

const unlockTables = () => ({
  [UNLOCK]: unlockPtl(PARENT),
  "add_mm_rss_vec(dst_mm, rss)": once((k: Kernel, { rss }: Locals): void => {
    k.mm[CHILD].rss += rss;
  }),
  "spin_unlock(dst_ptl)": unlockPtl(CHILD),
});

/** The end of dup_mmap(), and what fork() does when all is copied. */
const flushAndWake = () => ({
  "flush_tlb_mm(oldmm)": flushTlb(PARENT),
  "mmap_write_unlock(oldmm)": mmapWriteUnlock(PARENT),
  // The child begins under the lock of the run queue that this drops.
  "wake_up_new_task(p)": release((k: Kernel): void => {
    k.mm[CHILD].running = true;
  }),
});

const FILE = "kernel/fork.c, mm/memory.c";
/** What all of them leave out. */
const LEFT_OUT =
  "copying the vma and its i_mmap entry, pages of files, swap entries (no page here is swapped out), MMU notifiers, the child's mmap_lock (nobody knows the child), the dirty and soft-dirty bits (a private page stays dirty), pte_alloc() (the child's page table is there), undoing a failed copy (a page is always left for the child), the LRU list";

/** Where copying is in kernel/fork.c and mm/memory.c, and what of it is no step. */
const FUNCTIONS = [
  "dup_mmap",
  "copy_page_range",
  "copy_p4d_range",
  "copy_pud_range",
  "copy_pmd_range",
  "copy_pte_range",
] as const;
const AT = {
  "mmap_write_lock(oldmm)": "mmap_write_lock_killable(oldmm)",
} as const;
const NOT_IN_SOURCE = { "wake_up_new_task(p)": "whoever has called copy_process() does that" } as const;
const OMITS = {
  "uprobe_start_dup_mmap, uprobe_dup_mmap, uprobe_end_dup_mmap": "breakpoints, of executable files",
  flush_cache_dup_mm: "caches of other architectures",
  "mmap_write_lock_nested, mmap_write_unlock(mm)": "the child's mmap_lock: nobody knows the child",
  "get_mm_exe_file, RCU_INIT_POINTER, vm_area_dup, vma_dup_policy, __vma_link_rb, arch_dup_mmap":
    "the child's vmas: nobody knows the child",
  "ksm_fork, khugepaged_fork": "neither looks for pages beside a fork here",
  "if (mpnt->vm_flags & VM_DONTCOPY), if (mpnt->vm_flags & VM_ACCOUNT), fatal_signal_pending":
    "the vma is copied, and nothing fails",
  "fail_nomem_anon_vma_fork:, fail_nomem_policy:, fail_nomem:": "nothing fails but the copy of a page",
  anon_vma_fork: "whoever walks the rmap would find the child's vma, where nothing is yet: nobody does",
  "if (file), open": "of files: the memory is anonymous",
  "return if (VM_HUGETLB | VM_PFNMAP | VM_MIXEDMAP)": "an anonymous page has an anon_vma",
  "reset_vma_resv_huge_pages, copy_hugetlb_page_range": "no page here is one of hugetlbfs",
  is_cow_mapping: "the memory is private, and may be written",
  "dup_userfaultfd, dup_userfaultfd_complete, pte_clear_uffd_wp": "no userfaultfd is registered",
  ...MMU_NOTIFIERS,
  "pgd_none_or_clear_bad, p4d_none_or_clear_bad, pud_none_or_clear_bad, pmd_none_or_clear_bad":
    "the parent's page tables stay under mmap_lock",
  "p4d_alloc, pud_alloc, pmd_alloc": "the child's page tables are there: nobody else knows them",
  "if (pud_trans_huge(*src_pud) || pud_devmap(*src_pud)), if (is_swap_pmd(*src_pmd) || pmd_trans_huge(*src_pmd) || pmd_devmap(*src_pmd))":
    "no page here is huge",
  "init_rss_vec, spin_needbreak": "more than one page: the locks are dropped now and then, and rss is added up",
} as const;

const LEADS_PRESENT = {
  "-EAGAIN: spin_unlock(src_ptl)": {
    "-EAGAIN: spin_unlock(dst_ptl)": "there is nothing to add to rss: no page has been copied",
  },
} as const;

/** copy_present_pte() with copy_present_page(). */
const AT_PRESENT = {
  ...AT,
  "page = vm_normal_page(*src_pte)": [
    "pte_none(*src_pte)",
    "copy_pte_range(): pte_present(*src_pte)",
    "copy_present_pte(): *src_pte",
    "vm_normal_page()",
  ],
  "copy_present_page(): src_mm->has_pinned?": "atomic_read(&src_mm->has_pinned)",
  "-EAGAIN: spin_unlock(src_ptl)": "spin_unlock(src_ptl)",
  "-EAGAIN: spin_unlock(dst_ptl)": "pte_unmap_unlock(dst_ptl)",
  "copy_user_highpage(): load from page": "copy_user_highpage()",
  "copy_user_highpage(): store to new_page": "copy_user_highpage()",
  "__SetPageUptodate(new_page): smp_wmb()": "__SetPageUptodate(new_page)",
  "page_add_new_anon_rmap(): _mapcount = 0": "page_add_new_anon_rmap()",
  "page_add_new_anon_rmap(): mapping = anon_vma": "page_add_new_anon_rmap()",
  "set_pte_at(dst_pte), of the copy": "copy_present_page(): set_pte_at(dst_pte)",
  "set_pte_at(dst_pte)": "copy_present_pte(): set_pte_at(dst_pte) #2",
  "put_page(prealloc)?": "copy_pte_range(): put_page(prealloc) #1",
} as const;
const OMITS_COPIED = {
  ...OMITS,
  page_copy_prealloc: "a step, from which it goes back to `again`",
  lru_cache_add_inactive_or_unevictable: "the LRU lists: only the child knows the copy",
  "out: put_page(prealloc)": "what is left of an early end: the loop has used it, or put it",
} as const;
const OMITS_PRESENT = {
  ...OMITS_COPIED,
  "if (!pte_present(*src_pte))": "swap entries: no page here is swapped out",
} as const;
const NOT_IN_SOURCE_PRESENT = {
  ...NOT_IN_SOURCE,
  "prealloc = page_copy_prealloc()": "behind the unlocks, from where copy_pte_range() goes back to `again`",
} as const;

const dupMmap58 = () =>
  kernel.path(
    "dup_mmap",
    { page: ref(Page), rss: int(0, 1) },
    {
      "mmap_write_lock(oldmm)": mmapWriteLock(PARENT),
      ...lockTables(),
      "copy_one_pte(): ptep_set_wrprotect(src_pte)": ptepSetWrprotect(PARENT),
      [SHARE]: getPage,
      "page_dup_rmap(page)": pageDupRmap,
      ...setChildsPte(),
      ...unlockTables(),
      ...flushAndWake(),
    },
    {
      file: FILE,
      release: "v5.8",
      fits: "..v5.9-rc7",
      functions: [...FUNCTIONS, "copy_one_pte"],
      at: {
        ...AT,
        "page = vm_normal_page(*src_pte)": ["pte_none(*src_pte)", "copy_one_pte(): *src_pte", "vm_normal_page()"],
        "set_pte_at(dst_pte)": "out_set_pte: set_pte_at(dst_pte)",
      },
      notInSource: NOT_IN_SOURCE,
      omits: { ...OMITS, "if (!pte_present(pte))": "swap entries: no page here is swapped out" },
      leavesOut: LEFT_OUT,
    },
  );

const COPY_LOCALS = { page: ref(Page), prealloc: ref(Page), data: int(0, 2), rss: int(0, 1) };

/** What copy_nonpresent_pte() does with entries of other kinds. */
const OMITS_NONPRESENT = {
  "swap_duplicate, list_empty, spin_lock(&mmlist_lock), list_add, spin_unlock(&mmlist_lock)":
    "swap entries: no page here is swapped out",
} as const;

const dupMmap59 = (hwpoison = false) =>
  kernel.path(
    "dup_mmap",
    COPY_LOCALS,
    {
      "mmap_write_lock(oldmm)": mmapWriteLock(PARENT),
      ...lockTables(),
      ...(hwpoison && lookAtHwpoison),
      ...copyPinned("flush_tlb_mm(oldmm)"),
      ...sharePresent(),
      [COPIES_HWPOISON]: hwpoison && copyHwpoison,
      ...unlockTables(),
      ...flushAndWake(),
    },
    {
      file: FILE,
      release: "v5.9",
      fits: "v5.9-rc8..v5.10",
      functions: [...FUNCTIONS, ...(hwpoison ? ["copy_nonpresent_pte"] : []), "copy_present_pte", "copy_present_page"],
      at: AT_PRESENT,
      leads: LEADS_PRESENT,
      notInSource: NOT_IN_SOURCE_PRESENT,
      omits: hwpoison ? { ...OMITS_COPIED, ...OMITS_NONPRESENT } : OMITS_PRESENT,
      leavesOut: LEFT_OUT,
    },
  );

/** Since v5.19, copy_present_pte() goes by PageAnonExclusive. */
const dupMmap511 = () =>
  kernel.path(
    "dup_mmap",
    COPY_LOCALS,
    {
      "mmap_write_lock(oldmm)": mmapWriteLock(PARENT),
      "raw_write_seqcount_begin(&src_mm->write_protect_seq)": rawWriteSeqcountBegin(writeProtectSeq),
      ...lockTables(),
      ...copyPinned("raw_write_seqcount_end(&src_mm->write_protect_seq)"),
      ...sharePresent(),
      ...unlockTables(),
      "raw_write_seqcount_end(&src_mm->write_protect_seq)": rawWriteSeqcountEnd(writeProtectSeq),
      ...flushAndWake(),
    },
    {
      file: FILE,
      release: "v5.11",
      fits: "v5.11..v5.18",
      functions: [...FUNCTIONS, "copy_present_pte", "copy_present_page"],
      at: {
        ...AT_PRESENT,
      },
      leads: LEADS_PRESENT,
      notInSource: NOT_IN_SOURCE_PRESENT,
      omits: OMITS_PRESENT,
      leavesOut: LEFT_OUT,
    },
  );

/** schedule_tail(), kernel/sched/core.c: what a process does begins when fork() has woken it. */
export const scheduleTail = (i: VmaIndex) =>
  kernel.path(
    "schedule_tail",
    {},
    {
      "woken by wake_up_new_task()": acquire((k) => {
        if (!k.mm[i].running) return wait;
      }),
    },
    {
      file: "kernel/sched/core.c",
      release: "v5.9",
      notInSource: "what the scheduler does until the child runs",
      leavesOut: "the scheduler",
    },
  );
