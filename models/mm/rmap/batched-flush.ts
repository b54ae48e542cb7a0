/**
 * The flush that reclaim puts off until it has unmapped a batch of pages, and those who cannot wait for it, mm/rmap.c: they find an entry
 * that is clear already, and a TLB may have it still.
 */
import { atomic, done, full, int, noreturn, once } from "faultline";
import { dropTlbEntries, flushTlb } from "../../kernel/tlb.ts";
import { VMAS, kernel, type Kernel, type VmaIndex } from "../../kernel/world.ts";

export type BatchRelease = "v5.9" | "v6.12" | "v7.1";

export interface FlushPending {
  /** current->tlb_ubc.flush_required: this reclaim has cleared an entry, and not flushed it yet. */
  flushPending: boolean;
}

/** set_tlb_ubc_flush_pending(), under ptl: a store; since 5ee2fa2f0636 (v5.17) an atomic_inc(). */
export const setTlbUbcFlushPending = (i: VmaIndex, release: BatchRelease) =>
  release === "v5.9"
    ? once((k: Kernel, me: FlushPending): void => {
        k.mm[i].tlbFlushBatched = true;
        me.flushPending = true;
      })
    : noreturn((k: Kernel, me: FlushPending): void => {
        k.mm[i].batchesPending++;
        me.flushPending = true;
      });

/** try_to_unmap_flush(), of the first `vmas`. */
export const tryToUnmapFlush = (vmas: number) =>
  atomic("an IPI that is waited for", (k: Kernel, { flushPending }: FlushPending) => {
    if (flushPending) for (const i of VMAS.slice(0, vmas)) dropTlbEntries(k, i);
  });

/** What reclaim has cleared in the mm, and may not have flushed yet, is flushed by who holds ptl. */
export const flushTlbBatchedPending = (i: VmaIndex, release: BatchRelease) =>
  release === "v5.9" ? flushIfBatched(i) : flushIfPending(i, release);

/** A flag, which is cleared behind the flush: what another page table's reclaim has set meanwhile goes with it. */
const flushIfBatched = (i: VmaIndex) =>
  kernel.path(
    "flush_tlb_batched_pending",
    {},
    {
      "mm->tlb_flush_batched?": once((k) => (k.mm[i].tlbFlushBatched ? undefined : done)),
      "flush_tlb_mm(mm)": flushTlb(i),
      "mm->tlb_flush_batched = false": once((k) => {
        k.mm[i].tlbFlushBatched = false;
      }),
    },
    {
      file: "mm/rmap.c",
      release: "v5.9",
      fits: "..v5.16",
      omits: { data_race: "tells KCSAN that the load needs no mark" },
      leavesOut: "other VMAs of the mm, which are flushed, too",
    },
  );

/** Generations in one word: what was pending when it was read is what is flushed, and nothing that came later. */
const flushIfPending = (i: VmaIndex, release: BatchRelease) =>
  kernel.path(
    "flush_tlb_batched_pending",
    { pending: int(0, 3), flushed: int(0, 3) },
    {
      "atomic_read(&mm->tlb_flush_batched): pending != flushed?": once((k, me) => {
        const { batchesPending, batchesFlushed } = k.mm[i];
        me.pending = batchesPending;
        me.flushed = batchesFlushed;
        if (batchesPending === batchesFlushed) return done;
      }),
      "flush_tlb_mm(mm)": flushTlb(i),
      "atomic_cmpxchg(&mm->tlb_flush_batched, batch, pending)": full((k, { pending, flushed }) => {
        const mm = k.mm[i];
        if (mm.batchesPending === pending && mm.batchesFlushed === flushed) mm.batchesFlushed = pending;
      }),
    },
    {
      file: "mm/rmap.c",
      release,
      at: {
        "atomic_read(&mm->tlb_flush_batched): pending != flushed?": "atomic_read(&mm->tlb_flush_batched)",
        "atomic_cmpxchg(&mm->tlb_flush_batched, batch, pending)": "atomic_cmpxchg()",
        ...(release === "v6.12" && { "flush_tlb_mm(mm)": "arch_flush_tlb_batched_pending(mm)" }),
      },
      leavesOut:
        "other VMAs of the mm, which are flushed, too; that the generations begin again before they are as large as their bits (nobody gets that far here)",
    },
  );
