/**
 * The claims of "[PATCH 0/4] Some more lock_page work.." of October 2020 and of the thread after it, each with the runs
 * that decide it. `faultline claims` judges them, docs/lock-page-series.md shows the outcome.
 *
 * An order of the mapper is a word of models/mm/filemap/mapper-orders.ts: LCPGS is ptl, mapcount++, PageLocked, page->mapping,
 * PTE.
 */
import { claim, type Case, type Claim } from "faultline";
import cowFault from "../scenarios/cow-fault-vs-truncate.ts";
import wpFault from "../scenarios/cow-vs-vmsplice.ts";
import reclaim from "../scenarios/fault-around-vs-reclaim.ts";
import split from "../scenarios/fault-around-vs-split.ts";
import sharedFault from "../scenarios/shared-fault-vs-truncate.ts";
import twoFaults from "../scenarios/two-faults.ts";
import twoReadFaults from "../scenarios/two-read-faults.ts";
import {
  ALARM_ONLY,
  BALANCE,
  COW_LACKING,
  COW_MET,
  FREEZERS,
  FREEZE_HOLDS,
  TRUSTERS,
  UNDER_FS_LOCK,
  UNJUDGED,
  against,
  alarm,
  bug,
  deletion,
  eof,
  hold,
  inOrder,
  stale,
  tolerated,
  underFsLock,
  unfrozen,
} from "./lock-page-runs.ts";

const COVER = "cover letter, 13 October 2020";

