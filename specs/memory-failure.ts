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

/** The same where a process may drop its memory, or copy it before it is taken away. Whoever stores it keeps `stored` as it is. */
export const neverZeroes = kernel.atEnd(
  "never-zeroes",
  "a process whose page was broken finds what it had, or an entry that says so, unless it has dropped it",
  ({ table, vma, mm }) => {
    const wrong = table.findIndex(
      ({ pte }, i) =>
        mm[i]!.running && !vma[i]!.unmapped && (pte.page ? pte.page.data !== mm[i]!.stored : pte.kind !== "hwpoison"),
    );
    if (wrong < 0) return true;
    const { page } = table[wrong]!.pte;
    return `table[${wrong}] ${page ? `maps a page with version ${page.data}` : "has no entry"}, and mm[${wrong}] had stored version ${mm[wrong]!.stored}`;
  },
  "what the process has stored is lost, and it is not told",
);

/** Memory that is dropped is new when it is used again. */
export const droppedIsForgotten = kernel.atEnd(
  "dropped-is-forgotten",
  "a process that has dropped its memory, or whose file was truncated, is not told of a broken page there any more",
  ({ table, vma }) => {
    const wrong = table.findIndex(({ pte }, i) => vma[i]!.unmapped && (pte.kind === "hwpoison" || vma[i]!.signalled));
    return (
      wrong < 0 ||
      (vma[wrong]!.signalled
        ? `the process of vma[${wrong}] has dropped the page, and its next access ends in a signal`
        : `what vma[${wrong}] maps was dropped, and table[${wrong}] has the entry of the broken page still`)
    );
  },
  "an access to good memory ends in a signal for as long as the mapping lives",
);
