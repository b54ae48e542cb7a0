import { bool, oneOf, scenario } from "faultline";
import { mapcountMatches, mapcountNotNegative } from "../../../specs/balance.ts";
import { noFalseAlarm, noMappedDeletion } from "../../../specs/page-cache.ts";
import { kernel, pageMappedBy } from "../../kernel/world.ts";
import { zapTable } from "../../mm/memory/zap-table.ts";
import { invalidateFolios } from "../../mm/truncate/invalidate-folios.ts";
import { punchFolios } from "../../mm/truncate/truncate-folios.ts";
import { neverTaken } from "../recorded.ts";

/**
 * docs/questions/pmd-clear-before-flush.md: MADV_DONTNEED of a whole page table clears the pmd entry before it flushes and before it takes
 * mapcount down, so that who unmaps the folio passes the page table by. `fixed`: it is cleared behind both.
 */
export default scenario("questions/pmd-clear-before-flush", {
  about:
    "A page table whose one dirty PTE is zapped leaves its pmd entry, while the folio is removed from the page cache",
  world: kernel,
  params: { remover: oneOf("punch", "invalidate"), clean: bool, fixed: bool },
  threads: ({ remover, fixed }) => ({
    dontneed: zapTable(0, fixed),
    [remover]: (remover === "punch" ? punchFolios : invalidateFolios)({ release: "v7.1", vmas: 1, users: true }),
  }),
  init: (k, { clean }) => pageMappedBy(k, 1, clean ? {} : { writable: true, dirty: true }),
  specs: [noMappedDeletion, noFalseAlarm, mapcountMatches, mapcountNotNegative],
  unreached: neverTaken("questions/pmd-clear-before-flush"),
  expect: [
    { violated: ["no-false-alarm"], states: 255 },
    { set: { remover: "invalidate" }, violated: ["no-bug"], states: 233 },
    { set: { remover: "invalidate" }, memory: "tso", violated: ["no-bug"], states: 332 },
    { set: { remover: "invalidate" }, memory: "lkmm", violated: ["no-bug"], states: 429 },
    { set: { fixed: true }, states: 200 },
    { set: { remover: "invalidate", fixed: true }, states: 248 },
    { set: { remover: "invalidate", fixed: true }, memory: "tso", states: 446 },
    { set: { remover: "invalidate", clean: true }, states: 272 },
    // Of a clean PTE mapcount goes down before the pmd entry is cleared, but nothing orders the two loads of who looks at both.
    { set: { remover: "invalidate", clean: true }, memory: "lkmm", violated: ["no-bug"], states: 664 },
    { set: { remover: "invalidate", fixed: true }, memory: "lkmm", violated: ["no-bug"], states: 570 },
    { set: { remover: "invalidate", clean: true, fixed: true }, memory: "lkmm", violated: ["no-bug"], states: 650 },
  ],
});
