import assert from "node:assert/strict";
import { test } from "node:test";
import { call, done, once, scenario, type Path } from "faultline";
import { isNone, setPte } from "../../models/kernel/primitives.ts";
import {
  isDeviceExclusiveEntry,
  isDevicePrivateEntry,
  isMarker,
  isMigrationEntry,
  isPresent,
  isProtnone,
  isSwapEntry,
  origPte,
  ptepTestAndClearYoung,
  setDeviceExclusiveEntry,
  setDevicePrivateEntry,
  setMarker,
  setMigrationEntry,
  setProtnone,
  setSwapEntry,
} from "../../models/kernel/entries.ts";
import { userAccess } from "../../models/kernel/user-access.ts";
import { anonPageMapped, kernel, type Kernel, type PteDraft } from "../../models/kernel/world.ts";
import { mapcountMatches, refcountMatches } from "../../specs/balance.ts";
import {
  entriesAreWhole,
  entrySpecs,
  migrationsEnd,
  noEntryOfFreePage,
  noStaleSwapEntry,
} from "../../specs/entries.ts";
import { noMappedFreePage, noPteBeyondEof, noStalePte } from "../../specs/page-cache.ts";
import { slotCountMatches } from "../../specs/swap.ts";
import { buildProgram } from "../../src/machine/build.ts";
import { exploreAll } from "../explore-all.ts";

type Spec = typeof mapcountMatches;

function found(init: (k: Kernel) => void, specs: readonly Spec[], path?: Path): readonly string[] {
  const idle = kernel.path("idle", {}, { nothing: once(() => {}) });
  const one = scenario("entries", {
    about: "Entries of each kind",
    world: kernel,
    params: {},
    threads: () => ({ only: (path ?? idle) as typeof idle }),
    init(k) {
      anonPageMapped(k, { shared: false, writable: true });
      init(k);
    },
    specs,
    expect: [],
  });
  return [...exploreAll(buildProgram(one, {})).found.keys()];
}
/** Nothing maps the page any more. */
function unmapped(k: Kernel): void {
  k.page.mapcount = 0;
  k.page.refcount = 0;
}
const KINDS: Readonly<Record<string, (k: Kernel, pte: PteDraft) => void>> = {
  present: (k, pte) => setPte(pte, k.page),
  protnone: (k, pte) => setProtnone(pte, k.page),
  swap: (k, pte) => setSwapEntry(pte, k.swapSlot),
  migration: (k, pte) => setMigrationEntry(pte, k.page),
  marker: (_, pte) => setMarker(pte, "poisoned"),
  "device-private": (k, pte) => setDevicePrivateEntry(pte, k.page),
  "device-exclusive": (k, pte) => setDeviceExclusiveEntry(pte, k.page),
};

for (const [before, first] of Object.entries(KINDS))
  for (const [after, second] of Object.entries(KINDS))
    test(`an entry that was ${before} and is ${after} has nothing of what it was`, () => {
      const seen = kernel.always("seen", "it is what it is", ({ table }) => {
        const { pte } = table[0];
        assert.deepEqual(
          [
            isPresent(pte) && !isProtnone(pte),
            isProtnone(pte),
            isSwapEntry(pte),
            isMigrationEntry(pte),
            isMarker(pte),
            isDevicePrivateEntry(pte),
            isDeviceExclusiveEntry(pte),
          ],
          ["present", "protnone", "swap", "migration", "marker", "device-private", "device-exclusive"].map(
            (kind) => kind === after,
          ),
        );
        return !isNone(pte);
      });
      const init = (k: Kernel): void => {
        first(k, k.table[0].pte);
        second(k, k.table[0].pte);
      };
      assert.deepEqual(found(init, [entriesAreWhole, seen]), []);
    });

test("a migration entry maps nothing: its page has the counts of a page that is not mapped", () => {
  const init = (k: Kernel): void => {
    setMigrationEntry(k.table[0].pte, k.page);
    unmapped(k);
  };
  assert.deepEqual(found(init, [mapcountMatches, refcountMatches, noMappedFreePage]), []);
  assert.deepEqual(found(init, entrySpecs), [noEntryOfFreePage.name, migrationsEnd.name]);
});

test("an entry that names a page of a device counts as one that maps it, and is seen when the page is free", () => {
  const init = (k: Kernel): void => setDevicePrivateEntry(k.table[0].pte, k.page);
  assert.deepEqual(found(init, [mapcountMatches, refcountMatches, ...entrySpecs]), []);
  const free = (k: Kernel): void => {
    init(k);
    unmapped(k);
  };
  assert.deepEqual(found(free, [mapcountMatches, refcountMatches, ...entrySpecs]), [
    mapcountMatches.name,
    refcountMatches.name,
    noEntryOfFreePage.name,
  ]);
});

