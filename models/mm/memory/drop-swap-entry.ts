/** madvise(MADV_DONTNEED) of a swap entry, mm/memory.c, v7.1, and what then happens to its slot. */
import { call, done, int, once, ref } from "faultline";
import { clearPte, lockPtl, ptepGet, unlockPtl } from "../../kernel/primitives.ts";
import { loadCount, storeCount, lockSlot, unlockSlot } from "../../kernel/swap-slot.ts";
import { SwapSlot, kernel } from "../../kernel/world.ts";
import { swapOut } from "../vmscan/swap-out.ts";

/** A thread drops memory of vma[0] that is swapped out; then the page of another process, vma[1], is swapped out, to the same slot. */
export const dropThenReuseSlot = kernel.path(
  "drop_then_reuse_slot",
  { slot: ref(SwapSlot), count: int(0, 2) },
  {
    "zap_pte_range(): spin_lock(ptl)": lockPtl(0),
    "ptent = ptep_get(pte)": ptepGet(0).then((_, me, { kind, slot }) => {
      if (kind !== "swap") return "zap_pte_range(): spin_unlock(ptl), not swap";
      me.slot = slot;
    }),
    "swap_put_entries_direct(): swap_cluster_lock(si, offset)": lockSlot,
    "swap_put_entries_direct(): __swap_table_set(ci, count - 1): load": loadCount,
    "swap_put_entries_direct(): __swap_table_set(ci, count - 1)": storeCount(-1),
    "swap_put_entries_direct(): swap_cluster_unlock(ci)": unlockSlot,
    "clear_not_present_full_ptes(pte)": once((k) => {
      clearPte(k.table[0].pte);
      k.vma[0].unmapped = true;
    }),
    "zap_pte_range(): spin_unlock(ptl)": unlockPtl(0),
    "reclaim of another process: shrink_folio_list()": call(
      swapOut(1, { keeps: false, release: "v7.1" }),
      undefined,
      () => done,
    ),
    "zap_pte_range(): spin_unlock(ptl), not swap": unlockPtl(0),
  },
  {
    file: "mm/memory.c",
    release: "v7.1",
    notInSource: "madvise() of one process, down to zap_nonpresent_ptes(), and then reclaim of another",
    leavesOut: "the folio in the swap cache that nobody needs any more: who has it frees it (folio_free_swap())",
  },
);
