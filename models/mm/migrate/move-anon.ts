import { call, done, int, bool, once, ref } from "faultline";
import { isMigrationEntry } from "../../kernel/entries.ts";
import {
  countIs,
  getPage,
  lockPtl,
  mustBeKept,
  newpage,
  of,
  pageDupRmap,
  ptepGet,
  putPage,
  setMapping,
  setPageFlag,
  setPte,
  unlockPage,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { Page, kernel, type Kernel, type PageDraft, type VmaIndex } from "../../kernel/world.ts";
import { MOVE_AT, MOVE_FUNCTIONS, MOVE_NOT_IN_SOURCE, MOVE_OMITS, REMOVE_AT, REMOVE_OMITS } from "./move-in-source.ts";

export type MoveRelease = "v6.12" | "v7.1";

const DONE = "page_vma_mapped_walk(): spin_unlock(ptl)" as const;
const UNDO = "migrate_folio_undo_src(): remove_migration_ptes(src, src)" as const;

interface Pages {
  readonly page: PageDraft | null;
  readonly dst: PageDraft | null;
}
const dstOf = (_: Kernel, { dst }: Pages) => dst;

/**
 * remove_migration_pte() under rmap_walk(), mm/migrate.c, v6.12 and v7.1: an anonymous `dst` takes the place of the page, or the page its
 * own, if the entry is there still: whoever has ptl may have dropped it.
 */
export const removeMigrationPte = (i: VmaIndex, release: MoveRelease) =>
  kernel.path(
    "remove_migration_pte",
    { page: ref(Page), dst: ref(Page), writable: bool },
    {
      "page_vma_mapped_walk(): spin_lock(ptl)": lockPtl(i),
      "page_vma_mapped_walk(): a migration entry of src?": ptepGet(i).then((_, me, pte) => {
        if (!isMigrationEntry(pte) || pte.migrating !== me.page) return DONE;
        me.writable = pte.writable;
      }),
      "folio_get(folio)": of(dstOf, getPage),
      "folio_add_anon_rmap_pte(folio)": of(dstOf, pageDupRmap),
      "folio_add_anon_rmap_pte(): SetPageAnonExclusive(page)": of(dstOf, setPageFlag("exclusive")).when(
        (_, { writable }) => writable,
      ),
      "set_pte_at(vma->vm_mm, pvmw.address, pvmw.pte, pte)": once((k, { dst, writable }) => {
        setPte(k.table[i].pte, dst!, { writable });
      }),
      [DONE]: unlockPtl(i),
    },
    {
      file: "mm/migrate.c",
      release,
      at: REMOVE_AT,
      omits: REMOVE_OMITS[release],
      leavesOut:
        "huge pmds, large folios, the young, dirty, soft-dirty and uffd-wp bits, mlock(), the lock of the anon_vma, which is held for reading: nobody takes it for writing here",
    },
  );

/**
 * migrate_folio_move(), mm/migrate.c, v6.12 and v7.1, of an anonymous folio that is unmapped, kernel/entries.ts, beingMigrated(): copies it, and
 * puts the copy where the migration entry is. Where somebody else has a reference it puts the folio back.
 */
export const moveAnonFolio = (i: VmaIndex, release: MoveRelease) =>
  kernel.path(
    "migrate_folio_move",
    { page: ref(Page), dst: ref(Page), data: int(0, 2) },
    {
      "migrate_pages_batch(): src and dst": once((k, me) => {
        me.page = k.page;
        me.dst = k.newpage;
      }),
      "folio_ref_count(src) != expected_count": countIs(1).then({ false: UNDO }),
      "folio_mc_copy(dst, src): load": once((_, me) => {
        mustBeKept(me.page!);
        me.data = me.page!.data;
      }),
      "folio_mc_copy(dst, src): store": once((k, { data }) => {
        mustBeKept(k.newpage);
        k.newpage.data = data;
      }),
      "newfolio->mapping = folio->mapping": of(newpage, setMapping("anon")),
      "remove_migration_ptes(src, dst)": call(removeMigrationPte(i, release), ({ page, dst }) => ({ page, dst })),
      "folio_unlock(dst)": of(newpage, unlockPage),
      "folio_put(dst)": of(newpage, putPage),
      "folio_unlock(src)": unlockPage,
      "migrate_folio_done(): folio_put(src)": putPage.then(done),

      [UNDO]: call(removeMigrationPte(i, release), ({ page }) => ({ page, dst: page })),
      "migrate_folio_undo_src(): folio_unlock(src)": unlockPage,
      "migrate_folio_undo_dst(): folio_unlock(dst)": of(newpage, unlockPage),
      "migrate_folio_undo_dst(): folio_put(dst)": of(newpage, putPage),
      "putback_movable_pages(): folio_put(src)": putPage,
    },
    {
      file: "mm/migrate.c",
      release,
      functions: MOVE_FUNCTIONS,
      at: MOVE_AT,
      notInSource: MOVE_NOT_IN_SOURCE,
      omits: MOVE_OMITS[release],
      leavesOut: "that -EAGAIN is tried again some times before the folio is put back, large folios, the swap cache",
    },
  );
