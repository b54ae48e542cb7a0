import { bool, oneOf, scenario } from "faultline";
import { anonBalance, noSharedWrite, pinnedStaysMapped } from "../../specs/anon.ts";
import { balance } from "../../specs/balance.ts";
import { noMappedFreePage } from "../../specs/page-cache.ts";
import { anonPageMapped, kernel } from "../kernel/world.ts";
import type { WpRule } from "../mm/memory/wp-page.ts";
import { child, forkThenWrite } from "../kernel/fork/processes.ts";
import { gupFast, gupUser } from "../mm/gup/gup-fast.ts";
import { neverTaken } from "./recorded.ts";

/**
 * docs/kernel-facts.md 7 T-PIN. One thread pins a page for DMA while another forks, then writes; the child writes or
 * exits. Until v5.8 the parent's write moves the parent to a copy; v5.9 copies pinned pages at fork(), and misses a pin
 * that comes between its test and its write protection; v5.11 makes that pin fail with write_protect_seq.
 */
export default scenario("pin-vs-fork", {
  about: "A process pins a page with pin_user_pages_fast() while it forks, then writes to the page",
  world: kernel,
  params: { release: oneOf("5.8", "5.9", "5.11"), flag: oneOf("FOLL_PIN", "FOLL_GET"), childWrites: bool },
  threads: ({ release, flag, childWrites }) => {
    const rule: WpRule = release === "5.8" ? "5.7" : "5.9";
    const gup = { pin: flag === "FOLL_PIN", write: true, writeProtectSeq: release === "5.11", wp: { rule } };
    return {
      // A pin stays, as that of a device; a reference is given back.
      gup: gup.pin ? gupFast(0, gup) : gupUser(0, gup),
      parent: forkThenWrite(release, { rule }),
      child: child(childWrites ? "write" : "exit", { rule }),
    };
  },
  init: (k) => anonPageMapped(k, { shared: false, writable: true }),
  specs: [pinnedStaysMapped, noSharedWrite, noMappedFreePage, ...anonBalance, ...balance],
  unreached: neverTaken("pin-vs-fork"),
  expect: [
    { set: { release: "5.8" }, violated: ["pinned-stays-mapped"], states: 9423 },
    { set: { release: "5.9" }, violated: ["pinned-stays-mapped"], states: 8195 },
    { set: { release: "5.11" }, states: 12305 },
    { set: { release: "5.9", childWrites: true }, violated: ["pinned-stays-mapped"], states: 13579 },
    { set: { release: "5.9", flag: "FOLL_GET" }, states: 8118 },
  ],
});
