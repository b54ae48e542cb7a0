import { kernel, type Kernel, type PageDraft } from "../models/kernel/world.ts";
import { pages } from "./balance.ts";

const nameOf = (k: Kernel, page: PageDraft): string => pages(k).find(([, one]) => one === page)?.[0] ?? "page";

const BOTH = ["pte", "tailPte"] as const;

/** The same of the entry behind, in either table. It is asked last: most have none. */
function sharedByTail(k: Kernel): true | string {
  for (const [i, table] of k.table.entries())
    for (const which of BOTH) {
      const { page, writable } = table[which];
      if (!writable || page?.mapping !== "anon") continue;
      const other = k.table.findIndex(
        (one, j) => j !== i && BOTH.some((entry) => one[entry].page === page || k.mm[j]!.got === page),
      );
      if (other >= 0)
        return `vma[${i}] maps ${nameOf(k, page)} for writing, and vma[${other}] maps it, or GUP has got it`;
    }
  return true;
}

/** I-COW. fork() has no window here: it makes the parent's PTE read-only before it stores the child's. */
function sharedForWriting(k: Kernel): true | string {
  for (const [i, { pte }] of k.table.entries()) {
    if (!pte.writable || pte.page?.mapping !== "anon") continue;
    for (const [other, mm] of k.mm.entries()) {
      if (other === i) continue;
      if (k.table[other]!.pte.page === pte.page)
        return `vma[${i}] maps ${nameOf(k, pte.page)} for writing, and vma[${other}] maps it, too`;
      if (mm.got === pte.page)
        return `vma[${i}] maps ${nameOf(k, pte.page)} for writing, and mm[${other}] holds a reference from GUP`;
    }
  }
  return sharedByTail(k);
}

export const noSharedWrite = kernel.always(
  "no-shared-write",
  "no PTE allows stores to an anonymous page that another process maps or has got through GUP",
  sharedForWriting,
  "a process sees what another one writes after fork(), or its own data change",
);

/** The same where nobody gives the page back, so that lkmm can judge it. */
export const noSharedWriteInTheEnd = kernel.atEnd(
  "no-shared-write-in-the-end",
  "no PTE allows stores in the end to an anonymous page that another process maps or has got through GUP",
  sharedForWriting,
  "a process sees what another one writes after fork(), or its own data change",
);

/** I-PIN. The PTE is empty for a moment while the page is replaced, and for good after an unmap. */
function mapsWhatItHasPinned(k: Kernel): true | string {
  const moved = k.mm.findIndex(
    ({ got, pinned }, i) => pinned && got !== null && k.table[i]!.pte.page !== null && k.table[i]!.pte.page !== got,
  );
  return moved < 0 || `mm[${moved}] has pinned ${nameOf(k, k.mm[moved]!.got!)}, and vma[${moved}] maps another page`;
}

export const pinnedStaysMapped = kernel.always(
  "pinned-stays-mapped",
  "a process that has pinned a page maps that page, and no copy of it",
  mapsWhatItHasPinned,
  "the device reads or writes a page that the process does not see any more: DMA data are lost",
);

/** The same where nobody gives a pin back, so that lkmm can judge it. */
export const pinnedIsMapped = kernel.atEnd(
  "pinned-is-mapped",
  "a process that has a page pinned in the end maps that page, and no copy of it",
  mapsWhatItHasPinned,
  "the device reads or writes a page that the process does not see any more: DMA data are lost",
);

/** The same of a page that nobody else has replaced: it is still mapped where it was pinned. Where nobody gives a pin back. */
export const pinnedStaysThere = kernel.atEnd(
  "pinned-stays-there",
  "a page that is pinned in the end is still mapped where it was pinned",
  (k) => {
    const moved = k.mm.findIndex(({ got, pinned }, i) => pinned && got !== null && k.table[i]!.pte.page !== got);
    return moved < 0 || `mm[${moved}] has pinned ${nameOf(k, k.mm[moved]!.got!)}, and vma[${moved}] does not map it`;
  },
  "the device reads or writes a page that the process does not see any more there: DMA data are lost",
);

/** The protocol of PageAnonExclusive, since v5.19. Where nobody gives a pin back. */
export const pinnedIsExclusive = kernel.atEnd(
  "pinned-is-exclusive",
  "an anonymous page that is pinned in the end is exclusive to who has pinned it",
  (k) => {
    const shared = k.mm.findIndex(({ got, pinned }) => pinned && got !== null && !got.exclusive);
    return shared < 0 || `mm[${shared}] has pinned ${nameOf(k, k.mm[shared]!.got!)}, which may be shared`;
  },
  "a later write copies the page, or another process comes to share it: who has pinned it reads or writes the wrong one",
);

