import { oneOf, scenario } from "faultline";
import { anonBalance, noSharedWrite, pinnedStaysMapped } from "../../specs/anon.ts";
import { balance } from "../../specs/balance.ts";
import { noMappedFreePage } from "../../specs/page-cache.ts";
import { folioWriteFault } from "../kernel/fork/folio-processes.ts";
import { anonPageMapped, kernel } from "../kernel/world.ts";
import { gupFast } from "../mm/gup/gup-fast.ts";
import { gupFastFolio } from "../mm/gup/gup-folio.ts";
import { writeFault } from "../mm/memory/write-fault.ts";
import { munmapAnon } from "../mm/mmap/anon/munmap.ts";
import { neverTaken } from "./recorded.ts";

/**
 * A process pins a page for reading that it shares with a child since fork(), and writes to it; the child exits. Until
 * v5.18 the write copies the page, and the pin stays with the old one: what the process writes never reaches who has
 * pinned. Since v5.19 (c89357e27f20, a7f226604170) such a pin first gives the process a page of its own, which is what
 * FAULT_FLAG_UNSHARE asks of a fault: a copy that is exclusive and still read-only, or the page itself where nobody else
 * is left.
 */
export default scenario("read-pin-by-release", {
  about: "A process pins a shared anonymous page for reading, then writes to it, release by release",
  world: kernel,
  params: { release: oneOf("v5.9", "v5.19", "v6.12", "v7.1") },
  threads: ({ release }) => {
    const gup = { pin: true, write: false };
    const wp = { rule: "5.9" } as const;
    return {
      ...(release === "v5.9"
        ? { gup: gupFast(0, { ...gup, wp }), user: writeFault(0, wp) }
        : { gup: gupFastFolio(0, { ...gup, release }), user: folioWriteFault(0, release) }),
      child: munmapAnon(1),
    };
  },
  init: (k) => anonPageMapped(k, { shared: true, writable: false }),
  specs: [pinnedStaysMapped, noSharedWrite, noMappedFreePage, ...anonBalance, ...balance],
  unreached: neverTaken("read-pin-by-release"),
  expect: [
    { set: { release: "v5.9" }, violated: ["pinned-stays-mapped"], states: 2165 },
    { set: { release: "v5.19" }, states: 10471 },
    { set: { release: "v6.12" }, states: 10910 },
    { set: { release: "v7.1" }, states: 10910 },
  ],
});
