import { bool, oneOf, scenario } from "faultline";
import { anonBalance, noSharedWrite } from "../../specs/anon.ts";
import { balance } from "../../specs/balance.ts";
import { noMappedFreePage } from "../../specs/page-cache.ts";
import { anonPageMapped, kernel } from "../kernel/world.ts";
import { addToSwap } from "../mm/swap-state/add-to-swap.ts";
import { WP_RULES } from "../mm/memory/wp-page.ts";
import { writeFault } from "../mm/memory/write-fault.ts";
import { vmspliceThenUnmap } from "../fs/splice/vmsplice.ts";
import { neverTaken } from "./recorded.ts";

/**
 * docs/kernel-facts.md 7 T-COW. Parent and child share a page after fork(). The child puts it into a pipe and unmaps
 * it; the parent writes. By the rule of v5.7 it writes in place, since mapcount is 1, and the child reads what the
 * parent wrote. v5.8 has the same rule, but breaks COW when the child calls vmsplice(): races/vmsplice-child.
 */
export default scenario("cow-vs-vmsplice", {
  about: "After fork() the parent writes to a page that the child keeps in a pipe; reclaim may hold it, too",
  world: kernel,
  params: { rule: oneOf(...WP_RULES), reclaim: bool },
  threads: ({ rule, reclaim }) => ({
    parent: writeFault(0, { rule }),
    child: vmspliceThenUnmap(1, { pin: false, write: false, wp: { rule } }),
    ...(reclaim ? { reclaim: addToSwap() } : {}),
  }),
  init: (k) => anonPageMapped(k, { shared: true, writable: false }),
  specs: [noSharedWrite, noMappedFreePage, ...anonBalance, ...balance],
  unreached: neverTaken("cow-vs-vmsplice"),
  expect: [
    { set: { rule: "5.7" }, violated: ["no-shared-write"], states: 468 },
    { set: { rule: "5.9" }, states: 408 },
    { set: { rule: "5.19" }, states: 487 },
    { set: { rule: "5.7", reclaim: true }, violated: ["no-shared-write"], states: 4316 },
    { set: { rule: "5.9", reclaim: true }, states: 2902 },
    { set: { rule: "5.19", reclaim: true }, states: 4409 },
  ],
});
