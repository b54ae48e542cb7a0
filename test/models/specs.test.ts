import assert from "node:assert/strict";
import { test } from "node:test";
import { full, scenario } from "faultline";
import { kernel, pageInCache, type Kernel } from "../../models/kernel/world.ts";
import { balance, locksReleased } from "../../specs/balance.ts";
import { holeIsPunched, noFalseAlarm, noMappedDeletion, noMappedFreePage, noStalePte } from "../../specs/page-cache.ts";
import { buildProgram } from "../../src/machine/build.ts";
import { exploreAll } from "../explore-all.ts";

type KernelSpec = typeof locksReleased;

/** What can go wrong with any page and any lock, and is nothing to the first page and its lock. */
type Wrong = readonly [what: string, ...steps: readonly ((k: Kernel) => void)[]];

/** The specs that a thread of these steps violates, which starts with an empty page cache. */
function violatedBy(steps: readonly ((k: Kernel) => void)[], specs: readonly KernelSpec[]): readonly string[] {
  const path = kernel.path(
    "wrong",
    {},
    Object.fromEntries(steps.map((step, i) => [`step ${i}`, full((k: Kernel): void => step(k))])),
    { file: "none", release: "none", leavesOut: "everything" },
  );
  const one = scenario("wrong", {
    about: "A thread does something wrong",
    world: kernel,
    params: {},
    threads: () => ({ wrong: path }),
    init(k) {
      pageInCache(k, { pmd: "populated" });
      k.slot = null;
      k.page.mapping = "NULL";
      k.page.refcount = 0;
    },
    specs,
    expect: [],
  });
  return [...exploreAll(buildProgram(one, {})).found.keys()];
}

const ALL = [noStalePte, noMappedFreePage, noMappedDeletion, noFalseAlarm, ...balance];

function onlyBy(spec: KernelSpec, all: readonly Wrong[], specs: readonly KernelSpec[] = ALL): void {
  for (const [what, ...steps] of all)
    test(`${spec.name} sees ${what}, and nothing else does`, () => {
      assert.deepEqual(violatedBy(steps, specs), [spec.name]);
    });
}

test("nothing is wrong with no step that is", () => {
  assert.deepEqual(violatedBy([(k) => void k.isize], [...ALL, holeIsPunched]), []);
});

onlyBy(locksReleased, [
  ["the lock of newpage", (k) => void (k.newpage.locked = true)],
  ["the lock of tail", (k) => void (k.tail.locked = true)],
  ["the lock of a private copy", (k) => void (k.cow.locked = true)],
]);

/** Maps a page of `k`, and counts the PTE; the reference is another matter. */
const map = (name: "page" | "newpage" | "tail" | "cow") => (k: Kernel) => {
  k.table[0].pte.page = k[name];
  k[name].mapcount++;
};
const unmap = (name: "page" | "newpage" | "tail" | "cow") => (k: Kernel) => {
  k.table[0].pte.page = null;
  k[name].mapcount--;
};

onlyBy(noMappedFreePage, [
  ...(["newpage", "tail", "cow"] as const).map((name): Wrong => [
    `${name} mapped without a reference`,
    map(name),
    unmap(name),
  ]),
  ["a free page that GUP holds", (k) => void (k.mm[0].got = k.newpage), (k) => void (k.mm[0].got = null)],
  ["a free page in the swap cache", (k) => void (k.cow.swapcache = true), (k) => void (k.cow.swapcache = false)],
]);

onlyBy(noStalePte, [
  [
    "a page that has taken the first one's place, and has left the file since",
    (k) => void k.newpage.refcount++,
    map("newpage"),
  ],
]);

onlyBy(
  holeIsPunched,
  [
    [
      "another page in the hole",
      (k) => void k.newpage.refcount++,
      (k) => void (k.newpage.mapping = "file"),
      (k) => void (k.slot = k.newpage),
    ],
  ],
  [...ALL, holeIsPunched],
);

onlyBy(noMappedDeletion, [
  ["a deletion of newpage while a PTE maps it", (k) => void (k.newpage.deletedMapped = "real")],
]);
onlyBy(noFalseAlarm, [
  ["a deletion of newpage that counts what is taken back", (k) => void (k.newpage.deletedMapped = "transient")],
]);
