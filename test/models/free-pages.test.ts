import assert from "node:assert/strict";
import { test } from "node:test";
import { bool, done, once, oneOf, ref, scenario, type Path, type Scenario } from "faultline";
import { isMigrationEntry, setMigrationEntry } from "../../models/kernel/entries.ts";
import {
  filePage,
  getPage,
  getPageUnlessZero,
  lockPtl,
  newpage,
  of,
  pageDupRmap,
  pageRemoveRmap,
  ptepGet,
  ptepGetAndClear,
  putPage,
  setPteAt,
  trylockPage,
  unlockPage,
  unlockPtl,
  xasLoad,
} from "../../models/kernel/primitives.ts";
import { flushTlb } from "../../models/kernel/tlb.ts";
import { userAccess } from "../../models/kernel/user-access.ts";
import { Page, anonPageMapped, kernel, pageInCache, pageMappedBy, pageTables } from "../../models/kernel/world.ts";
import { pageCacheRead } from "../../models/mm/filemap/page-cache-read.ts";
import { discardPage } from "../../models/mm/rmap/discard-page.ts";
import { truncateSetsize } from "../../models/mm/truncate/truncate.ts";
import { invalidateFolios } from "../../models/mm/truncate/invalidate-folios.ts";
import { writebackIter } from "../../models/mm/page-writeback/writeback-folio.ts";
import { shrinkFolioList } from "../../models/mm/vmscan/reclaim-folios.ts";
import { shrinkPageList } from "../../models/mm/vmscan/reclaim.ts";
import { anonBalance } from "../../specs/anon.ts";
import { balance } from "../../specs/balance.ts";
import { entrySpecs } from "../../specs/entries.ts";
import { noTlbEntryOfFreePage } from "../../specs/tlb.ts";
import { buildProgram } from "../../src/machine/build.ts";
import { MEMORY_MODELS, type MemoryModel } from "../../src/model/memory.ts";
import type { ParamValues } from "../../src/model/params.ts";
import { exploreAll } from "../explore-all.ts";
import { resultUnder } from "./pinned.ts";

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

const truncate = truncateSetsize({ vmas: 1, gate: "page_mapped" });

const violatedOf = async (memory: MemoryModel, tested: Scenario, set: ParamValues = {}): Promise<readonly string[]> =>
  (await resultUnder(memory, tested, set)).specs.filter(({ verdict }) => verdict !== "holds").map(({ name }) => name);

/** Stores to a page of a file; without `fixed` it puts its reference before it has the page lock. */
const write = (fixed: boolean) =>
  kernel.path(
    "write",
    { page: ref(Page) },
    {
      "page = xas_load(&xas)": xasLoad.then((_, { page }) => (page ? undefined : done)),
      "folio_try_get(folio)": getPageUnlessZero.then({ false: done }),
      "folio_put(folio), too early": !fixed && putPage,
      "folio_trylock(folio)": trylockPage.then({ false: fixed ? "folio_put(folio)" : done }),
      "memcpy()": once((_, { page }) => void (page!.data = 1)),
      "folio_unlock(folio)": unlockPage,
      "folio_put(folio)": fixed && putPage,
    },
  );
const putEarly = scenario("put-early", {
  about: "A page is stored to while it is truncated",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }): Readonly<Record<string, Path>> => ({ write: write(fixed) as Path, truncate }),
  init: (k) => pageInCache(k, { pmd: "populated" }),
  specs: balance,
});

test("a page that is locked and stored to behind the put of its reference is a bug, though the counts add up in the end", async () => {
  for (const memory of MEMORY_MODELS)
    for (const fixed of [false, true]) {
      const violated = await violatedOf(memory, putEarly, { fixed });
      assert.deepEqual(violated, fixed ? [] : ["no-bug"], `fixed=${fixed} under ${memory}`);
    }
});

const readIn = scenario("read-in", {
  about: "A page is added to a file while the file is truncated",
  world: kernel,
  params: {},
  threads: (): Readonly<Record<string, Path>> => ({ read: pageCacheRead() as Path, truncate }),
  init(k) {
    pageInCache(k, { pmd: "populated" });
    k.slot = null;
    k.page.refcount = 0;
    k.page.mapping = "NULL";
  },
  specs: balance,
});

test("who finds a page in the xarray finds it locked, and with its references, under lkmm", async () => {
  const { specs } = await resultUnder("lkmm", readIn, {});
  assert.deepEqual(
    specs.filter(({ verdict }) => verdict !== "holds").map(({ name, verdict }) => `${name} ${verdict}`),
    [],
  );
});

/** Without `fixed`, the page is put before its TLB entry is flushed. */
const zap = (fixed: boolean) =>
  kernel.path("zap_pte_range", {
    "spin_lock(ptl)": lockPtl(0),
    "ptep_get_and_clear_full(pte)": ptepGetAndClear(0),
    "folio_remove_rmap_pte(folio)": of(filePage, pageRemoveRmap()),
    "spin_unlock(ptl)": unlockPtl(0),
    "folio_put(folio), too early": !fixed && of(filePage, putPage),
    "flush_tlb_range()": flushTlb(0),
    "folio_put(folio)": fixed && of(filePage, putPage),
  });
