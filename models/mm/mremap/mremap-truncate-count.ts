import { bool, done, int, lock, once, oneOf, ref, unlock } from "faultline";
import { lockPtl, ptePage, ptepGetAndClear, setPte, unlockPtl } from "../../kernel/primitives.ts";
import { RESTART } from "../../kernel/vma.ts";
import { Page, kernel, type Kernel } from "../../kernel/world.ts";

const iMmapLock = (k: Kernel) => k.iMmapLock;
const NEW = 0;
const OLD = 1;

/**
 * Where mremap() has the page mapped in the end, and what vm_truncate_count that vma has:
 *
 * - `copy`: a new vma: copy_vma() copies the count, and vma_link() stores mapping->truncate_count over it.
 * - `merge`: copy_vma() lets a neighbour grow, which keeps its count.
 * - `grow`: the vma itself grows where it is, by vma_adjust() without a next one, and keeps its count. Nothing moves.
 */
export const GROWTHS = ["copy", "merge", "grow"] as const;
export const Growth = oneOf(...GROWTHS);
export type Growth = (typeof GROWTHS)[number];

/**
 * mremap() of a shared mapping, mm/mremap.c and mm/mmap.c, v2.6.35: vma[0] is the vma that has the page afterwards, vma[1]
 * the one that had it. `fixed`: 48aae42556e5, move_ptes() always resets the count.
 */
export const mremapTruncateCount = (how: Growth, fixed: boolean) => {
  const moves = how !== "grow";
  return kernel.path(
    "mremap",
    { page: ref(Page), writable: bool, truncateCount: int(0, RESTART) },
    {
      "spin_lock(&mapping->i_mmap_lock)": lock(iMmapLock),
      "vma_link(): mapping->truncate_count":
        how === "copy" &&
        once((k, me) => {
          me.truncateCount = k.truncateCount;
        }),
      "vma_link(): vma->vm_truncate_count = mapping->truncate_count":
        how === "copy" &&
        once((k, { truncateCount }) => {
          k.vma[NEW].truncateCount = truncateCount;
        }),
      "vma_prio_tree_insert(vma)": once((k) => {
        k.vma[NEW].unlinked = false;
      }),
      "spin_unlock(&mapping->i_mmap_lock)": moves ? unlock(iMmapLock) : unlock(iMmapLock).then(done),
      "move_ptes(): spin_lock(&mapping->i_mmap_lock)": moves && lock(iMmapLock),
      "move_ptes(): vma->vm_truncate_count":
        moves &&
        !fixed &&
        once((k, me) => {
          me.truncateCount = k.vma[OLD].truncateCount;
        }),
      "move_ptes(): new_vma->vm_truncate_count != vma->vm_truncate_count?":
        moves &&
        !fixed &&
        once((k, { truncateCount }) => {
          const count = k.vma[NEW].truncateCount;
          // Two restart addresses are of two vmas: they differ.
          if (count !== RESTART && count === truncateCount)
            return "pte_offset_map_lock(mm, old_pmd, old_addr, &old_ptl)";
        }),
      "move_ptes(): new_vma->vm_truncate_count = 0":
        moves &&
        once((k) => {
          k.vma[NEW].truncateCount = 0;
        }),
      "pte_offset_map_lock(mm, old_pmd, old_addr, &old_ptl)": moves && lockPtl(OLD),
      "spin_lock_nested(new_ptl)": moves && lockPtl(NEW),
      "pte_none(*old_pte)?":
        moves && ptePage(OLD).then((_, { page }) => (page ? undefined : ("spin_unlock(new_ptl)" as const))),
      "ptep_clear_flush(old_pte)":
        moves &&
        ptepGetAndClear(OLD, (k, me) => {
          me.writable = k.table[OLD].pte.writable;
          k.vma[NEW].rmap = k.vma[OLD].rmap;
          k.vma[OLD].rmap = "unmapped";
        }),
      "set_pte_at(new_pte, pte)":
        moves &&
        once((k, { page, writable }) => {
          setPte(k.table[NEW].pte, page!, { writable });
        }),
      "spin_unlock(new_ptl)": moves && unlockPtl(NEW),
      "pte_unmap_unlock(old_ptl)": moves && unlockPtl(OLD),
      "move_ptes(): spin_unlock(&mapping->i_mmap_lock)": moves && unlock(iMmapLock),
    },
    {
      file: "mm/mremap.c",
      release: fixed ? "v2.6.38" : "v2.6.35",
      leavesOut:
        "mmap_sem (the faults beside it are of the same thread), more than one entry, the TLB (no user access is modelled), the unmap of the old vma behind it, which maps nothing more",
    },
  );
};
