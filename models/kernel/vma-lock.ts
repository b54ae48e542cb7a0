/** The beginnings of scenarios in which VMAs are locked, and worlds in which VMAs are allocated and freed. */
import { allocated, array, extend, ref, slab } from "faultline";
import type { StateOf } from "faultline";
import { Mm, Vma, kernel, type MmDraft, type VmaDraft } from "./world.ts";

/** The number of a writer that may wait for readers: task[0] or task[1]. */
export type TaskIndex = 0 | 1;

/**
 * The kernel's state with VMAs and mms that are allocated and freed. A world of its own, as few ask for it: who does says which VMA is
 * allocated from the beginning, and each access to it asks whether it still is.
 */
export const recycledVmas = extend(kernel, {
  /** vm_area_cachep: since v6.15 SLAB_TYPESAFE_BY_RCU, so that a VMA may be another one's while a reader looks at it. */
  vmArea: slab(Vma, 1, { typesafe: true }),
  /** mm_cachep, which is not: who touches an mm_struct that was freed touches freed memory. */
  mmStruct: slab(Mm, 2),
  /** task->mm of two processes */
  process: array(2, ref(Mm)),
});

/** Up to v6.14 a VMA is freed by call_rcu(): whoever found it under rcu_read_lock() may look at it until it unlocks. */
export const rcuFreedVmas = extend(kernel, { vmArea: slab(Vma, 1) });

/** The VMA is that of address 0 of the mm: attached, writable, and not locked by anybody. */
export function attached(vma: VmaDraft, mm: MmDraft): void {
  vma.vmMm = mm;
  vma.owner = mm;
  vma.start = 0;
  vma.end = 1;
  vma.vmRefcnt = 1;
  vma.vmWrite = true;
  vma.anonVma = true;
  mm.mmMt[0] = vma;
}

/** Two processes live, and the first one has a VMA. */
export function twoProcesses(k: StateOf<typeof recycledVmas>): void {
  for (const i of [0, 1] as const) {
    k.process[i] = allocated(k.mmStruct[i]);
    k.mmStruct[i].mmCount = 1;
  }
  attached(allocated(k.vmArea[0]), k.mmStruct[0]);
}
