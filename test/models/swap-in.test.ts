import assert from "node:assert/strict";
import { test } from "node:test";
import { scenario } from "faultline";
import { swappedOut } from "../../models/kernel/swap-slot.ts";
import { kernel } from "../../models/kernel/world.ts";
import { doSwapPage } from "../../models/mm/memory/swap-fault.ts";
import { runPinned } from "./pinned.ts";

const CLEAR = "swapcache_clear(): swap_map &= ~SWAP_HAS_CACHE";

test("a fault of v6.12 that comes second leaves SWAP_HAS_CACHE to the one that has set it", async () => {
  const fault = doSwapPage(0, { skipsCache: true, write: false });
  assert.ok(fault.labels.includes(CLEAR));
  const twoFaults = scenario("two-faults-past-the-cache", {
    about: "Two threads fault on one entry of a device as fast as memory",
    world: kernel,
    params: {},
    threads: () => ({ first: fault, second: fault }),
    init: swappedOut,
    specs: [
      kernel.always(
        "read-under-has-cache",
        "SWAP_HAS_CACHE is set until a page that is read past the swap cache is mapped",
        ({ cow, swapSlot, table }) => !cow.uptodate || table[0].pte.page !== null || swapSlot.hasCache,
      ),
    ],
    unreached: () => ["*"],
    expect: [{}],
  });
  const { specs, search } = await runPinned(twoFaults, {});
  assert.deepEqual(
    specs.filter(({ verdict }) => verdict !== "holds").map(({ name }) => name),
    [],
  );
  assert.ok(search.states > 500);
});
