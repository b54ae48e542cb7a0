import { call, int, lock, once, unlock } from "faultline";
import { RESTART } from "../../kernel/vma.ts";
import { kernel, type Kernel, type VmaIndex } from "../../kernel/world.ts";
import { zapPageRangeSingle } from "./zap.ts";

const unmapMutex = (k: Kernel) => k.unmapMutex;
const iMmapLock = (k: Kernel) => k.iMmapLock;

/**
 * unmap_mapping_range() with unmap_mapping_range_vma(), mm/memory.c, v2.6.37: it drops i_mmap_lock where it must
 * reschedule, and leaves the address to go on from in vma->vm_truncate_count. `range` large: it goes on beyond the
 * page of this model, and stops right after it; `page`: it is for that page alone. `fixed`: 2aa15890f3c1 (2.6.38), with
 * mapping->unmap_mutex one at a time.
 */
export const unmapMappingRangeRestart = (range: "large" | "page", fixed: boolean) =>
  kernel.path(
    "unmap_mapping_range",
    {},
    {
      "mutex_lock(&mapping->unmap_mutex)": fixed && lock(unmapMutex),
      "spin_lock(&mapping->i_mmap_lock)": lock(iMmapLock),
      "is_restart_addr(vma->vm_truncate_count)?":
        range === "page" &&
        once((k) => {
          if (k.vma[0].truncateCount === RESTART) return "vma->vm_truncate_count = details->truncate_count";
        }),
      "zap_page_range()": call(zapPageRangeSingle(0, false)),
      "need_lockbreak: vma->vm_truncate_count = restart_addr":
        range === "large" &&
        once((k) => {
          k.vma[0].truncateCount = RESTART;
        }),
      "spin_unlock(&mapping->i_mmap_lock), cond_resched()": range === "large" && unlock(iMmapLock),
      "spin_lock(&mapping->i_mmap_lock), again": range === "large" && lock(iMmapLock),
      "vma->vm_truncate_count = details->truncate_count": once((k) => {
        k.vma[0].truncateCount = 0;
      }),
      "spin_unlock(&mapping->i_mmap_lock)": unlock(iMmapLock),
      "mutex_unlock(&mapping->unmap_mutex)": fixed && unlock(unmapMutex),
    },
    {
      file: "mm/memory.c",
      release: fixed ? "v2.6.38" : "v2.6.37",
      leavesOut:
        "the pages beyond, non-linear vmas, the value of truncate_count: that vm_truncate_count is a cookie of this call or a restart address is all that is asked",
    },
  );

/**
 * unmap_mapping_range_vma(), mm/memory.c, v2.6.35, under i_mmap_lock. `range` large: it breaks off before the page and right
 * after it; `page`: it is for that page alone, so that a restart address is beyond its end.
 */
const unmapMappingRangeVma = (i: VmaIndex, range: "large" | "page") =>
  kernel.path(
    "unmap_mapping_range_vma",
    { truncateCount: int(0, 3) },
    {
      "is_restart_addr(vma->vm_truncate_count)?": once((k) => {
        if (k.vma[i].truncateCount === RESTART) return "vma->vm_truncate_count = details->truncate_count";
      }),
      "spin_unlock(i_mmap_lock), cond_resched(), before the page": range === "large" && unlock(iMmapLock),
      "spin_lock(i_mmap_lock), before the page": range === "large" && lock(iMmapLock),
      "zap_page_range()": call(zapPageRangeSingle(i, range === "large")),
      "need_break: vma->vm_truncate_count = restart_addr":
        range === "large" &&
        once((k) => {
          k.vma[i].truncateCount = RESTART;
          return "spin_unlock(i_mmap_lock), cond_resched()";
        }),
      "vma->vm_truncate_count = details->truncate_count": once((k, { truncateCount }) => {
        k.vma[i].truncateCount = truncateCount;
      }),
      "spin_unlock(i_mmap_lock), cond_resched()": unlock(iMmapLock),
      "spin_lock(i_mmap_lock)": lock(iMmapLock),
    },
    {
      file: "mm/memory.c",
      release: "v2.6.35",
      leavesOut:
        "that it goes on at once where nothing waits for the CPU or the lock: then nobody runs in between; the search from the first vma on after the break before the page: it comes back to this one, as those before it are done",
    },
  );

const FIRST = "vma[0]: in the tree?" as const;
const NEXT = "vma[1]: in the tree?" as const;
const END = "spin_unlock(&mapping->i_mmap_lock)" as const;

/**
 * unmap_mapping_range() with unmap_mapping_range_tree(), mm/memory.c, v2.6.35: whenever a vma has been broken off, the search
 * begins again, and passes over those that it is done with.
 */
export const unmapMappingRangeTree = (range: "large" | "page") => {
  const zapVma = (i: VmaIndex) =>
    call(
      unmapMappingRangeVma(i, range),
      ({ truncateCount }: { readonly truncateCount: number }) => ({ truncateCount }),
      () => FIRST,
    );
  return kernel.path(
    "unmap_mapping_range_tree",
    { truncateCount: int(0, 3) },
    {
      "spin_lock(&mapping->i_mmap_lock)": lock(iMmapLock),
      "details.truncate_count = ++mapping->truncate_count": once((k, me) => {
        me.truncateCount = ++k.truncateCount;
      }),
      [FIRST]: once((k) => (k.vma[0].unlinked ? NEXT : undefined)),
      "vma[0]: vma->vm_truncate_count == details->truncate_count?": once((k, { truncateCount }) =>
        k.vma[0].truncateCount === truncateCount ? NEXT : undefined,
      ),
      "unmap_mapping_range_vma(vma[0])": zapVma(0),
      [NEXT]: once((k) => (k.vma[1].unlinked ? END : undefined)),
      "vma[1]: vma->vm_truncate_count == details->truncate_count?": once((k, { truncateCount }) =>
        k.vma[1].truncateCount === truncateCount ? END : undefined,
      ),
      "unmap_mapping_range_vma(vma[1])": zapVma(1),
      [END]: unlock(iMmapLock),
    },
    {
      file: "mm/memory.c",
      release: "v2.6.35",
      leavesOut: "non-linear vmas, truncate_count that wraps",
    },
  );
};
