/** mprotect() of one page beside users, GUP, writeback and reclaim, mm/mprotect.c, v5.9, v6.12 and v7.1. */
import { bool, call, once, ref } from "faultline";
import { MMU_NOTIFIERS } from "../../kernel/omissions.ts";
import {
  decTlbFlushPending,
  incTlbFlushPending,
  lockPtl,
  mmapWriteLock,
  mmapWriteUnlock,
  ptepGet,
  ptepGetAndClear,
  setPte,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { flushTlb } from "../../kernel/tlb.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";
import { flushTlbBatchedPending } from "../rmap/batched-flush.ts";
import { AT, FUNCTIONS, OMITS } from "./in-source.ts";

export type MprotectRelease = "v5.9" | "v6.12" | "v7.1";

export interface Mprotect {
  readonly release: MprotectRelease;
  readonly to: "PROT_READ" | "PROT_WRITE";
  readonly mapping: "private" | "shared";
  /** Since 3ea277194daa (v4.13): what reclaim has cleared and not flushed is flushed first. */
  readonly batched?: boolean;
  /** Without what lets an entry be writable again: PageAnonExclusive(), or the dirty bit, to see what it is for. */
  readonly unchecked?: boolean;
}

const UNLOCK = "pte_unmap_unlock(pte - 1, ptl)" as const;

export const TLB_FLUSH = "tlb_finish_mmu(&tlb): tlb_flush(tlb)" as const;

interface Changes {
  readonly changed: boolean;
}

/**
 * change_protection() down to change_pte_range(): the entry is empty for a moment, under ptl. PROT_WRITE makes it writable at
 * once if a fault would do no more: a dirty one of a shared mapping, and since v6.2 one of a page that is exclusive. v6.12 asks
 * for that between the two halves of the change, v7.1 as well, where it may be many entries of one folio.
 */
export const changeProtection = (
  i: VmaIndex,
  { release, to, mapping, batched = true, unchecked = false }: Mprotect,
) => {
  const gathers = release !== "v5.9";
  const upgrades = to === "PROT_WRITE";
  const byExclusive = upgrades && mapping === "private" && gathers;
  const byDirty = upgrades && mapping === "shared";
  return kernel.path(
    "change_protection",
    { page: ref(Page), dirty: bool, writable: bool, changed: bool },
    {
      "inc_tlb_flush_pending(mm)": !gathers && incTlbFlushPending(i),
      "pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl)": lockPtl(i),
      "flush_tlb_batched_pending(vma->vm_mm)": batched && call(flushTlbBatchedPending(i, release)),
      "oldpte: present?": ptepGet(i).then((_, me, pte) => {
        if (!pte.page) return UNLOCK;
        me.page = pte.page;
      }),
      // What a CPU has set in the entry until here is in what this gives.
      "ptep_modify_prot_start()": ptepGetAndClear(i, (k, me) => {
        const { pte } = k.table[i];
        me.dirty = pte.dirty;
        me.writable = upgrades && (pte.writable || (byDirty && (pte.dirty || unchecked)));
        me.changed = true;
      }),
      "can_change_pte_writable(): PageAnonExclusive(page)":
        byExclusive &&
        once((_, me) => {
          if (me.page!.exclusive || unchecked) me.writable = true;
        }),
      "ptep_modify_prot_commit()": once((k, { page, dirty, writable }) => {
        setPte(k.table[i].pte, page!, { writable, dirty });
      }),
      [UNLOCK]: unlockPtl(i),
      "flush_tlb_range(vma, start, end)": !gathers && flushTlb(i).when((_, { changed }: Changes) => changed),
      "dec_tlb_flush_pending(mm)": !gathers && decTlbFlushPending(i),
    },
    {
      file: "mm/mprotect.c",
      release,
      functions: FUNCTIONS[release],
      at: AT[release],
      omits: { ...MMU_NOTIFIERS, ...OMITS[release](byExclusive) },
      leavesOut: "entries that map no page, huge pmds, NUMA hints, userfaultfd, soft-dirty bits",
    },
  );
};

/** mprotect(), by one VMA: since v5.17 the TLB is flushed by its gather, in v5.9 by change_protection_range(); both without ptl. */
export const mprotect = (i: VmaIndex, how: Mprotect) => {
  const { release, to } = how;
  const gathers = release !== "v5.9";
  return kernel.path(
    "do_mprotect_pkey, one page",
    { changed: bool },
    {
      "mmap_write_lock_killable(current->mm)": mmapWriteLock(i),
      "tlb_gather_mmu(&tlb): inc_tlb_flush_pending(mm)": gathers && incTlbFlushPending(i),
      "mprotect_fixup(): change_protection()": call(changeProtection(i, how), undefined, (me, { changed }) => {
        me.changed = changed;
      }),
      [TLB_FLUSH]: gathers && flushTlb(i).when((_, { changed }: Changes) => changed),
      "tlb_finish_mmu(&tlb): dec_tlb_flush_pending(mm)": gathers && decTlbFlushPending(i),
      "mmap_write_unlock(current->mm)": mmapWriteUnlock(i).then((k) => {
        if (to === "PROT_READ") k.vma[i].readOnly = true;
      }),
    },
    {
      file: "mm/mprotect.c",
      release,
      notInSource: "what a process does: the system call around change_protection()",
      leavesOut:
        "the VMA, its flags and its lock (whoever takes mmap_lock for writing here waits for faults under either): mprotect.ts has them",
    },
  );
};
