import { bugOn, call, done, once, ref } from "faultline";
import {
  getPage,
  mapcountAboveZero,
  mappingMatches,
  newpage,
  of,
  pageMapped,
  pageRefFreeze,
  pageRefUnfreeze,
  putPage,
  setMapping,
  trylockPage,
  unlockPage,
  xasLoad,
  xasStore,
  allocate,
} from "../../kernel/primitives.ts";
import { Page, kernel } from "../../kernel/world.ts";
import { unmapMappingRange } from "../memory/zap.ts";

/**
 * collapse_file(), mm/khugepaged.c, v5.9, for one small page: puts a huge page, `newpage`, in its place. `checks`: with the
 * VM_BUG_ON_PAGE(page_mapped(page)) that is gone in v5.19; page_ref_freeze() is what keeps a mapped page in the file.
 */
export const collapseFile = (vmas: number, checks: boolean) =>
  kernel.path(
    "collapse_file",
    { page: ref(Page) },
    {
      "new_page = khugepaged_alloc_page()": of(newpage, allocate),
      "__SetPageLocked(new_page)": once((k) => {
        k.newpage.locked = true;
      }),
      "new_page->mapping = mapping": of(newpage, setMapping("file")),
      "page = xas_next(&xas)": xasLoad,
      "trylock_page(page)": trylockPage.then({ false: "fail: new_page->mapping = NULL" }),
      "get_page(page)": getPage,
      "page_mapping(page) != mapping?": mappingMatches.then({ false: "out_unlock: unlock_page(page)" }),
      "isolate_lru_page(page): get_page(page)": getPage,
      "page_mapped(page)?": pageMapped.then({ false: "page == xas_load(&xas)?" }),
      "unmap_mapping_pages(mapping, index, 1)": call(unmapMappingRange(vmas, false)),
      "page == xas_load(&xas)?": once((k, { page }) =>
        bugOn(k.slot !== page, "VM_BUG_ON_PAGE(page != xas_load(&xas))"),
      ),
      "VM_BUG_ON_PAGE(page_mapped(page))":
        checks && mapcountAboveZero.then((_k, _me, isMapped) => bugOn(isMapped, "VM_BUG_ON_PAGE(page_mapped(page))")),
      "page_ref_freeze(page, 3)": pageRefFreeze(3).then({ false: "putback_lru_page(page): put_page(page)" }),
      "xas_store(&xas, new_page)": xasStore(newpage),
      "page->mapping = NULL": setMapping("NULL"),
      "page_ref_unfreeze(page, 1)": pageRefUnfreeze(1),
      "unlock_page(page)": unlockPage,
      "put_page(page)": putPage,
      "unlock_page(new_page)": of(newpage, unlockPage).then(done),
      "putback_lru_page(page): put_page(page)": putPage,
      "out_unlock: unlock_page(page)": unlockPage,
      "out_unlock: put_page(page)": putPage,
      "fail: new_page->mapping = NULL": of(newpage, setMapping("NULL")),
      "fail: unlock_page(new_page)": of(newpage, unlockPage),
      "fail: put_page(new_page)": of(newpage, putPage),
    },
    {
      file: "mm/khugepaged.c",
      release: checks ? "v5.9" : "v5.19",
      leavesOut:
        "the other 511 pages and the roll-back for them, PageUptodate(), PageDirty() and buffers (the page is clean and read in), PG_lru, the copy and SetPageUptodate(new_page) (new_page is locked until after them), the i_pages lock (it keeps the page in the file until it is locked: nothing removes it here; from then on page lock and freeze do), retract_page_tables() (it takes page tables away under mmap_lock for writing, which no fault is inside of)",
    },
  );
