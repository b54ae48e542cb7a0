import { bool, oneOf, scenario } from "faultline";
import { balance } from "../../../specs/balance.ts";
import { noPteBeyondEof, noStalePte } from "../../../specs/page-cache.ts";
import { emptyPageTable, kernel } from "../../kernel/world.ts";
import { shmemMfillAtomicPte } from "../../mm/shmem/mfill-atomic.ts";
import { truncateSetsize } from "../../mm/truncate/truncate.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by e2a50c1f6414 (v4.20), docs/kernel-facts.md 5 #45. UFFDIO_COPY puts a page into a file of tmpfs where a truncate has just been: the page
 * is beyond the end of the file, in the page cache and mapped, and no truncate comes back for it. The fix looks at i_size twice: before the page
 * goes into the file, and under ptl, as the faults on files do. `without=under ptl` is half of it.
 *
 * By hand, v5.9: i_size is read at mm/shmem.c:2408 and 2434, ptl is taken between, at 2431. truncate_setsize() writes i_size, and its first
 * unmap takes ptl behind that, or its second one does, for pages that are in the file by then: who has ptl before that one is unmapped by it,
 * and who has it after sees the size.
 */
export default scenario("races/uffd-copy-vs-truncate", {
  about: "UFFDIO_COPY puts a page into a file of tmpfs while the file is truncated",
  world: kernel,
  params: { fixed: bool, without: oneOf("both", "under ptl") },
  threads: ({ fixed, without }) => ({
    copy: shmemMfillAtomicPte(0, fixed ? "under ptl" : without === "both" ? "nowhere" : "before ptl"),
    truncate: truncateSetsize({ vmas: 1, gate: "page_mapped" }),
  }),
  init(k) {
    emptyPageTable(k);
    k.isize = 1;
  },
  specs: [noPteBeyondEof, noStalePte, ...balance],
  unreached: neverTaken("races/uffd-copy-vs-truncate"),
  expect: [
    { set: { fixed: false }, violated: ["no-pte-beyond-eof"], states: 272 },
    { set: { fixed: false }, memory: "tso", violated: ["no-pte-beyond-eof"], states: 497 },
    { set: { fixed: false }, memory: "lkmm", violated: ["no-pte-beyond-eof"], states: 425 },
    { set: { fixed: false, without: "under ptl" }, violated: ["no-pte-beyond-eof"], states: 311 },
    { set: { fixed: false, without: "under ptl" }, memory: "tso", violated: ["no-pte-beyond-eof"], states: 557 },
    { set: { fixed: false, without: "under ptl" }, memory: "lkmm", violated: ["no-pte-beyond-eof"], states: 469 },
    { set: { fixed: true }, states: 329 },
    { set: { fixed: true }, memory: "tso", states: 668 },
    { set: { fixed: true }, memory: "lkmm", states: 755 },
  ],
});
