import { call, done, full, once, ref } from "faultline";
import {
  lockPtl,
  mmapReadLock,
  mmapReadUnlock,
  pageFlag,
  ptepGet,
  ptepGetAndClear,
  putPage,
  unlockPage,
  unlockPtl,
  lockPageOrWait,
  setIndex,
} from "../../kernel/primitives.ts";
import { setSwapPte } from "../../kernel/swap-slot.ts";
import { Page, SwapSlot, kernel } from "../../kernel/world.ts";
import { doSwapPage } from "../memory/swap-fault.ts";

const SRC = 0;
const DST = 1;
const UNLOCK = "double_pt_unlock(): spin_unlock(src_ptl)" as const;
const CALLER = "move_pages_pte(), which calls it";
const OUT = "out: folio_unlock(src_folio)" as const;

const LEFT_OUT =
  "the second look-up once the folio lock had to be waited for, the marker of an exclusive entry, get_swap_device(), large folios, soft-dirty bits";

const inSource = (rechecks: boolean) => ({
  file: "mm/userfaultfd.c",
  release: rechecks ? "v6.12" : "v6.12, before 0ea148a79919",
  functions: ["move_swap_pte"],
  at: {
    "double_pt_lock(): spin_lock(src_ptl)": "double_pt_lock()",
    "double_pt_lock(): spin_lock(dst_ptl)": "double_pt_lock()",
    "pte_same(ptep_get(src_pte), orig_src_pte)?": ["ptep_get(src_pte)", "pte_same(ptep_get(src_pte), orig_src_pte)"],
    "src_folio->index = linear_page_index(dst_vma, dst_addr)": "linear_page_index()",
    "swap_map & SWAP_HAS_CACHE?": "READ_ONCE(si->swap_map)",
    [UNLOCK]: ["double_pt_unlock() #1", "double_pt_unlock() #2", "double_pt_unlock() #3"],
    "double_pt_unlock(): spin_unlock(dst_ptl)": [
      "double_pt_unlock() #1",
      "double_pt_unlock() #2",
      "double_pt_unlock() #3",
    ],
  },
  notInSource: {
    "orig_src_pte = ptep_get(src_pte)": CALLER,
    "folio = filemap_get_folio(entry)": CALLER,
    "filemap_get_folio(): folio_try_get(folio)": CALLER,
    "folio_lock(src_folio)": CALLER,
    [OUT]: CALLER,
    "out: folio_put(src_folio)": CALLER,
  },
  omits: {
    "ptep_get(dst_pte), pte_same(ptep_get(dst_pte), orig_dst_pte)": "nobody else maps anything at the destination",
    folio_move_anon_rmap: "there is one anon_vma",
    pte_swp_mksoft_dirty: "nobody reads these bits",
  },
  leavesOut: LEFT_OUT,
});

interface MoveSwapPte {
  readonly rechecks: boolean;
  readonly release?: "v6.12" | "v7.1";
}

/**
 * move_pages_pte() with move_swap_pte(), mm/userfaultfd.c, v6.12 and v7.1: UFFDIO_MOVE of the swap entry of vma[0] to vma[1]. Its
 * folio in the swap cache gets the new index. `rechecks` is 0ea148a79919 (v6.16, and 6.12.y): whether the folio is still
 * the slot's, and, where none was found, whether there is one by now.
 */
export const moveSwapPte = ({ rechecks, release = "v6.12" }: MoveSwapPte) => {
  const byTable = release === "v7.1";
  const CACHED = byTable ? "swap_cache_has_folio(entry)?" : "swap_map & SWAP_HAS_CACHE?";
  return kernel.path(
    "move_swap_pte",
    { page: ref(Page), slot: ref(SwapSlot) },
    {
      "orig_src_pte = ptep_get(src_pte)": ptepGet(SRC).then((_, me, { kind, slot }) => {
        if (kind !== "swap") return done;
        me.slot = slot;
      }),
      "folio = filemap_get_folio(entry)": once((_, me) => {
        me.page = me.slot!.cache;
        if (!me.page) return "double_pt_lock(): spin_lock(src_ptl)";
      }),
      "filemap_get_folio(): folio_try_get(folio)": full((_, { page }) => {
        if (page!.refcount === 0) return "folio = filemap_get_folio(entry)";
        page!.refcount++;
      }),
      "folio_lock(src_folio)": lockPageOrWait,
      "folio_test_swapcache(src_folio)?": rechecks && pageFlag("swapcache").then({ false: OUT }),
      "double_pt_lock(): spin_lock(src_ptl)": lockPtl(SRC),
      "double_pt_lock(): spin_lock(dst_ptl)": lockPtl(DST),
      "pte_same(ptep_get(src_pte), orig_src_pte)?": ptepGet(SRC).then((_, me, { kind, slot }) => {
        if (kind !== "swap" || slot !== me.slot) return UNLOCK;
        if (!me.page) return rechecks ? CACHED : "ptep_get_and_clear(src_pte)";
      }),
      "src_folio->index = linear_page_index(dst_vma, dst_addr)": setIndex(DST).then("ptep_get_and_clear(src_pte)"),
      "swap_map & SWAP_HAS_CACHE?":
        rechecks && !byTable && once((_, { slot }) => (slot!.hasCache ? UNLOCK : undefined)),
      "swap_cache_has_folio(entry)?": rechecks && byTable && once((_, { slot }) => (slot!.cache ? UNLOCK : undefined)),
      "ptep_get_and_clear(src_pte)": ptepGetAndClear(SRC),
      "set_pte_at(dst_pte, orig_src_pte)": setSwapPte(DST),
      [UNLOCK]: unlockPtl(SRC),
      "double_pt_unlock(): spin_unlock(dst_ptl)": unlockPtl(DST).then((_, { page }) => (page ? undefined : done)),
      [OUT]: unlockPage,
      "out: folio_put(src_folio)": putPage,
    },
    byTable
      ? {
          file: "mm/userfaultfd.c",
          release,
          notInSource:
            "what one entry takes of move_pages_pte() and move_swap_pte(): compared with mm/userfaultfd.c 1575 to 1629, 1306 to 1364",
          leavesOut: LEFT_OUT,
        }
      : inSource(rechecks),
  );
};

/** A process moves what is swapped out, and reads it at its new address. */
export const moveThenRead = (moves: { readonly rechecks: boolean }) =>
  kernel.path(
    "move_then_read",
    {},
    {
      "mmap_read_lock(mm)": mmapReadLock(SRC),
      "ioctl(UFFDIO_MOVE)": call(moveSwapPte(moves)),
      "mmap_read_unlock(mm)": mmapReadUnlock(SRC),
      "the load faults: do_swap_page(vmf)": call(doSwapPage(DST, { skipsCache: false, write: false })),
    },
    {
      file: "mm/userfaultfd.c",
      release: "v6.12",
      notInSource: "what a process does, by a system call and a load",
      leavesOut: "the load itself",
    },
  );
