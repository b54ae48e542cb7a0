import { acquire, bool, call, done, full, noreturn, once, ref, release } from "faultline";
import { pageMapped, putPage, trylockPage, unlockPage } from "../kernel/primitives.ts";
import { Page, kernel } from "../kernel/world.ts";
import { tryToUnmapOne } from "./reclaim.ts";

const MAPPED = "page_mapped(page)? move_to_new_page()" as const;
const UNLOCK = "out_unlock_both: unlock_page(newpage)" as const;
const PUT_NEW = "put_page(newpage)" as const;
const PUT = "put_page(page)" as const;

/**
 * unmap_and_move() with __unmap_and_move() and migrate_page_move_mapping(), mm/migrate.c, v5.9: moves a page of a file,
 * which vma[0] may map, to `newpage`. Nobody unmaps a page that has lost its mapping: one that a PTE still maps stays for
 * ever.
 */
export const unmapAndMove = () =>
  kernel.path(
    "__unmap_and_move",
    { page: ref(Page), orphan: bool },
    {
      "isolate: get_page_unless_zero(page)": full((k, me) => {
        if (k.page.refcount === 0) return done;
        k.page.refcount++;
        me.page = k.page;
      }),
      "page_count(page) == 1?": once((_, { page }) => {
        if (page!.refcount === 1) return PUT;
      }),
      "newpage = get_new_page()": acquire((k) => {
        k.newpage.refcount = 1;
      }),
      "trylock_page(page)": trylockPage(PUT_NEW),
      "trylock_page(newpage)": acquire((k) => {
        k.newpage.locked = true;
      }),
      "!page->mapping?": once((_, me) => {
        me.orphan = me.page!.mapping === "NULL";
        if (me.orphan) return MAPPED;
      }),
      "page_mapped(page)?": pageMapped(MAPPED),
      "try_to_unmap(page, TTU_MIGRATION)": call(tryToUnmapOne(0), ({ page }) => ({ page })),
      [MAPPED]: once((_, { page, orphan }) => {
        if (page!.mapcount > 0 && orphan) page!.unmigratable = true;
        if (page!.mapcount > 0 || orphan) return UNLOCK;
      }),
      "page_count(page) != expected_count?": once((_, { page }) => {
        if (page!.refcount !== 2) return UNLOCK;
      }),
      "xas_load(&xas) != page?": once((k, { page }) => {
        if (k.slot !== page) return UNLOCK;
      }),
      "page_ref_freeze(page, expected_count)": full((_, { page }) => {
        if (page!.refcount !== 2) return UNLOCK;
        page!.refcount = 0;
      }),
      "newpage->mapping = page->mapping": once((k) => {
        k.newpage.mapping = "file";
      }),
      "page_ref_add(newpage, 1)": noreturn((k) => {
        k.newpage.refcount++;
      }),
      "xas_store(&xas, newpage)": once((k) => {
        k.slot = k.newpage;
      }),
      "page_ref_unfreeze(page, expected_count - 1)": release((_, { page }) => {
        page!.refcount = 1;
      }),
      "page->mapping = NULL": once((_, { page }) => {
        page!.mapping = "NULL";
      }),
      [UNLOCK]: release((k) => {
        k.newpage.locked = false;
      }),
      "out_unlock: unlock_page(page)": unlockPage,
      [PUT_NEW]: full((k) => {
        k.newpage.refcount--;
      }),
      [PUT]: putPage,
    },
    {
      file: "mm/migrate.c",
      release: "v5.9",
      leavesOut:
        "migration entries (a fault waits there until the page has moved, and then finds it mapped; here the PTE is empty, and it finds newpage locked: either way it maps nothing before that), the copy and PG_uptodate of newpage (it is locked until they are done, and every fault looks at the page lock), moving a page that has lost its mapping and is not mapped (nobody finds it, or the copy), writeback and buffers (the page has none), the i_pages lock (page lock and freeze keep others away), that -EAGAIN is tried again up to ten times",
    },
  );
