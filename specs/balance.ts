import { kernel, type Kernel, type PageDraft } from "../models/kernel/world.ts";

/** How many entries map the page, or have it on a device, the one behind the first of a table, too. */
const ptesOf = ({ table }: Kernel, page: PageDraft): number =>
  table.filter(({ pte }) => pte.page === page || pte.device === page).length +
  table.filter(({ tailPte }) => tailPte.page === page).length;

/** The page of the file, and those that can take its place or lie beside it. */
export const pages = ({ page, cow, newpage, tail }: Kernel): readonly (readonly [name: string, page: PageDraft])[] => [
  ["page", page],
  ["cow", cow],
  ["newpage", newpage],
  ["tail", tail],
];

/** Q-MAP */
export const mapcountMatches = kernel.atEnd(
  "mapcount-matches",
  "mapcount equals the number of PTEs",
  (k) => {
    const wrong = pages(k).find(([, page]) => page.mapcount !== ptesOf(k, page));
    return !wrong || `${wrong[0]}.mapcount is ${wrong[1].mapcount}, and ${ptesOf(k, wrong[1])} PTEs map it`;
  },
  "the page can never be freed cleanly: bad_page() reports a nonzero mapcount, or rmap walks miss a PTE",
);

/** Q-REF */
export const refcountMatches = kernel.atEnd(
  "refcount-matches",
  "the references on a page are those of the page cache, of the swap cache, of its PTEs, and of memory_failure()",
  (k) => {
    const owed = (page: PageDraft): number =>
      (k.slot === page ? 1 : 0) + (page.swapcache ? 1 : 0) + (page.poisonRef ? 1 : 0) + ptesOf(k, page);
    const wrong = pages(k).find(([, page]) => page.refcount !== owed(page));
    return !wrong || `${wrong[0]}.refcount is ${wrong[1].refcount}, and ${owed(wrong[1])} references are accounted for`;
  },
  "a reference too many leaks the page; one too few frees it while it is in use",
);

/** Q-LOCK of the page lock, which has no owner; of all others `locking` asks it of each thread when it ends. */
export const locksReleased = kernel.atEnd(
  "locks-released",
  "no page is left locked",
  (k) => {
    const page = pages(k).find(([, { locked }]) => locked);
    return !page || `${page[0]} is still locked`;
  },
  "the next one to take the lock hangs",
);

/** I-MAPNEG */
export const mapcountNotNegative = kernel.always(
  "mapcount-not-negative",
  "mapcount is never negative",
  (k) => {
    const wrong = pages(k).find(([, { mapcount }]) => mapcount < 0);
    return !wrong || `${wrong[0]}.mapcount is ${wrong[1].mapcount}`;
  },
  'the kernel reports "BUG: Bad page map"',
);

export const balance = [mapcountMatches, refcountMatches, locksReleased, mapcountNotNegative];

/** Q-MAP of a huge page: its head's mapcount stands for compound_mapcount here. */
export const hugeMapcountMatches = kernel.atEnd(
  "huge-mapcount-matches",
  "the mapcount of a huge page equals the number of pmds that map it",
  ({ page, vma }) => {
    const pmds = vma.filter(({ pmd }) => pmd === "huge").length;
    return page.mapcount === pmds || `page.mapcount is ${page.mapcount}, and ${pmds} pmds map it`;
  },
  "the page can never be freed cleanly, or rmap walks miss a pmd",
);

export const hugeBalance = [hugeMapcountMatches, locksReleased, mapcountNotNegative];
