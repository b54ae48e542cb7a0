import { oneOf, scenario } from "faultline";
import { anonBalance, noSharedWrite, pinnedStaysMapped } from "../../specs/anon.ts";
import { balance } from "../../specs/balance.ts";
import { noMappedFreePage } from "../../specs/page-cache.ts";
import { folioForkThenWrite } from "../kernel/fork/folio-processes.ts";
import { forkThenWrite } from "../kernel/fork/processes.ts";
import { anonPageMapped, kernel } from "../kernel/world.ts";
import { gupFast } from "../mm/gup/gup-fast.ts";
import { gupFastFolio } from "../mm/gup/gup-folio.ts";
import { neverTaken } from "./recorded.ts";

/**
 * One thread pins a page for DMA, for writing or for reading, while another one forks, then writes. The child
 * keeps the page. v5.9 copies a page that is pinned at fork() (70e806e4e645), and misses a pin that comes between its test and its
 * write protection; v5.11 makes such a pin fail (57efa1fe5957). A page that is pinned for reading may be shared all the
 * same until v5.18, so that the parent's write copies it; since v5.19 only exclusive pages are pinned (c89357e27f20), and
 * exclusive pages that are pinned are copied at fork(). Under LKMM one gap is left: questions/fork-vs-first-pin.
 */
export default scenario("pin-vs-fork-by-release", {
  about: "A process pins a page while it forks, then writes to the page, release by release",
  world: kernel,
  params: { release: oneOf("v5.9", "v5.11", "v6.12", "v7.1"), pinsFor: oneOf("writing", "reading") },
  threads({ release, pinsFor }) {
    const gup = { pin: true, write: pinsFor === "writing" };
    if (release === "v5.9" || release === "v5.11") {
      const wp = { rule: "5.9" } as const;
      return {
        gup: gupFast(0, { ...gup, writeProtectSeq: release === "v5.11", wp }),
        parent: forkThenWrite(release === "v5.9" ? "5.9" : "5.11", wp),
      };
    }
    return {
      gup: gupFastFolio(0, { ...gup, release }),
      parent: folioForkThenWrite(release),
    };
  },
  init: (k) => anonPageMapped(k, { shared: false, writable: true }),
  specs: [pinnedStaysMapped, noSharedWrite, noMappedFreePage, ...anonBalance, ...balance],
  unreached: neverTaken("pin-vs-fork-by-release"),
  expect: [
    { set: { release: "v5.9" }, violated: ["pinned-stays-mapped"], states: 815 },
    { set: { release: "v5.11" }, states: 1352 },
    { set: { release: "v6.12" }, states: 1698 },
    { set: { release: "v7.1" }, states: 1698 },
    { set: { release: "v5.11", pinsFor: "reading" }, violated: ["pinned-stays-mapped"], states: 1155 },
    { set: { release: "v6.12", pinsFor: "reading" }, states: 2209 },
    { set: { release: "v7.1", pinsFor: "reading" }, states: 2209 },
  ],
});
