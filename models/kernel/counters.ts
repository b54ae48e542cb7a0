/** Counters of a process, as steps: a part of the table in primitives.ts. */
import { noreturn, once } from "faultline";
import type { Kernel, VmaIndex } from "./world.ts";

/**
 * add_mm_counter(mm, MM_ANONPAGES, by): since v6.2 this_cpu_add(), which is no LOCKed instruction; here a load and a store, as who changes the
 * count of a page holds ptl. Until then an atomic operation, which orders more.
 */
export const addMmCounter = (i: VmaIndex, by: 1 | -1) =>
  once((k: Kernel): void => {
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
