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
