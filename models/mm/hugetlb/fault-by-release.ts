import { call, done, lock, once, ref, unlock, type Draft } from "faultline";
import { filePage, getPage, of, pageDupRmap, putPage, setPte } from "../../kernel/primitives.ts";
import { lockTable, pmdpGet, tablePte, tablePteNone, unlockTable } from "../../kernel/walk.ts";
import {
  Page,
  PageTable,
  kernel,
  type Kernel,
  type PageDraft,
  type PteDraft,
  type VmaIndex,
} from "../../kernel/world.ts";
import {
  hugePteAlloc,
  hugetlbVmaLockRead,
  hugetlbVmaUnlockRead,
  iMmapLockRead,
  iMmapUnlockRead,
  type Share,
} from "./pmd-share.ts";

const faultMutex = (k: Kernel) => k.faultMutex;
const LOOKS = "entry = huge_ptep_get(ptep), without a lock" as const;
const ALLOC = "ptep = huge_pte_alloc(mm, vma, haddr)" as const;
const LOCALS = { table: ref(PageTable), page: ref(Page) };

interface Maps {
  readonly table: Draft<typeof PageTable> | null;
  page: PageDraft | null;
}

/** is_hugetlb_entry_migration(entry): who finds one waits for it. */
const migrates = (_: Kernel, _me: unknown, { kind }: PteDraft) => (kind === "migration" ? done : undefined);

export interface HugetlbFault extends Share {
  /** A fault of another address: it takes another hugetlb_fault_mutex, which nobody else does. */
  readonly elsewhere?: boolean;
  /** It maps the page; without, that is of no interest. */
  readonly maps?: boolean;
  /** Until fcd48540d188 (v6.3) the entry is looked at before any lock is taken. */
  readonly looksFirst?: boolean;
}

/** hugetlb_no_page() of a page that is in the page cache: maps it, if the entry is none still. `out`: where an entry leads that is none no more. */
const noPage = <const L extends string>(maps: boolean, out: L) => ({
  "entry = huge_ptep_get(ptep)": maps && tablePteNone.then({ false: out }),
  "hugetlb_no_page(): filemap_lock_folio()":
    maps &&
    of(filePage, getPage).then((k, me: Maps) => {
      me.page = k.page;
    }),
  "hugetlb_no_page(): huge_pte_lock()": maps && lockTable,
  "hugetlb_no_page(): huge_ptep_get()": maps && tablePteNone.then({ false: "hugetlb_no_page(): spin_unlock(ptl)" }),
  "hugetlb_no_page(): page_dup_rmap()": maps && pageDupRmap,
  "hugetlb_no_page(): set_huge_pte_at()":
    maps &&
    once((_: Kernel, me: Maps) => {
      setPte(me.table!.pte, me.page!);
      // Its reference is that of the entry.
      me.page = null;
    }),
  "hugetlb_no_page(): spin_unlock(ptl)": maps && unlockTable,
  "hugetlb_no_page(): put_page(), not mapped": maps && putPage.when((_, { page }) => page !== null),
});

const hugePteAllocOf = (i: VmaIndex, fault: HugetlbFault) =>
  call(hugePteAlloc(i, fault), undefined, (me: { table: unknown }, { table }) => {
    me.table = table;
  });

const IN_NO_PAGE = Object.fromEntries(
  Object.keys(noPage(true, "end"))
    .slice(1)
    .map((label) => [label, "hugetlb_no_page()"]),
);
const PRESENT = "an entry that maps a page: the fault is solved, or COW follows, under ptl and the same locks";
const OMITS = {
  hugetlb_fault_mutex_hash: "which mutex it is",
  VM_FAULT_SET_HINDEX: "what is told with the signal for a poisoned page",
} as const;
const OMITS_BEFORE_LOCKS = { is_hugetlb_entry_hwpoisoned: "an entry of a poisoned page: none here" } as const;

const OMITS_VMF = {
  "if (!vmf.pte)": "no memory",
  "huge_pte_write, vma_needs_reservation, vma_end_reservation, huge_pte_lock, huge_ptep_get(mm, vmf.address, vmf.pte) #2":
    PRESENT,
  "if (userfaultfd_wp(vma) && huge_pte_uffd_wp(huge_ptep_get(mm, vmf.address, vmf.pte)) && (flags & FAULT_FLAG_WRITE) && !huge_pte_write(vmf.orig_pte))":
    PRESENT,
  "if (flags & (FAULT_FLAG_WRITE|FAULT_FLAG_UNSHARE)), huge_ptep_set_access_flags, out_ptl: spin_unlock(vmf.ptl), folio_wait_locked":
    PRESENT,
  vma_end_read: "the lock of the vma, where a fault under it is tried again: nothing is here that it would keep out",
} as const;

