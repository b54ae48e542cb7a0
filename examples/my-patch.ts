// my-patch.ts
import { call, done, oneOf, ref, scenario, smpRmb } from "faultline";
import { rmapMapped } from "faultline/models/kernel/deletion";
import {
  indexInFile, lockPtl, mappingMatches, pageAddFileRmap, pageFlag, pageRemoveRmap, pteNone, putPage, setPteAt, unlockPtl,
} from "faultline/models/kernel/primitives";
import { Page, kernel, pageInCache } from "faultline/models/kernel/world";
import { findGetEntry } from "faultline/models/mm/filemap/find-get-entry";
import { truncatePagecacheRange, truncateSetsize } from "faultline/models/mm/truncate/truncate";
import { balance } from "faultline/specs/balance";
import { noFalseAlarm, noMappedDeletion, noStalePte } from "faultline/specs/page-cache";

const VERSIONS = ["v1", "v2", "v3", "v4", "v5"] as const;

/** filemap_map_pages() with alloc_set_pte(), mm/filemap.c, v5.9, and my patch: no trylock_page(page). */
const myMapPages = (version: (typeof VERSIONS)[number]) => {
  const testsMapping = version !== "v1";
  const testsLocked = testsMapping && version !== "v2";
  const countsFirst = version === "v3";
  const giveUp = countsFirst ? "page_remove_rmap(page)" : "skip: put_page(page)";
  return kernel.path("my_map_pages", { page: ref(Page) }, {
    "find_get_entry(mapping, index)": call(findGetEntry(), undefined, (me, { page }) => {
      me.page = page;
      if (!page) return done;
    }),
    "spin_lock(vmf->ptl)": lockPtl(0),
    "pte_none(*vmf->pte)?": pteNone(0).then({ false: "skip: put_page(page)" }),
    "index < i_size?": indexInFile.then({ false: "skip: put_page(page)" }),
    "page_add_file_rmap(page), early": countsFirst && pageAddFileRmap(0),
    "PageLocked(page)?": testsLocked && pageFlag("locked").then({ true: giveUp }),
    "smp_rmb()": version === "v5" && smpRmb,
    "page->mapping == mapping?": testsMapping && mappingMatches.then({ false: giveUp }),
    "page_add_file_rmap(page)": !countsFirst && pageAddFileRmap(0),
    "set_pte_at(vmf->pte)": setPteAt(0).then((k, { page }) => {
      rmapMapped(k.vma[0], page!);
      return "pte_unmap_unlock(vmf->ptl)";
    }),
    "page_remove_rmap(page)": countsFirst && pageRemoveRmap(0),
    "skip: put_page(page)": putPage,
    "pte_unmap_unlock(vmf->ptl)": unlockPtl(0),
  }, { file: "mm/filemap.c", release: "v5.9 and my patch", leavesOut: "other pages of the window, rss" });
};

/** The remover's second, blocking pass: only a page that was locked during the first one is left for it. */
const SECOND_PASS = [
  "lock_page: *",
  "truncate_inode_pages_range: page->mapping == mapping?, 2nd pass",
  "delete_from_page_cache: *",
  "truncate_inode_pages_range: unlock_page(page), 2nd pass",
  "truncate_inode_pages_range: pagevec_release(), 2nd pass",
];
/** A truncate's last unmap takes every page, so that its test for pages of another file never fails. */
const FOREIGN_PAGE = "zap_pte_range: check_mapping == page_rmapping(page)?";

const REMOVERS = { truncate: truncateSetsize, punch: truncatePagecacheRange };

export default scenario("my-patch", {
  about: "filemap_map_pages() without the page lock",
  world: kernel,
  params: {
    version: oneOf(...VERSIONS),
    remover: oneOf("truncate", "punch"),
    gate: oneOf("page_mapped", "none"),
  },
  threads: ({ version, remover, gate }) => ({
    fault: myMapPages(version),
    [remover]: REMOVERS[remover]({ vmas: 1, gate }),
  }),
  init: (k) => pageInCache(k, { pmd: "populated" }),
  specs: [noStalePte, noMappedDeletion, noFalseAlarm, ...balance],
  unreached: ({ version, remover }) => [
    ...SECOND_PASS,
    ...(remover === "truncate" ? [FOREIGN_PAGE] : []),
    ...(remover === "punch" && version === "v1" ? ["my_map_pages: skip: put_page(page)"] : []),
  ],
  expect: [
    { set: { version: "v1", remover: "truncate" } },
    { set: { version: "v1", remover: "punch" }, violated: ["no-stale-pte", "no-mapped-deletion"] },
    { set: { version: "v2", remover: "punch" }, violated: ["no-stale-pte", "no-mapped-deletion"] },
    { set: { version: "v3", remover: "punch" }, violated: ["no-false-alarm"] },
    { set: { version: "v4", remover: "punch" }, violated: ["no-stale-pte", "no-mapped-deletion"] },
    { set: { version: "v5", remover: "punch", gate: "none" } },
    { set: { version: "v5", remover: "truncate", gate: "none" } },
  ],
});
