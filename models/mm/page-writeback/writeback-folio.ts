import { bool, call, done, ref } from "faultline";
import { MMU_NOTIFIERS } from "../../kernel/omissions.ts";
import {
  deviceReadsPage,
  endWriteback,
  lockPage,
  lockPtl,
  mappingMatches,
  pageFlag,
  pageMapped,
  pmdNone,
  ptepGet,
  ptepGetAndClear,
  putPage,
  setPageDirty,
  setPteAt,
  testAndChangePageFlag,
  testClearPageFlag,
  unlockPage,
  unlockPtl,
  xasLoad,
} from "../../kernel/primitives.ts";
import { flushTlb } from "../../kernel/tlb.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";
import type { FaultRelease } from "../filemap/fault-folio.ts";
import { findFolio } from "../filemap/find-folio.ts";

/** page_vma_mkclean_one() under page_vma_mapped_walk(PVMW_SYNC), mm/rmap.c, v6.12 and v7.1: write-protects and cleans one PTE. */
const mkcleanOne = (i: VmaIndex, release: FaultRelease) =>
  kernel.path(
    "page_vma_mkclean_one",
    { page: ref(Page), cleaned: bool },
    {
      "pmd_present(*pvmw->pmd)?": pmdNone(i).then({ true: done }),
      "spin_lock(pvmw->ptl)": lockPtl(i),
      "pte_dirty(entry) || pte_write(entry)?": ptepGet(i).then((_, { page }, pte) => {
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
      release,
      at: {
        "pmd_present(*pvmw->pmd)?": "page_vma_mapped_walk()",
        "spin_lock(pvmw->ptl)": "page_vma_mapped_walk()",
        "pte_dirty(entry) || pte_write(entry)?": ["ptep_get(pte)", "pte_dirty(entry)", "pte_write(entry)"],
        "ptep_clear_flush(): ptep_get_and_clear()": "ptep_clear_flush()",
        "ptep_clear_flush(): flush_tlb_page()": "ptep_clear_flush()",
        "set_pte_at(pte_mkclean(pte_wrprotect(entry)))": "set_pte_at()",
        "spin_unlock(pvmw->ptl)": "page_vma_mapped_walk()",
      },
      omits: {
        ...MMU_NOTIFIERS,
        "else (pvmw->pte)": "no page here is huge",
      },
      leavesOut: "huge pmds (no page here is huge), mmu notifiers (no secondary MMU)",
    },
  );

/** folio_clear_dirty_for_io() with folio_mkclean(), mm/page-writeback.c and mm/rmap.c, v6.12 and v7.1, of a folio that the first `vmas` vmas may map. */
export const folioClearDirtyForIo = (release: FaultRelease, vmas: 1 | 2 = 1) =>
  kernel.path(
    "folio_clear_dirty_for_io",
    { page: ref(Page), cleaned: bool, wasDirty: bool },
    {
      "folio_mkclean(): folio_mapped(folio)?": pageMapped.then({ false: "folio_test_clear_dirty(folio)" }),
      "page_vma_mkclean_one() in vma[0]": call(
        mkcleanOne(0, release),
        ({ page }) => ({ page }),
        (me, { cleaned }) => {
          me.cleaned = cleaned;
        },
      ),
      "page_vma_mkclean_one() in vma[1]":
        vmas > 1 &&
        call(
          mkcleanOne(1, release),
          ({ page }) => ({ page }),
          (me, { cleaned }) => {
            me.cleaned = me.cleaned || cleaned;
          },
        ),
      "folio_mark_dirty(folio)": setPageDirty.when((_, { cleaned }) => cleaned),
      "folio_test_clear_dirty(folio)": testClearPageFlag("dirty").then((_, me, wasDirty) => {
        me.wasDirty = wasDirty;
      }),
    },
    {
      file: "mm/page-writeback.c, mm/rmap.c",
      release,
      functions: ["folio_clear_dirty_for_io", "folio_mkclean"],
      at: {
        "page_vma_mkclean_one() in vma[0]": "rmap_walk()",
        "page_vma_mkclean_one() in vma[1]": "rmap_walk()",
        "folio_test_clear_dirty(folio)": "folio_test_clear_dirty(folio) #1",
      },
      omits: {
        folio_mapping: "the mapping stays while the folio is locked",
        "mapping_can_writeback, folio_test_clear_dirty(folio) #2":
          "a mapping that counts no dirty pages: no file here has one",
        "zone_stat_mod_folio, wb_stat_mod": "counts for who looks at statistics",
        "unlocked_inode_to_wb_begin, unlocked_inode_to_wb_end": "which of a device's writebacks counts the page",
      },
      leavesOut:
        "i_mmap_rwsem for reading (nobody here takes it for writing), the counters of dirty pages (nobody reads them), vmas that are not VM_SHARED (they are skipped)",
    },
  );

const RELEASE = "folio_batch_release(fbatch)" as const;

/**
 * writeback_iter() for one folio, mm/page-writeback.c, v6.12 and v7.1, and what the file system does with it, down to the end
 * of the write. `keeps`: it has the reference of its lookup, which matters where a remover runs.
 */
export const writebackIter = (release: FaultRelease, vmas: 1 | 2 = 1, keeps = false) =>
  kernel.path(
    "writeback_iter",
    { page: ref(Page) },
    {
      "filemap_get_folios_tag()": keeps
        ? call(findFolio(release), undefined, (me, { page }) => {
            me.page = page;
            if (!page) return done;
          })
        : xasLoad.then((_, { page }) => (page ? undefined : done)),
      "folio_lock(folio)": call(lockPage(), ({ page }) => ({ page })),
      "folio->mapping == mapping?": mappingMatches.then({ false: "folio_unlock(folio)" }),
      "folio_test_dirty(folio)?": pageFlag("dirty").then({ false: "folio_unlock(folio)" }),
      "folio_clear_dirty_for_io(folio)": call(
        folioClearDirtyForIo(release, vmas),
        ({ page }) => ({ page }),
        (_, { wasDirty }) => {
          if (!wasDirty) return "folio_unlock(folio)";
        },
      ),
      "folio_start_writeback(folio)": testAndChangePageFlag("writeback", true),
      "folio_unlock(folio), written": unlockPage,
      // The writeback itself has no reference: who takes the folio out of its file waits for it.
      "folio_batch_release(fbatch), while it is written": keeps && putPage,
      "the device reads the page": deviceReadsPage,
      "folio_end_writeback(folio)": endWriteback.then(done),
      "folio_unlock(folio)": unlockPage,
      [RELEASE]: keeps && putPage,
    },
    {
      file: "mm/page-writeback.c",
      release,
      functions: ["writeback_iter", "writeback_get_folio", "folio_prepare_writeback"],
      at: {
        "folio->mapping == mapping?": "folio->mapping != mapping",
        ...(keeps && { "folio_batch_release(fbatch), while it is written": "folio_batch_release(fbatch)" }),
      },
      leads: { "folio_unlock(folio)": { end: "there is no other folio to be written" } },
      notInSource: {
        "folio_start_writeback(folio)": "the file system does it with what it is given",
        "folio_unlock(folio), written": "the file system, once the write has begun",
        "the device reads the page": "the device",
        "folio_end_writeback(folio)": "the file system, when the device has done",
      },
      omits: {
        tag_pages_for_writeback: "a folio that is not dirty is skipped under its lock",
        "folio_test_writeback, folio_wait_writeback": "there is one writer: no write is going on",
        [`folio_batch_next, ${keeps ? "" : "folio_batch_release, "}folio_batch_init`]: "the batch is this thread's own",
        "inode_to_bdi, trace_wbc_writepage": "for a tracepoint",
        wbc_to_tag: "which tag to look for",
      },
      leavesOut: `${keeps ? "" : "the reference of the lookup (no remover runs beside it), "}WB_SYNC_NONE, errors, tags (a folio that is not dirty is skipped under its lock), more than one folio`,
    },
  );
