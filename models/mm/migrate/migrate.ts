import { bool, call, done, once, ref } from "faultline";
import {
  countIs,
  filePage,
  getPage,
  getPageUnlessZero,
  newpage,
  of,
  pageMapped,
  pageRefFreeze,
  pageRefUnfreeze,
  putPage,
  setMapping,
  trylockPage,
  unlockPage,
  xasStore,
  allocate,
} from "../../kernel/primitives.ts";
import { Page, kernel } from "../../kernel/world.ts";
import { tryToUnmapOne } from "../vmscan/reclaim.ts";

const MAPPED = "page_mapped(page)? move_to_new_page()" as const;
const UNLOCK = "out_unlock_both: unlock_page(newpage)" as const;

/**
 * unmap_and_move() with __unmap_and_move() and migrate_page_move_mapping(), mm/migrate.c, v5.9: moves a page of a file,
 * which vma[0] may map, to `newpage`. Nobody unmaps a page that has lost its mapping: one that a PTE still maps stays for
 * ever. `flushes`: users run, and the TLB entry of the PTE is flushed.
 */
export const unmapAndMove = ({ flushes = false } = {}) =>
  kernel.path(
    "__unmap_and_move",
    { page: ref(Page), orphan: bool },
    {
      "isolate: get_page_unless_zero(page)": of(filePage, getPageUnlessZero).then((k, me, got) => {
        if (!got) return done;
        me.page = k.page;
      }),
      "page_count(page) == 1?": countIs(1).then({ true: "put_page(page)" }),
      "newpage = get_new_page()": of(newpage, allocate),
      "trylock_page(page)": trylockPage.then({ false: "put_page(newpage)" }),
      "trylock_page(newpage)": of(newpage, trylockPage).then({ false: "out_unlock: unlock_page(page)" }),
      "!page->mapping?": once((_, me) => {
        me.orphan = me.page!.mapping === "NULL";
        if (me.orphan) return MAPPED;
      }),
      "page_mapped(page)?": pageMapped.then({ false: MAPPED }),
      "try_to_unmap(page, TTU_MIGRATION)": call(tryToUnmapOne(0, { flushes }), ({ page }) => ({ page })),
      [MAPPED]: once((_, { page, orphan }) => {
        if (page!.mapcount > 0 && orphan) page!.unmigratable = true;
        if (page!.mapcount > 0 || orphan) return UNLOCK;
      }),
      "page_count(page) != expected_count?": countIs(2).then({ false: UNLOCK }),
      "xas_load(&xas) != page?": once((k, { page }) => {
        if (k.slot !== page) return UNLOCK;
      }),
      "page_ref_freeze(page, expected_count)": pageRefFreeze(2).then({ false: UNLOCK }),
      "newpage->mapping = page->mapping": of(newpage, setMapping("file")),
      "page_ref_add(newpage, 1)": of(newpage, getPage),
      "xas_store(&xas, newpage)": xasStore(newpage),
      "page_ref_unfreeze(page, expected_count - 1)": pageRefUnfreeze(1),
      "page->mapping = NULL": setMapping("NULL"),
      [UNLOCK]: of(newpage, unlockPage),
      "out_unlock: unlock_page(page)": unlockPage,
      "put_page(newpage)": of(newpage, putPage),
      "put_page(page)": putPage,
    },
    {
      file: "mm/migrate.c",
      release: "v5.9",
      functions: [
        "unmap_and_move",
        "__unmap_and_move",
        "move_to_new_page",
        "migratepage: migrate_page",
        "migrate_page_move_mapping",
      ],
      at: {
        "page_count(page) == 1?": "unmap_and_move(): page_count(page)",
        "newpage = get_new_page()": "get_new_page(page)",
        "!page->mapping?": "__unmap_and_move(): !page->mapping",
        "page_mapped(page)?": "__unmap_and_move(): page_mapped(page)",
        "try_to_unmap(page, TTU_MIGRATION)": "try_to_unmap(page)",
        [MAPPED]: "__unmap_and_move(): page_mapped(page) #2",
        // Of move_to_new_page(), the second call, and in it the first of ->migratepage().
        "page_count(page) != expected_count?": "migrate_page_move_mapping(): page_count(page) #6",
        "xas_load(&xas) != page?": "xas_load(&xas) #3",
        "page_ref_freeze(page, expected_count)": "page_ref_freeze(page) #3",
        "newpage->mapping = page->mapping": "newpage->mapping = page->mapping #6",
        "page_ref_add(newpage, 1)": "page_ref_add(newpage) #3",
        "xas_store(&xas, newpage)": "xas_store(&xas, newpage) #5",
        "page_ref_unfreeze(page, expected_count - 1)": "page_ref_unfreeze(page) #3",
        "page->mapping = NULL": "move_to_new_page(): page->mapping = NULL #2",
        "put_page(newpage)": ["putback_lru_page(newpage)", "put_new: put_page(newpage)"],
        "put_page(page)": ["unmap_and_move(): put_page(page)", "putback_lru_page(page)"],
      },
      notInSource: {
        "isolate: get_page_unless_zero(page)": "isolate_lru_page(), of whoever wants the page moved, before",
      },
      omits: {
        "if (PageTransHuge(page)), PageTransHuge, thp_migration_supported": "no page here is huge",
        "__PageMovable, PageMovable, if (unlikely(!is_lru)), else (likely(is_lru)), if (unlikely(__PageMovable(page))), if (__PageMovable(page))":
          "pages of drivers that move them by themselves: this one is of a file",
        "lock_page(page) #3, unlock_page(page) #3, unmap_and_move(): put_page(page) #2, PageMovable(page), putback_movable_page, __ClearPageIsolated":
          "pages of drivers that move them by themselves: this one is of a file",
        "ClearPageActive, ClearPageUnevictable, page_is_file_lru, list_del": "the LRU lists",
        "if (!trylock_page(page))": "gives up, or waits for the lock: either way nothing is done until it is had",
        "if (PageWriteback(page))": "no write-back runs",
        "PageAnon, PageKsm, page_get_anon_vma, put_anon_vma": "the page is one of a file",
        "if (page_has_private(page))": "the page has no buffers",
        "migrate_page, fallback_migrate_page":
          "a page without a mapping, which is not moved here, and file systems without ->migratepage()",
        "move_to_new_page(): page_mapping": "which file it is: the page lock keeps the page there",
        "page_index, expected_page_refs, if (!mapping)":
          "1 + 1 for the page cache, and no buffers; the page has a mapping here",
        "xas_lock_irq, xas_unlock_irq, xas_unlock, local_irq_enable": "i_pages: page lock and freeze keep others away",
        "if (PageSwapBacked(page)), PageSwapBacked": "the page is one of an ordinary file",
        "PageDirty, if (dirty)": "the page is clean",
        "if (newzone != oldzone)": "counts of pages",
        "migrate_page_copy, migrate_page_states": "the copy: newpage is locked until it is done",
        PageMappingFlags: "the page is one of a file",
        is_zone_device_page: "no page here is of a device",
        remove_migration_ptes: "no migration entry is left here: the next fault maps what it finds",
        "set_page_owner_migrate_reason, if (reason == MR_MEMORY_FAILURE)": "for who debugs, and for memory_failure()",
        put_new_page: "the caller's own put_page(newpage)",
      },
      leavesOut:
        "migration entries (a fault waits there until the page has moved, and then finds it mapped; here the PTE is empty, and it finds newpage locked: either way it maps nothing before that), the copy and PG_uptodate of newpage (it is locked until they are done, and every fault looks at the page lock), moving a page that has lost its mapping and is not mapped (nobody finds it, or the copy), writeback and buffers (the page has none), the i_pages lock (page lock and freeze keep others away), that -EAGAIN is tried again up to ten times",
    },
  );
