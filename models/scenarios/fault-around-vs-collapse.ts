import { bool, oneOf, scenario } from "faultline";
import { balance } from "../../specs/balance.ts";
import { noStalePte } from "../../specs/page-cache.ts";
import { kernel, pageInCache } from "../kernel/world.ts";
import { collapseFile } from "../paths/collapse.ts";
import { ORDERS, filemapMapPages } from "../paths/fault-around.ts";

/**
 * kernel.md T-K: the one change that running the series took was to leave out the VM_BUG_ON_PAGE(page_mapped(page)) of
 * collapse_file(). It fires for every order without the page lock; without it nothing is lost, because the
 * page_ref_freeze() after it fails.
 */
export default scenario("fault-around-vs-collapse", {
  about: "A read fault maps a cached page while khugepaged collapses it into a huge page",
  world: kernel,
  params: { order: oneOf(...ORDERS), unchecked: bool },
  threads: ({ order, unchecked }) => ({ fault: filemapMapPages(0, order), collapse: collapseFile(1, !unchecked) }),
  init: (k) => pageInCache(k, { pmd: "populated" }),
  specs: [noStalePte, ...balance],
  // A page that is still in the file never loses its mapping while a fault holds a reference.
  unreached: ({ order }) => {
    if (order === "trylock") return ["filemap_map_pages: unlock: unlock_page(page)"];
    return order === "patch4" ? ["filemap_map_pages: skip: put_page(page)"] : [];
  },
  expect: [
    { set: { order: "trylock" } },
    { set: { order: "patch4" }, violated: ["no-bug"] },
    { set: { order: "cover-letter" }, violated: ["no-bug"] },
    { set: { order: "october" }, violated: ["no-bug"] },
    { set: { order: "december" }, violated: ["no-bug"] },
    { set: { order: "mapping-first" }, violated: ["no-bug"] },
    { set: { order: "test-first" }, violated: ["no-bug"] },
    { set: { order: "trylock", unchecked: true } },
    { set: { order: "patch4", unchecked: true } },
    { set: { order: "cover-letter", unchecked: true } },
    { set: { order: "october", unchecked: true } },
    { set: { order: "december", unchecked: true } },
    { set: { order: "mapping-first", unchecked: true } },
    { set: { order: "test-first", unchecked: true } },
  ],
});
