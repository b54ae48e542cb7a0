import { acquire, done, ref } from "faultline";
import { newOwner } from "../../kernel/page-references.ts";
import { Page, kernel, type Kernel } from "../../kernel/world.ts";

const FIRST = "rmqueue(): the first page";
const SECOND = "rmqueue(): the second page";

// By the lock of a zone, or by a list that is one CPU's own: what the last owner has done comes before, and no more.
const takeIfFree = (which: (k: Kernel) => Kernel["page"]) =>
  acquire((k: Kernel, me: { page: Kernel["page"] | null }) => {
    const page = which(k);
    if (page.refcount > 0 || page.pins > 0 || page.frozen) return;
    newOwner(page);
    me.page = page;
    return done;
  });

/**
 * alloc_page_vma() down to get_page_from_freelist(), mm/page_alloc.c, v5.9: any page whose last reference is gone may
 * get a new owner. The page is its local `page`; NULL if there is none. `first` is the page that is tried first.
 */
export const allocPage = (first: "cow" | "page" = "cow") =>
  kernel.path(
    "alloc_page_vma",
    { page: ref(Page) },
    {
      [SECOND]: takeIfFree(({ cow }) => cow),
      [FIRST]: takeIfFree(({ page }) => page),
    },
    {
      file: "mm/page_alloc.c",
      release: "v5.9",
      notInSource: "stands for the page allocator: any page that is free may be the one",
      leavesOut:
        "zones, free lists and per-cpu lists: a page is free from the put_page() that drops its last reference, which is the soonest that it may get a new owner",
      sequence: first === "cow" ? [SECOND, FIRST] : [FIRST, SECOND],
    },
  );

/** For `unreached` of a scenario from outside: where the second page is always free, the first one is not tried. */
export const FIRST_PAGE = `alloc_page_vma: ${FIRST}`;
