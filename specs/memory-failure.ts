import { kernel } from "../models/kernel/world.ts";

/** What a process relies on that has found a page broken, and goes on. */
export const toldIsUnmapped = kernel.always(
  "told-is-unmapped",
  "a process that memory_failure() has told that its broken page is taken care of does not get at it any more",
  ({ vma }) => {
    const wrong = vma.findIndex(({ usesBroken }) => usesBroken);
    return wrong < 0 || `the process of vma[${wrong}] goes on, and accesses the broken page`;
  },
  "the process is stopped by a second machine check, or reads what is broken",
);

/** hwpoison entries: who finds one ends in a signal, and does not get other memory. */
export const poisonIsKept = kernel.atEnd(
  "poison-is-kept",
  "where an anonymous page was broken, its processes find an entry that says so",
  ({ page, table, mm }) => {
    const wrong = page.poisonRef
      ? table.findIndex(({ pte }, i) => mm[i]!.running && pte.page === null && pte.kind === "plain")
      : -1;
    return (
      wrong < 0 || `the page is broken, and table[${wrong}] has no entry: the process gets a page of zeroes instead`
    );
  },
  "what the process has stored is lost, and it is not told",
);
