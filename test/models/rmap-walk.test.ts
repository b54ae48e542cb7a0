import assert from "node:assert/strict";
import { test } from "node:test";
import { oneOf, scenario } from "faultline";
import { mappedNotInSwap } from "../../models/kernel/swap-slot.ts";
import { anonPageMapped, kernel } from "../../models/kernel/world.ts";
import { swapOut } from "../../models/mm/vmscan/swap-out.ts";
import { resolveParams } from "../../src/model/scenario.ts";
import type { ParamValues } from "../../src/model/params.ts";
import { runPinned } from "./pinned.ts";

const RELEASES = ["v5.9", "v6.12", "v7.1"] as const;

/** Reclaim of a page that fork() has shared, or mremap() moved; `found`: whether the second vma is in the tree of the anon_vma. */
const walk = scenario("rmap-walk", {
  about: "Reclaim takes a page from the vmas that map it",
  world: kernel,
  params: { release: oneOf(...RELEASES), mapped: oneOf("by both", "by vma[1]"), found: oneOf("yes", "no") },
  threads: ({ release, mapped }) => ({
    reclaim: swapOut(mapped === "by both" ? 0 : 1, { keeps: false, release, vmas: 2 }),
  }),
  init(k, { mapped, found }) {
    if (mapped === "by both") anonPageMapped(k, { shared: true, writable: false });
    else {
      mappedNotInSwap(k);
      k.table[1].pte.page = k.page;
      k.table[0].pte.page = null;
    }
    k.vma[1].inAnonVma = found === "yes";
  },
  specs: [
    kernel.atEnd("swapped-out", "no vma maps the page, it is free, and the slot has a count for each entry", (k) => {
      const entries = k.table.filter(({ pte }) => pte.kind === "swap").length;
      return k.page.mapcount === 0 && k.page.refcount === 0 && entries > 0 && k.swapSlot.count === entries;
    }),
    kernel.atEnd("kept", "vma[1] maps the page, which is kept", (k) => {
      return k.table[1].pte.page === k.page && k.page.mapcount === 1 && !k.page.locked;
    }),
  ],
  unreached: () => ["*"],
  expect: [{}],
});

async function met(set: ParamValues): Promise<readonly string[]> {
  const { specs } = await runPinned(walk, resolveParams(walk, set));
  return specs.filter(({ verdict }) => verdict === "holds").map(({ name }) => name);
}

test("reclaim takes a page from each vma that the tree of the anon_vma has, and keeps it where one is not found", async () => {
  for (const release of RELEASES)
    for (const mapped of ["by both", "by vma[1]"]) {
      assert.ok((await met({ release, mapped, found: "yes" })).includes("swapped-out"), `${release} ${mapped}`);
      assert.ok((await met({ release, mapped, found: "no" })).includes("kept"), `${release} ${mapped}`);
    }
});