test("an entry that is stored in parts is seen", () => {
  assert.deepEqual(
    found((k) => {
      setMarker(k.table[0].pte, "guard");
      k.table[0].pte.page = k.page;
    }, entrySpecs),
    [entriesAreWhole.name],
  );
});

test("a swap entry of a slot that is free is seen, in either entry of a table", () => {
  for (const which of ["pte", "tailPte"] as const)
    assert.deepEqual(
      found((k) => setSwapEntry(k.table[0][which], k.swapSlot), [noStaleSwapEntry, slotCountMatches]),
      [noStaleSwapEntry.name, slotCountMatches.name],
    );
});

test("what the second entry of a table maps is counted, and seen when it is free, stale or beyond the end of the file", () => {
  const map = (k: Kernel): void => {
    setPte(k.table[0].pte, k.page);
    setPte(k.table[0].tailPte, k.newpage);
  };
  const specs = [mapcountMatches, refcountMatches, noMappedFreePage, noStalePte, noPteBeyondEof];
  assert.deepEqual(new Set(found(map, specs)), new Set(specs.map(({ name }) => name)));
});

test("the user's access to a protnone entry faults", () => {
  const stored = kernel.sometimes("stored", "the user has stored", ({ page }) => page.data > 0);
  const store = userAccess(0, 0, "store") as never;
  const mapped = (k: Kernel): void => setPte(k.table[0].pte, k.page, { writable: true });
  const protnone = (k: Kernel): void => setProtnone(k.table[0].pte, k.page, { writable: true });
  assert.deepEqual(found(mapped, [stored as never], store), ["stored"]);
  assert.deepEqual(found(protnone, [stored as never], store), []);
});

test("a store that faulted finds its TLB entry again, and faults once more though the PTE allows it", () => {
  const retried = kernel.path(
    "user",
    {},
    {
      "the store": call(userAccess(0, 0, "store"), undefined, (_, { faulted }) => (faulted ? undefined : done)),
      "ptep_set_access_flags(), and no flush": once((k) =>
        setPte(k.table[0].pte, k.page, { writable: true, dirty: true }),
      ),
      "the store is tried again": call(userAccess(0, 0, "store"), undefined, (_, { faulted }) =>
        faulted ? "the store is tried again" : undefined,
      ),
    },
  );
  const stored = kernel.sometimes("stored", "the user has stored", ({ page }) => page.data === 2);
  const init = (k: Kernel): void => setPte(k.table[0].pte, k.page);
  assert.deepEqual(found(init, [stored], retried as never), ["stored"]);
  // Another CPU keeps its entry.
  const other = (k: Kernel): void => {
    init(k);
    k.cpu[1].tlb[0].page = k.page;
  };
  const gone = kernel.atEnd(
    "gone",
    "the CPU that faulted has dropped its entry",
    ({ cpu }) => cpu[0].tlb[0].page === null,
  );
  const left = kernel.atEnd("left", "the other CPU has dropped its own", ({ cpu }) => cpu[1].tlb[0].page === null);
  assert.deepEqual(found(other, [gone, left], userAccess(0, 0, "store") as never), ["left"]);
});

test("an entry that has changed in a part that was kept is not the same, and ptep_test_and_clear_young() says what was", () => {
  const orig = origPte("page", "kind");
  const path = (changes: boolean) =>
    kernel.path("fault", orig.locals, {
      "ptep_test_and_clear_young(pte)": ptepTestAndClearYoung(0).then((k, _, was) => {
        k.vma[0].slept = was;
      }),
      "orig_pte = ptep_get_lockless(pte)": orig.get(0),
      "the entry changes": once((k) => (changes ? setProtnone(k.table[0].pte, k.page) : undefined)),
      "pte_same(*pte, orig_pte)": orig.same(0).then((k, _, same) => {
        k.vma[0].fellBack = same;
      }),
    });
  const same = kernel.atEnd("not-same", "it is not the same", ({ vma }) => !vma[0].fellBack);
  const young = kernel.atEnd(
    "was-young",
    "it was young, and is no more",
    ({ vma, table }) => vma[0].slept && !table[0].pte.young,
  );
  const init = (k: Kernel): void => setPte(k.table[0].pte, k.page, { young: true });
  assert.deepEqual(found(init, [same, young], path(true) as never), []);
  assert.deepEqual(found(init, [same, young], path(false) as never), ["not-same"]);
});
