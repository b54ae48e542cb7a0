/** Counters of a process, as steps: a part of the table in primitives.ts. */
import { noreturn } from "faultline";
import type { Kernel, VmaIndex } from "./world.ts";

/** add_mm_counter(mm, MM_ANONPAGES, by) */
export const addMmCounter = (i: VmaIndex, by: 1 | -1) =>
  noreturn((k: Kernel): void => {
    k.mm[i].rss += by;
  });

/** inc_tlb_flush_pending(mm) */
export const incTlbFlushPending = (i: VmaIndex) =>
  noreturn((k: Kernel): void => {
    k.mm[i].tlbFlushPending++;
  });

/** dec_tlb_flush_pending(mm) */
export const decTlbFlushPending = (i: VmaIndex) =>
  noreturn((k: Kernel): void => {
    k.mm[i].tlbFlushPending--;
  });
