/** What the comment of vma->vm_refcnt in include/linux/mm_types.h says, v7.1. F is VM_REFCNT_EXCLUDE_READERS_FLAG. */
import { kernel } from "../models/kernel/world.ts";

const value = (k: {
  readonly vma: readonly { readonly vmRefcnt: number; readonly excludesReaders: boolean }[];
}): string => `${k.vma[0]!.excludesReaders ? "F + " : ""}${k.vma[0]!.vmRefcnt}`;

/** Without the flag, only a VMA that is attached has a count. */
export const countedIsAttached = kernel.always(
  "counted-is-attached",
  "a vm_refcnt above 0 without the flag is that of an attached VMA",
  (k) =>
    k.vma[0].excludesReaders ||
    k.vma[0].vmRefcnt === 0 ||
    !k.vma[0].unattached ||
    `vm_refcnt is ${value(k)}, of a VMA that is detached`,
  "vma_is_attached() says that it is",
);

/** A value that the comment lists, and that is reached. */
const reached = (name: string, sentence: string, flag: boolean, fits: (n: number) => boolean) =>
  kernel.sometimes(name, sentence, (k) => k.vma[0].excludesReaders === flag && fits(k.vma[0].vmRefcnt));

export const refcntSpecs = [
  countedIsAttached,
  reached("read-locked", "vm_refcnt is above 1, without the flag", false, (n) => n > 1),
  reached("excluding-one", "vm_refcnt is F + 1", true, (n) => n === 1),
  reached("excluding-more", "vm_refcnt is above F + 1", true, (n) => n > 1),
];

export const readOnlyIsReadOnly = kernel.atEnd(
  "read-only-is-read-only",
  "no PTE of a read-only VMA is writable",
  (k) => k.vma[0].vmWrite || (!k.table[0].pte.writable && (!k.table[0].tailPte.writable || k.vma[0].end < 2)),
  "the process goes on storing where mprotect() has forbidden it",
);

export const nothingMappedAfterMunmap = kernel.atEnd(
  "nothing-mapped-after-munmap",
  "no PTE is left where no VMA is",
  (k) =>
    (k.mm[0].mmMt[0] !== null || k.table[0].pte.page === null) &&
    (k.mm[0].mmMt[1] !== null || k.table[0].tailPte.page === null),
  "the page is never unmapped, and the process uses it where it has no mapping",
);
