import { bool, call, oneOf, scenario } from "faultline";
import { waitEndsUnlocked } from "../../../specs/page-lock.ts";
import { kernel, pageInCache } from "../../kernel/world.ts";
import { mapPages66, mapPages71 } from "../../mm/filemap/map-folios.ts";
import {
  folioPutWaitLocked,
  folioUnlockWaking,
  folioWaitLocked,
  unlockUnmapped,
} from "../../mm/filemap/wait-locked.ts";
import { nextOwner, reclaimAndFree } from "../../mm/page-alloc/next-life.ts";
import { neverTaken } from "../recorded.ts";

/**
 * docs/questions/unlock-without-reference.md: v7.1 drops the reference of the lookup before folio_unlock() where nothing was mapped,
 * here because a private copy is. `stale`: PG_waiters is set though nobody waits, as after a signal, or where the queue is
 * shared with waiters for other folios. `drops`: a reader waits for the folio while the fault has it locked, and has put its reference.
 * `from` says where the fault begins: before it has found the folio, or where it unlocks it, which all CPUs have seen locked, and is all that
 * the others may meet of it; that is for lkmm, for which the whole has too many states.
 */
export default scenario("questions/unlock-without-reference", {
  about:
    "filemap_map_pages() unlocks a folio that it has no reference to any more, while reclaim frees it for another user",
  world: kernel,
  params: { release: oneOf("v6.12", "v7.1"), stale: bool, drops: bool, from: oneOf("lookup", "unlock") },
  threads: ({ release, drops, from }) => ({
    fault:
      from === "unlock"
        ? unlockUnmapped(release)
        : (release === "v6.12" ? mapPages66(0, release) : mapPages71(0)).with({
            replace: { "folio_unlock(folio)": call(folioUnlockWaking(release)) },
          }),
    reclaim: reclaimAndFree(release),
    owner: nextOwner(release),
    waiter: folioWaitLocked(release),
    ...(drops && { reader: folioPutWaitLocked(release) }),
  }),
  init(k, { release, stale, from }) {
    pageInCache(k, { pmd: "populated" });
    k.page.waiters = stale;
    k.cow.mapping = "anon";
    k.cow.refcount = 1;
    k.cow.mapcount = 1;
    k.table[0].pte.page = k.cow;
    if (from === "lookup") return;
    k.page.locked = true;
    if (release === "v6.12") k.page.refcount++;
  },
  idle: () => true,
  specs: [waitEndsUnlocked],
  unreached: neverTaken("questions/unlock-without-reference"),
  expect: [
    { set: { release: "v6.12", stale: true }, states: 634 },
    { set: { release: "v6.12", stale: true }, memory: "lkmm", states: 2757 },
    { set: { release: "v7.1", stale: true }, violated: ["wait-ends-unlocked", "no-bug"], states: 817 },
    { set: { release: "v7.1", stale: true }, memory: "tso", violated: ["wait-ends-unlocked", "no-bug"], states: 1374 },
    { set: { release: "v7.1", stale: true }, memory: "lkmm", violated: ["wait-ends-unlocked", "no-bug"], states: 2255 },
    // Without a stale PG_waiters the unlock touches nothing once PG_locked is clear.
    { set: { release: "v7.1" }, states: 571 },
    // It does beside a reader that comes, and may go again, while the folio is locked.
    { set: { release: "v7.1", drops: true }, violated: ["wait-ends-unlocked", "no-bug"], states: 5588 },
    { set: { release: "v7.1", drops: true }, memory: "tso", violated: ["wait-ends-unlocked", "no-bug"], states: 9464 },
    { set: { release: "v6.12", drops: true }, states: 4865 },
    {
      set: { release: "v7.1", drops: true, from: "unlock" },
      memory: "lkmm",
      violated: ["wait-ends-unlocked", "no-bug"],
      states: 24500,
    },
  ],
});
