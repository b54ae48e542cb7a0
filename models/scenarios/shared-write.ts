import { bool, oneOf, scenario } from "faultline";
import { balance } from "../../specs/balance.ts";
import { noDirtyDeletion, noMappedDeletion, noPteBeyondEof, noStalePte } from "../../specs/page-cache.ts";
import { storesReachDisk, writablePageIsDirty } from "../../specs/tlb.ts";
import { kernel, pageMappedBy } from "../kernel/world.ts";
import { firstStore } from "../mm/memory/first-store.ts";
import { truncateSetsize } from "../mm/truncate/truncate.ts";
import { writeCachePages } from "../mm/page-writeback/writeback.ts";
import { neverTaken } from "./recorded.ts";

/**
 * docs/kernel-facts.md 2.10, wp_page_shared(): PTE and PG_dirty are set under one hold of the page lock, or, without
 * ->page_mkwrite, the PTE before the page is locked. Writeback and truncate rely on either.
 */
export default scenario("shared-write", {
  about: "The first store to a page that a shared mapping has mapped read-only, while it is written back or truncated",
  world: kernel,
  params: { against: oneOf("writeback", "truncate"), mkwrite: bool },
  threads: ({ against, mkwrite }) => ({
    user: firstStore(0, { mkwrite }),
    ...(against === "writeback"
      ? { writeback: writeCachePages(1) }
      : { truncate: truncateSetsize({ vmas: 1, gate: "page_mapped", rules: { dirty: "v5.9" } }) }),
  }),
  init(k) {
    pageMappedBy(k, 1);
    k.page.dirty = true;
    k.page.data = 1;
  },
  specs: [
    storesReachDisk,
    writablePageIsDirty,
    noDirtyDeletion,
    noStalePte,
    noPteBeyondEof,
    noMappedDeletion,
    ...balance,
  ],
  unreached: neverTaken("shared-write"),
  expect: [
    { set: { against: "writeback" }, states: 303 },
    { set: { against: "writeback", mkwrite: true }, states: 287 },
    { set: { against: "truncate" }, states: 479 },
    { set: { against: "truncate", mkwrite: true }, states: 575 },
  ],
});
