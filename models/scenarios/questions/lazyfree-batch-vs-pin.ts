import { oneOf, scenario } from "faultline";
import { dirtyIsKept, pinnedStaysThere } from "../../../specs/anon.ts";
import { locksReleased, mapcountNotNegative } from "../../../specs/balance.ts";
import { anonPageMapped, kernel } from "../../kernel/world.ts";
import { gupFastFolio } from "../../mm/gup/gup-folio.ts";
import { pinWriteUnpin } from "../../mm/gup/pin-write-unpin.ts";
import { discardLazyfree } from "../../mm/rmap/lazyfree.ts";
import { neverTaken } from "../recorded.ts";

/**
 * docs/questions/lazyfree-batch-vs-pin.md. Reclaim clears the entries of a lazyfree folio in one batch, and reads its
 * references and PG_dirty behind one smp_mb(). pin_user_pages_fast() pins the folio through the first or the second entry,
 * writes, marks it dirty and puts it.
 */
export default scenario("questions/lazyfree-batch-vs-pin", {
  about: "Is one smp_mb() enough for a batch of lazyfree entries against pin_user_pages_fast()?",
  world: kernel,
  params: {
    /** Which entry of the batch GUP finds the folio by. */
    entry: oneOf("first", "second"),
    holder: oneOf("keeps the pin", "writes and unpins"),
    /** What is taken from try_to_unmap_one(), to see what it is for. */
    without: oneOf("nothing", "smp_mb()", "smp_rmb()"),
  },
  threads({ entry, holder, without }) {
    const i = entry === "first" ? 0 : 1;
    const gup = { pin: true, write: true, release: "v7.1", fastOnly: true } as const;
    const reclaim = discardLazyfree();
    return {
      gup: holder === "keeps the pin" ? gupFastFolio(i, gup) : pinWriteUnpin(i, gup),
      reclaim: without === "nothing" ? reclaim : reclaim.with({ drop: [without], as: `without ${without}` }),
    };
  },
  init(k) {
    anonPageMapped(k, { shared: true, writable: true });
    for (const { pte } of k.table) pte.dirty = false;
    k.page.exclusive = true;
    k.page.locked = true;
    // Two entries, and reclaim.
    k.page.refcount = 3;
  },
  specs: [pinnedStaysThere, dirtyIsKept, locksReleased, mapcountNotNegative],
  unreached: neverTaken("questions/lazyfree-batch-vs-pin"),
  expect: [
    { set: {}, states: 285 },
    { set: {}, memory: "tso", states: 392 },
    { set: {}, memory: "lkmm", states: 493 },
    { set: { entry: "second" }, states: 283 },
    { set: { entry: "second" }, memory: "lkmm", states: 490 },
    { set: { entry: "second", holder: "writes and unpins" }, states: 340 },
    { set: { entry: "second", holder: "writes and unpins" }, memory: "tso", states: 505 },
    { set: { entry: "second", holder: "writes and unpins" }, memory: "lkmm", states: 591 },
    { set: { holder: "writes and unpins" }, memory: "lkmm", states: 594 },
    { set: { entry: "second", without: "smp_mb()" }, memory: "lkmm", violated: ["pinned-stays-there"], states: 492 },
    {
      set: { entry: "second", holder: "writes and unpins", without: "smp_rmb()" },
      memory: "lkmm",
      violated: ["dirty-is-kept"],
      states: 565,
    },
  ],
});
