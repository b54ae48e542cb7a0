/**
 * Anonymous memory that a huge pmd maps, mm/huge_memory.c, v4.14. The world has no huge pmd entry with bits, so
 * the one here is a `pte` of it, and pmd_lock() its `ptl`: the primitives of both are taken under the pmd's names. The huge
 * zero page is the world's `page`, which has neither an rmap nor a reference for each pmd, and the one huge page that there
 * is to allocate is its `cow`.
 */
import { call, done, once, ref, smpWmb } from "faultline";
import {
  cow as hugePage,
  filePage as hugeZeroPage,
  getPage,
  lockPtl as pmdLock,
  mmapReadLock,
  mmapReadUnlock,
  of,
  pageRemoveRmap,
  pteNone as pmdNone,
  ptePage as pmdPage,
  ptepGetAndClear as pmdpHugeGetAndClear,
  putPage,
  setMapcountToOne,
  setPteAt as setPmdAt,
  unlockPtl as pmdUnlock,
  allocateOnceFree,
  ptepGet as pmdGet,
} from "../../kernel/primitives.ts";
import { Page, kernel, type Kernel, type VmaIndex } from "../../kernel/world.ts";

const UNLOCK = "spin_unlock(vmf->ptl)" as const;

/**
 * Maps a new huge page for writing in a vma that is read-only: __do_huge_pmd_anonymous_page(), where `over` says that the
 * pmd is empty; do_huge_pmd_wp_page() over the huge zero page. Backs out if the pmd has changed. The local `mapped` says
 * whether it has mapped the page.
 */
export const mapNewHugePage = (i: VmaIndex, over: "empty" | "zero page") =>
  kernel.path(
    over === "empty" ? "__do_huge_pmd_anonymous_page" : "do_huge_pmd_wp_page",
    { mapped: ref(Page) },
    {
      "page = alloc_hugepage_vma()": of(hugePage, allocateOnceFree),
      "clear_huge_page(page)": once((k) => {
        hugePage(k).data = 0;
      }),
      "__SetPageUptodate(page): smp_wmb()": smpWmb,
      "pmd_lock(vma->vm_mm, vmf->pmd)": pmdLock(i),
      "pmd_none(*vmf->pmd)?": over === "empty" && pmdNone(i).then({ false: UNLOCK }),
      "pmd_same(*vmf->pmd, orig_pmd)?":
        over === "zero page" && pmdGet(i).then((k, _, pmd) => (pmd.page === hugeZeroPage(k) ? undefined : UNLOCK)),
      "page_add_new_anon_rmap(page)": of(hugePage, setMapcountToOne),
      "set_pmd_at(pmd_mkdirty(entry))": of(hugePage, setPmdAt(i, { dirty: true })).then((k, me) => {
        me.mapped = hugePage(k);
      }),
      [UNLOCK]: pmdUnlock(i),
      "put_page(page), changed": of(hugePage, putPage).when((_, { mapped }) => !mapped),
    },
    {
      file: "mm/huge_memory.c",
      release: "v4.14",
      leavesOut:
        "memcg charge, the deposited page table, userfaultfd, pmdp_huge_clear_flush() over the zero page (the pmd is empty for a moment, under pmd_lock(); who looks without it is the thread itself), rss (no spec asks)",
    },
  );

/** do_huge_pmd_anonymous_page(), mm/huge_memory.c, v4.14, for a read: maps the huge zero page if the pmd is still empty. */
const mapHugeZeroPage = (i: VmaIndex) =>
  kernel.path(
    "do_huge_pmd_anonymous_page",
    {},
    {
      "pmd_lock(vma->vm_mm, vmf->pmd)": pmdLock(i),
      "pmd_none(*vmf->pmd)?": pmdNone(i).then({ false: UNLOCK }),
      "set_huge_zero_page(): set_pmd_at()": of(hugeZeroPage, setPmdAt(i)),
      [UNLOCK]: pmdUnlock(i),
    },
    {
      file: "mm/huge_memory.c",
      release: "v4.14",
      leavesOut:
        "the deposited page table, the mm's one reference on the huge zero page (it is never freed here), memory that is written to (no read follows a write here)",
    },
  );

/**
 * __get_user_pages() for a read with FOLL_TOUCH, mm/gup.c and mm/huge_memory.c, v4.14. `dirties`: until a8f97366452e
 * (v4.15), touch_pmd() sets the dirty bit whether or not the access is a write.
 */
export const readHuge = (i: VmaIndex, dirties: boolean) =>
  kernel.path(
    "__get_user_pages, read",
    { page: ref(Page) },
    {
      "mmap_read_lock(mm)": mmapReadLock(i),
      "follow_trans_huge_pmd(): pmd_lock(mm, pmd)": pmdLock(i),
      "pmd_none(*pmd)?": pmdPage(i).then((_, { page }) => (page ? undefined : "spin_unlock(ptl), to fault")),
      "touch_pmd(vma, addr, pmd)": setPmdAt(i, { dirty: true }).when(() => dirties),
      "get_page(page)": getPage,
      "spin_unlock(ptl)": pmdUnlock(i),
      "put_page(page)": putPage,
      "mmap_read_unlock(mm)": mmapReadUnlock(i).then(done),
      "spin_unlock(ptl), to fault": pmdUnlock(i),
      "do_huge_pmd_anonymous_page(vmf)": call(
        mapHugeZeroPage(i),
        undefined,
        () => "follow_trans_huge_pmd(): pmd_lock(mm, pmd)",
      ),
    },
    {
      file: "mm/gup.c, mm/huge_memory.c",
      release: dirties ? "v4.14" : "v4.15",
      leavesOut:
        "the young bit, the load itself, FOLL_NUMA and FOLL_MLOCK (they touch neither the pmd's dirty bit nor its page)",
    },
  );

/** madvise(MADV_DONTNEED) with zap_huge_pmd(), mm/huge_memory.c, v4.14. */
export const dontneedHuge = (i: VmaIndex) =>
  kernel.path(
    "zap_huge_pmd",
    { page: ref(Page) },
    {
      "mmap_read_lock(mm)": mmapReadLock(i),
      "pmd_trans_huge_lock(pmd)": pmdLock(i),
      "pmdp_huge_get_and_clear_full(pmd)": pmdpHugeGetAndClear(i, (k, me) => {
        me.page = k.table[i].pte.page;
      }),
      "page_remove_rmap(page, true)": pageRemoveRmap().when((k, { page }) => page === hugePage(k)),
      "spin_unlock(ptl)": pmdUnlock(i),
      "tlb_finish_mmu(): put_page(page)": putPage.when((k: Kernel, { page }) => page === hugePage(k)),
      "mmap_read_unlock(mm)": mmapReadUnlock(i),
    },
    {
      file: "mm/huge_memory.c",
      release: "v4.14",
      leavesOut:
        "part of a huge page (it would be split), the flush (no user runs), rss; that an empty pmd is seen without pmd_lock() (then there is nothing to take off)",
    },
  );
