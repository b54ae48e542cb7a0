import { call, done, ref, type Path } from "faultline";
import { getPageUnlessZero, ptepGet, putPage, trylockPage, unlockPage } from "../../kernel/primitives.ts";
import { Page, kernel, type Kernel, type PageDraft, type VmaIndex } from "../../kernel/world.ts";

/** Of a folio that its caller has found, has a reference on, and has locked. */
type OfLocked = Path<Kernel, { page: PageDraft | null }>;

/** What reclaim and KSM do around the path that takes the folio from page tables: they find it by a list of their own. */
export const ofIsolated = (i: VmaIndex, path: OfLocked) =>
  kernel.path(
    `${path.name}, isolated`,
    { page: ref(Page) },
    {
      "isolate: the folio of the PTE": ptepGet(i).then((_, me, pte) => {
        if (!pte.page) return done;
        me.page = pte.page;
      }),
      "folio_try_get(folio)": getPageUnlessZero.then({ false: done }),
      "folio_trylock(folio)": trylockPage.then({ false: "folio_put(folio)" }),
      "takes it from page tables": call(path, ({ page }) => ({ page })),
      "folio_unlock(folio)": unlockPage,
      "folio_put(folio)": putPage,
    },
    {
      file: path.about.file ?? "",
      release: path.about.release ?? "",
      notInSource: "stands for the lists by which reclaim and KSM come to a folio",
      leavesOut: "the lists (the folio is the one that is mapped when they look)",
    },
  );