const putBeforeFlush = scenario("put-before-flush", {
  about: "A page is unmapped and put while a CPU stores to it",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }): Readonly<Record<string, Path>> => ({
    user: userAccess(0, 0, "store") as Path,
    zap: zap(fixed) as Path,
  }),
  init: (k) => anonPageMapped(k, { shared: false, writable: true }),
  specs: balance,
});

test("a store by the TLB entry of a page that is put before the flush is a bug, though no spec asks for TLB entries", async () => {
  for (const memory of MEMORY_MODELS)
    for (const fixed of [false, true]) {
      const violated = await violatedOf(memory, putBeforeFlush, { fixed });
      assert.deepEqual(violated, fixed ? [] : ["no-bug"], `fixed=${fixed} under ${memory}`);
    }
});

/** Reclaim throws a lazyfree page away, which it has frozen, while a CPU loads from it. */
const discarded = (flushes: boolean) =>
  scenario("discarded", {
    about: "A lazyfree page is discarded while a CPU loads from it",
    world: kernel,
    params: {},
    threads: (): Readonly<Record<string, Path>> => ({
      user: userAccess(0, 0, "load") as Path,
      reclaim: (flushes
        ? discardPage(0, "v7.1")
        : discardPage(0, "v7.1").with({ drop: ["try_to_unmap_flush()"] })) as Path,
    }),
    init(k) {
      anonPageMapped(k, { shared: false, writable: true });
      k.table[0].pte.dirty = false;
      k.page.refcount = 2;
    },
    specs: balance,
    unreached: () => ["*"],
  });

test("a page whose references were frozen is free in the end: a load by a TLB entry that nobody has flushed is a bug", async () => {
  for (const memory of MEMORY_MODELS) {
    assert.deepEqual(await violatedOf(memory, discarded(true)), [], memory);
    assert.deepEqual(await violatedOf(memory, discarded(false)), ["no-bug"], memory);
  }
});

const batched = scenario("batched", {
  about: "Reclaim frees a page of a file, whose flush it has put off, while a CPU loads from it",
  world: kernel,
  params: {},
  threads: (): Readonly<Record<string, Path>> => ({
    user: userAccess(0, 0, "load") as Path,
    reclaim: shrinkPageList(1, "file", { batches: true }) as Path,
  }),
  init: (k) => pageMappedBy(k, 1),
  specs: [noTlbEntryOfFreePage],
  unreached: () => ["*"],
});

test("a page that reclaim has frozen and unlocked is not free before the flush of its batch", async () => {
  for (const memory of MEMORY_MODELS) assert.deepEqual(await violatedOf(memory, batched), [], memory);
});

test("pages and processes count nothing before init says so", () => {
  const idle = scenario("idle", {
    about: "Nothing is mapped",
    world: kernel,
    params: {},
    threads: (): Readonly<Record<string, Path>> => ({ idle: kernel.path("idle", { nothing: once(() => {}) }) as Path }),
    init: (k) => pageTables(k, "populated"),
    specs: [...balance, ...anonBalance],
  });
  assert.deepEqual([...exploreAll(buildProgram(idle, {})).found.keys()], []);
});

const frozenThenFreed = scenario("frozen-then-freed", {
  about: "A page is stored to while reclaim freezes its references and frees it",
  world: kernel,
  params: { fixed: bool, release: oneOf("v5.9", "v7.1") },
  threads: ({ fixed, release }): Readonly<Record<string, Path>> => ({
    write: write(fixed) as Path,
    reclaim: (release === "v5.9"
      ? shrinkPageList(1, "file")
      : shrinkFolioList({ vmas: 1, release, users: true })) as Path,
  }),
  init: (k) => pageInCache(k, { pmd: "populated" }),
  specs: balance,
});

test("a page that is stored to behind the put of its reference is a bug, too, where reclaim frees it with frozen references", async () => {
  for (const memory of MEMORY_MODELS)
    for (const release of ["v5.9", "v7.1"])
      for (const fixed of [false, true]) {
        const violated = await violatedOf(memory, frozenThenFreed, { fixed, release });
        assert.deepEqual(violated, fixed ? [] : ["no-bug"], `fixed=${fixed} release=${release} under ${memory}`);
      }
});

const invalidate = invalidateFolios({ vmas: 1, release: "v7.1", users: true, dirty: true });
const removedWhileWritten = scenario("removed-while-written", {
  about: "A folio is taken out of its file while a device reads it",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }): Readonly<Record<string, Path>> => ({
    writeback: writebackIter("v7.1", 1, true) as Path,
    remover: (fixed ? invalidate : invalidate.with({ drop: ["folio_wait_writeback(folio)"] })) as Path,
  }),
  init: (k) => pageMappedBy(k, 1, { writable: true, dirty: true }),
  specs: balance,
});

test("a folio that is removed and freed while it is written is a bug: the writeback has no reference of its own", async () => {
  for (const memory of MEMORY_MODELS)
    for (const fixed of [false, true]) {
      const violated = await violatedOf(memory, removedWhileWritten, { fixed });
      assert.deepEqual(violated, fixed ? [] : ["no-bug"], `fixed=${fixed} under ${memory}`);
    }
});
