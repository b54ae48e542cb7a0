import { bool, scenario } from "faultline";
import { balance } from "../../../specs/balance.ts";
import { storesReachDisk, writablePageIsDirty } from "../../../specs/tlb.ts";
import { kernel, pageMappedBy } from "../../kernel/world.ts";
import { firstStore } from "../../mm/memory/first-store.ts";
import { writeCachePages } from "../../mm/page-writeback/writeback.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by 79352894b285 (v2.6.23), docs/kernel-facts.md 2.9 and I-WB. page_mkclean() has found nothing to clean; a
 * write fault makes the PTE writable and sets PG_dirty, which is set already; then writeback clears it. The fix makes
 * the fault wait until the page is unlocked before it sets PG_dirty.
 */
export default scenario("races/wp-fault-vs-writeback", {
  about: "A write fault makes a PTE writable while clear_page_dirty_for_io() is between page_mkclean() and PG_dirty",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({
    user: firstStore(0, { mkwrite: false, release: fixed ? "3.18" : "2.6.22" }),
    writeback: writeCachePages(1),
  }),
  init(k) {
    pageMappedBy(k, 1);
    k.page.dirty = true;
    k.page.data = 1;
  },
  specs: [writablePageIsDirty, storesReachDisk, ...balance],
  unreached: neverTaken("races/wp-fault-vs-writeback"),
  expect: [
    { set: { fixed: false }, violated: ["writable-page-is-dirty"], states: 311 },
    { set: { fixed: true }, states: 286 },
    { set: { fixed: true }, memory: "lkmm", states: 533 },
    { set: { fixed: false }, memory: "tso", violated: ["writable-page-is-dirty"], states: 399 },
    { set: { fixed: false }, memory: "lkmm", violated: ["writable-page-is-dirty"], states: 751 },
    { set: { fixed: true }, memory: "tso", states: 388 },
  ],
});
