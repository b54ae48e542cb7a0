/**
 * What keeps page tables from being freed or used again under who walks them: locks of the vma and of the file, TLB
 * flushes, IPIs and RCU. The table is the one in the local `table`, as in walk.ts.
 */
import { freeRcu, ipiAll, lock, once, smpMb, synchronizeRcu, trylock, unlock, type Draft } from "faultline";
import { clearPte } from "./primitives.ts";
import type { Kernel, PageTable, VmaIndex } from "./world.ts";

interface OfTable {
  readonly table: Draft<typeof PageTable> | null;
}

const iMmapRwsem = (k: Kernel) => k.iMmapRwsem;

/** spin_trylock(pmd_lockptr(mm, pmd)) */
export const trylockPmd = (i: VmaIndex) => trylock((k: Kernel) => k.vma[i].pmdLock);

/** i_mmap_lock_write(mapping), i_mmap_unlock_write(mapping) */
export const iMmapLockWrite = lock(iMmapRwsem);
export const iMmapUnlockWrite = unlock(iMmapRwsem);

/** How a TLB flush reaches the other CPUs: by an instruction, as on arm64 and with INVLPGB, or by an IPI that is answered. */
export const FLUSHES = ["broadcast", "ipi"] as const;
export type Flush = (typeof FLUSHES)[number];

/** What waits for lockless walks of a page table that has been taken out: tlb_remove_table_sync_one(), ..._rcu(), nothing. */
export const SYNCS = ["ipi", "rcu", "none"] as const;
export type Sync = (typeof SYNCS)[number];

/** flush_tlb_range(): a full barrier; whether other CPUs are interrupted for it is up to the machine. */
export const flushTlbRange = (how: Flush) => (how === "ipi" ? ipiAll() : smpMb);

/** tlb_remove_table_sync_one() */
export const tableSyncOne = (sync: Sync) => sync === "ipi" && ipiAll();
/** tlb_remove_table_sync_rcu() */
export const tableSyncRcu = (sync: Sync) => sync === "rcu" && synchronizeRcu;

/** pte_free_tlb() and tlb_finish_mmu(), or pte_free_defer(): the table is freed when no RCU reader can have it any more. */
export const freeTableRcu = freeRcu((_: Kernel, { table }: OfTable) => table);

/** pte_clear(), a plain store, in the page table that was found. */
export const tablePteClear = once((_: Kernel, { table }: OfTable): void => clearPte(table!.pte));

/** Where an IPI of a path is in the source, for `at`: that it is handled is a step of its own. */
export const handled = (isIpi: boolean, label: string, c: string): Readonly<Record<string, string>> =>
  isIpi ? { [`${label}: handled`]: c } : {};