const IN_SOURCE = {
  "v5.9": {
    at: { "entry = huge_ptep_get(ptep)": ["huge_ptep_get(ptep) #2", "huge_pte_none(entry)"] },
    omits: {
      ...OMITS,
      ...OMITS_BEFORE_LOCKS,
      "if (!ptep)": "no memory",
      "huge_pte_write, vma_needs_reservation, vma_end_reservation, hugetlbfs_pagecache_page, huge_pte_lock, huge_ptep_get(ptep) #3":
        PRESENT,
      "trylock_page, get_page, hugetlb_cow, huge_pte_mkdirty, huge_ptep_set_access_flags, unlock_page, put_page, spin_unlock, wait_on_page_locked":
        PRESENT,
    },
  },
  "v6.1": {
    at: { "entry = huge_ptep_get(ptep)": ["huge_ptep_get(ptep) #2", "huge_pte_none_mostly(entry)"] },
    omits: {
      ...OMITS,
      ...OMITS_BEFORE_LOCKS,
      "if (!ptep)": "no memory",
      "huge_pte_write, vma_needs_reservation, vma_end_reservation, find_lock_page, huge_pte_lock, huge_ptep_get(ptep) #3":
        PRESENT,
      "if (userfaultfd_wp(vma) && huge_pte_uffd_wp(huge_ptep_get(ptep)) && (flags & FAULT_FLAG_WRITE) && !huge_pte_write(entry))":
        PRESENT,
      "trylock_page, get_page, hugetlb_wp, huge_pte_mkdirty, huge_ptep_set_access_flags, unlock_page, put_page, spin_unlock, wait_on_page_locked":
        PRESENT,
    },
  },
  "v6.6": {
    at: { "entry = huge_ptep_get(ptep)": ["huge_ptep_get(ptep) #1", "huge_pte_none_mostly(entry)"] },
    omits: {
      ...OMITS,
      "if (flags & FAULT_FLAG_VMA_LOCK)": "drops the lock of the vma, and is tried again under mmap_lock",
      "if (!ptep)": "no memory",
      "if (!pte_present(entry))": "an entry of migration or poison: none here",
      "huge_pte_write, vma_needs_reservation, vma_end_reservation, filemap_lock_folio, huge_pte_lock, huge_ptep_get(ptep) #2":
        PRESENT,
      "if (userfaultfd_wp(vma) && huge_pte_uffd_wp(huge_ptep_get(ptep)) && (flags & FAULT_FLAG_WRITE) && !huge_pte_write(entry))":
        PRESENT,
      "folio_trylock, folio_get, hugetlb_wp, huge_pte_mkdirty, huge_ptep_set_access_flags, folio_unlock, folio_put, spin_unlock, folio_wait_locked":
        PRESENT,
    },
  },
  "v6.12": {
    at: {
      "entry = huge_ptep_get(ptep)": [
        "huge_ptep_get(mm, vmf.address, vmf.pte) #1",
        "huge_pte_none_mostly(vmf.orig_pte)",
      ],
    },
    omits: {
      ...OMITS,
      ...OMITS_VMF,
      "if (!pte_present(vmf.orig_pte))": "an entry of migration or poison: none here",
    },
  },
  "v7.1": {
    at: {
      "entry = huge_ptep_get(ptep)": ["huge_ptep_get(mm, vmf.address, vmf.pte) #1", "huge_pte_none(vmf.orig_pte) #1"],
    },
    omits: {
      ...OMITS,
      ...OMITS_VMF,
      "if (pte_is_marker(vmf.orig_pte))": "a marker of userfaultfd, or of a poisoned page: none here",
      "if (!pte_present(vmf.orig_pte) && !huge_pte_none(vmf.orig_pte))": "an entry of migration or poison: none here",
    },
  },
} as const;
const LEFT_OUT =
  "pages that are not in the page cache yet, reservations, private mappings and COW, userfaultfd, entries of migration and poison, write faults where the entry is not none; the page lock and i_size in hugetlb_no_page() (no path here removes a page)";

