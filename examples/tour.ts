// tour.ts
import { acquire, bool, bugOn, call, done, full, int, once, oneOf, ref, release } from "faultline";
import { scenario, struct, symmetric, wait, world } from "faultline";

/** struct page, as far as these paths look at it. */
const Page = struct({ locked: bool, mapping: bool, refcount: int(0, 3) });
const kernel = world({ page: Page, slot: ref(Page) });

/** A value-returning RMW that fails at 0. Its result is its local `got`. */
const getPageUnlessZero = kernel.path("get_page_unless_zero", { page: ref(Page), got: bool }, {
  "atomic_add_unless(&page->_refcount, 1, 0)": full((_, me) => {
    if (me.page!.refcount === 0) return;
    me.page!.refcount++;
    me.got = true;
  }),
});

const findLockPage = (recheck: "yes" | "no") =>
  kernel.path("find_lock_page", { page: ref(Page) }, {
    "page = xas_load(&xas)": once((k, me) => {
      me.page = k.slot;
      if (!me.page) return done;
    }),
    "get_page_unless_zero(page)": call(
      getPageUnlessZero,
      ({ page }) => ({ page }),
      (_, { got }) => { if (!got) return "page = xas_load(&xas)"; },
    ),
    "lock_page(page)": acquire((_, { page }) => {
      if (page!.locked) return wait;
      page!.locked = true;
    }),
    "page->mapping == mapping?": recheck === "yes" && once((_, { page }) => {
      if (!page!.mapping) return "unlock_page(page)";
    }),
    "use the page": once((_, { page }) => bugOn(!page!.mapping, "the page has left the file")),
    "unlock_page(page)": release((_, { page }) => { page!.locked = false; }),
    "put_page(page)": full((_, { page }) => { page!.refcount--; }),
  }, { file: "mm/filemap.c", release: "v5.9", leavesOut: "xas_reload(), compound pages" });

const truncate = kernel.path("truncate", {}, {
  "lock_page(page)": acquire((k) => {
    if (k.page.locked) return wait;
    k.page.locked = true;
  }),
  "page->mapping = NULL": once((k) => { k.page.mapping = false; }),
  "xas_store(&xas, NULL)": once((k) => { k.slot = null; }),
  "unlock_page(page)": release((k) => { k.page.locked = false; }),
  "put_page(page) of the page cache": full((k) => { k.page.refcount--; }),
});

const refsBalance = kernel.atEnd(
  "refs-balance",
  "all references have been dropped",
  ({ page }) => page.refcount === 0 || `refcount is ${page.refcount}`,
  "the page is never freed",
);
const lookupFinds = kernel.sometimes(
  "lookup-finds",
  "a lookup holds a reference to a page in the file",
  ({ page }) => page.mapping && page.refcount > 1,
);

export default scenario("tour", {
  about: "Lookups lock a page while a truncate removes it",
  world: kernel,
  params: { recheck: oneOf("yes", "no"), lookups: int(1, 2) },
  threads: ({ recheck, lookups }) => ({ lookup: symmetric(lookups, () => findLockPage(recheck)), truncate }),
  init(k) {
    k.page.mapping = true;
    k.page.refcount = 1;
    k.slot = k.page;
  },
  specs: [refsBalance, lookupFinds],
  expect: [{ set: { recheck: "yes" } }, { set: { recheck: "no" }, violated: ["no-bug"] }],
});
