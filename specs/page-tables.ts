import { kernel } from "../models/kernel/world.ts";

/** I-PIN, where khugepaged copies the page to a huge one. */
export const pinnedNotCollapsed = kernel.atEnd(
  "pinned-not-collapsed",
  "a page that is pinned in the end has not been collapsed into a huge one",
  ({ page, mm, vma }) =>
    mm[0].got !== page ||
    vma[0].pmd !== "huge" ||
    "mm[0] has pinned page, and vma[0] maps the huge page that it was copied to",
  "the device reads or writes a page that the process does not see any more: DMA data are lost",
);

/** What mm[1] alone has ever mapped is `cow`. */
export const gupGetsOwnMemory = kernel.always(
  "gup-gets-own-memory",
  "GUP-fast never gets what only another process maps",
  ({ mm, cow }) => mm[0].got !== cow || "mm[0] has got cow, which is anonymous memory of mm[1]",
  "a process reads, or a device writes, the memory of another process",
);

/** `cow` is what a fault in mm[0] maps; its reference is that of the PTE. */
export const mappedPageIsReachable = kernel.atEnd(
  "mapped-page-is-reachable",
  "a page that a fault has mapped is in a page table that the process has",
  ({ cow, vma }) =>
    cow.refcount === 0 ||
    (vma[0].pmd === "table" && vma[0].table!.pte.page === cow) ||
    "cow has the reference of a PTE, and no page table of mm[0] maps it",
  "the page is lost, and the process faults for ever, or its page table is freed with an entry in it",
);

/** Of the model's pmd entries, as the hardware reads them. */
export const pmdNamesTable = kernel.always(
  "pmd-names-table",
  "a pmd entry that is a page table names one",
  ({ vma }) => {
    const wrong = vma.findIndex(({ pmd, table }) => pmd === "table" && table === null);
    return wrong < 0 || `the pmd entry of vma[${wrong}] says that there is a page table, at physical address 0`;
  },
  "the process maps whatever the memory at physical address 0 says, and can write to it",
);

/** Where nobody faults: memory that was dropped is not there any more. */
export const droppedIsNotMapped = kernel.atEnd(
  "dropped-is-not-mapped",
  "a huge page that madvise(MADV_DONTNEED) has dropped is not mapped",
  ({ vma }) => {
    const left = vma.findIndex(({ unmapped, pmd }) => unmapped && pmd === "huge");
    return left < 0 || `madvise() has returned, and the pmd entry of vma[${left}] maps the huge page`;
  },
  "the process reads what it has dropped, where it relies on zeroes",
);
