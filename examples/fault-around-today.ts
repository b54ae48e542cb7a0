// fault-around-today.ts
import { oneOf, scenario } from "faultline";
import { kernel, pageInCache } from "faultline/models/kernel/world";
import { filemapMapFolios } from "faultline/models/mm/filemap/map-folios";
import { withoutPageLock } from "faultline/models/mm/filemap/without-page-lock";
import { punchFolios } from "faultline/models/mm/truncate/truncate-folios";
import { noMappedDeletion, noStalePte } from "faultline/specs/page-cache";

export default scenario("fault-around-today", {
  about: "filemap_map_pages() of v7.1 maps a page while a hole punch removes it",
  world: kernel,
  params: { lock: oneOf("trylock", "none") },
  threads: ({ lock }) => ({
    fault: lock === "trylock" ? filemapMapFolios(0, "v7.1") : withoutPageLock(0, "v7.1"),
    punch: punchFolios({ vmas: 1, release: "v7.1" }),
  }),
  init: (k) => pageInCache(k, { pmd: "populated" }),
  specs: [noStalePte, noMappedDeletion],
  // One fault alone finds no PTE there, and nobody else takes the page off the file. Without the lock the first pass deletes it.
  unreached: ({ lock }) => [
    "filemap_map_pages: folio_ref_dec(folio)",
    "find_get_entry: folio_put(folio)",
    "find_lock_entries: unlock: folio_unlock(folio)",
    "filemap_get_entry: folio_put(folio)",
    "__filemap_get_folio: folio_unlock(folio)",
    "__filemap_get_folio: folio_put(folio)",
    ...(lock === "trylock"
      ? []
      : [
          "find_lock_entries: put: folio_put(folio)",
          "filemap_get_entry: folio_try_get(folio)?",
          "filemap_get_entry: folio == xas_reload(&xas)?",
          "lock_page: *",
          "__filemap_get_folio: folio->mapping == mapping?",
          "truncate_inode_pages_range: folio_unlock(folio)",
          "truncate_inode_pages_range: folio_put(folio)",
          "filemap_remove_folio: *",
        ]),
  ],
  expect: [
    ...(["sc", "tso", "lkmm"] as const).map((memory) => ({ memory })),
    ...(["sc", "tso", "lkmm"] as const).map((memory) => ({
      memory,
      set: { lock: "none" as const },
      violated: ["no-stale-pte", "no-mapped-deletion"],
    })),
  ],
});
