import { bool, scenario } from "faultline";
import { pinnedStaysMapped } from "../../../specs/anon.ts";
import { balance } from "../../../specs/balance.ts";
import { anonPageMapped, kernel } from "../../kernel/world.ts";
import { CLEARS, clearSoftDirty } from "../../paths/anon/clear-refs.ts";
import { writeFault } from "../../paths/anon/write-fault.ts";
import { COPIES, REUSES } from "../../paths/anon/wp-page.ts";
import { FIRST_PAGE } from "../../paths/anon/alloc-page.ts";

/**
 * Fixed by 9348b73c2e1b (v5.11), kernel.md 5 #25. A write to /proc/PID/clear_refs makes the PTE of a pinned page read-only;
 * the next write finds page_count() elevated by the pin and copies. The fix leaves pinned pages alone.
 */
export default scenario("races/soft-dirty-vs-pin", {
  about: "clear_refs makes a pinned page read-only, and its process writes to it",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({
    clear: clearSoftDirty(0, { skipsPinned: fixed }),
    user: writeFault(0, { rule: "5.9" }),
  }),
  init(k) {
    anonPageMapped(k, { shared: false, writable: true });
    k.page.pins = 1;
    k.mm[0].hasPinned = true;
    k.mm[0].got = k.page;
    k.mm[0].pinned = true;
  },
  specs: [pinnedStaysMapped, ...balance],
  unreached: ({ fixed }) => [FIRST_PAGE, ...REUSES, ...(fixed ? [...CLEARS, "do_wp_page: *", ...COPIES] : [])],
  expect: [{ set: { fixed: false }, violated: ["pinned-stays-mapped"] }, { set: { fixed: true } }],
});
