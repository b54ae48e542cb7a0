import assert from "node:assert/strict";
import { test } from "node:test";
import { bool, ref, scenario, type Path } from "faultline";
import { isMigrationEntry, setMigrationEntry } from "../../models/kernel/entries.ts";
import {
  filePage,
  getPage,
  getPageUnlessZero,
  lockPtl,
  newpage,
  of,
  pageDupRmap,
  ptepGet,
  putPage,
  setPteAt,
  unlockPage,
  unlockPtl,
} from "../../models/kernel/primitives.ts";
import { Page, anonPageMapped, kernel } from "../../models/kernel/world.ts";
import { balance } from "../../specs/balance.ts";
import { entrySpecs } from "../../specs/entries.ts";
import { buildProgram } from "../../src/machine/build.ts";
import { exploreAll } from "../explore-all.ts";

/** Who waits for a migration: with `fixed` it takes its reference while ptl keeps the entry, and only if there is one. */
const waiter = (fixed: boolean) =>
  kernel.path(
    "migration_entry_wait",
    { page: ref(Page) },
    {
      "pte_offset_map_lock(&ptl)": lockPtl(0),
      "is_migration_entry(*pte)": ptepGet(0).then((_, me, pte) => {
        if (!isMigrationEntry(pte)) return "pte_unmap_unlock(ptl)";
        me.page = pte.migrating;
      }),
      "get_page_unless_zero(page)":
        fixed &&
        getPageUnlessZero.then((_, me, got) => {
          if (!got) me.page = null;
        }),
      "pte_unmap_unlock(ptl)": unlockPtl(0),
      "get_page(page), too late": !fixed && getPage.when((_, { page }) => page !== null),
      "put_page(page)": putPage.when((_, { page }) => page !== null),
    },
  );
const migrate = kernel.path("remove_migration_ptes", {
  "spin_lock(ptl)": lockPtl(0),
  "folio_get(dst)": of(newpage, getPage),
  "folio_add_anon_rmap_pte(dst)": of(newpage, pageDupRmap),
  "set_pte_at(pte)": of(newpage, setPteAt(0, { writable: true, dirty: true })),
  "spin_unlock(ptl)": unlockPtl(0),
  "folio_unlock(src)": of(filePage, unlockPage),
  "folio_put(dst)": of(newpage, putPage),
  "folio_put(src)": of(filePage, putPage),
});
const migrationWait = scenario("migration-wait", {
  about: "A fault waits for a migration while the old page is freed",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }): Readonly<Record<string, Path>> => ({ waiter: waiter(fixed) as Path, migrate: migrate as Path }),
  init(k) {
    anonPageMapped(k, { shared: false, writable: true });
    setMigrationEntry(k.table[0].pte, k.page, { writable: true });
    k.page.mapcount = 0;
    k.page.locked = true;
    k.newpage.refcount = 1;
    k.newpage.mapping = "anon";
  },
  specs: [...entrySpecs, ...balance],
});

test("get_page() of a page that is free already is a bug, though the counts add up in the end", () => {
  assert.deepEqual([...exploreAll(buildProgram(migrationWait, { fixed: false })).found.keys()], ["no-bug"]);
  assert.deepEqual([...exploreAll(buildProgram(migrationWait, { fixed: true })).found.keys()], []);
});
