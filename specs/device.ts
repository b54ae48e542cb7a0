/** What must hold of memory that a device has. */
import { kernel } from "../models/kernel/world.ts";

/** Progress. Who spins for ptl, or waits for mmap_lock, gets it in the end: qspinlocks and rwsems queue. */
export const accessIsServed = kernel.eventually(
  "access-is-served",
  "who uses memory that a device has gets it back",
  ({ table }) => {
    // Under ptl an entry may be none for a moment.
    const waiting = table.findIndex(
      ({ pte, ptl }) => pte.page === null && (ptl || pte.kind === "device-private" || pte.kind === "migration"),
    );
    return waiting < 0 || `vma[${waiting}] has a device's page, or one that is on its way`;
  },
  {
    fairness: "strong",
    consequence: "threads fault on one page for ever, each of which makes the migration of the others fail",
  },
);

/** Until v6.14 what a device has alone is not in mapcount; since then it is. */
export const mapcountCoversEntries = kernel.atEnd(
  "mapcount-covers-entries",
  "mapcount is the number of PTEs that map the page, with or without those by which a device has it alone",
  ({ page, table }) => {
    const mapping = table.filter(({ pte }) => pte.page === page).length;
    const exclusive = table.filter(({ pte }) => pte.kind === "device-exclusive" && pte.device === page).length;
    return (
      page.mapcount === mapping ||
      page.mapcount === mapping + exclusive ||
      `page.mapcount is ${page.mapcount}, ${mapping} PTEs map it, and a device has it alone by ${exclusive}`
    );
  },
  "the page can never be freed cleanly: bad_page() reports a nonzero mapcount, or rmap walks miss a PTE",
);
