import { bool, call, done, ref } from "faultline";
import {
  deviceReadsPage,
  lockPage,
  lockPtl,
  mappingMatches,
  pageFlag,
  pageMapped,
  pmdNone,
  ptepGetAndClear,
  putPage,
  setPageDirty,
  setPteAt,
  testAndChangePageFlag,
  testClearPageFlag,
  unlockPage,
  unlockPtl,
  xasLoad,
  ptepGet,
  waitOnPageWriteback,
} from "../../kernel/primitives.ts";
import { findGetEntry } from "../filemap/find-get-entry.ts";
import { MMU_NOTIFIERS } from "../../kernel/omissions.ts";
import { flushTlb } from "../../kernel/tlb.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";

/** page_mkclean_one() under page_vma_mapped_walk(PVMW_SYNC), mm/rmap.c, v5.9: write-protects and cleans one PTE, under ptl. */
const pageMkcleanOne = (i: VmaIndex) =>
  kernel.path(
    "page_mkclean_one",
    { page: ref(Page), cleaned: bool },
    {
      "pmd_present(*pvmw->pmd)?": pmdNone(i).then({ true: done }),
      "spin_lock(pvmw->ptl)": lockPtl(i),
      "pte_dirty(*pte) || pte_write(*pte)?": ptepGet(i).then((_, { page }, pte) => {
        if (pte.page !== page || !(pte.dirty || pte.writable)) return "spin_unlock(pvmw->ptl)";
      }),
      "ptep_clear_flush(): ptep_get_and_clear()": ptepGetAndClear(i, (_, me) => {
        me.cleaned = true;
      }),
      "ptep_clear_flush(): flush_tlb_page()": flushTlb(i),
      "set_pte_at(pte_mkclean(pte_wrprotect(entry)))": setPteAt(i),
      "spin_unlock(pvmw->ptl)": unlockPtl(i),
    },
    {
      file: "mm/rmap.c",
      release: "v5.9",
      at: {
        "pmd_present(*pvmw->pmd)?": "page_vma_mapped_walk()",
        "spin_lock(pvmw->ptl)": "page_vma_mapped_walk()",
        "pte_dirty(*pte) || pte_write(*pte)?": ["pte_dirty(*pte)", "pte_write(*pte)"],
        "ptep_clear_flush(): ptep_get_and_clear()": "ptep_clear_flush()",
        "ptep_clear_flush(): flush_tlb_page()": "ptep_clear_flush()",
        "set_pte_at(pte_mkclean(pte_wrprotect(entry)))": "set_pte_at()",
        "spin_unlock(pvmw->ptl)": "page_vma_mapped_walk()",
      },
      omits: {
        ...MMU_NOTIFIERS,
        page_size: "how large the page is: it is small",
        "pte_pfn(*pte)": "for flush_cache_page(), under ptl",
        "else (pvmw.pte)": "no page here is huge",
      },
      leavesOut: "huge pmds (no page here is huge), mmu notifiers (no secondary MMU)",
    },
  );

/**
 * clear_page_dirty_for_io() with page_mkclean(), mm/page-writeback.c and mm/rmap.c, v5.9: makes every PTE of the page
 * clean and read-only, so that the next store faults, then takes PG_dirty off. The rmap walk visits the vmas in order.
 */
export const clearPageDirtyForIo = (vmas: number) =>
  kernel.path(
    "clear_page_dirty_for_io",
    { page: ref(Page), cleaned: bool, wasDirty: bool },
    {
      // Nobody maps it, so it seems: the walk and its ptl are skipped.
      "page_mkclean(): page_mapped(page)?": pageMapped.then({ false: "TestClearPageDirty(page)" }),
      "page_mkclean_one() in vma[0]": call(
        pageMkcleanOne(0),
        ({ page }) => ({ page }),
        (me, { cleaned }) => {
          if (cleaned) me.cleaned = true;
        },
      ),
      "page_mkclean_one() in vma[1]":
        vmas > 1 &&
        call(
          pageMkcleanOne(1),
          ({ page }) => ({ page }),
          (me, { cleaned }) => {
            if (cleaned) me.cleaned = true;
          },
        ),
      "set_page_dirty(page)": setPageDirty.when((_, { cleaned }) => cleaned),
      "TestClearPageDirty(page)": testClearPageFlag("dirty").then((_, me, wasDirty) => {
        me.wasDirty = wasDirty;
      }),
    },
    {
      file: "mm/page-writeback.c",
      release: "v5.9",
      functions: ["clear_page_dirty_for_io", "page_mkclean"],
      at: {
        "page_mkclean_one() in vma[0]": "rmap_walk()",
        "page_mkclean_one() in vma[1]": "rmap_walk()",
        "TestClearPageDirty(page)": "TestClearPageDirty(page) #1",
      },
      omits: {
        page_mapping: "the mapping stays while the page is locked",
        "mapping_cap_account_dirty, TestClearPageDirty(page) #2":
          "a mapping that counts no dirty pages: no file here has one",
        "unlocked_inode_to_wb_begin, unlocked_inode_to_wb_end": "which of a device's writebacks counts the page",
        "dec_lruvec_page_state, dec_zone_page_state, dec_wb_stat": "counts for who looks at statistics",
      },
      leavesOut:
        "i_mmap_rwsem for reading (nobody here takes it for writing), the counters of dirty pages (nobody reads them), vmas that are not VM_SHARED (they are skipped)",
    },
  );

