import { kernel } from "../models/kernel/world.ts";

/** The cover letter's claim C2: "fall out of the fast path". */
export const faultFallsBack = kernel.sometimes(
  "fault-falls-back",
  "a read fault of a cached page ends without a PTE and goes on in __do_fault(), which sleeps for the page lock",
  ({ vma }) => vma.some(({ fellBack }) => fellBack),
);

/** Without it a model in which no fault ever maps the page would pass. */
export const faultMaps = kernel.sometimes("fault-maps", "a read fault maps the page", ({ vma, page }) =>
  vma.some(({ pte }) => pte.page === page),
);
