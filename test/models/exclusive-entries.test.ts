import assert from "node:assert/strict";
import { test } from "node:test";
import { scenario } from "faultline";
import { anonPageMapped, kernel } from "../../models/kernel/world.ts";
import { dupMmapFolio } from "../../models/mm/memory/copy-folio.ts";
import { makeExclusive as driver } from "../../models/mm/rmap/make-device-exclusive.ts";
import makeExclusive from "../../models/scenarios/make-exclusive-by-release.ts";
import type { ParamValues } from "../../src/model/params.ts";
import { runPinned, without } from "./pinned.ts";

/** A step by which a driver gets a page alone, or gives it back, and what finds that it is left out. */
const MUTANTS: readonly (readonly [step: string, set: ParamValues, spec: string])[] = [
  ["make_device_exclusive: ptep_clear_flush(): flush_tlb_page()", { release: "v7.1", beside: "store" }, "no-bug"],
  [
    "make_device_exclusive_range: ptep_clear_flush(): flush_tlb_page()",
    { release: "v6.12", beside: "store" },
    "no-bug",
  ],
  [
    "make_device_exclusive: fw.page != page || !pte_write(fw.pte)",
    { release: "v7.1", beside: "zap" },
    "refcount-matches",
  ],
  [
    "make_device_exclusive_range: folio_remove_rmap_pte(folio, subpage, vma)",
    { release: "v6.12", beside: "fault" },
    "mapcount-covers-entries",
  ],
  [
    "restore_exclusive_pte: folio_add_anon_rmap_pte(folio, page, vma, address)",
    { release: "v6.12", beside: "driver" },
    "mapcount-covers-entries",
  ],
  [
    "get_user_pages_remote, of a page to be exclusive: try_grab_folio(folio, 1, flags)",
    { release: "v7.1", beside: "fault" },
    "refcount-matches",
  ],
  ["dup_mmap: try_restore_exclusive_pte(): folio_unlock(folio)", { release: "v7.1", beside: "fork" }, "locks-released"],
];

for (const [step, set, spec] of MUTANTS)
  test(`${spec} finds that ${step} is missing, ${String(set["release"])}`, async () => {
    const { specs } = await runPinned(without(makeExclusive, step), set);
    assert.equal(specs.find(({ name }) => name === spec)?.verdict, "violated");
  });

/** The step by which a driver makes the entry, which fork() cannot copy while the folio is locked. */
const MAKES_ENTRY = {
  "v6.12": "make_device_exclusive_range: set_pte_at(mm, address, pvmw.pte, swp_pte)",
  "v7.1": "make_device_exclusive: set_pte_at(mm, addr, fw.ptep, swp_pte)",
} as const;

for (const release of ["v6.12", "v7.1"] as const)
  test(`fork() fails where a driver has the folio locked, and no child runs, ${release}`, async () => {
    const forks = scenario("forks", {
      about: "A process forks while a driver has a page of it",
      world: kernel,
      threads: () => ({ driver: driver(0, release), parent: dupMmapFolio(release, { exclusive: release }) }),
      init: (k) => anonPageMapped(k, { shared: false, writable: true }),
      specs: [kernel.atEnd("child-runs", "fork() has made a child", (k) => k.mm[1].running || "there is none")],
      unreached: () => ["*"],
    });
    const verdictOf = async (one: typeof forks) =>
      (await runPinned(one, {})).specs.find(({ name }) => name === "child-runs")?.verdict;
    assert.equal(await verdictOf(forks), "violated");
    assert.equal(await verdictOf(without(forks, MAKES_ENTRY[release])), "holds");
  });
