import { bool, oneOf, scenario } from "faultline";
import { anonBalance, noSharedWrite } from "../../specs/anon.ts";
import { balance } from "../../specs/balance.ts";
import { noMappedFreePage } from "../../specs/page-cache.ts";
import { anonPageMapped, kernel } from "../kernel/world.ts";
import { addToSwap } from "../mm/swap-state/add-to-swap.ts";
import { WP_RULES } from "../mm/memory/wp-page.ts";
import { writeFault } from "../mm/memory/write-fault.ts";
import { neverTaken } from "./recorded.ts";

/** Two threads race to copy, or to reuse, one read-only page; what reclaim does to its references decides which. */
export default scenario("write-faults", {
  about: "Two threads of a process write to the same read-only anonymous page; reclaim may hold it, too",
  world: kernel,
  params: { rule: oneOf(...WP_RULES), reclaim: bool },
  threads: ({ rule, reclaim }) => ({
    // Not symmetric: no-mapped-free-page reads too much for the proof of it.
    fault: [writeFault(0, { rule }), writeFault(0, { rule })],
    ...(reclaim ? { reclaim: addToSwap() } : {}),
  }),
  init: (k) => anonPageMapped(k, { shared: false, writable: false }),
  specs: [noSharedWrite, noMappedFreePage, ...anonBalance, ...balance],
  unreached: neverTaken("write-faults"),
  expect: [
    { set: { rule: "5.7" }, states: 91 },
    { set: { rule: "5.7", reclaim: true }, states: 1163 },
    { set: { rule: "5.9" }, states: 97 },
    { set: { rule: "5.9", reclaim: true }, states: 3579 },
    { set: { rule: "5.19" }, states: 73 },
    { set: { rule: "5.19", reclaim: true }, states: 511 },
  ],
});
