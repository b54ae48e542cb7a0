import { bool, oneOf, scenario } from "faultline";
import { dirtyIsKept, pinnedStaysThere } from "../../../specs/anon.ts";
import { locksReleased, mapcountNotNegative } from "../../../specs/balance.ts";
import { anonPageMapped, kernel } from "../../kernel/world.ts";
import { gupFast } from "../../mm/gup/gup-fast.ts";
import { gupFastFolio } from "../../mm/gup/gup-folio.ts";
import { pinWriteUnpin, pinWriteUnpinPage } from "../../mm/gup/pin-write-unpin.ts";
import { discardPage } from "../../mm/rmap/discard-page.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by 6c8e2a256915 (v5.18), docs/kernel-facts.md 5 #38. A device is to store to a page that was given up with MADV_FREE: it is pinned, and the pin makes
 * neither PTE nor page dirty. Reclaim looks at PG_dirty alone, and takes the page from the process, though the count keeps it
 * from being freed: what the device stores is lost to who has asked for it. The fix compares the count with the mapcount, behind
 * a full barrier, since GUP-fast takes its reference without a lock, and before PG_dirty, since who unpins has marked it dirty.
 */
export default scenario("races/lazyfree-vs-pin", {
  about: "Reclaim discards a lazyfree page (MADV_FREE) that a device has pinned to store to it",
  world: kernel,
  params: {
    fixed: bool,
    /** Whose the fix is: v7.1 asks for PG_dirty before it compares the counts, v6.12 behind that. */
    release: oneOf("v6.12", "v7.1"),
    holder: oneOf("keeps the pin", "stores and unpins"),
    without: oneOf("nothing", "smp_mb()", "smp_rmb()"),
  },
  threads({ fixed, release, holder, without }) {
    const keeps = holder === "keeps the pin";
    if (!fixed)
      return {
        gup: keeps ? gupFast(0, { pin: true, write: true, wp: { rule: "5.9" } }) : pinWriteUnpinPage(0),
        reclaim: discardPage(0, "v5.9"),
      };
    const gup = { pin: true, write: true, release, fastOnly: true } as const;
    return {
      gup: keeps ? gupFastFolio(0, gup) : pinWriteUnpin(0, gup),
      reclaim: discardPage(0, release, without),
    };
  },
  init(k) {
    anonPageMapped(k, { shared: false, writable: true });
    k.table[0].pte.dirty = false;
    k.page.refcount = 2;
  },
  specs: [pinnedStaysThere, dirtyIsKept, locksReleased, mapcountNotNegative],
  unreached: neverTaken("races/lazyfree-vs-pin"),
  expect: [
    { set: { fixed: false }, violated: ["pinned-stays-there"], states: 164 },
    { set: { fixed: false }, memory: "tso", violated: ["pinned-stays-there"], states: 242 },
    { set: { fixed: false }, memory: "lkmm", violated: ["pinned-stays-there"], states: 512 },
    { set: { fixed: false, holder: "stores and unpins" }, violated: ["dirty-is-kept"], states: 228 },
    { set: { fixed: true }, states: 298 },
    { set: { fixed: true }, memory: "tso", states: 356 },
    { set: { fixed: true }, memory: "lkmm", states: 578 },
    { set: { fixed: true, holder: "stores and unpins" }, states: 356 },
    { set: { fixed: true, holder: "stores and unpins" }, memory: "lkmm", states: 801 },
    { set: { fixed: true, release: "v7.1" }, states: 310 },
    { set: { fixed: true, release: "v7.1", holder: "stores and unpins" }, states: 370 },
    { set: { fixed: true, release: "v7.1", holder: "stores and unpins" }, memory: "lkmm", states: 822 },
    { set: { fixed: true, without: "smp_mb()" }, memory: "tso", states: 344 },
    { set: { fixed: true, without: "smp_mb()" }, memory: "lkmm", violated: ["pinned-stays-there"], states: 592 },
    {
      set: { fixed: true, holder: "stores and unpins", without: "smp_rmb()" },
      memory: "lkmm",
      violated: ["dirty-is-kept"],
      states: 774,
    },
    { set: { fixed: false, holder: "stores and unpins" }, memory: "tso", violated: ["dirty-is-kept"], states: 341 },
    { set: { fixed: false, holder: "stores and unpins" }, memory: "lkmm", violated: ["dirty-is-kept"], states: 689 },
    { set: { fixed: true, holder: "stores and unpins" }, memory: "tso", states: 452 },
    { set: { fixed: true, release: "v7.1" }, memory: "tso", states: 368 },
    { set: { fixed: true, release: "v7.1" }, memory: "lkmm", states: 596 },
    { set: { fixed: true, release: "v7.1", holder: "stores and unpins" }, memory: "tso", states: 467 },
  ],
});
