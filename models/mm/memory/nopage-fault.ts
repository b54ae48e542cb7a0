import { call, done, int, once, ref, smpMb, smpRmb, smpWmb } from "faultline";
import { rmapMapped } from "../../kernel/deletion.ts";
import { indexInFile, lockPtl, pageAddFileRmap, putPage, setPteAt, unlockPtl } from "../../kernel/primitives.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";
import { findGetEntry } from "../filemap/find-get-entry.ts";
import { unmapMappingRange } from "./zap.ts";

/**
 * do_no_page() with filemap_nopage(), mm/memory.c and mm/filemap.c, 2.6.22: no page lock; that the page was not
 * truncated is told by mapping->truncate_count, which an unmap increments before it takes ptl. `i` is the address space.
 */
export const doNoPage = (i: VmaIndex) =>
  kernel.path(
    "do_no_page",
    { page: ref(Page), sequence: int(0, 2) },
    {
      "sequence = mapping->truncate_count": once((k, me) => {
        me.sequence = k.truncateCount;
      }),
      "smp_rmb(), before i_size": smpRmb,
      "filemap_nopage(): index < i_size?": indexInFile.then({ false: done }),
      "filemap_nopage(): find_get_page()": call(findGetEntry(), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return done;
      }),
      "pte_offset_map_lock(&ptl)": lockPtl(i),
      "sequence != mapping->truncate_count?": once((k, { sequence }) => {
        if (sequence !== k.truncateCount) return "retry: pte_unmap_unlock(ptl)";
      }),
      // The PTE comes first here, mapcount after it.
      "set_pte_at(page_table)": setPteAt(i).then((k, { page }) => rmapMapped(k.vma[i], page!)),
      "page_add_file_rmap(page)": pageAddFileRmap(),
      "pte_unmap_unlock(ptl)": unlockPtl(i).then(done),
      "retry: pte_unmap_unlock(ptl)": unlockPtl(i),
      "retry: page_cache_release(page)": putPage.then((_, me) => {
        me.page = null;
        return "sequence = mapping->truncate_count";
      }),
    },
    {
      file: "mm/memory.c",
      release: "v2.6.22",
      leavesOut:
        "reading a page in: one that is not cached ends the fault; pte_none() (one thread faults on this address, and an unmap empties it), write faults, rss (no spec asks)",
    },
  );

/** unmap_mapping_range(), mm/memory.c, 2.6.22: tells do_no_page() first. */
export const unmapMappingRangeCounting = (vmas: number) =>
  kernel.path(
    "unmap_mapping_range, 2.6.22",
    { count: int(0, 2) },
    {
      // Plain, with smp_wmb() before it and smp_mb() behind.
      "smp_wmb()": smpWmb,
      "mapping->truncate_count++: load": once((k, me) => {
        me.count = k.truncateCount;
      }),
      "mapping->truncate_count++: store": once((k, { count }) => {
        k.truncateCount = count + 1;
      }),
      "smp_mb()": smpMb,
      "zap_page_range() in every vma": call(unmapMappingRange(vmas, false)),
    },
    { file: "mm/memory.c", release: "v2.6.22", leavesOut: "i_mmap_lock: no other path here takes it" },
  );
