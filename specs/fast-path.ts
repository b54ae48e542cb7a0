import { kernel } from "../models/kernel/world.ts";

/** The cover letter's claim C2: "fall out of the fast path". */
export const faultFallsBack = kernel.sometimes(
  "fault-falls-back",
  "do_fault_around() of a cached page ends without a PTE: the fault has to go on in __do_fault(), which locks the page",
  ({ vma }) => vma.some(({ fellBack }) => fellBack),
);

/** Without it a model in which no fault ever maps the page would pass. */
export const faultMaps = kernel.sometimes("fault-maps", "a read fault maps the page", ({ table, page }) =>
  table.some(({ pte }) => pte.page === page),
);

/** The same, to the end: it has slept for the page lock, and mapped the page after that. */
export const faultSleepsAndMaps = kernel.sometimes(
  "fault-sleeps-and-maps",
  "a read fault of a cached page sleeps for the page lock in __do_fault(), and then maps the page",
  ({ vma, table, page }) => vma.some(({ slept }, i) => slept && table[i]!.pte.page === page),
);

/** A fault that returned without a PTE would come back at once, for ever. */
export const faultsAllMap = kernel.atEnd(
  "faults-all-map",
  "every read fault of a cached page has mapped it",
  ({ table, page }) => {
    const none = table.findIndex(({ pte }) => pte.page !== page);
    return none < 0 || `the fault in vma[${none}] has ended without a PTE`;
  },
  "the process faults again and again",
);
