import { done, ref } from "faultline";
import { filePage, getPageUnlessZero, of, putPage } from "../../kernel/primitives.ts";
import { Page, kernel } from "../../kernel/world.ts";

/**
 * isolate_migratepages_block(), mm/compaction.c, v6.12 and v7.1, of a page frame whose page somebody else has isolated: it takes a
 * reference before it can see that, and puts it.
 */
export const compactionLooks = (release: "v6.12" | "v7.1") =>
  kernel.path(
    "isolate_migratepages_block",
    { page: ref(Page) },
    {
      "folio_get_nontail_page(page)": of(filePage, getPageUnlessZero).then((k, me, got) => {
        if (!got) return done;
        me.page = k.page;
      }),
      "isolate_fail_put: folio_put(folio)": putPage,
    },
    {
      file: "mm/compaction.c",
      release,
      notInSource:
        "a page that is not on an LRU list, of all that the function looks at: the two steps that another CPU sees",
      leavesOut: "pages that it isolates",
    },
  );
