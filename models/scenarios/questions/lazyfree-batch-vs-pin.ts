import { oneOf, scenario } from "faultline";
import { dirtyIsKept, pinnedStaysThere } from "../../../specs/anon.ts";
import { locksReleased, mapcountNotNegative } from "../../../specs/balance.ts";
import { anonPageMapped, kernel } from "../../kernel/world.ts";
import { gupFastFolio } from "../../mm/gup/gup-folio.ts";
import { pinWriteUnpin } from "../../mm/gup/pin-write-unpin.ts";
import { copyPteElsewhere } from "../../mm/memory/copy-elsewhere.ts";
import { discardLazyfree } from "../../mm/rmap/lazyfree.ts";
import { neverTaken } from "../recorded.ts";

/**
 * docs/questions/lazyfree-batch-vs-pin.md. Reclaim clears the entries of a lazyfree folio in one batch, and reads its
 * references and PG_dirty behind one smp_mb(). pin_user_pages_fast() pins the folio through the first or the second entry,
 * writes, marks it dirty and puts it. `beside`: between reclaim's looks at references and mappings another process, which maps a page of the
 * folio, forks: both go up by one, and reclaim sees the old references and the new mappings.
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
    /** Another process maps a page of the folio, and forks meanwhile. */
    beside: oneOf("nobody", "fork"),
    /** Which of the two counts reclaim reads first. */
    first: oneOf("references", "mappings"),
  },
  threads({ entry, holder, without, beside, first }) {
    const i = entry === "first" ? 0 : 1;
    const gup = { pin: true, write: true, release: "v7.1", fastOnly: true, large: true } as const;
    const reclaim = discardLazyfree({ mapcountFirst: first === "mappings" });
    return {
      ...(beside === "fork" && { fork: copyPteElsewhere }),
      gup: holder === "keeps the pin" ? gupFastFolio(i, gup) : pinWriteUnpin(i, gup),
      reclaim: without === "nothing" ? reclaim : reclaim.with({ drop: [without], as: `without ${without}` }),
    };
  },
  init(k, { beside }) {
    anonPageMapped(k, { shared: true, writable: true });
    for (const { pte } of k.table) pte.dirty = false;
    k.page.exclusive = true;
    k.page.locked = true;
    k.page.largeMapcount = beside === "fork" ? 3 : 2;
    // The entries, and reclaim.
    k.page.refcount = k.page.largeMapcount + 1;
  },
  specs: [pinnedStaysThere, dirtyIsKept, locksReleased, mapcountNotNegative],
  unreached: neverTaken("questions/lazyfree-batch-vs-pin"),
  expect: [
    { set: {}, states: 299 },
    { set: {}, memory: "tso", states: 419 },
    { set: {}, memory: "lkmm", states: 471 },
    { set: { entry: "second" }, states: 296 },
    { set: { entry: "second" }, memory: "lkmm", states: 467 },
    { set: { entry: "second", holder: "writes and unpins" }, states: 371 },
    { set: { entry: "second", holder: "writes and unpins" }, memory: "tso", states: 559 },
    { set: { entry: "second", holder: "writes and unpins" }, memory: "lkmm", states: 595 },
    { set: { holder: "writes and unpins" }, memory: "lkmm", states: 599 },
    { set: { entry: "second", without: "smp_mb()" }, memory: "lkmm", violated: ["pinned-stays-there"], states: 444 },
    {
      set: { entry: "second", holder: "writes and unpins", without: "smp_rmb()" },
      memory: "lkmm",
      violated: ["dirty-is-kept"],
      states: 570,
    },
    { set: { beside: "fork" }, violated: ["pinned-stays-there"], states: 1145 },
    { set: { beside: "fork" }, memory: "tso", violated: ["pinned-stays-there"], states: 1594 },
    { set: { beside: "fork" }, memory: "lkmm", violated: ["pinned-stays-there"], states: 3522 },
    { set: { beside: "fork", first: "mappings" }, states: 1054 },
    { set: { beside: "fork", first: "mappings" }, memory: "tso", states: 1494 },
    { set: { beside: "fork", first: "mappings" }, memory: "lkmm", violated: ["pinned-stays-there"], states: 3489 },
  ],
});
