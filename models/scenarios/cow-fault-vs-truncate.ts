import { bool, oneOf, scenario } from "faultline";
import { balance } from "../../specs/balance.ts";
import { noPteBeyondEof, noStalePte } from "../../specs/page-cache.ts";
import { PAGE_TABLES, kernel, pageInCache } from "../kernel/world.ts";
import { COW_VARIANTS, doCowFault } from "../mm/memory/cow-fault.ts";
import { HANDLERS } from "../mm/memory/do-fault.ts";
import { truncateSetsize } from "../mm/truncate/truncate.ts";
import { neverTaken } from "./recorded.ts";

export default scenario("cow-fault-vs-truncate", {
  about: "A write fault in a private mapping copies a page while a truncate removes it",
  world: kernel,
  params: {
    variant: oneOf(...COW_VARIANTS),
    onePass: bool,
    handler: oneOf(...HANDLERS),
    pmd: oneOf(...PAGE_TABLES),
  },
  threads: ({ variant, onePass, handler, pmd }) => ({
    fault: doCowFault(0, variant, { handler, pmd }),
    truncate: truncateSetsize({ vmas: 1, gate: "page_mapped" }, !onePass),
  }),
  init: pageInCache,
  specs: [noPteBeyondEof, noStalePte, ...balance],
  unreached: neverTaken("cow-fault-vs-truncate"),
  expect: [
    { set: { variant: "baseline" }, states: 588 },
    { set: { variant: "patch1" }, states: 588 },
    { set: { variant: "patch3" }, violated: ["no-pte-beyond-eof"], states: 687 },
    { set: { variant: "patch3-recheck" }, states: 628 },
    { set: { variant: "baseline", onePass: true }, violated: ["no-pte-beyond-eof"], states: 500 },
    { set: { variant: "patch3-recheck-mb" }, states: 661 },
    // Nobody looks at page->mapping again once the page is locked.
    { set: { variant: "baseline", handler: "unlocked" }, violated: ["no-pte-beyond-eof"], states: 492 },
    { set: { variant: "patch1", handler: "unlocked" }, violated: ["no-pte-beyond-eof"], states: 492 },
    { set: { variant: "patch3-recheck" }, memory: "lkmm", states: 1755 },
    { set: { variant: "baseline" }, memory: "lkmm", states: 1725 },
    // With an empty page table the fault stores the pmd entry and reads i_size, the truncate stores i_size and reads the
    // pmd entry, without a lock. On x86 spin_lock() is a full barrier between the two.
    { set: { variant: "patch3-recheck", pmd: "none" }, states: 700 },
    { set: { variant: "patch3-recheck", pmd: "none" }, memory: "tso", states: 1318 },
    { set: { variant: "patch3-recheck", pmd: "none" }, memory: "lkmm", violated: ["no-pte-beyond-eof"], states: 2476 },
    { set: { variant: "patch3-recheck-mb", pmd: "none" }, memory: "lkmm", states: 2649 },
    { set: { variant: "baseline", pmd: "none" }, memory: "lkmm", states: 1644 },
  ],
});
