import {
  alloc,
  call,
  done,
  full,
  lock,
  lockShared,
  noreturn,
  once,
  ref,
  smpWmb,
  trylock,
  unlock,
  unlockShared,
  type Draft,
} from "faultline";
import { lockPmd, pmdNone, unlockPmd } from "../../kernel/primitives.ts";
import { lockTable, pmdPopulateWith, pmdpGet, unlockTable } from "../../kernel/walk.ts";
import { PageTable, kernel, type Kernel, type VmaIndex } from "../../kernel/world.ts";

/** Releases between which the sharing of page tables differs. v6.1 and v6.12 are 6.1.192 and 6.12.117, which count by pt_share_count. */
export const SHARE_RELEASES = ["v5.9", "v6.1", "v6.12", "v7.1"] as const;
export type ShareRelease = "v6.6" | (typeof SHARE_RELEASES)[number];

interface Walks {
  readonly table: Draft<typeof PageTable> | null;
}

const iMmapRwsem = (k: Kernel) => k.iMmapRwsem;
/** i_mmap_lock_read(mapping), i_mmap_unlock_read(mapping) */
export const iMmapLockRead = lockShared(iMmapRwsem);
export const iMmapUnlockRead = unlockShared(iMmapRwsem);

const hugetlbLock = (i: VmaIndex) => (k: Kernel) => k.vma[i].hugetlbLock;
/** hugetlb_vma_lock_read(vma), and its like */
export const hugetlbVmaLockRead = (i: VmaIndex) => lockShared(hugetlbLock(i));
export const hugetlbVmaUnlockRead = (i: VmaIndex) => unlockShared(hugetlbLock(i));
export const hugetlbVmaLockWrite = (i: VmaIndex) => lock(hugetlbLock(i));
export const hugetlbVmaTrylockWrite = (i: VmaIndex) => trylock(hugetlbLock(i));
export const hugetlbVmaUnlockWrite = (i: VmaIndex) => unlock(hugetlbLock(i));

/** One more process points at the table: get_page(), or since v6.13 atomic_inc(&pt_share_count). */
const raiseShareCount = (release: ShareRelease) =>
  noreturn((_: Kernel, { table }: Walks): void => {
    if (release === "v5.9") table!.pageCount++;
    else table!.shareCount++;
  });

/** One less: put_page(), an RMW with a result, or atomic_dec(&pt_share_count). */
export const dropShareCount = (release: ShareRelease) =>
  release === "v5.9"
    ? full((_: Kernel, { table }: Walks): void => {
        table!.pageCount--;
      })
    : noreturn((_: Kernel, { table }: Walks): void => {
        table!.shareCount--;
      });

/** Whether another process points at the table: page_count() > 1, or ptdesc_pmd_is_shared(). */
export const isShared = (release: ShareRelease) =>
  once((_: Kernel, { table }: Walks) => (release === "v5.9" ? table!.pageCount > 1 : table!.shareCount > 0));

/** pmd_alloc() with __pmd_alloc(), mm/memory.c: the local `table` is what the pud entry points at in the end. */
const pmdAlloc = (i: VmaIndex, release: ShareRelease) =>
  kernel.path(
    "__pmd_alloc",
    { table: ref(PageTable) },
    {
      "pmd_alloc(): pud_none(*pud)?": pmdpGet(i).then((_, _me, table) => (table ? done : undefined)),
      "ptl = pud_lock(mm, pud)": lockPmd(i),
      "pud_present(*pud)?": pmdpGet(i).then((_, _me, table) => (table ? "spin_unlock(ptl)" : undefined)),
      "new = pmd_alloc_one(mm, address)": alloc(
        (k: Kernel) => k.table,
        (_, me: { table: Draft<typeof PageTable> | null }, table) => {
          me.table = table;
        },
      ),
      "new: the first count": once((_, { table }) => {
        if (release === "v5.9") table!.pageCount = 1;
        else table!.shareCount = 0;
      }),
      "smp_wmb()": smpWmb,
      "pud_populate(mm, pud, new)": pmdPopulateWith(i, ({ table }: Walks) => table),
      "spin_unlock(ptl)": unlockPmd(i),
    },
    {
      file: "mm/memory.c",
      release,
      functions: ["__pmd_alloc"],
      notInSource: {
        "pmd_alloc(): pud_none(*pud)?": "include/linux/mm.h: pmd_alloc(), which calls it",
        "new = pmd_alloc_one(mm, address)": "before the lock: what somebody else makes needless is freed again",
        ...(release === "v5.9" && { "smp_wmb()": "before the lock, behind the allocation" }),
        "new: the first count": "what the allocator, or the constructor of the table, stores",
      },
      omits: {
        ...(release === "v5.9" && { smp_wmb: "a step, which comes before the lock" }),
        "pmd_alloc_one, pmd_free, if (!new)": "the table that is allocated in advance, and freed if it is not needed",
        mm_inc_nr_pmds: "a counter",
      },
      leavesOut:
        "the allocation before the lock, whose result is freed where somebody else was first: here it is made where it is needed; the zeroes of the new table",
    },
  );

const OUT = "pmd_alloc(mm, pud, addr)" as const;

export interface Share {
  readonly release: ShareRelease;
  /** What is held where the pud entry is populated: since 349d1670008d (v6.5) mm->page_table_lock, before that the lock of the shared table. */
  readonly lock?: "page_table_lock" | "table";
  /** Vmas are split: they may not have all that one page table covers. */
  readonly splits?: boolean;
}

const lockOf = (release: ShareRelease) =>
  release === "v5.9" || release === "v6.1" ? ("table" as const) : ("page_table_lock" as const);

