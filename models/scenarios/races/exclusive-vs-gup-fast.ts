import { bool, oneOf, scenario } from "faultline";
import { pinnedIsExclusive } from "../../../specs/anon.ts";
import { locksReleased, mapcountNotNegative } from "../../../specs/balance.ts";
import { anonPageMapped, kernel } from "../../kernel/world.ts";
import { gupFastFolio } from "../../mm/gup/gup-folio.ts";
import { writeProtectPage } from "../../mm/ksm/write-protect-page.ts";
import { tryToUnmapOne } from "../../mm/rmap/share-anon-rmap.ts";
import { neverTaken } from "../recorded.ts";

const BARRIERS = [
  "smp_mb() before the test for pins",
  "smp_mb__after_atomic() behind ClearPageAnonExclusive()",
  "smp_mb__after_atomic() behind the pin",
  "smp_rmb() before PageAnonExclusive()",
] as const;

export default scenario("races/exclusive-vs-gup-fast", {
  about: "A page is pinned for reading without a lock while reclaim or KSM takes PageAnonExclusive from it",
  world: kernel,
  params: { fixed: bool, by: oneOf("reclaim", "KSM"), without: oneOf("nothing", ...BARRIERS) },
  threads: ({ fixed, by, without }) => {
    const release = fixed ? "v6.12" : "v5.19";
    const gup = gupFastFolio(0, { pin: true, write: false, release, fastOnly: true });
    const unmap = by === "reclaim" ? tryToUnmapOne(0, release) : writeProtectPage(0, release);
    return {
      gup: without === BARRIERS[2] ? gup.with({ drop: ["smp_mb__after_atomic()"] }) : without === BARRIERS[3] ? gup.with({ drop: ["gup_must_unshare(): smp_rmb()"] }) : gup,
      unmap: without === BARRIERS[0] ? unmap.with({ drop: ["share: smp_mb()"] }) : without === BARRIERS[1] ? unmap.with({ drop: ["share: smp_mb__after_atomic()"] }) : unmap,
    };
  },
  init(k) {
    anonPageMapped(k, { shared: false, writable: false });
    // Of reclaim, or of KSM.
    k.page.refcount = 2;
  },
  specs: [pinnedIsExclusive, locksReleased, mapcountNotNegative],
  unreached: neverTaken("races/exclusive-vs-gup-fast"),
  expect: [
    { set: { fixed: false } },
  ],
});
