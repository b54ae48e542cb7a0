import { bool, oneOf, scenario } from "faultline";
import { balance } from "../../specs/balance.ts";
import { noPageOverFreedBlock, noStalePte } from "../../specs/page-cache.ts";
import { kernel, pageInCache } from "../kernel/world.ts";
import { doReadFault } from "../mm/memory/read-fault.ts";
import { fsMapPages, fsPunchHole } from "../fs/file-system.ts";
import { filemapMapPages } from "../mm/filemap/filemap-map-pages.ts";
import { readahead } from "../mm/filemap/page-cache-read.ts";
import { neverTaken } from "./recorded.ts";

/**
 * docs/kernel-facts.md 5 #31, cd647d5651c0 (v5.9): XFS_MMAPLOCK_SHARED around filemap_map_pages(), against readahead
 * that fills the hole again while it is punched. `mapPagesLocked` is that commit. It changes no verdict: what matters
 * is whether readahead takes the lock. See docs/decisions/0021-xfs-map-pages-lock.md.
 */
export default scenario("xfs-punch", {
  about: "A read fault and readahead of a file of xfs while a hole punch frees its block",
  world: kernel,
  params: { mapPagesLocked: bool, ahead: oneOf("locked", "unlocked") },
  threads({ mapPagesLocked, ahead }) {
    const mapPages = filemapMapPages(0, { isWrapped: mapPagesLocked });
    return {
      fault: doReadFault(0, mapPagesLocked ? fsMapPages(0, mapPages) : mapPages, "reads-locked"),
      readahead: readahead(ahead === "locked"),
      punch: fsPunchHole(true),
    };
  },
  init(k) {
    pageInCache(k, { pmd: "populated" });
    k.page.hasBlock = true;
  },
  specs: [noPageOverFreedBlock, noStalePte, ...balance],
  unreached: neverTaken("xfs-punch"),
  expect: [
    { set: { mapPagesLocked: false, ahead: "locked" }, states: 1159 },
    { set: { mapPagesLocked: true, ahead: "locked" }, states: 536 },
    { set: { mapPagesLocked: false, ahead: "unlocked" }, violated: ["no-page-over-freed-block"], states: 2801 },
    { set: { mapPagesLocked: true, ahead: "unlocked" }, violated: ["no-page-over-freed-block"], states: 769 },
  ],
});
