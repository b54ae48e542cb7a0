import { bool, call, done, once, ref } from "faultline";
import { lockPage, mappingMatches, putPage, unlockPage } from "../../kernel/primitives.ts";
import { Page, kernel } from "../../kernel/world.ts";
import { deleteFromPageCache } from "../filemap/delete-from-page-cache.ts";
import { findGetEntry } from "../filemap/find-get-entry.ts";
import { SECOND_PASS } from "../truncate/truncate.ts";
import { mapPagesInAnyOrder } from "../filemap/map-pages-in-any-order.ts";
import { zapPageRangeSingle } from "../memory/zap.ts";

/**
 * page_mapped(), mm/util.c, v5.9, of a huge page of two sub-pages, `page` and `tail`, which vma[0] and vma[1] map by PTEs:
 * one mapcount is read after the other. Its result is the local `mapped`.
 */
const pageMappedHuge = () =>
  kernel.path(
    "page_mapped",
    { mapped: bool },
    {
      "atomic_read(&page[0]._mapcount) >= 0?": once((k, me) => {
        if (k.page.mapcount === 0) return;
        me.mapped = true;
        return done;
      }),
      "atomic_read(&page[1]._mapcount) >= 0?": once((k, me) => {
        if (k.tail.mapcount > 0) me.mapped = true;
        else if (k.vma[0].rmap === "mapped") k.page.scanMissed = true;
      }),
    },
    {
      file: "mm/util.c",
      release: "v5.9",
      at: {
        "atomic_read(&page[0]._mapcount) >= 0?": "atomic_read(&page[i]._mapcount)",
        "atomic_read(&page[1]._mapcount) >= 0?": "atomic_read(&page[i]._mapcount)",
      },
      omits: {
        "if (likely(!PageCompound(page)))": "the page is compound",
        "atomic_read(compound_mapcount_ptr(page))": "no pmd maps the page",
        PageHuge: "no page here is one of hugetlbfs",
      },
      leavesOut: "compound_mapcount (no pmd maps the page), sub-pages beyond the second (nobody maps them)",
    },
  );

/** truncate_inode_pages_range() in its second pass, mm/truncate.c, v5.9, of a file that is one huge page. */
export const truncateHugeByPtes = () =>
  kernel.path(
    "truncate_inode_pages_range",
    { page: ref(Page) },
    {
      "find_get_entries()": call(findGetEntry(), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return done;
      }),
      "lock_page(page)": call(lockPage(), ({ page }) => ({ page })),
      "page->mapping == mapping?": mappingMatches.then({ false: "unlock_page(page)" }),
      "truncate_cleanup_page(): page_mapped(page)?": call(pageMappedHuge(), undefined, (_, { mapped }) =>
        mapped ? undefined : "delete_from_page_cache(page)",
      ),
      "truncate_cleanup_page(): unmap_mapping_pages(), page[0]": call(zapPageRangeSingle(0, false)),
      "truncate_cleanup_page(): unmap_mapping_pages(), page[1]": call(zapPageRangeSingle(1, false)),
      "delete_from_page_cache(page)": call(deleteFromPageCache("single"), ({ page }) => ({ page })),
      "unlock_page(page)": unlockPage,
      "pagevec_release()": putPage,
    },
    {
      file: "mm/truncate.c",
      release: "v5.9",
      functions: ["truncate_inode_pages_range", "truncate_inode_page", "truncate_cleanup_page"],
      at: {
        "find_get_entries()": "pagevec_lookup_entries() #2",
        "page->mapping == mapping?": "truncate_inode_page: page->mapping != mapping",
        "truncate_cleanup_page(): page_mapped(page)?": "truncate_inode_page: page_mapped(page)",
        "truncate_cleanup_page(): unmap_mapping_pages(), page[0]": "truncate_inode_page: unmap_mapping_pages()",
        "truncate_cleanup_page(): unmap_mapping_pages(), page[1]": "truncate_inode_page: unmap_mapping_pages()",
        "unlock_page(page)": "unlock_page(page) #6",
        "pagevec_release()": "pagevec_release() #3",
      },
      omits: SECOND_PASS,
      leavesOut:
        "the unmaps around it, which no mapping of this race waits for; i_size, which is tested before ptl is taken",
    },
  );

/**
 * A mapping moves from one half of a huge page to the other: filemap_map_pages() of page[0], in an order of
 * mapper-orders.ts, then madvise(MADV_DONTNEED) of page[1].
 */
export const mappingMoves = (order: string) =>
  kernel.path(
    "read_dontneed",
    {},
    {
      "page[0]: filemap_map_pages(vmf)": call(mapPagesInAnyOrder(0, order)),
      "page[1]: zap_page_range()": call(zapPageRangeSingle(1, true)),
    },
    {
      file: "mm/filemap.c, mm/madvise.c",
      release: "v5.9",
      notInSource: "what a process does",
      leavesOut: "mmap_lock for reading (nobody here takes it for writing), what makes a process do so",
    },
  );