export const claims: readonly Claim[] = [
  claim({
    name: "C1",
    source: COVER,
    says: "The first three patches are fairly trivial cleanups.",
    cases: [
      ...["baseline", "patch1"].map((variant): Case => ({
        scenario: cowFault,
        set: { variant, handler: "unlocked" },
        claims: { [stale]: "holds", [eof]: "violated" },
        violated: [eof],
      })),
      ...["baseline", "patch1", "patch2"].map((variant): Case => ({
        scenario: sharedFault,
        set: { variant, mkwrite: true, handler: "unlocked" },
      })),
      { scenario: cowFault, set: { variant: "patch3" }, violated: [eof] },
    ],
    provided: {
      condition:
        "patch 3 also makes finish_fault() test i_size again, under ptl, and elsewhere than on x86 with a full barrier, smp_mb__after_spinlock(), before the test",
      met: COW_MET,
      lacking: COW_LACKING,
    },
    verdict: "true only if",
    because:
      "Patches 1 and 2 can differ from v5.9 only where ->fault returns the page unlocked. There they change no verdict and no final state: what a copy of a page that is truncated meanwhile does wrong with patch 1, it does in v5.9; patch 2 saves the lock before page_mkwrite. With patch 3 the copy needs no lock, but finish_fault() does. Once do_cow_fault() has unlocked the source page, a whole truncate fits in before the PTE is stored, its second unmap pass included, and that pass is there for just these copies. The private copy stays mapped beyond the end of the file. A test of i_size under ptl repairs that where the unmap takes ptl. But the unmap skips an empty page table without a lock. Then the fault stores the pmd entry and reads i_size, the truncate stores i_size and reads the pmd entry, and without a full barrier in the fault each may miss the other's store. On x86 spin_lock() is that barrier; the truncate has one in the references that it takes and puts between i_size_write() and its second pass.",
  }),
  claim({
    name: "C2",
    source: COVER,
    says: "filemap_map_pages() gives up on a page that is locked, so concurrent faults on one page in different address spaces push each other off the fast path.",
    cases: [
      { scenario: twoFaults, set: { order: "trylock" }, claims: { "fault-falls-back": "holds" } },
      { scenario: twoReadFaults, set: { order: "trylock" }, claims: { "fault-sleeps-and-maps": "holds" } },
    ],
    verdict: "true",
    because:
      "While one fault holds the page lock, the other finds it locked, maps nothing and goes on in __do_fault(), which sleeps for the lock. Nothing else touches the page.",
  }),
  claim({
    name: "C3",
    source: COVER,
    says: "filemap_map_pages() does not need the page lock.",
    cases: against("december", {
      punch: [alarm],
      truncate: [alarm],
      invalidate: [alarm, bug],
      reclaim: [],
      shmem: [bug],
    }),
    provided: {
      condition:
        "after mapcount++, and in one hold of ptl with the PTE store, it tests PageLocked and then page->mapping, and every remover tolerates a mapcount that is taken back",
      met: tolerated("december", ALARM_ONLY),
      lacking: [
        ...tolerated("LCGS", { punch: [stale, deletion, alarm] }),
        ...tolerated("LCPS", { punch: [stale, deletion, alarm] }),
        ...tolerated("mapping-first", { punch: [stale, deletion, alarm] }),
        ...tolerated("CPGLS", { punch: [stale, deletion, alarm] }),
        ...tolerated("test-first", { punch: [stale, deletion] }),
      ],
    },
    verdict: "true only if",
    because:
      "No order without the lock is safe in v5.9. The remover looks at mapcount to learn whether it must unmap, so the fault has to raise it before it tests; then the remover also sees the mapcount of a fault that backs out. Truncate and punch report that as a bad page; invalidate_inode_pages2_range() and shmem_writepage() stop in a BUG_ON(). None of these reports is right, and with all of them tolerated nothing is left.",
  }),
  claim({
    name: "C4",
    source: COVER,
    says: "Truncation can be handled as xfs does, by the file system's lock around map_pages.",
    cases: Object.entries(UNDER_FS_LOCK).map(([remover, violated]) => underFsLock(remover, violated)),
    provided: {
      condition: "whoever removes pages holds that lock, as truncate and hole punch do",
      met: ["punch", "truncate"].map((remover) => underFsLock(remover, [])),
      lacking: ["invalidate", "tmpfs", "memory-failure"].map((remover) =>
        underFsLock(remover, UNDER_FS_LOCK[remover]!),
      ),
    },
    verdict: "true only if",
    because:
      "With the lock, patch 4 is safe against truncate and hole punch. But direct I/O's invalidate_inode_pages2(), memory_failure() and shmem_writepage() take pages out of the page cache under the page lock alone.",
  }),
  claim({
    name: "C5",
    source: COVER,
    says: "Truncation can be handled by the right order: mapcount first, then test again that the page is not locked, the mapping valid, and the page in the xarray.",
    cases: ["punch", "truncate"].flatMap((remover) =>
      tolerated("cover-letter", { [remover]: [stale, deletion, alarm] }),
    ),
    provided: {
      condition:
        "the tests are made in one hold of ptl with the PTE store, PageLocked before the other two, and every remover tolerates a mapcount that is taken back",
      met: tolerated("LCPGXS", ALARM_ONLY),
      lacking: [
        ...tolerated("CPGXLS", { punch: [stale, deletion, alarm] }),
        ...tolerated("LCGXPS", { punch: [stale, deletion, alarm] }),
        ...against("LCPGXS", { punch: [alarm] }),
      ],
    },
    verdict: "true only if",
    because:
      "The mail does not mention ptl. Taken literally, with ptl last, the unmap comes and goes between mapcount++ and the PTE store and finds no PTE. Under ptl it has to wait for the PTE. Whoever writes the code is led there: alloc_set_pte() takes ptl before page_add_file_rmap(), so that the tests fall between that and set_pte_at(), which is LCPGXS and meets the condition. The test of the xarray adds nothing to that of page->mapping; either will do.",
  }),
  claim({
    name: "C6",
    source: COVER,
    says: "The loop can still just be left at anything odd, without populating the page table.",
    cases: ["trylock", "december", "cover-letter"].flatMap((order) => [
      ...against(
        order,
        order === "trylock"
          ? { punch: [], truncate: [], reclaim: [] }
          : order === "december"
            ? { punch: [alarm], truncate: [alarm], reclaim: [] }
            : { punch: [stale, deletion, alarm], truncate: [stale, deletion, alarm], reclaim: [] },
        { claims: hold(...BALANCE, "not-stuck") },
      ),
    ]),
    verdict: "true",
    because:
      "Wherever the fault gives up, mapcount, the references and both locks are as before, also in the orders that are wrong for other reasons.",
    open: "rss and the memcg statistics, which have to be taken back as well, are not modelled; nor are orders that store the PTE before the last test, which would have to flush the TLB.",
  }),
  claim({
    name: "C7",
    source: COVER,
    says: "Compound pages want the page lock; it is fine to just lock those.",
    cases: [
      { scenario: split, set: { order: "trylock" } },
      ...["patch4", "december", "test-first"].map((order): Case => ({
        scenario: split,
        set: { order },
        claims: { [bug]: "violated" },
        violated: [bug],
      })),
    ],
    verdict: "true",
    because:
      "split_huge_page() relies on the page lock to keep new PTEs away once it has unmapped the page: a fault without it makes the split stop in VM_BUG_ON(!unmap_success). With the trylock all holds.",
    open: "A huge page has one mapcount in these runs. That page_mapped() reads those of the sub-pages one after the other, and can miss a page that is mapped all the time, is `mapping-moves-vs-scan`: with the trylock nothing is wrong there, either.",
  }),
  claim({
    name: "C8",
    source: COVER,
    says: "It is the trylock itself that makes other faults fall back.",
    cases: [
      { scenario: twoFaults, set: { order: "trylock" }, claims: { "fault-falls-back": "holds" } },
      ...["december", "test-first"].map((order): Case => ({
        scenario: twoFaults,
        set: { order },
        claims: { "fault-falls-back": "vacuous" },
        vacuous: ["fault-falls-back"],
      })),
    ],
    verdict: "true",
    because: "Without it, no fault of a page that nobody removes leaves the fast path. That it is unnecessary is C3.",
  }),
  claim({
    name: "C9",
    source: `${COVER}, patch 4`,
    says: "A private mapping does not need to be so careful.",
    cases: against("patch4", {
      punch: [stale, deletion],
      truncate: [stale, deletion],
      invalidate: [stale, deletion, bug],
      shmem: [stale, bug],
    }),
    verdict: "false",
    because:
      "The page is deleted between the test of page->mapping and the PTE store, and stays mapped for good: once page->mapping is NULL, no unmap of the file's pages takes it for one. A private mapping promises nothing about changes of the file, but the kernel relies on a deleted page being unmapped. Its author withdrew it.",
  }),
  claim({
    name: "C10",
    source: COVER,
    says: "The COW code should not take the page lock either.",
    cases: [
      { scenario: cowFault, set: { variant: "patch3" }, violated: [eof] },
      ...["5.9", "5.19"].map((rule): Case => ({ scenario: wpFault, set: { rule, reclaim: true } })),
    ],
    provided: {
      condition:
        "do_wp_page() reuses a page only if nobody else has a reference to it, and do_cow_fault() tests i_size again under ptl, elsewhere than on x86 with a full barrier before the test",
      met: [...COW_MET, ...["5.9", "5.19"].map((rule): Case => ({ scenario: wpFault, set: { rule, reclaim: true } }))],
      lacking: [...COW_LACKING, { scenario: wpFault, set: { rule: "5.7" }, violated: ["no-shared-write"] }],
    },
    verdict: "true only if",
    because:
      "What counts in do_wp_page() is the number of references, read under ptl, which the lock does not protect: with v5.7's rule, mapcount alone, a page that another process keeps in a pipe is written to, lock or no lock. do_cow_fault() needs the lock until the PTE is stored, or i_size once more: see C1.",
    open: "v5.9 still takes the lock with a trylock and copies if that fails; v5.19 does without it for a page that is marked exclusive.",
  }),
  claim({
    name: "C11",
    source: "mail of 14 October 2020",
    says: "PageLocked, mapcount++, PageLocked again and the PTE store under ptl are enough, as a remover locks the page and then has to look at mapcount.",
    cases: ["punch", "truncate"].flatMap((remover) => tolerated("october", { [remover]: [stale, deletion, alarm] })),
    provided: {
      condition:
        "page->mapping is tested after the last test of PageLocked, and every remover tolerates a mapcount that is taken back",
      met: tolerated("december", ALARM_ONLY),
      lacking: [...tolerated("LCPS", { punch: [stale, deletion, alarm] }), ...against("december", { punch: [alarm] })],
    },
    verdict: "true only if",
    because:
      "The remover may have looked at mapcount, deleted the page and unlocked it before the last test. The page is not locked then, but it is gone. These runs begin with the test of page->mapping that v5.9 makes behind its trylock (the G of GLPCPS): the list does not name it, and without it they go wrong as well.",
  }),
  claim({
    name: "C12",
    source: "mail of 15 October 2020",
    says: "That try_to_unmap() misses a PTE which a fault without the lock is about to store does not matter.",
    cases: [...FREEZERS, ...TRUSTERS],
    provided: {
      condition: "whoever unmaps freezes the page's references before it relies on the page being unmapped",
      met: FREEZERS,
      lacking: TRUSTERS,
    },
    verdict: "true only if",
    because:
      "Reclaim of a file's page, migration and, but for its VM_BUG_ON, khugepaged freeze the references, and a fault holds one. The split of a huge page, shmem_writepage() and memory_failure() go on with a page that they believe unmapped. pageout() counts the references before shmem_writepage(), but a fault may take its own after that; what keeps it out then is a test of PageLocked behind the reference, which patch 4 does not make.",
  }),
  claim({
    name: "C13",
    source: "mail of 15 October 2020",
    says: "What protects __remove_mapping() is page_ref_freeze(), not the page lock.",
    cases: [
      ...["patch4", "cover-letter", "october", "december", "test-first"].map((order): Case => ({
        scenario: reclaim,
        set: { order },
      })),
      { scenario: reclaim, set: { order: "december" }, memory: "lkmm", claims: FREEZE_HOLDS, unjudged: UNJUDGED },
      ...unfrozen("patch4", [stale, deletion]),
      ...unfrozen("october", [stale]),
      ...unfrozen("cover-letter", [alarm]),
      ...unfrozen("december", [alarm]),
      ...unfrozen("test-first", []),
      ...unfrozen("trylock", []),
    ],
    verdict: "true",
    because:
      "A fault holds a reference from before its first test, so the freeze fails and reclaim gives the page back, whatever the order. With a plain test of the count in its place, patch 4 and the list of 14 October leave a page mapped that is gone. The other orders do not need the freeze: the cover letter's and December's cause a false alarm, test-first not even that, as the reference is counted and PageLocked tested after it; v5.9 has the page lock. So it is the freeze that makes the order of the fault's tests, and the page lock, irrelevant here; that nothing else could is not so.",
    open: "shmem_writepage() does not freeze: pageout() counts the references before, no more. It is among the removers of C3.",
  }),
  claim({
    name: "C14",
    source: "mail of 16 December 2020",
    says: "mapcount++, PageLocked, page->mapping and the PTE under ptl are right with some trivial memory ordering rules.",
    cases: [
      inOrder("sc", "none", [alarm]),
      inOrder("tso", "none", [alarm]),
      inOrder("lkmm", "none", [stale, deletion, alarm]),
    ],
    provided: {
      condition:
        "the remover has a full barrier between taking the page lock and page_mapped(), and the fault reads PageLocked as an acquire (on x86 the page lock and the order of loads are both already), and every remover tolerates a mapcount that is taken back",
      met: [
        inOrder("sc", "none", [alarm]),
        inOrder("tso", "none", [alarm]),
        inOrder("lkmm", "both", [alarm]),
        inOrder("lkmm", "both", [alarm], { remover: "truncate" }),
        inOrder("lkmm", "both", [alarm], { pmd: "none" }),
        inOrder("lkmm", "both", [alarm], { remover: "invalidate", check: "WARN_ON" }),
        inOrder("lkmm", "both", [alarm], { remover: "shmem", check: "WARN_ON" }),
      ],
      lacking: [
        ...["none", "remover", "mapper"].map((barriers) => inOrder("lkmm", barriers, [stale, deletion, alarm])),
        ...against("december", { punch: [alarm] }),
      ],
    },
    verdict: "true only if",
    because:
      "trylock_page() is an acquire: the load of mapcount may be satisfied before the store of PG_locked is visible, and then neither CPU sees the other. And PageLocked() orders nothing: page->mapping may have been read before it, from before the truncate. Each of the two breaks the order alone; one of the barriers is in code that every truncate runs. An empty page table, which the unmap skips without a lock, asks for no more: mapcount++ is a full barrier behind the store of the pmd entry.",
    open: "Load buffering is not explored: docs/memory.md says what that leaves out.",
  }),
];
