// fault-around-today.ts
import { call, done, once, oneOf, rcuReadLock, rcuReadUnlock, ref, scenario } from "faultline";
import { rmapMapped } from "faultline/models/kernel/deletion";
import { getPageUnlessZero, indexInFile, lockPtl, mappingMatches, pageAddFileRmap, pageFlag } from "faultline/models/kernel/primitives";
import { pteNone, putPage, setPteAt, trylockPage, unlockPage, unlockPtl, xasLoad } from "faultline/models/kernel/primitives";
import { Page, kernel, pageInCache } from "faultline/models/kernel/world";
import { truncatePagecacheRange } from "faultline/models/mm/truncate/truncate";
import { noMappedDeletion, noStalePte } from "faultline/specs/page-cache";

/** Drafted from C, then decided by hand: the local `page` is the folio, locked, with a reference; or NULL. */
const nextUptodateFolio = kernel.path("next_uptodate_folio", { page: ref(Page) }, {
  "folio = xas_next_entry(xas, end_pgoff)": xasLoad.then((_, { page }) => (page ? undefined : done)),
  "folio_try_get(folio)?": getPageUnlessZero.then({ false: "return NULL" }),
  "folio_test_locked(folio)?": pageFlag("locked").then({ true: "folio_put(folio)" }),
  "folio == xas_reload(xas)?": once((k, { page }) => (k.slot === page ? undefined : "folio_put(folio)")),
  "folio_trylock(folio)?": trylockPage.then({ false: "folio_put(folio)" }),
  "folio->mapping == mapping?": mappingMatches.then({ false: "folio_unlock(folio)" }),
  "xas->xa_index < max_idx?": indexInFile.then({ true: done }),
  "folio_unlock(folio)": unlockPage,
  "folio_put(folio)": putPage,
  "return NULL": (_, me) => { me.page = null; },
}, {
  file: "mm/filemap.c",
  release: "v7.1",
  at: { "xas->xa_index < max_idx?": "i_size_read(mapping->host)" },
  notInSource: { "return NULL": "the loop ends, as the window has no other page" },
  omits: {
    "xas_retry, xa_is_value": "a slot that is in motion or has no page: the loop goes on as for an empty one",
    folio_test_uptodate: "nothing clears it, and a page that is read in is locked until it is set",
    folio_test_readahead: "only ends the fault earlier",
    "xas_next_entry #2": "the window has no other page",
  },
});
/** filemap_map_pages() with filemap_map_order0_folio() and set_pte_range(). */
const filemapMapPages = kernel.path("filemap_map_pages", { page: ref(Page) }, {
  "file_end = i_size_read(mapping->host)": indexInFile.then({ false: done }),
  "rcu_read_lock()": rcuReadLock,
  "next_uptodate_folio()": call(nextUptodateFolio, undefined, (me, { page }) => {
    me.page = page;
    if (!page) return "rcu_read_unlock()";
  }),
  "spin_lock(vmf->ptl)": lockPtl(0),
  "pte_none(ptep_get(vmf->pte))?": pteNone(0).then({ false: "folio_ref_dec(folio)" }),
  "folio_add_file_rmap_ptes(folio, page, nr, vma)": pageAddFileRmap(0),
  "set_ptes(vma->vm_mm, addr, vmf->pte, entry, nr)": setPteAt(0).then((k, { page }) => {
    rmapMapped(k.vma[0], page!);
    return "folio_unlock(folio)";
  }),
  "folio_ref_dec(folio)": putPage,
  "folio_unlock(folio)": unlockPage,
  "pte_unmap_unlock(vmf->pte, vmf->ptl)": unlockPtl(0),
  "rcu_read_unlock()": rcuReadUnlock,
}, {
  file: "mm/filemap.c, mm/memory.c",
  release: "v7.1",
  functions: ["filemap_map_pages", "filemap_map_order0_folio", "set_pte_range"],
  at: {
    "spin_lock(vmf->ptl)": "pte_offset_map_lock()",
    "pte_none(ptep_get(vmf->pte))?": ["pte_none(ptep_get(vmf->pte))", "ptep_get(vmf->pte)"],
    "folio_unlock(folio)": "folio_unlock(folio) #2",
  },
  omits: {
    "next_uptodate_folio #2": "the window has no other page",
    "filemap_map_pmd, filemap_map_folio_range": "no page here is large",
    "if (!vmf->pte)": "no page table goes away here",
    PageHWPoison: "nothing sets it here",
    folio_test_workingset: "counts misses, for readahead",
    "folio_test_dirty, vmf_orig_pte_uffd_wp": "bits of the entry that nobody looks at here",
    "if (write && !(vma->vm_flags & VM_SHARED))": "only read faults map around",
  },
});

const SECOND_PASS = ["page->mapping == mapping?", "unlock_page(page)", "pagevec_release()"].map(
  (label) => `truncate_inode_pages_range: ${label}, 2nd pass`,
);

export default scenario("fault-around-today", {
  about: "filemap_map_pages() of v7.1 maps a page while a hole punch removes it",
  world: kernel,
  params: { lock: oneOf("trylock", "none") },
  threads: ({ lock }) => ({
    fault: lock === "trylock" ? filemapMapPages : filemapMapPages.calling(nextUptodateFolio.with({
      drop: ["folio_trylock(folio)?"], replace: { "folio_unlock(folio)": false },
    })),
    punch: truncatePagecacheRange({ vmas: 1, gate: "page_mapped" }),
  }),
  init: (k) => pageInCache(k, { pmd: "populated" }),
  specs: [noStalePte, noMappedDeletion],
  // Without the lock the page has left its file when the second pass comes, or the deletion of a mapped page ends the run.
  unreached: ({ lock }) => ["filemap_map_pages: folio_ref_dec(folio)", "find_get_entry: put_page(page)",
    ...(lock === "trylock" ? [] : ["lock_page: *", "delete_from_page_cache: *", ...SECOND_PASS])],
  expect: [
    ...(["sc", "tso", "lkmm"] as const).map((memory) => ({ memory })),
    ...(["sc", "tso", "lkmm"] as const).map((memory) => ({
      memory, set: { lock: "none" as const }, violated: ["no-stale-pte", "no-mapped-deletion"],
    })),
  ],
});
