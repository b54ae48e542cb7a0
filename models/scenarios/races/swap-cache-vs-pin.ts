import { bool, scenario } from "faultline";
import { pinnedStaysMapped } from "../../../specs/anon.ts";
import { balance } from "../../../specs/balance.ts";
import { anonPageMapped, kernel } from "../../kernel/world.ts";
import { addToSwap } from "../../mm/swap-state/add-to-swap.ts";
import { writeFault } from "../../mm/memory/write-fault.ts";
import { gupFast } from "../../mm/gup/gup-fast.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by 6c287605fd56 (v5.19), docs/kernel-facts.md 5 #27. A page that only one process maps is pinned for reading;
 * reclaim adds a reference of the swap cache. By page_count() a write must copy it, though nobody shares it, and the
 * pin is left behind. PageAnonExclusive says that nobody does. The shortest run needs no reclaim: the pin's own
 * reference is enough.
 */
export default scenario("races/swap-cache-vs-pin", {
  about: "A process pins a page for reading and writes to it while reclaim puts it into the swap cache",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => {
    const wp = { rule: fixed ? "5.19" : "5.9" } as const;
    return {
      gup: gupFast(0, { pin: true, write: false, writeProtectSeq: true, wp }),
      user: writeFault(0, wp),
      reclaim: addToSwap(),
    };
  },
  init: (k) => anonPageMapped(k, { shared: false, writable: false }),
  specs: [pinnedStaysMapped, ...balance],
  unreached: neverTaken("races/swap-cache-vs-pin"),
  expect: [
    { set: { fixed: false }, violated: ["pinned-stays-mapped"], states: 3230 },
    { set: { fixed: true }, states: 791 },
    { set: { fixed: false }, memory: "tso", violated: ["pinned-stays-mapped"], states: 6240 },
    { set: { fixed: true }, memory: "tso", states: 1421 },
    { set: { fixed: true }, memory: "lkmm", unjudged: ["pinned-stays-mapped"], states: 3089 },
  ],
});
