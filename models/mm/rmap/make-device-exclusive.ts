/** A driver makes memory of a process its device's alone, mm/rmap.c, v6.12 and v7.1. */
import { bool, bugOn, call, done, int, once, ref } from "faultline";
import { isDeviceExclusiveEntry, setDeviceExclusiveEntry } from "../../kernel/entries.ts";
import { MMU_NOTIFIERS } from "../../kernel/omissions.ts";
import {
  getPage,
  lockPage,
  lockPtl,
  mapcountAboveZero,
  mmapReadLock,
  mmapReadUnlock,
  pageRemoveRmap,
  ptepGet,
  ptepGetAndClear,
  putPage,
  storeData,
  trylockPage,
  unlockPage,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { flushTlb } from "../../kernel/tlb.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";
import { removeDeviceExclusiveEntry, type ExclusiveRelease } from "../memory/exclusive-fault.ts";

const START = "follow_page_pte(): pte_offset_map_lock(mm, pmd, address, &ptl)" as const;
const FAULT = "no_page: pte_unmap_unlock(ptep, ptl), to fault" as const;
const NO_PAGE = "no_page: pte_unmap_unlock(ptep, ptl)" as const;

/** get_user_pages_remote() with FOLL_GET and FOLL_WRITE, mm/gup.c, of one page: a page that a device has alone is taken back by a fault first. */
const getWritablePage = (i: VmaIndex, release: ExclusiveRelease) =>
  kernel.path(
    "get_user_pages_remote, of a page to be exclusive",
    { page: ref(Page) },
    {
      [START]: lockPtl(i),
      "ptep_get(ptep)": ptepGet(i).then((_, me, pte) => {
        if (isDeviceExclusiveEntry(pte)) return FAULT;
        if (!pte.page || !pte.writable) return NO_PAGE;
        me.page = pte.page;
      }),
      "try_grab_folio(folio, 1, flags)": getPage,
      "out: pte_unmap_unlock(ptep, ptl)": unlockPtl(i).then(done),
      [FAULT]: unlockPtl(i),
      "faultin_page(): handle_mm_fault()": call(removeDeviceExclusiveEntry(i, release), undefined, () => START),
      [NO_PAGE]: unlockPtl(i),
    },
    {
      file: "mm/gup.c",
      release,
      notInSource: "what is done of __get_user_pages() for such a page",
      leavesOut:
        "other faults: where nothing is mapped, or nothing for writing, the driver would get another page, and here gets none; FOLL_SPLIT_PMD",
    },
  );

/** What the driver does with the page that it has got, and its lock: something that no CPU may come in between of. */
const deviceUses = {
  "the device loads, for an atomic operation": once((_: unknown, me: { readonly page: PageOf; data: number }): void => {
    me.data = me.page!.data;
  }),
  "the device stores, and the operation is over": once(
    (_: unknown, { page, data }: { readonly page: PageOf; readonly data: number }): void => {
      bugOn(page!.data !== data, "a CPU has stored in the middle of an atomic operation of a device");
      storeData(page!, data);
    },
  ),
};
type PageOf = Parameters<typeof storeData>[0] | null;

const DRIVER = "the driver" as const;
const DRIVER_DOES = {
  "mmap_read_lock(mm)": DRIVER,
  "mmap_read_unlock(mm)": DRIVER,
  "mmap_read_unlock(mm), no page": DRIVER,
  "the device loads, for an atomic operation": DRIVER,
  "the device stores, and the operation is over": DRIVER,
  "folio_unlock(folio)": DRIVER,
  "folio_put(folio)": DRIVER,
} as const;

/** make_device_exclusive(), v6.15 on: the page is looked for a second time under the folio lock, by a walk of the one page table that may map it. */
const makeDeviceExclusive = (i: VmaIndex) =>
  kernel.path(
    "make_device_exclusive",
    { page: ref(Page), data: int(0, 2) },
    {
      "mmap_read_lock(mm)": mmapReadLock(i),
      "retry: get_user_page_vma_remote(mm, addr)": call(getWritablePage(i, "v7.1"), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return "mmap_read_unlock(mm), no page";
      }),
      "folio_lock_killable(folio)": call(lockPage(), ({ page }) => ({ page })),
      "folio_walk_start(&fw, vma, addr, 0)": lockPtl(i),
      "fw.page != page || !pte_write(fw.pte)": ptepGet(i).then((_, { page }, pte) =>
        pte.page === page && pte.writable ? undefined : "folio_walk_end(&fw, vma), to retry",
      ),
      "ptep_clear_flush(): ptep_get_and_clear()": ptepGetAndClear(i),
      "ptep_clear_flush(): flush_tlb_page()": flushTlb(i),
      "set_pte_at(mm, addr, fw.ptep, swp_pte)": once((k, { page }) => setDeviceExclusiveEntry(k.table[i].pte, page!)),
      "folio_walk_end(&fw, vma)": unlockPtl(i),
      "mmap_read_unlock(mm)": mmapReadUnlock(i),
      ...deviceUses,
      "folio_unlock(folio)": unlockPage,
      "folio_put(folio)": putPage.then(done),

      "folio_walk_end(&fw, vma), to retry": unlockPtl(i),
      "folio_unlock(folio), to retry": unlockPage,
      "folio_put(folio), to retry": putPage.then("retry: get_user_page_vma_remote(mm, addr)"),
      "mmap_read_unlock(mm), no page": mmapReadUnlock(i),
    },
    {
      file: "mm/rmap.c",
      release: "v7.1",
      at: {
        "retry: get_user_page_vma_remote(mm, addr)": "get_user_page_vma_remote()",
        "ptep_clear_flush(): ptep_get_and_clear()": "ptep_clear_flush()",
        "ptep_clear_flush(): flush_tlb_page()": "ptep_clear_flush()",
        "folio_walk_end(&fw, vma)": "folio_walk_end() #2",
        "folio_walk_end(&fw, vma), to retry": "folio_walk_end() #1",
        "folio_unlock(folio), to retry": "folio_unlock(folio)",
        "folio_put(folio), to retry": "folio_put(folio) #3",
      },
      notInSource: DRIVER_DOES,
      omits: {
        ...MMU_NOTIFIERS,
        "folio_test_anon, folio_test_hugetlb, folio_put(folio) #1": "the folio is anonymous, and not of hugetlbfs",
        "folio_put(folio) #2": "nobody kills the driver's process",
        folio_mark_dirty: "nobody asks whether the folio is dirty",
        PAGE_ALIGN_DOWN: "the address",
      },
      leavesOut:
        "mmu notifiers, by which the driver hears that its device has to let go; the dirty, soft-dirty and accessed bits; userfaultfd",
    },
  );

