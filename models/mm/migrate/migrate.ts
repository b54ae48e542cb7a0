import { acquire, bool, call, done, once, ref } from "faultline";
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
 * ever.
 */
export const unmapAndMove = () =>
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
      "trylock_page(newpage)": acquire((k) => {
        k.newpage.locked = true;
      }),
      "!page->mapping?": once((_, me) => {
        me.orphan = me.page!.mapping === "NULL";
        if (me.orphan) return MAPPED;
      }),
      "page_mapped(page)?": pageMapped.then({ false: MAPPED }),
      "try_to_unmap(page, TTU_MIGRATION)": call(tryToUnmapOne(0), ({ page }) => ({ page })),
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
      leavesOut:
        "migration entries (a fault waits there until the page has moved, and then finds it mapped; here the PTE is empty, and it finds newpage locked: either way it maps nothing before that), the copy and PG_uptodate of newpage (it is locked until they are done, and every fault looks at the page lock), moving a page that has lost its mapping and is not mapped (nobody finds it, or the copy), writeback and buffers (the page has none), the i_pages lock (page lock and freeze keep others away), that -EAGAIN is tried again up to ten times",
    },
  );
