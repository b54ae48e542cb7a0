import { acquire, bugOn, call, done, full, once, ref, release } from "faultline";
import { getPage, mappingMatches, pageMapped, putPage, trylockPage, unlockPage } from "../kernel/primitives.ts";
import { Page, kernel } from "../kernel/world.ts";
import { unmapMappingRange } from "./zap.ts";

/**
 * collapse_file(), mm/khugepaged.c, v5.9, for one small page: puts a huge page, `newpage`, in its place. `checks`: with the
 * VM_BUG_ON_PAGE(page_mapped(page)) that is gone in v5.19; page_ref_freeze() is what keeps a mapped page in the file.
 */
export const collapseFile = (vmas: number, checks: boolean) =>
  kernel.path(
    "collapse_file",
    { page: ref(Page) },
    {
      "new_page = khugepaged_alloc_page()": acquire((k) => {
        k.newpage.refcount = 1;
      }),
      "__SetPageLocked(new_page)": once((k) => {
        k.newpage.locked = true;
      }),
      "new_page->mapping = mapping": once((k) => {
        k.newpage.mapping = "file";
      }),
      "page = xas_next(&xas)": once((k, me) => {
        me.page = k.slot;
      }),
      "trylock_page(page)": trylockPage("fail: new_page->mapping = NULL"),
      "get_page(page)": getPage,
      "page_mapping(page) != mapping?": mappingMatches("out_unlock: unlock_page(page)"),
      "isolate_lru_page(page): get_page(page)": getPage,
      "page_mapped(page)?": pageMapped("page == xas_load(&xas)?"),
      "unmap_mapping_pages(mapping, index, 1)": call(unmapMappingRange(vmas, false)),
      "page == xas_load(&xas)?": once((k, { page }) =>
        bugOn(k.slot !== page, "VM_BUG_ON_PAGE(page != xas_load(&xas))"),
      ),
      "VM_BUG_ON_PAGE(page_mapped(page))":
        checks && once((_, { page }) => bugOn(page!.mapcount > 0, "VM_BUG_ON_PAGE(page_mapped(page))")),
      "page_ref_freeze(page, 3)": full((_, { page }) => {
        if (page!.refcount !== 3) return "putback_lru_page(page): put_page(page)";
        page!.refcount = 0;
      }),
      "xas_store(&xas, new_page)": once((k) => {
        k.slot = k.newpage;
      }),
      "page->mapping = NULL": once((_, { page }) => {
        page!.mapping = "NULL";
      }),
      "page_ref_unfreeze(page, 1)": release((_, { page }) => {
        page!.refcount = 1;
      }),
      "unlock_page(page)": unlockPage,
      "put_page(page)": putPage,
      "unlock_page(new_page)": release((k) => {
        k.newpage.locked = false;
        return done;
      }),
      "putback_lru_page(page): put_page(page)": putPage,
      "out_unlock: unlock_page(page)": unlockPage,
      "out_unlock: put_page(page)": putPage,
      "fail: new_page->mapping = NULL": once((k) => {
        k.newpage.mapping = "NULL";
      }),
      "fail: unlock_page(new_page)": release((k) => {
        k.newpage.locked = false;
      }),
      "fail: put_page(new_page)": full((k) => {
        k.newpage.refcount--;
      }),
    },
    {
      file: "mm/khugepaged.c",
      release: checks ? "v5.9" : "v5.19",
      leavesOut:
        "the other 511 pages and the roll-back for them, PageUptodate(), PageDirty() and buffers (the page is clean and read in), PG_lru, the copy and SetPageUptodate(new_page) (new_page is locked until after them), the i_pages lock (it keeps the page in the file until it is locked: nothing removes it here; from then on page lock and freeze do), retract_page_tables() (it takes page tables away under mmap_lock for writing, which no fault is inside of)",
    },
  );
