import assert from "node:assert/strict";
import { test } from "node:test";
import { full, scenario } from "faultline";
import { kernel, pageInCache, pageMappedByPmd, type Kernel } from "../../models/kernel/world.ts";
import { setPte } from "../../models/kernel/primitives.ts";
import { noSharedWrite, pinsMatch, refcountCoversPtes, rssMatches } from "../../specs/anon.ts";
import { entriesAreWhole } from "../../specs/entries.ts";
import { noMappedFreePage, noPteBeyondEof, noStalePte } from "../../specs/page-cache.ts";
import { noTlbEntryOfFreePage, writablePageIsDirty } from "../../specs/tlb.ts";
import { nothingMappedAfterMunmap, readOnlyIsReadOnly } from "../../specs/vma-lock.ts";
import { buildProgram } from "../../src/machine/build.ts";
import { exploreAll } from "../explore-all.ts";

/** Whether the spec is violated once a thread has taken this one step. */
function isSeen(spec: typeof noStalePte, step: (k: Kernel) => void, init: (k: Kernel) => void): boolean {
  const wrong = kernel.path("wrong", { step: full((k: Kernel): void => step(k)) });
  const one = scenario("wrong", {
    about: "A thread does something wrong",
    world: kernel,
    params: {},
    threads: () => ({ wrong }),
    init,
    specs: [spec],
    expect: [],
  });
  return exploreAll(buildProgram(one, {})).found.has(spec.name);
}

/** Two pages and their VMA, of which nothing is mapped yet. */
function twoPages(k: Kernel): void {
  pageInCache(k, { pmd: "populated" });
  for (const mm of k.mm) mm.rss = 0;
  k.vma[0].end = 2;
  k.vma[0].vmWrite = true;
  k.mm[0].mmMt[0] = k.vma[0];
  k.mm[0].mmMt[1] = k.vma[0];
  k.isize = 2;
}

const WRONG: readonly (readonly [typeof noStalePte, string, (k: Kernel) => void, ((k: Kernel) => void)?])[] = [
  [
    noSharedWrite,
    "that the second entries of two tables share a page, and one is writable",
    (k) => {
      k.tail.mapping = "anon";
      setPte(k.table[0].tailPte, k.tail, { writable: true });
      setPte(k.table[1].tailPte, k.tail);
    },
  ],
  [
    noSharedWrite,
    "that the second entry of one table has the page of the first of another",
    (k) => {
      k.page.mapping = "anon";
      setPte(k.table[0].pte, k.page, { writable: true });
      setPte(k.table[1].tailPte, k.page);
    },
  ],
  [refcountCoversPtes, "a PTE of newpage, which has no reference", (k) => setPte(k.table[0].pte, k.newpage)],
  [refcountCoversPtes, "a PTE of tail, which has no reference", (k) => setPte(k.table[0].tailPte, k.tail)],
  [pinsMatch, "a pin of newpage that nobody knows", (k) => void (k.newpage.pins = 1)],
  [rssMatches, "a second entry that rss does not count", (k) => setPte(k.table[0].tailPte, k.tail)],
  [
    noMappedFreePage,
    "a free page in the swap cache, without its flag",
    (k) => {
      k.swapSlot.cache = k.cow;
    },
  ],
  [noStalePte, "a huge pmd of a page that has left the file", (k) => void (k.slot = null), pageMappedByPmd],
  [noPteBeyondEof, "a huge pmd of a file that is empty", (k) => void (k.isize = 0), pageMappedByPmd],
  [noTlbEntryOfFreePage, "a TLB entry of a private copy", (k) => void (k.cpu[1].tlb[0].page = k.cow)],
  [noTlbEntryOfFreePage, "a TLB entry of newpage", (k) => void (k.cpu[0].tlb[1].page = k.newpage)],
  [
    writablePageIsDirty,
    "a second entry that allows stores",
    (k) => {
      setPte(k.table[0].tailPte, k.page, { writable: true });
    },
  ],
  [
    readOnlyIsReadOnly,
    "the second page of a VMA",
    (k) => {
      k.vma[0].vmWrite = false;
      setPte(k.table[0].tailPte, k.tail, { writable: true });
    },
  ],
  [
    nothingMappedAfterMunmap,
    "the second page of a VMA",
    (k) => {
      k.mm[0].mmMt[1] = null;
      setPte(k.table[0].tailPte, k.tail);
    },
  ],
  [entriesAreWhole, "a swap entry that names no slot", (k) => void (k.table[0].tailPte.kind = "swap")],
];

for (const [spec, what, step, init = twoPages] of WRONG)
  test(`${spec.name} sees ${what}`, () => {
    assert.equal(
      isSeen(spec, () => {}, init),
      false,
    );
    assert.equal(isSeen(spec, step, init), true);
  });

test("a page that is pinned is not free, whatever a TLB entry maps", () => {
  const pin = (k: Kernel): void => {
    k.cpu[0].tlb[0].page = k.cow;
    k.cow.pins = 1;
  };
  assert.equal(isSeen(noTlbEntryOfFreePage, pin, twoPages), false);
});
