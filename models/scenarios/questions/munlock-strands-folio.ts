import { oneOf, scenario } from "faultline";
import { unevictableIsMlocked } from "../../../specs/lru.ts";
import { clearPageMlock, munlockFolio } from "../../mm/mlock/munlock.ts";
import { lruAdd, lruLists } from "../../mm/swap/lru-add.ts";
import { neverTaken } from "../recorded.ts";

/**
 * docs/questions/munlock-strands-folio.md: lru_add() asks in its comment whether it still needs the barrier of v5.9, and thinks that it
 * does not, as __munlock_folio() clears PG_mlocked under the lock. Where that finds PG_lru clear, it does so without.
 */
export default scenario("questions/munlock-strands-folio", {
  about: "An mlocked folio is put onto an LRU list while munlock() takes it for one that is on none",
  world: lruLists,
  params: {
    release: oneOf("v5.9", "v6.12", "v7.1"),
    batch: oneOf("alone", "behind another folio"),
    change: oneOf("none", "no smp_mb()", "PG_lru first", "looks again", "looks again and PG_lru first"),
  },
  threads({ release, batch, change }) {
    const add = {
      release,
      lruFirst: release === "v5.9" || change.includes("first"),
      barrier: release === "v5.9" && change !== "no smp_mb()",
    };
    return {
      add: lruAdd(add),
      munlock:
        release === "v5.9"
          ? clearPageMlock(add)
          : munlockFolio({ release, isLocked: batch !== "alone", looksAgain: change.startsWith("looks") }),
    };
  },
  init(k) {
    k.page.mlocked = true;
    k.page.refcount = 2;
  },
  specs: [unevictableIsMlocked],
  unreached: neverTaken("questions/munlock-strands-folio"),
  expect: [
    { set: { release: "v5.9" }, states: 53 },
    { set: { release: "v5.9" }, memory: "tso", states: 62 },
    { set: { release: "v5.9" }, memory: "lkmm", states: 91 },
    { set: { release: "v5.9", change: "no smp_mb()" }, states: 48 },
    { set: { release: "v5.9", change: "no smp_mb()" }, memory: "tso", states: 57 },
    { set: { release: "v5.9", change: "no smp_mb()" }, memory: "lkmm", states: 81 },
    { set: { release: "v6.12" }, violated: ["unevictable-is-mlocked"], states: 38 },
    { set: { release: "v7.1" }, violated: ["unevictable-is-mlocked"], states: 38 },
    { set: { release: "v7.1" }, memory: "tso", violated: ["unevictable-is-mlocked"], states: 44 },
    { set: { release: "v7.1" }, memory: "lkmm", violated: ["unevictable-is-mlocked"], states: 48 },
    { set: { release: "v7.1", batch: "behind another folio" }, states: 27 },
    { set: { release: "v7.1", batch: "behind another folio" }, memory: "tso", states: 31 },
    { set: { release: "v7.1", batch: "behind another folio" }, memory: "lkmm", states: 30 },
    { set: { release: "v7.1", change: "PG_lru first" }, violated: ["unevictable-is-mlocked"], states: 40 },
    { set: { release: "v7.1", change: "looks again" }, violated: ["unevictable-is-mlocked"], states: 55 },
    {
      set: { release: "v7.1", change: "looks again" },
      memory: "tso",
      violated: ["unevictable-is-mlocked"],
      states: 65,
    },
    {
      set: { release: "v7.1", change: "looks again" },
      memory: "lkmm",
      violated: ["unevictable-is-mlocked"],
      states: 95,
    },
    { set: { release: "v7.1", change: "looks again and PG_lru first" }, states: 56 },
    { set: { release: "v7.1", change: "looks again and PG_lru first" }, memory: "tso", states: 65 },
    { set: { release: "v7.1", change: "looks again and PG_lru first" }, memory: "lkmm", states: 114 },
  ],
});
