import { lruLists } from "../models/mm/swap/lru-add.ts";

/** Nobody looks through the unevictable list: who makes a page evictable has to take it from there. */
export const unevictableIsMlocked = lruLists.atEnd(
  "unevictable-is-mlocked",
  "a page that is on the unevictable list in the end is mlocked",
  ({ page, list }) =>
    list !== "unevictable" || page.mlocked || "the page is on the unevictable list, and PG_mlocked is clear",
  "reclaim never looks at the page again: its memory is lost until it is freed, or moved by compaction",
);
