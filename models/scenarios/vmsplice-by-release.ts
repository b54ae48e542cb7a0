import { oneOf, scenario } from "faultline";
import { anonBalance, noSharedWrite } from "../../specs/anon.ts";
import { balance } from "../../specs/balance.ts";
import { noMappedFreePage } from "../../specs/page-cache.ts";
import { vmspliceThenUnmap } from "../fs/splice/vmsplice.ts";
import { folioVmspliceThenUnmap, folioWriteFault } from "../kernel/fork/folio-processes.ts";
import { anonPageMapped, kernel } from "../kernel/world.ts";
import { writeFault } from "../mm/memory/write-fault.ts";
import { addToSwap } from "../mm/swap-state/add-to-swap.ts";
import { neverTaken } from "./recorded.ts";

/**
 * Parent and child share a page after fork(). The child puts it into a pipe with vmsplice(), which takes a reference and
 * no pin, and unmaps it; the parent writes. v5.7 goes by mapcount, and the child reads what the parent wrote. From v5.9
 * on (09854ba94c6a) a page with another reference is copied; since v5.19 (6c287605fd56) one that was shared is not
 * exclusive until all other references are gone, which is the same for FOLL_GET. Reclaim holds the page for a while, and
 * leaves it in the swap cache.
 */
export default scenario("vmsplice-by-release", {
  about: "After fork() the parent writes to a page that the child keeps in a pipe, release by release",
  world: kernel,
  params: { release: oneOf("v5.7", "v5.9", "v6.12", "v7.1") },
  threads: ({ release }) => ({
    ...(release === "v5.7" || release === "v5.9"
      ? {
          parent: writeFault(0, { rule: release === "v5.7" ? "5.7" : "5.9" }),
          child: vmspliceThenUnmap(1, { pin: false, write: false, wp: { rule: release === "v5.7" ? "5.7" : "5.9" } }),
        }
      : { parent: folioWriteFault(0, release), child: folioVmspliceThenUnmap(1, release) }),
    reclaim: addToSwap(),
  }),
  init: (k) => anonPageMapped(k, { shared: true, writable: false }),
  specs: [noSharedWrite, noMappedFreePage, ...anonBalance, ...balance],
  unreached: neverTaken("vmsplice-by-release"),
  expect: [
    { set: { release: "v5.7" }, violated: ["no-shared-write"], states: 4316 },
    { set: { release: "v5.9" }, states: 2902 },
    { set: { release: "v6.12" }, states: 4423 },
    { set: { release: "v7.1" }, states: 4423 },
  ],
});