/** make_device_exclusive_range() of one page, until v6.14: every PTE that maps the folio becomes such an entry, also where the driver then gets no page. */
const makeDeviceExclusiveRange = (i: VmaIndex) =>
  kernel.path(
    "make_device_exclusive_range",
    { page: ref(Page), data: int(0, 2), valid: bool },
    {
      "mmap_read_lock(mm)": mmapReadLock(i),
      "get_user_pages_remote(mm, start, npages)": call(getWritablePage(i, "v6.12"), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return "mmap_read_unlock(mm), no page";
      }),
      "folio_trylock(folio)": trylockPage.then({ false: "folio_put(folio), no page" }),
      "page_vma_mapped_walk(): pte_present(ptep_get(pvmw->pte))?": ptepGet(i).then((_, _me, pte) =>
        pte.page || isDeviceExclusiveEntry(pte) ? undefined : "args.valid && !folio_mapcount(folio)",
      ),
      "page_vma_mapped_walk(): spin_lock(pvmw->ptl)": lockPtl(i),
      "page_vma_mapped_walk(): check_pte(), pte_present(ptent)": ptepGet(i).then((_, { page }, pte) =>
        pte.page === page ? undefined : "page_vma_mapped_walk(): spin_unlock(pvmw->ptl)",
      ),
      "ptep_clear_flush(): ptep_get_and_clear()": ptepGetAndClear(i, (k, me) => {
        me.valid = k.table[i].pte.writable;
      }),
      "ptep_clear_flush(): flush_tlb_page()": flushTlb(i),
      "set_pte_at(mm, address, pvmw.pte, swp_pte)": once((k, { page, valid }) =>
        setDeviceExclusiveEntry(k.table[i].pte, page!, { writable: valid }),
      ),
      "folio_remove_rmap_pte(folio, subpage, vma)": pageRemoveRmap(),
      "page_vma_mapped_walk(): spin_unlock(pvmw->ptl)": unlockPtl(i),
      "args.valid && !folio_mapcount(folio)": mapcountAboveZero.then((_, { valid }, isMapped) =>
        valid && !isMapped ? undefined : "folio_unlock(folio), no page",
      ),
      "mmap_read_unlock(mm)": mmapReadUnlock(i),
      ...deviceUses,
      "folio_unlock(folio)": unlockPage,
      "folio_put(folio)": putPage.then(done),

      "folio_unlock(folio), no page": unlockPage,
      "folio_put(folio), no page": putPage,
      "mmap_read_unlock(mm), no page": mmapReadUnlock(i),
    },
    {
      file: "mm/rmap.c",
      release: "v6.12",
      functions: [
        "make_device_exclusive_range",
        "folio_make_device_exclusive",
        "rmap_one: page_make_device_exclusive_one",
      ],
      at: {
        "page_vma_mapped_walk(): pte_present(ptep_get(pvmw->pte))?": "page_vma_mapped_walk(&pvmw)",
        "page_vma_mapped_walk(): spin_lock(pvmw->ptl)": "page_vma_mapped_walk(&pvmw)",
        "page_vma_mapped_walk(): check_pte(), pte_present(ptent)": ["ptep_get(pvmw.pte)", "pte_present(ptent)"],
        "ptep_clear_flush(): ptep_get_and_clear()": "ptep_clear_flush()",
        "ptep_clear_flush(): flush_tlb_page()": "ptep_clear_flush()",
        "page_vma_mapped_walk(): spin_unlock(pvmw->ptl)": [
          "page_vma_mapped_walk(&pvmw)",
          "page_vma_mapped_walk_done()",
        ],
        "args.valid && !folio_mapcount(folio)": "folio_mapcount(folio)",
        "folio_unlock(folio), no page": "folio_unlock(folio)",
        "folio_put(folio), no page": ["folio_put(folio) #1", "folio_put(folio) #2"],
      },
      leads: {
        "page_vma_mapped_walk(): pte_present(ptep_get(pvmw->pte))?": {
          "args.valid && !folio_mapcount(folio)": "the walk is over: nothing is mapped",
        },
        "page_vma_mapped_walk(): spin_unlock(pvmw->ptl)": {
          "args.valid && !folio_mapcount(folio)": "the walk is over: a small folio has one PTE",
        },
      },
      notInSource: DRIVER_DOES,
      omits: {
        ...MMU_NOTIFIERS,
        "DEFINE_FOLIO_VMA_WALK, rmap_walk": "the walk is this thread's own, of the one vma that maps the folio",
        "PageTail, folio_test_anon, folio_test_hugetlb": "the folio is small, anonymous, and not of hugetlbfs",
        folio_mark_dirty: "nobody asks whether the folio is dirty",
      },
      leavesOut:
        "mmu notifiers, by which the driver hears that its device has to let go; other vmas that map the folio (it is exclusive); the dirty, soft-dirty and accessed bits; userfaultfd",
    },
  );

/**
 * By release, with what the driver then does. It drops mmap_lock while it has the folio locked, which both functions allow: by that, fork() finds the folio
 * locked.
 */
export const makeExclusive = (i: VmaIndex, release: ExclusiveRelease) =>
  release === "v6.12" ? makeDeviceExclusiveRange(i) : makeDeviceExclusive(i);
