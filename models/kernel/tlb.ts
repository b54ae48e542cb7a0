/**
 * What a CPU remembers of a PTE. The hardware may load an entry at any time while the PTE is present, and keeps it until
 * it is flushed. A store through a writable entry that is not dirty walks the page table again and sets the dirty bit,
 * in one atomic operation that faults if the PTE is gone; a store through a dirty entry looks at nothing.
 * A fault drops the entry of its address on its CPU.
 */
import { array, atomic, bool, hardware, inWord, ref, struct, type Draft } from "faultline";
import { Page } from "./page.ts";
import type { Kernel, VmaIndex } from "./world.ts";

/** What a CPU remembers of a PTE: it lives until it is flushed, whatever becomes of the PTE. */
export const TlbEntry = struct("TlbEntry", {
  /** NULL: no entry. */
  page: inWord("entry", ref(Page)),
  writable: inWord("entry", bool),
  dirty: inWord("entry", bool),
});

export const Cpu = struct("Cpu", {
  /** One entry for each vma. */
  tlb: hardware(array(2, TlbEntry)),
});

/** What one CPU does by itself: a fault drops the entry by which it came, in the same event. */
export function dropTlbEntry(entry: Draft<typeof TlbEntry>): void {
  entry.page = null;
  entry.writable = false;
  entry.dirty = false;
}

/** Drops what every CPU remembers of a vma. */
export function dropTlbEntries(k: Kernel, i: VmaIndex): void {
  for (const { tlb } of k.cpu) dropTlbEntry(tlb[i]);
}

/** flush_tlb_range() of one vma. Who flushes waits until each CPU has, so all entries may as well go at once. */
export const flushTlb = (i: VmaIndex) => atomic("an IPI that is waited for", (k: Kernel): void => dropTlbEntries(k, i));
