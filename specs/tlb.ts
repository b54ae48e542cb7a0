import { kernel, type Kernel } from "../models/kernel/world.ts";
import { pages } from "./balance.ts";

/** Q-DATA, and so I-WB: a store that writeback did not see leaves the page dirty, or its PTE. */
export const storesReachDisk = kernel.atEnd(
  "stores-reach-disk",
  "what was stored to the page is on disk, or the page or its PTE is dirty",
  ({ page, disk, table, slot }) =>
    slot !== page ||
    page.data === disk ||
    page.dirty ||
    table.some(({ pte }) => pte.page === page && pte.dirty) ||
    `the page holds version ${page.data}, the disk version ${disk}, and neither the page nor a PTE is dirty`,
  "the store is lost: the page is dropped as clean, or never written again",
);

/** I-WB: what fsync() and msync() write is what has PG_dirty set, whatever the PTEs say. */
export const writablePageIsDirty = kernel.atEnd(
  "writable-page-is-dirty",
  "a page that a PTE allows stores to is PG_dirty",
  ({ page, table }) =>
    page.dirty ||
    (!table.some(({ pte }) => pte.page === page && pte.writable) &&
      !table.some(({ tailPte }) => tailPte.page === page && tailPte.writable)) ||
    "a PTE allows stores to the page, and PG_dirty is clear",
  "msync() returns before what was stored is on disk; the file system does not know that the page will change",
);

/** I-TLB and I-FREE */
export const noTlbEntryOfFreePage = kernel.always(
  "no-tlb-entry-of-free-page",
  "no TLB entry maps a free page",
  (k) => {
    for (const [name, page] of pages(k)) {
      // Frozen, or under the page lock: the page is on its way out of the page cache.
      if (page.refcount > 0 || page.pins > 0 || page.locked || page.frozen) continue;
      const stale = k.cpu.findIndex(({ tlb }) => tlb.some((entry) => entry.page === page));
      if (stale >= 0)
        return `${page === k.page ? "the page" : name} is free, and a TLB entry of CPU${stale} still maps it`;
    }
    return true;
  },
  "a user reads or writes memory that belongs to somebody else by then",
);

/** I-TLB, as far as the user is promised it */
export const noTlbEntryAfterUnmap = kernel.always(
  "no-tlb-entry-after-unmap",
  "once munmap() or madvise(MADV_DONTNEED) has returned, no TLB entry of its range is left",
  ({ vma, cpu }) => {
    const stale = cpu.findIndex(({ tlb }) => vma.some(({ unmapped }, i) => unmapped && tlb[i]!.page !== null));
    return stale < 0 || `the system call has returned, and a TLB entry of CPU${stale} still maps the page`;
  },
  "another thread goes on using memory that the process has given back",
);

/** I-TLB, as far as mprotect() promises it */
function protects({ vma, table, cpu }: Kernel): true | string {
  const i = vma.findIndex(({ readOnly }) => readOnly);
  if (i < 0) return true;
  if (table[i]!.pte.writable) return "the system call has returned, and the PTE allows stores";
  const stale = cpu.findIndex(({ tlb }) => tlb[i]!.page !== null && tlb[i]!.writable);
  return stale < 0 || `the system call has returned, and a TLB entry of CPU${stale} allows stores`;
}

export const noStoreAfterProtect = kernel.always(
  "no-store-after-protect",
  "once mprotect(PROT_READ) has returned, neither a PTE nor a TLB entry of its range allows stores",
  protects,
  "another thread goes on storing to memory that has been made read-only",
);

/**
 * The same where nobody allows stores again, so that lkmm can judge it: an entry by which stores go through stays until it is
 * flushed. Only one by which a store would fault may go before, by that fault.
 */
export const noStoreAfterProtectInTheEnd = kernel.atEnd(
  "no-store-after-protect-in-the-end",
  "after mprotect(PROT_READ), neither a PTE nor a TLB entry of its range allows stores in the end",
  protects,
  "another thread goes on storing to memory that has been made read-only",
);
