import { kernel, type Kernel, type PageDraft } from "../models/kernel/world.ts";
import { pages } from "./balance.ts";

/** The pages that can be at index 0 of the file. */
const filePages = ({ page, newpage }: Kernel): readonly PageDraft[] => [page, newpage];

/** The vma that maps `page` as a huge page of the file by its pmd, or -1. Asked last: most have none. */
const hugePmdOf = ({ vma, page }: Kernel): number =>
  page.mapping === "anon" ? -1 : vma.findIndex(({ pmd }) => pmd === "huge");

/** Q-STALE */
export const noStalePte = kernel.atEnd(
  "no-stale-pte",
  "a PTE maps a page of the file only if that is in the page cache",
  (k) => {
    for (const page of filePages(k)) {
      const stale = k.table.findIndex(
        ({ pte, tailPte }) =>
          (pte.page === page || tailPte.page === page) && !(page.mapping === "file" && k.slot === page),
      );
      if (stale < 0) continue;
      const name = page === k.newpage ? "newpage" : "the page";
      return `vma[${stale}] still maps ${name}, but page->mapping is ${page.mapping === "file" ? "set" : "NULL"} and the xarray entry is ${k.slot ? "set" : "NULL"}`;
    }
    const huge = hugePmdOf(k);
    return huge < 0 || k.slot === k.page || `vma[${huge}] still maps the huge page, which the page cache does not hold`;
  },
  "the process goes on reading a page that is no longer the file's, until it unmaps it",
);

/** Q-EOF: private copies included, because a truncate promises SIGBUS beyond the end of the file */
export const noPteBeyondEof = kernel.atEnd(
  "no-pte-beyond-eof",
  "after a truncate no PTE is left beyond the end of the file, not even one of a private copy",
  (k) => {
    const { table, isize, cow, tail } = k;
    const behind = table.findIndex(({ tailPte }) => tailPte.page !== null && isize <= 1);
    if (behind >= 0) return `i_size is ${isize}, and the second entry of table[${behind}] maps a page`;
    const left = table.findIndex(({ pte }) => pte.page !== null && isize <= (pte.page === tail ? 1 : 0));
    if (left >= 0)
      return `i_size is ${isize}, and vma[${left}] still maps ${table[left]!.pte.page === cow ? "a private copy" : "the page"}`;
    const huge = isize === 0 ? hugePmdOf(k) : -1;
    return huge < 0 || `i_size is 0, and vma[${huge}] still maps the huge page`;
  },
  "an access beyond the end of the file works where it should raise SIGBUS",
);

const NAMES: Readonly<Record<string, string>> = { page: "the page", cow: "the copy" };

/** I-FREE */
export const noMappedFreePage = kernel.always(
  "no-mapped-free-page",
  "a free page is neither mapped, nor in the page cache or the swap cache, nor held by GUP",
  (k) => {
    for (const [key, free] of pages(k)) {
      // Frozen, or under the page lock: the page is on its way out of the page cache.
      if (free.refcount > 0 || free.pins > 0 || free.locked || free.frozen) continue;
      const name = NAMES[key] ?? key;
      const mapped = k.table.findIndex(({ pte, tailPte }) => pte.page === free || tailPte.page === free);
      if (mapped >= 0) return `${name} is free, and vma[${mapped}] maps it`;
      const held = k.mm.findIndex(({ got }) => got === free);
      if (held >= 0) return `${name} is free, and mm[${held}] has got it through GUP`;
      if (free.mapcount !== 0 || free.mapping === "file" || k.slot === free || free.swapcache)
        return `${name} is free, and still in use`;
      if (k.swapSlot.cache === free) return `${name} is free, and in the swap cache`;
    }
    return true;
  },
  "whoever gets the page next shares it with a process that has nothing to do with it",
);

/** I-DEL, as far as it is real: a PTE is there, or will be and stay */
export const noMappedDeletion = kernel.always(
  "no-mapped-deletion",
  "no page is deleted from the page cache while a PTE maps it or is about to",
  (k) => {
    for (const { deletedMapped } of filePages(k)) {
      if (deletedMapped === "real") return "the page was deleted from the page cache while a PTE mapped it";
      if (deletedMapped === "late")
        return "the page was deleted while mapcount counted a PTE that has been stored since";
    }
    return true;
  },
  'the kernel reports "BUG: Bad page cache", or stops in VM_BUG_ON_PAGE(page_mapped(page)), and is right',
);