/**
 * hugetlb_fault(), mm/hugetlb.c, v5.9, of a shared mapping: i_mmap_rwsem, for reading, keeps the page table from being unshared. The
 * first look at the entry takes no lock.
 */
const hugetlbFault59 = (i: VmaIndex, fault: HugetlbFault) => {
  const { elsewhere = false, maps = !elsewhere } = fault;
  return kernel.path(
    "hugetlb_fault",
    LOCALS,
    {
      "ptep = huge_pte_offset(mm, haddr)": pmdpGet(i).then({ null: "i_mmap_lock_read(mapping)" }),
      [LOOKS]: tablePte.then(migrates),
      "i_mmap_lock_read(mapping)": iMmapLockRead,
      [ALLOC]: hugePteAllocOf(i, fault),
      "mutex_lock(&hugetlb_fault_mutex_table[hash])": !elsewhere && lock(faultMutex),
      ...noPage(maps, "mutex_unlock(&hugetlb_fault_mutex_table[hash])"),
      "mutex_unlock(&hugetlb_fault_mutex_table[hash])": !elsewhere && unlock(faultMutex),
      "i_mmap_unlock_read(mapping)": iMmapUnlockRead,
    },
    {
      file: "mm/hugetlb.c",
      release: "v5.9",
      functions: ["hugetlb_fault"],
      at: {
        [LOOKS]: ["huge_ptep_get(ptep) #1", "is_hugetlb_entry_migration(entry)"],
        [ALLOC]: "huge_pte_alloc()",
        ...IN_SOURCE["v5.9"].at,
        ...(maps && IN_NO_PAGE),
      },
      omits: IN_SOURCE["v5.9"].omits,
      leavesOut: LEFT_OUT,
    },
  );
};

/**
 * hugetlb_fault(), mm/hugetlb.c, since v6.1, of a shared mapping: the lock of hugetlb's vma keeps the page table from being unshared. Until
 * fcd48540d188 (v6.3) the first look at the entry takes no lock.
 */
const hugetlbFault61 = (i: VmaIndex, release: Exclude<Share["release"], "v5.9">, fault: HugetlbFault) => {
  const { elsewhere = false, maps = !elsewhere, looksFirst = release === "v6.1" } = fault;
  const begin = elsewhere ? "hugetlb_vma_lock_read(vma)" : "mutex_lock(&hugetlb_fault_mutex_table[hash])";
  return kernel.path(
    "hugetlb_fault",
    LOCALS,
    {
      "ptep = huge_pte_offset(mm, haddr)": looksFirst && pmdpGet(i).then({ null: begin }),
      [LOOKS]: looksFirst && tablePte.then(migrates),
      "mutex_lock(&hugetlb_fault_mutex_table[hash])": !elsewhere && lock(faultMutex),
      "hugetlb_vma_lock_read(vma)": hugetlbVmaLockRead(i),
      [ALLOC]: hugePteAllocOf(i, fault),
      ...noPage(maps, "out_mutex: hugetlb_vma_unlock_read(vma)"),
      "out_mutex: hugetlb_vma_unlock_read(vma)": hugetlbVmaUnlockRead(i),
      "mutex_unlock(&hugetlb_fault_mutex_table[hash])": !elsewhere && unlock(faultMutex),
    },
    {
      file: "mm/hugetlb.c",
      release,
      functions: ["hugetlb_fault"],
      at: {
        ...(looksFirst && { [LOOKS]: ["huge_ptep_get(ptep) #1", "is_hugetlb_entry_migration(entry)"] }),
        [ALLOC]: "huge_pte_alloc()",
        ...IN_SOURCE[release].at,
        ...(maps && IN_NO_PAGE),
      },
      leads: {
        ...(maps && {
          "hugetlb_no_page(): put_page(), not mapped": {
            "out_mutex: hugetlb_vma_unlock_read(vma)": "hugetlb_no_page() drops both locks itself",
          },
        }),
      },
      omits: IN_SOURCE[release].omits,
      leavesOut: LEFT_OUT,
    },
  );
};

export const hugetlbFaultShared = (i: VmaIndex, fault: HugetlbFault) =>
  fault.release === "v5.9" ? hugetlbFault59(i, fault) : hugetlbFault61(i, fault.release, fault);
