import { oneOf, scenario } from "faultline";
import { dirtyIsKept, refcountCoversPtes } from "../../specs/anon.ts";
import { balance } from "../../specs/balance.ts";
import { anonPageMapped, kernel } from "../kernel/world.ts";
import { NESTED, TLB_FLUSH, freeThenStore, madviseFree } from "../mm/madvise/madvise-free.ts";
import { discardPage } from "../mm/rmap/discard-page.ts";
import { neverTaken } from "./recorded.ts";

/**
 * MADV_FREE makes an entry clean under ptl, and flushes behind it; reclaim discards the page if it is still clean. A store that
 * comes once the call has returned is kept: a CPU whose TLB has the entry as dirty would store unseen, so that the flush must have
 * been, be it of another thread's call, which has cleaned the entry just before (mm_tlb_flush_nested(), 99baac21e458, v4.13).
 */
export default scenario("madv-free-by-release", {
  about:
    "A thread gives a page up with MADV_FREE and stores to it again, while reclaim discards it, release by release",
  world: kernel,
  params: {
    release: oneOf("v5.9", "v6.12", "v7.1"),
    calls: oneOf("one", "two at a time"),
    /** What is taken from madvise(), to see what it is for. */
    without: oneOf("nothing", "the flush", "mm_tlb_flush_nested()"),
  },
  threads({ release, calls, without }) {
    const whole = madviseFree(0, release);
    const drop = without === "the flush" ? TLB_FLUSH : NESTED;
    const madvise = without === "nothing" ? whole : whole.with({ drop: [drop], as: `without ${without}` });
    return {
      user: freeThenStore(madvise, calls === "two at a time"),
      ...(calls === "two at a time" && { other: madvise }),
      reclaim: discardPage(0, release),
    };
  },
  init(k) {
    anonPageMapped(k, { shared: false, writable: true });
    // Reclaim has isolated it, once it was made lazyfree by a call before; since then it was stored to.
    k.page.refcount = 2;
    const entry = k.cpu[0].tlb[0];
    entry.page = k.page;
    entry.writable = true;
    entry.dirty = true;
  },
  specs: [dirtyIsKept, refcountCoversPtes, ...balance],
  unreached: neverTaken("madv-free-by-release"),
  expect: [
    { set: { release: "v5.9" }, states: 313 },
    { set: { release: "v6.12" }, states: 366 },
    { set: { release: "v7.1" }, states: 361 },
    { set: { release: "v5.9", calls: "two at a time" }, states: 2117 },
    { set: { release: "v6.12", calls: "two at a time" }, states: 2510 },
    { set: { release: "v7.1", calls: "two at a time" }, states: 2479 },
    { set: { release: "v7.1", without: "the flush" }, violated: ["dirty-is-kept"], states: 330 },
    {
      set: { release: "v7.1", calls: "two at a time", without: "mm_tlb_flush_nested()" },
      violated: ["dirty-is-kept"],
      states: 1826,
    },
    { set: { release: "v5.9" }, memory: "tso", states: 419 },
    { set: { release: "v7.1" }, memory: "tso", states: 471 },
    { set: { release: "v5.9" }, memory: "lkmm", unjudged: ["refcount-covers-ptes"], states: 367 },
    { set: { release: "v7.1" }, memory: "lkmm", unjudged: ["refcount-covers-ptes"], states: 430 },
  ],
});
