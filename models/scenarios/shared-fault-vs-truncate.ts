import { bool, oneOf, scenario } from "faultline";
import { balance } from "../../specs/balance.ts";
import { noMappedDeletion, noPteBeyondEof, noStalePte } from "../../specs/page-cache.ts";
import { PAGE_TABLES, kernel, pageInCache } from "../kernel/world.ts";
import { HANDLERS } from "../mm/memory/do-fault.ts";
import { SHARED_VARIANTS, doSharedFault } from "../mm/memory/shared-fault.ts";
import { truncateSetsize } from "../mm/truncate/truncate.ts";
import { neverTaken } from "./recorded.ts";

/**
 * docs/kernel-facts.md C1: patches 1 and 2 of October 2020 against what they start from. They change no verdict. What
 * does is a ->fault that returns a page of the page cache unlocked: nobody looks at page->mapping again.
 */
/** What has left the file when it is locked has no reference of the page cache: it is made dirty when it may be free. */
const STALE_AND_FREE = ["no-stale-pte", "no-pte-beyond-eof", "no-bug"] as const;

export default scenario("shared-fault-vs-truncate", {
  about: "A write fault in a shared mapping maps a page while a truncate removes it",
  world: kernel,
  params: {
    variant: oneOf(...SHARED_VARIANTS),
    mkwrite: bool,
    handler: oneOf(...HANDLERS),
    pmd: oneOf(...PAGE_TABLES),
  },
  threads: ({ variant, mkwrite, handler, pmd }) => ({
    fault: doSharedFault(0, { variant, mkwrite, handler, pmd }),
    truncate: truncateSetsize({ vmas: 1, gate: "page_mapped" }),
  }),
  init: pageInCache,
  specs: [noStalePte, noPteBeyondEof, noMappedDeletion, ...balance],
  unreached: neverTaken("shared-fault-vs-truncate"),
  expect: [
    { set: { variant: "baseline" }, states: 511 },
    { set: { variant: "patch1" }, states: 511 },
    { set: { variant: "patch2" }, states: 511 },
    { set: { variant: "baseline", mkwrite: true }, states: 647 },
    { set: { variant: "patch1", mkwrite: true }, states: 647 },
    { set: { variant: "patch2", mkwrite: true }, states: 647 },
    { set: { variant: "baseline", handler: "unlocked" }, violated: STALE_AND_FREE, states: 434 },
    { set: { variant: "patch1", handler: "unlocked" }, violated: STALE_AND_FREE, states: 434 },
    { set: { variant: "patch2", handler: "unlocked" }, violated: STALE_AND_FREE, states: 434 },
    { set: { variant: "baseline", mkwrite: true, handler: "unlocked" }, states: 512 },
    { set: { variant: "patch1", mkwrite: true, handler: "unlocked" }, states: 512 },
    { set: { variant: "patch2", mkwrite: true, handler: "unlocked" }, states: 426 },
  ],
});
