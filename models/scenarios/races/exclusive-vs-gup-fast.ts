import { bool, oneOf, scenario } from "faultline";
import { pinnedIsExclusive } from "../../../specs/anon.ts";
import { locksReleased, mapcountNotNegative } from "../../../specs/balance.ts";
import { anonPageMapped, kernel } from "../../kernel/world.ts";
import { gupFastFolio } from "../../mm/gup/gup-folio.ts";
import { writeProtectPage } from "../../mm/ksm/write-protect-page.ts";
import { tryToUnmapOne } from "../../mm/rmap/share-anon-rmap.ts";
import { neverTaken } from "../recorded.ts";

/** The barriers of the fix, by the path that has them. */
const OF_UNMAP = {
  "smp_mb() before the test for pins": "share: smp_mb()",
  "smp_mb__after_atomic() behind ClearPageAnonExclusive()": "share: smp_mb__after_atomic()",
} as const;
const OF_GUP = {
  "smp_mb__after_atomic() behind the pin": "smp_mb__after_atomic()",
  "smp_rmb() before PageAnonExclusive()": "gup_must_unshare(): smp_rmb()",
} as const;
const has = <T extends object>(barriers: T, key: PropertyKey): key is keyof T => Object.hasOwn(barriers, key);

/**
 * Fixed by 088b8aa537c2 (v6.1), docs/kernel-facts.md 5 #34, four barriers; on x86 none is needed. Who takes PageAnonExclusive clears the PTE, tests
 * for pins, clears the flag, and stores the next PTE; gup_fast() reads the PTE, pins, reads the PTE again, and, where it is
 * read-only, the flag. Reclaim flushed at once where the page is exclusive, so that what was missing is the barrier behind the pin, as
 * the commit says; since it does not, it needs the full barriers of both sides: {clear the PTE, read the pins} against {pin, read the PTE}. KSM flushes, and stores the same read-only PTE again, so that gup_fast() sees
 * no change: it needs the other two, {clear the flag, store the PTE} against {read the PTE, read the flag}.
 */
export default scenario("races/exclusive-vs-gup-fast", {
  about: "A page is pinned for reading without a lock while reclaim or KSM takes PageAnonExclusive from it",
  world: kernel,
  params: {
    fixed: bool,
    by: oneOf("reclaim", "KSM"),
    /** Which barrier is taken from the fix again. */
    without: oneOf(
      "nothing",
      "smp_mb() before the test for pins",
      "smp_mb__after_atomic() behind ClearPageAnonExclusive()",
      "smp_mb__after_atomic() behind the pin",
      "smp_rmb() before PageAnonExclusive()",
    ),
  },
  threads: ({ fixed, by, without }) => {
    const release = fixed ? "v6.12" : "v5.19";
    const gup = gupFastFolio(0, { pin: true, write: false, release, fastOnly: true });
    const unmap = by === "reclaim" ? tryToUnmapOne(0, release) : writeProtectPage(0, release);
    return {
      gup: fixed && has(OF_GUP, without) ? gup.with({ drop: [OF_GUP[without]] }) : gup,
      unmap: fixed && has(OF_UNMAP, without) ? unmap.with({ drop: [OF_UNMAP[without]] }) : unmap,
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
    { set: { fixed: false }, states: 134 },
    { set: { fixed: false }, memory: "tso", states: 173 },
    { set: { fixed: false }, memory: "lkmm", violated: ["pinned-is-exclusive"], states: 311 },
    { set: { fixed: false, by: "KSM" }, memory: "lkmm", violated: ["pinned-is-exclusive"], states: 201 },
    { set: { fixed: true }, states: 154 },
    { set: { fixed: true }, memory: "tso", states: 199 },
    { set: { fixed: true }, memory: "lkmm", states: 359 },
    { set: { fixed: true, by: "KSM" }, states: 175 },
    { set: { fixed: true, by: "KSM" }, memory: "lkmm", states: 265 },
    {
      set: { fixed: true, by: "reclaim", without: "smp_mb() before the test for pins" },
      memory: "lkmm",
      violated: ["pinned-is-exclusive"],
      states: 347,
    },
    {
      set: { fixed: true, by: "reclaim", without: "smp_mb__after_atomic() behind the pin" },
      memory: "lkmm",
      violated: ["pinned-is-exclusive"],
      states: 367,
    },
    {
      set: { fixed: true, by: "KSM", without: "smp_mb__after_atomic() behind ClearPageAnonExclusive()" },
      memory: "lkmm",
      violated: ["pinned-is-exclusive"],
      states: 246,
    },
    {
      set: { fixed: true, by: "KSM", without: "smp_rmb() before PageAnonExclusive()" },
      memory: "lkmm",
      violated: ["pinned-is-exclusive"],
      states: 260,
    },
    { set: { fixed: true, by: "KSM" }, memory: "tso", states: 234 },
  ],
});
