// uffd-wp.ts
import { bool, extend, inWord, once, oneOf, scenario } from "faultline";
import { lockPtl, pteNone, ptepGetAndClear, unlockPtl } from "faultline/models/kernel/primitives";
import { kernel, pageMappedBy } from "faultline/models/kernel/world";
import { zapPteRange } from "faultline/models/mm/memory/zap";
import { truncateSetsize } from "faultline/models/mm/truncate/truncate";

const uffd = extend(kernel, { within: { Pte: { uffdWp: inWord("entry", bool) } } });
const patched = zapPteRange(0, true).over(uffd).with({
  replace: { "ptep_get_and_clear_full(pte)": ptepGetAndClear(0).then((k) => { k.table[0].pte.uffdWp = false; }) },
});
const truncate = truncateSetsize({ vmas: 1, gate: "page_mapped" });
const writeProtect = uffd.path("change_pte_range", {}, {
  "pte_offset_map_lock(&ptl)": lockPtl(0),
  "pte_none(*pte)?": pteNone(0).then({ true: "pte_unmap_unlock(ptl)" }),
  "pte_mkuffd_wp(pte)": once((k) => { k.table[0].pte.uffdWp = true; }),
  "pte_unmap_unlock(ptl)": unlockPtl(0),
});
export default scenario("uffd-wp", {
  about: "userfaultfd write-protects a page while a truncate removes it",
  world: uffd,
  params: { zap: oneOf("patched", "v5.9") },
  threads: ({ zap }) => ({ writeProtect, truncate: zap === "patched" ? truncate.calling(patched) : truncate }),
  init: (k) => pageMappedBy(k, 1),
  specs: [uffd.atEnd("none-is-no-wp", "an empty PTE is not write-protected", (k) => !k.table[0].pte.uffdWp)],
  unreached: () => ["find_get_entry: put_page(page)", "lock_page: *", "delete_from_page_cache: *",
    ...["page->mapping == mapping?", "unlock_page(page)", "pagevec_release()"].map((label) =>
      `truncate_inode_pages_range: ${label}, 2nd pass`), "zap_pte_range: check_mapping == page_rmapping(page)?"],
  expect: [{ set: { zap: "patched" } }, { set: { zap: "v5.9" }, violated: ["none-is-no-wp"] }],
});
