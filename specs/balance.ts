import { kernel, type Kernel } from "../models/kernel/world.ts";

const ptes = ({ mm, page }: Kernel): number => mm.filter(({ pte }) => pte === page).length;

/** Q-MAP */
export const mapcountMatches = kernel.atEnd(
  "mapcount-matches",
  "mapcount equals the number of PTEs",
  (k) => k.page.mapcount === ptes(k) || `mapcount is ${k.page.mapcount}, and ${ptes(k)} PTEs map the page`,
  "the page can never be freed cleanly: bad_page() reports a nonzero mapcount, or rmap walks miss a PTE",
);

/** Q-REF */
export const refcountMatches = kernel.atEnd(
  "refcount-matches",
  "the references on the page are those of the page cache and of its PTEs",
  (k) => {
    const owed = (k.slot === k.page ? 1 : 0) + ptes(k);
    return k.page.refcount === owed || `refcount is ${k.page.refcount}, and ${owed} references are accounted for`;
  },
  "a reference too many leaks the page; one too few frees it while it is in use",
);

/** Q-LOCK */
export const locksReleased = kernel.atEnd(
  "locks-released",
  "no page lock and no page-table lock is held",
  ({ page, mm }) => {
    const held = mm.findIndex(({ ptl }) => ptl);
    return page.locked ? "the page is still locked" : held < 0 || `the ptl of mm[${held}] is still held`;
  },
  "the next one to take the lock hangs",
);

/** I-MAPNEG */
export const mapcountNotNegative = kernel.always(
  "mapcount-not-negative",
  "mapcount is never negative",
  ({ page }) => page.mapcount >= 0 || `mapcount is ${page.mapcount}`,
  'the kernel reports "BUG: Bad page map"',
);

export const balance = [mapcountMatches, refcountMatches, locksReleased, mapcountNotNegative];
