import { call, done, full, noreturn, once, ref, release } from "faultline";
import { pageMapped, putPage, trylockPage, unlockPage } from "../kernel/primitives.ts";
import { Page, kernel } from "../kernel/world.ts";
import { tryToUnmapOne } from "./reclaim.ts";

/**
 * __unmap_and_move() with migrate_page_move_mapping(), mm/migrate.c, v5.9: moves a page of a file, which vma[0] may map,
 * to `newpage`. It cannot move a page that has lost its mapping: one that a PTE still maps then stays for ever.
 */
export const unmapAndMove = () =>
  kernel.path(
    "__unmap_and_move",
    { page: ref(Page) },
    {
      "isolate: get_page_unless_zero(page)": full((k, me) => {
        if (k.page.refcount === 0) return done;
        k.page.refcount++;
        me.page = k.page;
      }),
      "trylock_page(page)": trylockPage("out: put_page(page)"),
      "!page->mapping?": once((_, { page }) => {
        if (page!.mapping === "file") return "page_mapped(page)?";
        page!.unmigratable = true;
        return "out: unlock_page(page)";
      }),
      "page_mapped(page)?": pageMapped("newpage->mapping = mapping"),
      "try_to_unmap(page, TTU_MIGRATION)": call(tryToUnmapOne(0), ({ page }) => ({ page })),
      "try_to_unmap(): page_mapped(page)?": once((_, { page }) => {
        if (page!.mapcount > 0) return "out: unlock_page(page)";
      }),
      "newpage->mapping = mapping": once((k) => {
        k.newpage.mapping = "file";
      }),
      "get_page(newpage)": noreturn((k) => {
        k.newpage.refcount++;
      }),
      "page_ref_freeze(page, expected_count)": full((_, { page }) => {
        if (page!.refcount !== 2) return "-EAGAIN: put_page(newpage)";
        page!.refcount = 0;
      }),
      "xas_store(&xas, newpage)": once((k) => {
        k.slot = k.newpage;
      }),
      "page_ref_unfreeze(page, expected_count - 1)": release((_, { page }) => {
        page!.refcount = 1;
      }),
      "page->mapping = NULL": once((_, me) => {
        me.page!.mapping = "NULL";
        return "out: unlock_page(page)";
      }),
      "-EAGAIN: put_page(newpage)": full((k) => {
        k.newpage.refcount--;
      }),
      "-EAGAIN: newpage->mapping = NULL": once((k) => {
        k.newpage.mapping = "NULL";
      }),
      "out: unlock_page(page)": unlockPage,
      "out: put_page(page)": putPage,
    },
    {
      file: "mm/migrate.c",
      release: "v5.9",
      leavesOut:
        "migration entries (a PTE that is taken off stays off: the next fault maps the page), newpage's lock and own reference, the copy, i_pages lock (page lock and freeze keep others away)",
    },
  );
