import { oneOf, scenario } from "faultline";
import { balance } from "../../specs/balance.ts";
import { kernel, pageInCache } from "../kernel/world.ts";
import { mapPagesInAnyOrder } from "../mm/filemap/map-pages-in-any-order.ts";
import { ORDERS } from "../mm/filemap/mapper-orders.ts";
import { splitHugePage } from "../mm/huge-memory/split.ts";
import { neverTaken } from "./recorded.ts";

/**
 * docs/kernel-facts.md T-DM: why page_add_file_rmap() wants the page lock for a compound page. The head of a huge page
 * is mapped by a PTE while the page is split; the split relies on the page lock to keep mapcount at 0 once it has
 * unmapped the page.
 */
export default scenario("fault-around-vs-split", {
  about: "A read fault maps the head of a huge page by a PTE while the page is split",
  world: kernel,
  params: { order: oneOf(...ORDERS) },
  threads: ({ order }) => ({ fault: mapPagesInAnyOrder(0, order), split: splitHugePage("pte", false) }),
  init: (k) => pageInCache(k, { pmd: "populated" }),
  specs: [...balance],
  unreached: neverTaken("fault-around-vs-split"),
  expect: [
    { set: { order: "trylock" }, states: 135 },
    { set: { order: "patch4" }, violated: ["no-bug"], states: 167 },
    { set: { order: "cover-letter" }, violated: ["no-bug"], states: 176 },
    { set: { order: "october" }, violated: ["no-bug"], states: 209 },
    { set: { order: "december" }, violated: ["no-bug"], states: 196 },
    { set: { order: "mapping-first" }, violated: ["no-bug"], states: 199 },
    { set: { order: "test-first" }, violated: ["no-bug"], states: 203 },
  ],
});