/** Of a lazyfree page: it may be discarded as long as nobody has stored to it since. */
export const dirtyIsKept = kernel.atEnd(
  "dirty-is-kept",
  "a page that somebody has stored to is not discarded",
  ({ page }) => page.data < 2 || page.refcount > 0 || "the page is free, and holds what was stored last",
  "a store is lost: the process reads zeroes",
);

/** I-REFPTE */
export const refcountCoversPtes = kernel.always(
  "refcount-covers-ptes",
  "a page has at least the references of its PTEs",
  (k) => {
    for (const [name, page] of pages(k)) {
      const ptes = k.table.flatMap(({ pte, tailPte }) => [pte, tailPte]).filter((entry) => entry.page === page).length;
      if (page.refcount < ptes)
        return `${name}.refcount is ${page.refcount}, and ${ptes === 1 ? "a PTE maps it" : `${ptes} PTEs map it`}`;
    }
    return true;
  },
  "the page is freed while it is mapped",
);

/** Q-REF, as far as it is about pins */
export const pinsMatch = kernel.atEnd(
  "pins-match",
  "a page is pinned as often as somebody has pinned it",
  (k) => {
    for (const [name, page] of pages(k)) {
      const holders = k.mm.filter(({ got, pinned }) => pinned && got === page).length;
      if (page.pins !== holders) return `${name} is pinned ${page.pins} times, and ${holders} holders know it`;
    }
    return true;
  },
  "the page is never freed, and copied at each fork()",
);

/** Q-RSS */
export const rssMatches = kernel.atEnd(
  "rss-matches",
  "the rss counter of each process is the number of its PTEs",
  ({ mm, vma }) => {
    const ptesOf = (i: number): number => {
      const table = vma[i]!.table;
      return table ? BOTH.filter((which) => table[which].page).length : 0;
    };
    const wrong = mm.findIndex(({ rss }, i) => rss !== ptesOf(i));
    return wrong < 0 || `mm[${wrong}] counts ${mm[wrong]!.rss} pages, and has ${ptesOf(wrong)} PTE`;
  },
  'the kernel reports "BUG: Bad rss-counter state" when the process exits',
);

/** What adds up for anonymous memory, beside `balance`. */
export const anonBalance = [refcountCoversPtes, pinsMatch, rssMatches];

/** I-COW, as far as it is about a file: what Dirty COW breaks. */
export const noWriteToFile = kernel.always(
  "no-write-to-file",
  "a write to a private mapping never changes the page of the file",
  ({ page }) => page.data === 0 || "the page of the file holds what was written to the private mapping",
  "whoever can read a file can change it, /etc/passwd included",
);

/** I-COW, as far as it is about the huge zero page: what Huge Dirty COW breaks. */
export const noWriteToZeroPage = kernel.always(
  "no-write-to-zero-page",
  "nobody writes to the huge zero page",
  ({ page }) => page.data === 0 || "the huge zero page, `page`, holds what was written to the private mapping",
  "all memory that has not been written to yet reads as something else than 0, in every process",
);

/** I-TLB, as far as it is about fork(). Until its flush, stores through old TLB entries are by design. */
export const noSharedWriteThroughTlb = kernel.always(
  "no-shared-write-through-tlb",
  "once fork() has returned, no TLB entry allows stores to a page that another process maps",
  ({ table, mm, cpu }) =>
    table.every(({ pte }, other) =>
      cpu.every(({ tlb }) =>
        tlb.every(
          (entry, i) =>
            i === other || mm[i]!.mmapLock < 0 || !entry.writable || pte.page === null || entry.page !== pte.page,
        ),
      ),
    ) || "a TLB entry of one process still allows stores to the page that the other one maps",
  "the child sees what the parent writes after fork()",
);

/** docs/kernel-facts.md 5 #33: allowed, and there. */
export const forkLeavesWindow = kernel.sometimes(
  "fork-leaves-window",
  "while fork() runs, another thread can still store to a page that the child maps already",
  ({ table, cpu }) => table[1].pte.page !== null && cpu[0].tlb[0].writable && cpu[0].tlb[0].page === table[1].pte.page,
);

/** Of a page that is replaced by a copy. */
export const noStoreLost = kernel.atEnd(
  "no-store-lost",
  "what was stored to a page is in the copy that has replaced it",
  ({ table, page, cow }) =>
    table[0].pte.page !== cow ||
    cow.data >= page.data ||
    `vma[0] maps the copy, which holds version ${cow.data}, and the old page version ${page.data}`,
  "a user's store is lost: memory is corrupted silently",
);
