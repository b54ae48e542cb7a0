import { rmapWalks } from "../models/mm/khugepaged/collapse-none-pmd.ts";

/** What reclaim, migration and memory_failure() rely on. */
export const rmapMissesNothing = rmapWalks.always(
  "rmap-misses-nothing",
  "a walk by rmap that has ended has found each entry of the folio",
  ({ missed }) => !missed || "the walk has ended, and the folio is still mapped",
  "reclaim and migration give the folio up; memory_failure() says that it failed to unmap it",
);