/**
 * huge_pte_alloc() with huge_pmd_share(), mm/hugetlb.c: finds a process that maps the same part of the file, and points at its page
 * table. i_mmap_rwsem, for reading, keeps out who unshares or leaves the interval tree; in v5.9 hugetlb_fault() holds it.
 */
export const hugePteAlloc = (i: VmaIndex, { release, lock: held = lockOf(release), splits = false }: Share) => {
  const other = i === 0 ? 1 : 0;
  const old = release === "v5.9";
  const own = held === "page_table_lock";
  const pudNone = {
    "pud_none(*pud)?": pmdpGet(i).then((_: Kernel, _me: unknown, table: unknown) => (table ? done : undefined)),
  };
  const vmaShareable = {
    "vma_shareable(vma, addr): vma->vm_flags": once((k: Kernel) =>
      k.vma[i].mayShare ? undefined : "pmd_alloc(), not shared",
    ),
    "vma_shareable(vma, addr): range_in_vma(vma)":
      splits && once((k: Kernel) => (k.vma[i].spansTable ? undefined : "pmd_alloc(), not shared")),
  };
  return kernel.path(
    "huge_pte_alloc",
    { table: ref(PageTable) },
    {
      ...(old ? { ...pudNone, ...vmaShareable } : { ...vmaShareable, ...pudNone }),
      "i_mmap_lock_read(mapping)": !old && iMmapLockRead,
      "vma_interval_tree_foreach(svma)": once((k) => (k.vma[other].unlinked ? OUT : undefined)),
      "page_table_shareable(svma): svma->vm_flags": once((k) => (k.vma[other].mayShare ? undefined : OUT)),
      "page_table_shareable(svma): svma->vm_end": splits && once((k) => (k.vma[other].spansTable ? undefined : OUT)),
      "spte = hugetlb_walk(svma, saddr)": pmdpGet(other).then({ null: OUT }),
      "ptdesc_pmd_pts_inc(spte)": raiseShareCount(release),
      "spin_lock(ptl)": own ? lockPmd(i) : lockTable,
      "huge_pmd_share(): pud_none(*pud)?": pmdNone(i).then({ false: "ptdesc_pmd_pts_dec(spte)" }),
      "pud_populate(mm, pud, spte)": pmdPopulateWith(i, ({ table }: Walks) => table).then("spin_unlock(ptl)"),
      "ptdesc_pmd_pts_dec(spte)": dropShareCount(release),
      "spin_unlock(ptl)": own ? unlockPmd(i) : unlockTable,
      [OUT]: call(pmdAlloc(i, release), undefined, (me, { table }) => {
        me.table = table;
        return old ? done : undefined;
      }),
      "i_mmap_unlock_read(mapping)": !old && iMmapUnlockRead.then(done),
      "pmd_alloc(), not shared": call(pmdAlloc(i, release), undefined, (me, { table }) => {
        me.table = table;
      }),
    },
    {
      file: "mm/hugetlb.c",
      release,
      functions: ["huge_pte_alloc", "huge_pmd_share"],
      at: {
        "pud_none(*pud)?": "huge_pte_alloc(): pud_none(*pud)",
        "pud_populate(mm, pud, spte)": "pud_populate()",
        "spin_lock(ptl)": own ? "spin_lock(&mm->page_table_lock)" : "huge_pte_lock()",
        ...(own && { "spin_unlock(ptl)": "spin_unlock(&mm->page_table_lock)" }),
        ...(old
          ? {
              "vma_shareable(vma, addr): vma->vm_flags": "vma_shareable()",
              "vma_shareable(vma, addr): range_in_vma(vma)": "vma_shareable()",
              "spte = hugetlb_walk(svma, saddr)": "huge_pte_offset()",
              "ptdesc_pmd_pts_inc(spte)": "get_page(virt_to_page(spte))",
              "ptdesc_pmd_pts_dec(spte)": "put_page(virt_to_page(spte))",
            }
          : {
              "vma_shareable(vma, addr): vma->vm_flags": "want_pmd_share(vma, addr)",
              "vma_shareable(vma, addr): range_in_vma(vma)": "want_pmd_share(vma, addr)",
            }),
        ...(release === "v6.1" && {
          "spte = hugetlb_walk(svma, saddr)": "huge_pte_offset()",
          "ptdesc_pmd_pts_inc(spte)": "atomic_inc(&virt_to_page(spte)->pt_share_count)",
          "ptdesc_pmd_pts_dec(spte)": "atomic_dec(&virt_to_page(spte)->pt_share_count)",
        }),
        "page_table_shareable(svma): svma->vm_flags": "page_table_shareable()",
        "page_table_shareable(svma): svma->vm_end": "page_table_shareable()",
        [OUT]: "huge_pmd_share(): out: pmd_alloc()",
        "pmd_alloc(), not shared": old ? "huge_pmd_share(): pmd_alloc() #1" : "huge_pte_alloc(): pmd_alloc()",
      },
      ...(!old && { leads: { "pud_none(*pud)?": { end: "pmd_alloc(), which finds the table there" } } }),
      omits: {
        "pgd_offset, p4d_alloc, pud_alloc, if (pud)": "the page tables above, which are there",
        "if (sz == PUD_SIZE)": "huge pages of a whole pud, which have no table to share",
        mm_inc_nr_pmds: "a counter",
        vma_mmu_pagesize: "the size of the huge page",
        ...(!old && release !== "v6.1" && { ptep_get_lockless: "an assertion" }),
      },
      leavesOut: old
        ? "the page tables above, huge pages of a whole pud, other vmas of the tree than the two"
        : "the page tables above, huge pages of a whole pud, other vmas of the tree than the two, userfaultfd (a vma that has it shares nothing)",
    },
  );
};
