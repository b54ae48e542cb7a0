import { bool, oneOf, scenario } from "faultline";
import { pinnedStaysMapped } from "../../../specs/anon.ts";
import { balance } from "../../../specs/balance.ts";
import { anonPageMapped, kernel, pinnedByFirst } from "../../kernel/world.ts";
import { clearSoftDirty } from "../../fs/task-mmu/clear-refs.ts";
import { writeFault } from "../../mm/memory/write-fault.ts";
import { gupFast } from "../../mm/gup/gup-fast.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by 9348b73c2e1b (v5.11), docs/kernel-facts.md 5 #25. A write to /proc/PID/clear_refs makes the PTE of a pinned
 * page read-only; the next write finds page_count() elevated by the pin and copies. The fix leaves pinned pages alone.
 * A pin of gup_fast() that comes between its test and its write protection is still lost: see docs/decisions/0012.
 */
export default scenario("races/soft-dirty-vs-pin", {
  about: "clear_refs makes a pinned page read-only, and its process writes to it",
  world: kernel,
  params: { fixed: bool, pin: oneOf("before", "meanwhile") },
  threads: ({ fixed, pin }) => ({
    clear: clearSoftDirty(0, { skipsPinned: fixed }),
    user: writeFault(0, { rule: "5.9" }),
    ...(pin === "meanwhile"
      ? { gup: gupFast(0, { pin: true, write: true, writeProtectSeq: true, wp: { rule: "5.9" } }) }
      : {}),
  }),
  init(k, { pin }) {
    anonPageMapped(k, { shared: false, writable: true });
    if (pin === "before") pinnedByFirst(k);
  },
  specs: [pinnedStaysMapped, ...balance],
  unreached: neverTaken("races/soft-dirty-vs-pin"),
  expect: [
    { set: { fixed: false }, violated: ["pinned-stays-mapped"], states: 51 },
    { set: { fixed: true }, states: 32 },
    { set: { fixed: true, pin: "meanwhile" }, violated: ["pinned-stays-mapped"], states: 1021 },
    { set: { fixed: false }, memory: "tso", violated: ["pinned-stays-mapped"], states: 68 },
    { set: { fixed: false }, memory: "lkmm", violated: ["pinned-stays-mapped"], states: 54 },
    { set: { fixed: true }, memory: "tso", states: 36 },
    { set: { fixed: true }, memory: "lkmm", states: 32 },
    { set: { fixed: true, pin: "meanwhile" }, memory: "tso", violated: ["pinned-stays-mapped"], states: 1635 },
    { set: { fixed: true, pin: "meanwhile" }, memory: "lkmm", unjudged: ["pinned-stays-mapped"], states: 2892 },
  ],
});