const RELEASE = "pagevec_release(): put_page(page)" as const;
const WRITTEN = "pagevec_release(): put_page(page), while it is written" as const;

/**
 * write_cache_pages() for one page, mm/page-writeback.c, v5.9, down to the end of the write. `beside`: another writer runs; `keeps`: it
 * has the reference of its lookup, which matters where a remover runs.
 */
export const writeCachePages = (vmas: number, beside = false, keeps = false) =>
  kernel.path(
    "write_cache_pages",
    { page: ref(Page) },
    {
      "pagevec_lookup_range_tag()": keeps
        ? call(findGetEntry(), undefined, (me, { page }) => {
            me.page = page;
            if (!page) return done;
          })
        : xasLoad.then((_, { page }) => (page ? undefined : done)),
      "lock_page(page)": call(lockPage(), ({ page }) => ({ page })),
      "page->mapping == mapping?": mappingMatches.then({ false: "unlock_page(page)" }),
      "PageDirty(page)?": pageFlag("dirty").then({ false: "unlock_page(page)" }),
      "PageWriteback(page)? wait_on_page_writeback(page)": beside && waitOnPageWriteback,
      "clear_page_dirty_for_io(page)": call(
        clearPageDirtyForIo(vmas),
        ({ page }) => ({ page }),
        (_, { wasDirty }) => {
          if (!wasDirty) return "unlock_page(page)";
        },
      ),
      "set_page_writeback(page)": testAndChangePageFlag("writeback", true),
      "unlock_page(page), written": unlockPage,
      // The write itself has no reference: who takes the page out of its file waits for it.
      [WRITTEN]: keeps && putPage,
      "the device reads the page": deviceReadsPage,
      "end_page_writeback(page)": testAndChangePageFlag("writeback", false).then(done),
      "unlock_page(page)": unlockPage,
      [RELEASE]: keeps && putPage,
    },
    {
      file: "mm/page-writeback.c",
      release: "v5.9",
      at: {
        "PageWriteback(page)? wait_on_page_writeback(page)": ["PageWriteback(page)", "wait_on_page_writeback(page)"],
        "set_page_writeback(page)": "(*writepage)(page, wbc, data)",
        "unlock_page(page), written": "(*writepage)(page, wbc, data)",
        ...(!keeps && {
          "the device reads the page": "(*writepage)(page, wbc, data)",
          "end_page_writeback(page)": "(*writepage)(page, wbc, data)",
        }),
        "unlock_page(page)": "continue_unlock: unlock_page(page) #1",
        ...(keeps && { [RELEASE]: "pagevec_release()", [WRITTEN]: "pagevec_release()" }),
      },
      ...(keeps && {
        notInSource: {
          "the device reads the page": "the device",
          "end_page_writeback(page)": "the file system, when the device has done",
        },
      }),
      omits: {
        tag_pages_for_writeback: "a page that is not PG_dirty is skipped under its lock",
        "if (PageWriteback(page))": "where there is one writer, no write is going on",
        "inode_to_bdi, trace_wbc_writepage": "for a tracepoint",
        "if (unlikely(error))": "no device fails here",
        ...(!keeps && { pagevec_release: "the reference of the lookup: no remover runs beside it" }),
      },
      leavesOut: `${keeps ? "" : "the reference of the lookup (no remover runs beside it here), "}a write that is still going on where there is one writer, WB_SYNC_NONE (it skips a page that is being written, and so stores nothing), errors, tags (a page that is not PG_dirty is skipped under its lock), more than one page`,
    },
  );
