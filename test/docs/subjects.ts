import { scenarios } from "../../models/scenarios/index.ts";

/** What the bundled scenarios are about, for docs/scenarios.md: each is under one subject. */
const SUBJECTS: Readonly<Record<string, readonly string[]>> = {
  "fault-around without the page lock": [
    "fault-around-vs-punch",
    "fault-around-vs-truncate",
    "fault-around-vs-invalidate",
    "fault-around-vs-reclaim",
    "fault-around-vs-collapse",
    "fault-around-vs-migrate",
    "fault-around-vs-split",
    "fault-around",
    "fault-around-orders",
    "recheck-barriers",
    "map-pages-under-lock",
    "two-faults",
    "two-read-faults",
    "stores-vs-truncate",
  ],
  "other faults on files": [
    "cow-fault-vs-truncate",
    "shared-fault-vs-truncate",
    "shared-and-read-fault",
    "shared-write",
    "faults-by-release",
    "memory-failure-by-release",
    "faults-fill-table",
    "races/read-in-vs-read",
    "races/wp-fault-vs-truncate",
    "races/wp-fault-vs-writeback",
    "races/nopage-vs-invalidate",
    "races/two-unmaps",
    "races/folio-across-eof",
    "questions/stale-file-end",
  ],
  "file systems": [
    "xfs-punch",
    "races/ext4-fault-vs-punch",
    "races/two-dax-faults",
    "races/mkclean-vs-buffers",
    "races/hugetlb-fault-vs-punch",
    "races/shmem-fault-vs-punch",
  ],
  "the page lock": [
    "page-lock",
    "lock-page-under-ptl",
    "fault-under-page-lock",
    "races/page-lock-starvation",
    "questions/unlock-without-reference",
  ],
  "COW, fork and GUP": [
    "cow-vs-vmsplice",
    "write-faults",
    "pin-vs-fork",
    "fork-vs-store",
    "gup-fast-vs-munmap",
    "vmsplice-by-release",
    "pin-vs-fork-by-release",
    "read-pin-by-release",
    "anon-faults-by-release",
    "write-faults-by-release",
    "mprotect-by-release",
    "madv-free-by-release",
    "races/dirty-cow",
    "races/shmem-dirty-cow",
    "races/vmsplice-child",
    "races/pin-fork-write",
    "races/gup-fast-vs-fork",
    "races/soft-dirty-vs-pin",
    "races/remove-mapping-vs-gup",
    "races/swap-cache-vs-pin",
    "races/uffd-wp-vs-copy",
    "races/exclusive-vs-gup-fast",
    "races/lazyfree-vs-pin",
    "questions/fork-vs-pin",
    "questions/uffd-move-vs-pin",
    "questions/lazyfree-batch-vs-pin",
    "questions/large-folio-reuse",
  ],
  "the locks of VMAs": [
    "vma-lock-vs-munmap",
    "races/mm-lock-seq-order",
    "races/vma-lock-anon-vma",
    "races/stackrot",
    "races/vma-refcnt-uaf",
    "questions/vma-start-write-vs-end-read",
    "questions/pmd-check-vs-dontneed",
    "questions/vm-refcnt-values",
    "questions/whose-mm-is-woken",
    "questions/maps-misses-a-tail",
  ],
  swap: [
    "races/swapin-skips-cache",
    "races/swap-free-vs-swapoff",
    "races/uffd-move-swap-cache",
    "questions/swap-cache-is-the-lock",
  ],
  "the TLB": [
    "races/zap-flushes-late",
    "races/zap-vs-mkclean",
    "mremap-by-release",
    "races/mremap-vs-mkclean",
    "races/mremap-vs-truncate",
    "races/reclaim-batched-flush",
    "races/two-dontneed",
    "races/pfnmap-unlink",
    "questions/pmd-clear-before-flush",
    "tlb-gen-vs-switch",
  ],
  "page tables under walkers": [
    "races/gup-fast-vs-collapse",
    "races/gup-fast-vs-deposit",
    "races/collapse-vs-pt-reclaim",
    "races/pmd-unshare-vs-gup-fast",
    "races/split-migration-pmd-vs-gup-fast",
    "races/mremap-vs-retract",
    "retract-page-tables",
    "races/mremap-pmd-vs-truncate",
    "pt-reclaim-vs-fault",
    "questions/collapse-none-pmd-vs-rmap",
    "questions/table-sync",
    "questions/unshare-vs-lazy-tlb",
  ],
  "huge pages": [
    "mapping-moves-vs-scan",
    "races/zap-huge-pmd-vs-truncate",
    "races/split-vs-zap",
    "races/huge-dirty-cow",
  ],
  "every two paths of a page": [
    "pairs",
    "pairs-anon",
    "pairs-today",
    "pairs-anon-today",
    "pairs-alone-today",
    "pairs-swap",
  ],
};

/** Rows of subject, name and sentence; fails for a scenario that has no subject, or no longer exists. */
export function bundledBySubject(): readonly (readonly string[])[] {
  const bundled = new Map(scenarios.map(({ name, about }) => [name, about]));
  const rows = Object.entries(SUBJECTS).flatMap(([subject, names]) =>
    names.map((name, i) => {
      const about = bundled.get(name);
      if (about === undefined) throw new Error(`${name}, under '${subject}', is not bundled, or is listed twice`);
      bundled.delete(name);
      return [i === 0 ? subject : "", `\`${name}\``, about];
    }),
  );
  if (bundled.size > 0) throw new Error(`give a subject in test/docs/subjects.ts to ${[...bundled.keys()].join(", ")}`);
  return rows;
}
