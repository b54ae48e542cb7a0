import { oneOf, scenario } from "faultline";
import { balance } from "../../specs/balance.ts";
import { noDirtyDeletion } from "../../specs/page-cache.ts";
import { kernel, pageInCache } from "../kernel/world.ts";
import { readThenStore } from "../mm/memory/read-then-store.ts";
import { ORDERS } from "../mm/filemap/mapper-orders.ts";
import { truncateSetsize } from "../mm/truncate/truncate.ts";
import { neverTaken } from "./recorded.ts";

/**
 * docs/kernel-facts.md 6.4 C9 and I-DRTY: what a private mapping is spared. A PTE that comes after
 * truncate_cleanup_page() can be stored through, and zapped, before the page is deleted: then the page is dirty again.
 * The PTE of a private mapping is read-only.
 */
export default scenario("stores-vs-truncate", {
  about: "A process maps a page without the page lock, stores to it and gives it back while a truncate removes it",
  world: kernel,
  params: { order: oneOf(...ORDERS), mapping: oneOf("shared", "private") },
  threads: ({ order, mapping }) => ({
    user: readThenStore(0, order, mapping === "shared"),
    truncate: truncateSetsize({ vmas: 1, gate: "page_mapped", rules: { dirty: "v5.9" } }),
  }),
  init: (k) => pageInCache(k, { pmd: "populated" }),
  specs: [noDirtyDeletion, ...balance],
  unreached: neverTaken("stores-vs-truncate"),
  expect: [
    { set: { order: "trylock" }, states: 1773 },
    { set: { order: "trylock", mapping: "private" }, states: 1376 },
    { set: { order: "patch4" }, violated: ["no-dirty-deletion"], states: 2510 },
    { set: { order: "patch4", mapping: "private" }, states: 1613 },
    { set: { order: "test-first" }, violated: ["no-dirty-deletion"], states: 2554 },
    { set: { order: "test-first", mapping: "private" }, states: 1659 },
    { set: { order: "december" }, states: 1433 },
    { set: { order: "december", mapping: "private" }, states: 1153 },
  ],
});
