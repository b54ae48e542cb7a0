/** What a driver's ->migrate_to_ram() does with mm/migrate_device.c (mm/migrate.c until v5.17): one page of a device comes back to memory. */
import { call, done, int, once, ref } from "faultline";
import {
  isDevicePrivateEntry,
  isMigrationEntry,
  setDevicePrivateEntry,
  setMigrationPte,
} from "../../kernel/entries.ts";
import {
  allocate,
  cow,
  getPage,
  lockPtl,
  newpage,
  of,
  pageDupRmap,
  pageMapped,
  pageRemoveRmap,
  ptepGet,
  ptepGetAndClear,
  putPage,
  setMapping,
  setPte,
  trylockPage,
  unlockPage,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { wordsOf } from "../../kernel/words.ts";
import { Page, kernel, type Kernel, type PageDraft, type VmaIndex } from "../../kernel/world.ts";

export type DeviceRelease = "v5.9" | "v6.12" | "v7.1";

export interface ToRam {
  readonly release: DeviceRelease;
  /** The page that the driver allocates. */
  readonly to: "newpage" | "cow";
}

const WALK = "the walk of the rmap around the one entry that a vma can have";
const LEFT_OUT = "PageAnonExclusive (the page is not exclusive), soft-dirty and userfaultfd bits, mlock(), statistics";

/** try_to_unmap_one() with TTU_MIGRATION, since v5.14 try_to_migrate_one(), mm/rmap.c: a migration entry for an entry of the device's page. */
const tryToMigrateOne = (i: VmaIndex, release: DeviceRelease) =>
  kernel.path(
    release === "v5.9" ? "try_to_unmap_one" : "try_to_migrate_one",
    { page: ref(Page) },
    {
      "page_vma_mapped_walk(): spin_lock(ptl)": lockPtl(i),
      "page_vma_mapped_walk(): an entry of the page?": ptepGet(i).then((_, { page }, pte) =>
        isDevicePrivateEntry(pte) && pte.device === page ? undefined : "page_vma_mapped_walk(): spin_unlock(ptl)",
      ),
      "set_pte_at(mm, pvmw.address, pvmw.pte, swp_pte)": setMigrationPte(i),
      "page_remove_rmap(subpage)": pageRemoveRmap(),
      "put_page(page)": putPage,
      "page_vma_mapped_walk(): spin_unlock(ptl)": unlockPtl(i),
    },
    { file: "mm/rmap.c", release, notInSource: WALK, leavesOut: LEFT_OUT },
  );

/** remove_migration_pte(), mm/migrate.c: `new` takes the place of the page; the same page is put back as the device's. */
const removeMigrationPte = (i: VmaIndex, release: DeviceRelease) => {
  const store = once(
    (k: Kernel, { page, dst }: { readonly page: PageDraft | null; readonly dst: PageDraft | null }) => {
      const { pte } = k.table[i];
      if (dst === page) setDevicePrivateEntry(pte, page!);
      else setPte(pte, dst!);
    },
  );
  const dst = (_: Kernel, me: { readonly dst: PageDraft | null }) => me.dst;
  return kernel.path(
    "remove_migration_pte",
    { page: ref(Page), dst: ref(Page) },
    {
      "page_vma_mapped_walk(): spin_lock(ptl)": lockPtl(i),
      "page_vma_mapped_walk(): a migration entry of the page?": ptepGet(i).then((_, { page }, pte) =>
        isMigrationEntry(pte) && pte.migrating === page ? undefined : "page_vma_mapped_walk(): spin_unlock(ptl)",
      ),
      "get_page(new)": of(dst, getPage),
      "set_pte_at(pvmw.pte, pte), first": release === "v5.9" && store,
      "page_add_anon_rmap(new)": of(dst, pageDupRmap),
      "set_pte_at(pvmw.pte, pte)": release !== "v5.9" && store,
      "page_vma_mapped_walk(): spin_unlock(ptl)": unlockPtl(i),
    },
    { file: "mm/migrate.c", release, notInSource: WALK, leavesOut: LEFT_OUT },
  );
};

const AGAIN = "migrate_vma_prepare(): trylock_page(page)" as const;
const CLEAR = "ptep_get_and_clear(mm, addr, ptep)" as const;
const UNMAP = "page_mapped(page)?" as const;
const NOTHING = "pte_unmap_unlock(ptep - 1, ptl), nothing" as const;
const LATER = "pte_unmap_unlock(ptep - 1, ptl), not locked" as const;
const PUT_FREE = "put_page(dpage), it has failed" as const;
const RESTORE = "remove_migration_pte(page, page) in vma[0]" as const;

/**
 * migrate_vma_setup(), the driver's copy, migrate_vma_pages() and migrate_vma_finalize(), for the one page at an address of vma `i`. `fault`
 * is the page that the fault has a reference of, args->fault_page, since v6.1, which is locked by it, too, since v6.15.
 *
 * The reference of migrate_vma_collect_pmd() is the one that may be left when the page moves, and that of the fault: any other
 * one makes the migration fail, and the device's entry comes back.
 */
export const migrateToRam = (i: VmaIndex, { release, to }: ToRam) => {
  const isOld = release === "v5.9";
  const said = wordsOf(release);
  const dpage = to === "cow" ? cow : newpage;
  const faultHolds = isOld ? 0 : 1;
  const isFault = ({ page, fault }: { readonly page: PageDraft | null; readonly fault: PageDraft | null }) =>
    release === "v7.1" && page === fault;
  interface Pages {
    readonly page: PageDraft | null;
    readonly dst: PageDraft | null;
  }
  const moved = (j: VmaIndex) => call(removeMigrationPte(j, release), ({ page, dst }: Pages) => ({ page, dst }));
  const restored = (j: VmaIndex) => call(removeMigrationPte(j, release), ({ page }: Pages) => ({ page, dst: page }));
  return kernel.path(
    "migrate_to_ram",
    { fault: ref(Page), page: ref(Page), dst: ref(Page), count: int(0, 4), data: int(0, 2) },
    {
      "pte_offset_map_lock(mm, pmdp, addr, &ptl)": lockPtl(i),
      "pte = ptep_get(ptep)": ptepGet(i).then((_, me, pte) => {
        if (!isDevicePrivateEntry(pte)) return NOTHING;
        me.page = pte.device;
      }),
      [said("get_page(page)", "folio_get(folio)")]: getPage,
      "fault_folio == folio?": release === "v7.1" && once((_, me) => (isFault(me) ? CLEAR : undefined)),
      [said("trylock_page(page)", "folio_trylock(folio)")]: trylockPage.then({
        false: isOld ? LATER : "folio_put(folio), it is locked",
      }),
      [CLEAR]: ptepGetAndClear(i),
      "set_pte_at(mm, addr, ptep, swp_pte)": setMigrationPte(i),
      [said("page_remove_rmap(page)", "folio_remove_rmap_pte(folio, page, vma)")]: pageRemoveRmap(),
      [said("put_page(page)", "folio_put(folio)")]: putPage,
      "pte_unmap_unlock(ptep - 1, ptl)": unlockPtl(i).then(UNMAP),

      "folio_put(folio), it is locked": !isOld && putPage,
      [NOTHING]: unlockPtl(i).then(done),

      // v5.9 keeps the reference, and tries once more without ptl.
      [LATER]: isOld && unlockPtl(i),
      [AGAIN]: isOld && trylockPage.then({ false: "migrate_vma_prepare(): put_page(page)", true: UNMAP }),
      "migrate_vma_prepare(): put_page(page)": isOld && putPage.then(done),

      [UNMAP]: pageMapped.then({
        false: isOld ? "dpage = alloc_page_vma()" : "migrate_vma_check_page(): folio_ref_count(folio) - extra",
      }),
      "try_to_migrate_one() in vma[0]": call(tryToMigrateOne(0, release), ({ page }) => ({ page })),
      "try_to_migrate_one() in vma[1]": call(tryToMigrateOne(1, release), ({ page }) => ({ page })),
      // One more than there can be: pages of devices have had no reference of their own since v6.1.
      "migrate_vma_check_page(): folio_ref_count(folio) - extra":
        !isOld &&
        once((_, me) => {
          me.count = Math.max(0, me.page!.refcount - 3);
        }),
      "migrate_vma_check_page(): > folio_mapcount(folio)?":
        !isOld && once((_, { page, count }) => (count > page!.mapcount ? RESTORE : undefined)),

      "dpage = alloc_page_vma()": of(dpage, allocate).then((k, me) => {
        me.dst = dpage(k);
      }),
      "lock_page(dpage)": of(dpage, trylockPage).then({ false: done }),
      "copy_highpage(dpage, spage): load": once((_, me) => {
        me.data = me.page!.data;
      }),
      "copy_highpage(dpage, spage): store": once((k, { data }) => {
        dpage(k).data = data;
      }),
      "migrate_page_move_mapping(): page_count(page) != expected_count?": once((_, { page }) =>
        page!.refcount === 1 + faultHolds ? undefined : "unlock_page(dpage), it has failed",
      ),
      "newpage->mapping = page->mapping": of(dpage, setMapping("anon")),
      "remove_migration_pte(page, dpage) in vma[0]": moved(0),
      "remove_migration_pte(page, dpage) in vma[1]": moved(1),
      "unlock_page(page)": unlockPage.when((_, me) => !isFault(me)),
      "put_page(page), which is free": putPage,
      "unlock_page(dpage)": of(dpage, unlockPage),
      "put_page(dpage)": of(dpage, putPage).then(done),

      "unlock_page(dpage), it has failed": of(dpage, unlockPage),
      [PUT_FREE]: of(dpage, putPage),
      [RESTORE]: restored(0),
      "remove_migration_pte(page, page) in vma[1]": restored(1),
      "unlock_page(page), it stays": unlockPage.when((_, me) => !isFault(me)),
      "put_page(page), it stays": putPage,
    },
    {
      file: isOld ? "mm/migrate.c" : "mm/migrate_device.c",
      release,
      notInSource:
        "migrate_vma_collect_pmd(), migrate_vma_prepare() and _unmap(), the driver's copy, migrate_vma_pages() and _finalize(), of one page of a device",
      leavesOut: `other pages, huge ones, the anon_vma and its lock, mmu notifiers. The reference that a page of a device has while it is free, until v6.1: counted is what is above it. migration_entry_wait() of v5.9, which has a reference while it waits. ${LEFT_OUT}`,
    },
  );
};