/** I-DEL, as far as it is a false alarm */
export const noFalseAlarm = kernel.always(
  "no-false-alarm",
  "no deletion finds a mapcount that is later taken back",
  (k) =>
    filePages(k).every(({ deletedMapped }) => deletedMapped !== "transient") ||
    "the mapcount that the deletion saw has been taken back: no PTE was stored",
  'the kernel reports "BUG: Bad page cache", or stops in VM_BUG_ON_PAGE(page_mapped(page)), though nothing is wrong',
);

/** docs/kernel-facts.md 2.17: page_mapped() of a huge page is no snapshot. */
export const scanMissesNothing = kernel.always(
  "scan-misses-nothing",
  "page_mapped() of a huge page says no only if at some moment no sub-page was mapped",
  ({ page }) =>
    !page.scanMissed || "sub-page 0 was mapped after it was looked at, and sub-page 1 unmapped before it was",
  "the page is removed from the page cache without an unmap, and stays mapped",
);

/** I-UPT */
export const noEarlyRead = kernel.always(
  "no-early-read",
  "whoever sees PG_uptodate sees what the page has been filled with",
  ({ page }) => !page.readEarly || "the page was uptodate, and a reader got what was in it before it was filled",
  "a user reads what the memory held before: data of another file, or of another user",
);

/** I-DRTY */
export const noDirtyDeletion = kernel.always(
  "no-dirty-deletion",
  "no page is dirty when it is deleted from the page cache",
  ({ page }) => !page.deletedDirty || "PG_dirty was set again after cancel_dirty_page(), before the deletion",
  "WARN_ON_ONCE(PageDirty(page)) fires; the counters of dirty pages are wrong from then on, and writers are throttled by them",
);

/**
 * What a hole punch promises, where nothing reads a page in again: docs/kernel-facts.md lists it under Q-STALE,
 * although page, PTE and file do agree here
 */
export const holeIsPunched = kernel.atEnd(
  "hole-is-punched",
  "no page is in the page cache of a hole when the hole punch has returned",
  ({ slot, page }) => slot === null || `${slot === page ? "the page is still" : "another page is"} in the page cache`,
  "a read of the hole returns the old data",
);

/** Data loss, for a file in persistent memory: each process that has the block mapped has stored to it once */
export const daxStoresKept = kernel.atEnd(
  "dax-stores-kept",
  "every store to a mapped block is in the file",
  ({ pmem, table }) => {
    const stores = table.filter(({ pte }) => pte.page !== null).length;
    return pmem === stores || `${stores} processes have stored, and the block holds ${pmem} stores`;
  },
  "data is lost that a process has stored successfully",
);

/** Q-STALE of the block, in place of the page */
export const noPageOverFreedBlock = kernel.atEnd(
  "no-page-over-freed-block",
  "no page in the page cache belongs to a block that the file has given back",
  ({ slot, block }) => !slot?.hasBlock || block !== "hole" || "the page has been read from a block that is free by now",
  "the hole shows old data, and what is written to the page lands in a block that may be another file's",
);

/** T-MIG */
export const mappedPageMigrates = kernel.atEnd(
  "mapped-page-migrates",
  "migration does not give up a page that a PTE maps",
  ({ page, table }) =>
    !page.unmigratable ||
    !table.some(({ pte }) => pte.page === page) ||
    "the page has no mapping, so migration backs off, and a PTE still maps it",
  "the page stays where it is until the process unmaps it: compaction and memory offlining fail",
);

/** Data loss: what a holder of the page has stored is on disk, or will be. */
export const storedIsKept = kernel.atEnd(
  "stored-is-kept",
  "a page that has been stored to stays in the page cache until it is written",
  ({ page, slot, disk }) =>
    slot === page ||
    page.data === disk ||
    `the page has version ${page.data}, the disk version ${disk}, and it is gone`,
  "data is lost that has been stored successfully",
);

/** What memory_failure() is to reach: a page that is clean is thrown away, and read in again where it is good. */
export const poisonedIsUnmapped = kernel.atEnd(
  "poisoned-is-unmapped",
  "nobody maps a page that memory_failure() has taken a reference of",
  ({ page, table }) => {
    const left = table.findIndex(({ pte }) => page.poisonRef && pte.page === page);
    return left < 0 || `memory_failure() is over, and vma[${left}] maps the broken page`;
  },
  "memory_failure() has given up, and a process that goes on finds the broken page again",
);
