import { bool, oneOf, scenario } from "faultline";
import { kernel, pageInCache } from "../../kernel/world.ts";
import { storeDirtyPut } from "../../mm/gup/store-dirty-put.ts";
import { removeMapping } from "../../mm/vmscan/remove-mapping.ts";
import { storedIsKept } from "../../../specs/page-cache.ts";
import { neverTaken } from "../recorded.ts";

/**
 * The comment in __remove_mapping(): whoever got a page by get_user_pages() may store to it, set PG_dirty, and put it, all after
 * the user's mapping has gone. Reclaim has to ask for the count first and for PG_dirty behind it, and its two loads have to
 * stay in that order: by smp_rmb() once, by the RMW of folio_ref_freeze() since e286781d5f2e (v2.6.27). `fixed`: it freezes the
 * count; without it, it loads the count, and lkmm alone has the two loads change places.
 *
 * By hand, v7.1: mm/vmscan.c 729 freezes, 732 asks for PG_dirty, 768 takes the folio out.
 */
export default scenario("races/remove-mapping-vs-gup", {
  about: "Reclaim drops a page that a holder of a reference stores to, makes dirty, and puts",
  world: kernel,
  params: { fixed: bool, first: oneOf("count", "PG_dirty") },
  threads: ({ fixed, first }) => ({ gup: storeDirtyPut, reclaim: removeMapping({ first, freezes: fixed }) }),
  init(k) {
    pageInCache(k, { pmd: "populated" });
    // Of the page cache, of the isolation, and of GUP; whoever mapped it has unmapped it.
    k.page.refcount = 3;
    k.mm[0].got = k.page;
  },
  specs: [storedIsKept],
  unreached: neverTaken("races/remove-mapping-vs-gup"),
  expect: [
    { set: { fixed: false }, states: 52 },
    { set: { fixed: false }, memory: "tso", states: 61 },
    { set: { fixed: false }, memory: "lkmm", violated: ["stored-is-kept"], states: 62 },
    { set: { fixed: false, first: "PG_dirty" }, violated: ["stored-is-kept"], states: 63 },
    { set: { fixed: true, first: "PG_dirty" }, violated: ["stored-is-kept"], states: 61 },
    { set: { fixed: true, first: "PG_dirty" }, memory: "lkmm", violated: ["stored-is-kept"], states: 61 },
    { set: { fixed: true }, states: 51 },
    { set: { fixed: true }, memory: "tso", states: 61 },
    { set: { fixed: true }, memory: "lkmm", states: 53 },
    { set: { fixed: false, first: "PG_dirty" }, memory: "tso", violated: ["stored-is-kept"], states: 76 },
    { set: { fixed: false, first: "PG_dirty" }, memory: "lkmm", violated: ["stored-is-kept"], states: 63 },
    { set: { fixed: true, first: "PG_dirty" }, memory: "tso", violated: ["stored-is-kept"], states: 74 },
  ],
});
