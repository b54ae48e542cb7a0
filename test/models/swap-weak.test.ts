import assert from "node:assert/strict";
import { test } from "node:test";
import { extend, lock, oneOf, scenario, smpRmb, spinlock, unlock } from "faultline";
import type { StateOf } from "faultline";
import { readsWhatWasStored } from "../../specs/swap.ts";
import { mappedNotInSwap } from "../../models/kernel/swap-slot.ts";
import { kernel } from "../../models/kernel/world.ts";
import { doSwapPagePastCache } from "../../models/mm/memory/swap-fault-past-cache.ts";
import { swapOut } from "../../models/mm/vmscan/swap-out.ts";
import pairsSwap from "../../models/scenarios/pairs-swap.ts";
import type { MemoryModel } from "../../src/model/memory.ts";
import { noteBundled } from "../../src/model/bundled.ts";
import type { ParamValues } from "../../src/model/params.ts";
import type { Expectation } from "../../src/model/scenario.ts";
import { resultUnder } from "./pinned.ts";

test("two swap paths that are pinned under sc alone hold under tso and lkmm, too, but for v5.9's look at the device", async () => {
  const keyOf = ({ set }: Expectation): string => Object.values(set ?? {}).join(" ");
  const pinned = pairsSwap.expect.filter(({ memory }) => memory !== undefined);
  const known = new Set(pinned.map(keyOf));
  const others = pairsSwap.expect.filter((run) => !known.has(keyOf(run)));
  assert.ok(pinned.length > 0 && others.length > 0);
  noteBundled(pairsSwap);
  const broken: string[] = [];
  for (const run of others)
    for (const memory of ["tso", "lkmm"] as const) {
      const { specs } = await resultUnder(memory, pairsSwap, run.set as ParamValues);
      for (const { name, verdict } of specs) if (verdict !== "holds") broken.push(`${keyOf(run)} ${memory}: ${name}`);
    }
  assert.deepEqual(broken, ["v5.9 swap-in pageout lkmm: reads-what-was-stored"]);
});

const locked = extend(kernel, { zramSlot: spinlock, swapCgroup: spinlock });
const lockDevice = lock((k: StateOf<typeof locked>) => k.zramSlot);
const unlockDevice = unlock((k: StateOf<typeof locked>) => k.zramSlot);
const lockRecord = lock((k: StateOf<typeof locked>) => k.swapCgroup);
const unlockRecord = unlock((k: StateOf<typeof locked>) => k.swapCgroup);

const READ = "swap_readpage(): the device is read";
const WRITE = "pageout(): the device is written";
const DELETE = "__delete_from_swap_cache(): xas_store(&xas, NULL)";
const CHARGE = "__SetPageLocked(page)";
const SLOT = "add_to_swap_cache(): folio_ref_add(folio, 1)";

/**
 * v5.9's fault past the swap cache beside reclaim; `device`: what keeps the look into the swap cache ahead of the device. cgroup v1 and v2:
 * swap_cgroup_record() takes the lock of the swap area in mem_cgroup_charge(), and in mem_cgroup_swapout() or, earlier, in
 * mem_cgroup_try_charge_swap().
 */
const pastTheCache = scenario("past-the-cache", {
  about: "A fault reads the device past the swap cache while reclaim has just written it",
  world: locked,
  params: { device: oneOf("memory", "zram", "smp_rmb()", "memory, cgroup v1", "memory, cgroup v2") },
  threads({ device }) {
    const fault = doSwapPagePastCache(0, { release: "v5.9", write: false }).over(locked);
    const reclaim = swapOut(0, { keeps: false, release: "v5.9" }).over(locked);
    if (device === "memory") return { fault, reclaim };
    if (device === "smp_rmb()") return { fault: fault.with({ before: { [READ]: { "smp_rmb()": smpRmb } } }), reclaim };
    if (device !== "zram")
      return {
        fault: fault.with({ after: { [CHARGE]: { "lock, charge": lockRecord, "unlock, charge": unlockRecord } } }),
        reclaim: reclaim.with({
          before: {
            [device === "memory, cgroup v1" ? DELETE : SLOT]: {
              "lock, swapout": lockRecord,
              "unlock, swapout": unlockRecord,
            },
          },
        }),
      };
    return {
      fault: fault.with({
        before: { [READ]: { "lock, read": lockDevice } },
        after: { [READ]: { "unlock, read": unlockDevice } },
      }),
      reclaim: reclaim.with({
        before: { [WRITE]: { "lock, write": lockDevice } },
        after: { [WRITE]: { "unlock, write": unlockDevice } },
      }),
    };
  },
  init: (k) => mappedNotInSwap(k),
  specs: [readsWhatWasStored],
  unreached: () => ["*"],
  expect: [{}],
});

for (const [device, verdict] of [
  ["memory", "violated"],
  ["zram", "holds"],
  ["smp_rmb()", "holds"],
  ["memory, cgroup v1", "holds"],
  ["memory, cgroup v2", "violated"],
] as const)
  test(`under lkmm reads-what-was-stored ${verdict} for a fault of v5.9 past the swap cache, ${device}`, async () => {
    const verdictUnder = async (memory: MemoryModel) => {
      const { specs } = await resultUnder(memory, pastTheCache, { device });
      return specs.find(({ name }) => name === "reads-what-was-stored")!.verdict;
    };
    assert.equal(await verdictUnder("tso"), "holds");
    assert.equal(await verdictUnder("lkmm"), verdict);
  });
