import { call, lock, once, unlock } from "faultline";
import { kernel, type Kernel } from "../../kernel/world.ts";
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
          if (k.vma[0].restart) return "vma->vm_truncate_count = details->truncate_count";
        }),
      "zap_page_range()": call(zapPageRangeSingle(0, false)),
      "need_lockbreak: vma->vm_truncate_count = restart_addr":
        range === "large" &&
        once((k) => {
          k.vma[0].restart = true;
        }),
      "spin_unlock(&mapping->i_mmap_lock), cond_resched()": range === "large" && unlock(iMmapLock),
      "spin_lock(&mapping->i_mmap_lock), again": range === "large" && lock(iMmapLock),
      "vma->vm_truncate_count = details->truncate_count": once((k) => {
        k.vma[0].restart = false;
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
