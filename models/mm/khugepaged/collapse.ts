import { acquire, atomic, bugOn, call, done, once, ref } from "faultline";
import {
  getPage,
  mapcountAboveZero,
  mappingMatches,
  newpage,
  of,
  pageFlag,
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
  setPageLocked,
  mustBeKept,
} from "../../kernel/primitives.ts";
import { Page, kernel, type Kernel, type PageDraft } from "../../kernel/world.ts";
import { unmapMappingRange, type ZapRules } from "../memory/zap.ts";

/**
 * The page of the file, with its lock and a reference, or NULL: nobody takes it out of the file between the three, as that
 * takes i_pages, too.
 */
export const lockUnderIPages = acquire(
  atomic("under i_pages", (k: Kernel, me: { page: PageDraft | null }): boolean => {
    const page = k.slot;
    if (!page || page.locked) return false;
    mustBeKept(page);
    page.locked = true;
    page.refcount++;
    me.page = page;
    return true;
  }),
);

/**
 * collapse_file(), mm/khugepaged.c, v5.9, for one small page: puts a huge page, `newpage`, in its place. `checks`: with the
 * VM_BUG_ON_PAGE(page_mapped(page)) that is gone in v5.19; page_ref_freeze() is what keeps a mapped page in the file.
 * `beside`: somebody may take the page out of the file meanwhile, so that i_pages matters; `rules`: users run, how the unmap flushes,
 * and the page may be dirty. PG_writeback is asked for since 74c42e1baacf (v5.15).
 */
export const collapseFile = (vmas: number, checks: boolean, beside = false, rules?: ZapRules) =>
  kernel.path(
    "collapse_file",
    { page: ref(Page) },
    {
      "new_page = khugepaged_alloc_page()": of(newpage, allocate),
      "__SetPageLocked(new_page)": of(newpage, setPageLocked),
      "new_page->mapping = mapping": of(newpage, setMapping("file")),
      "xas_lock_irq(&xas): xas_next(), trylock_page(), get_page()":
        beside && lockUnderIPages.then((_k, _me, found) => (found ? undefined : "fail: new_page->mapping = NULL")),
      "page = xas_next(&xas)": !beside && xasLoad,
      "trylock_page(page)": !beside && trylockPage.then({ false: "fail: new_page->mapping = NULL" }),
      "get_page(page)": !beside && getPage,
      "page_mapping(page) != mapping?": mappingMatches.then({ false: "out_unlock: unlock_page(page)" }),
      "PageDirty(page)?": rules !== undefined && pageFlag("dirty").then({ true: "out_unlock: unlock_page(page)" }),
      "isolate_lru_page(page): get_page(page)": getPage,
      "page_mapped(page)?": pageMapped.then({ false: "page == xas_load(&xas)?" }),
      "unmap_mapping_pages(mapping, index, 1)": call(unmapMappingRange(vmas, false, rules)),
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
      functions: ["collapse_file"],
      at: {
        "page = xas_next(&xas)": "xas_next(&xas)",
        "xas_lock_irq(&xas): xas_next(), trylock_page(), get_page()": [
          "xas_next(&xas)",
          "trylock_page(page)",
          "trylock_page(page) #2",
          "get_page(page)",
          "get_page(page) #2",
        ],
        ...(rules && { "PageDirty(page)?": "PageDirty(page) #2" }),
        "trylock_page(page)": ["trylock_page(page)", "trylock_page(page) #2"],
        "get_page(page)": ["get_page(page)", "get_page(page) #2"],
        "isolate_lru_page(page): get_page(page)": "isolate_lru_page(page)",
        "page == xas_load(&xas)?": "xas_load(&xas)",
        "xas_store(&xas, new_page)": "xas_store(&xas, new_page) #2",
        "put_page(page)": "put_page(page) #2",
        "unlock_page(page)": "unlock_page(page) #2",
        "unlock_page(new_page)": "unlock_page(new_page)",
        "putback_lru_page(page): put_page(page)": "putback_lru_page(page) #2",
        "out_unlock: unlock_page(page)": "out_unlock: unlock_page(page)",
        "out_unlock: put_page(page)": "out_unlock: put_page(page)",
        "fail: new_page->mapping = NULL": "new_page->mapping = NULL",
        "fail: unlock_page(new_page)": "unlock_page(new_page)",
      },
      notInSource: {
        "fail: put_page(new_page)": "khugepaged_do_scan(), which keeps it for the next turn, or puts it",
      },
      omits: {
        "shmem_file, alloc_hugepage_khugepaged_gfpmask": "which file system it is, and where the page comes from",
        "xas_lock_irq, xas_unlock_irq":
          "i_pages: keeps the page in the file until it is locked; from then on page lock and freeze do",
        "xas_create_range, xas_nomem, xas_next_entry, xas_pause": "how the slots are found, and made",
        "__SetPageSwapBacked, set_page_dirty, lru_cache_add": "of the new page, which is locked until after them",
        "shmem_charge, shmem_uncharge, filemap_nr_thps_inc, __inc_node_page_state": "counts of pages",
        "if (!page)": "no page: the other 511 may be holes, this one is not",
        "if (xa_is_value(page) || !PageUptodate(page)), PageUptodate": "the page is read in, and nothing clears that",
        "if (!page || xa_is_value(page))": "no page: reads it in and comes to the same place, or gives up",
        ...(rules === undefined
          ? { "PageDirty, filemap_flush": "the page is clean" }
          : {
              "PageDirty(page) #1, filemap_flush":
                "under i_pages, before the page is locked: gives up what is given up under its lock, too",
            }),
        "VM_BUG_ON_PAGE(!PageLocked(page), page), VM_BUG_ON_PAGE(page->index != xas.xa_index, page)":
          "assertions of what the page lock and the loop have made sure of",
        "page_has_private(page), try_to_release_page, putback_lru_page(page) #1": "the page has no buffers",
        "list_add_tail, list_for_each_entry_safe, list_del, list_first_entry_or_null": "the list of the 512 pages",
        "clear_highpage, copy_highpage, SetPageUptodate": "new_page is locked until they are done",
        "ClearPageActive, ClearPageUnevictable": "the LRU lists",
        page_ref_add: "the references of the other 511 slots",
        retract_page_tables: "takes page tables away under mmap_lock for writing, which no fault is inside of",
        "xas_for_each(&xas, page, end - 1), for (xas_for_each(&xas, page, end - 1))":
          "rolls back what was done to other pages than this one, which was the last",
      },
      leavesOut:
        "the other 511 pages and the roll-back for them, PageUptodate(), PageDirty() and buffers (the page is clean and read in), PG_lru, the copy and SetPageUptodate(new_page) (new_page is locked until after them), the i_pages lock (it keeps the page in the file until it is locked: nothing removes it here; from then on page lock and freeze do), retract_page_tables() (it takes page tables away under mmap_lock for writing, which no fault is inside of)",
    },
  );
