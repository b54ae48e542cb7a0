import { kernel, type Kernel } from "../models/kernel/world.ts";

const ptesIn = ({ table }: Kernel, i: number): number =>
  (["pte", "tailPte"] as const).filter((which) => table[i]![which].page !== null).length;

/** Of a large folio of two pages, `page` and `tail`, which is all that is mapped. */
export const mmIdsMatch = kernel.atEnd(
  "mm-ids-match",
  "a large folio counts its PTEs, and knows whether one mm has them all",
  (k) => {
    const { page, table } = k;
    const ptes = table.map((_, i) => ptesIn(k, i));
    const all = ptes.reduce((sum, count) => sum + count, 0);
    if (page.largeMapcount !== all) return `_large_mapcount counts ${page.largeMapcount} PTEs, and there are ${all}`;
    return page.mmIdsShared || ptes.includes(all) || "its shared bit is clear, and PTEs of two mms map it";
  },
  "a write fault reuses the page of a folio that another process maps, or no folio is ever reused",
);

/** The references of a folio are counted on its head. */
export const folioReferencesMatch = kernel.atEnd(
  "folio-references-match",
  "the references on a large folio are those of its PTEs and of who has got it through GUP",
  (k) => {
    const owed = ptesIn(k, 0) + ptesIn(k, 1) + k.mm.filter(({ got }) => got === k.page).length;
    return k.page.refcount === owed || `its count is ${k.page.refcount}, and ${owed} references are accounted for`;
  },
  "a reference too many leaks the folio; one too few frees it while it is in use",
);
