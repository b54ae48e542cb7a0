import { kernel } from "../models/kernel/world.ts";

/** Each page table counts once, whoever shares it. */
export const hugetlbMapcount = kernel.atEnd(
  "hugetlb-mapcount",
  "mapcount is the number of page tables that map the page, and that a process has",
  ({ page, vma, table }) => {
    const maps = table.filter((one) => vma.some((of) => of.table === one && one.pte.page === page)).length;
    return page.mapcount === maps || `page.mapcount is ${page.mapcount}, and ${maps} page tables of a process map it`;
  },
  'the page can never be freed cleanly: the kernel reports "BUG: Bad page state", or a process loses what it has mapped',
);

/** What hugetlb_split() is for. */
export const splitVmaSharesNothing = kernel.atEnd(
  "split-vma-shares-nothing",
  "a vma that has been split has no page table that another process shares",
  ({ vma }) => {
    const wrong = vma.findIndex(({ spansTable, table }) => !spansTable && table !== null && table.shareCount > 0);
    return wrong < 0 || `vma[${wrong}] is split, and another process shares its page table`;
  },
  "who unmaps one half unshares the table, and so unmaps the other half, too",
);
