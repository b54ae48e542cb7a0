// migration.ts
import { bool } from "faultline";
import { beingMigrated, isMigrationEntry, pteClear } from "faultline/models/kernel/entries";
import { kernel } from "faultline/models/kernel/world";
import {
  filePage, getPage, lockPtl, newpage, of, pageDupRmap, ptepGet, putPage, setPteAt, unlockPage, unlockPtl,
} from "faultline/models/kernel/primitives";
import { balance } from "faultline/specs/balance";
import { droppedStaysDropped, entrySpecs } from "faultline/specs/entries";

/** Puts the new page where the migration entry is; `fixed`: which it looks at with ptl held. */
const putBack = (fixed: boolean) => kernel.path("remove_migration_pte", {
  "is_migration_entry(*pte), without ptl": !fixed && ptepGet(0).then((_, __, pte) => {
    if (!isMigrationEntry(pte)) return "folio_unlock(dst)";
  }),
  "spin_lock(ptl)": lockPtl(0),
  "is_migration_entry(*pte)": fixed && ptepGet(0).then((_, __, pte) => {
    if (!isMigrationEntry(pte)) return "spin_unlock(ptl)";
  }),
  "folio_get(dst)": of(newpage, getPage),
  "folio_add_anon_rmap_pte(dst)": of(newpage, pageDupRmap),
  "set_pte_at(pte)": of(newpage, setPteAt(0, { writable: true, dirty: true })),
  "spin_unlock(ptl)": unlockPtl(0),
  "folio_unlock(dst)": of(newpage, unlockPage),
  "folio_put(dst)": of(newpage, putPage),
  "folio_unlock(src)": of(filePage, unlockPage),
  "folio_put(src)": of(filePage, putPage),
});
const zap = kernel.path("zap_nonpresent_ptes", {
  "spin_lock(ptl)": lockPtl(0),
  "is_migration_entry(*pte)": ptepGet(0).then((_, __, pte) => {
    if (!isMigrationEntry(pte)) return "spin_unlock(ptl)";
  }),
  "pte_clear_not_present_full(pte)": pteClear(0).then((k) => { k.vma[0].unmapped = true; }),
  "spin_unlock(ptl)": unlockPtl(0),
});

export default kernel.scenario("migration", "Migration ends while madvise(MADV_DONTNEED) drops its entry", {
  params: { fixed: bool },
  threads: ({ fixed }) => ({ migrate: putBack(fixed), zap }),
  init: (k) => beingMigrated(k),
  specs: [droppedStaysDropped, ...entrySpecs, ...balance],
  expect: [
    { set: { fixed: true } },
    { set: { fixed: true }, memory: "lkmm" },
    { set: { fixed: false }, violated: ["dropped-stays-dropped"] },
    { set: { fixed: false }, memory: "lkmm", violated: ["dropped-stays-dropped"] },
  ],
});
