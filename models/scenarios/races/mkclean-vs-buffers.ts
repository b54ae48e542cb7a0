import { bool, scenario } from "faultline";
import { locksReleased } from "../../../specs/balance.ts";
import { storesReachDisk } from "../../../specs/tlb.ts";
import { kernel, pageMappedBy } from "../../kernel/world.ts";
import { flushBuffers, userStore, writeDirtyBuffers } from "../../mm/page-writeback/writeback-buffers.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by 7658cc289288 (2.6.20), docs/kernel-facts.md 5 #7. The journal writes a dirty page's buffers; the process
 * stores again, through a PTE that is still writable and dirty; then writeback cleans page and PTE, finds no dirty
 * buffer, and writes nothing.
 */
export default scenario("races/mkclean-vs-buffers", {
  about:
    "A process stores to a dirty page while its buffers are written by the journal, and then the page by writeback",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({ user: userStore(), journal: flushBuffers(), writeback: writeDirtyBuffers(fixed) }),
  init(k) {
    pageMappedBy(k, 1, { writable: true, dirty: true });
    k.page.bufferDirty = true;
  },
  specs: [storesReachDisk, locksReleased],
  unreached: neverTaken("races/mkclean-vs-buffers"),
  expect: [
    { set: { fixed: false }, violated: ["stores-reach-disk"], states: 383 },
    { set: { fixed: true }, states: 740 },
    { set: { fixed: true }, memory: "lkmm", states: 5361 },
    { set: { fixed: false }, memory: "tso", violated: ["stores-reach-disk"], states: 492 },
    { set: { fixed: false }, memory: "lkmm", violated: ["stores-reach-disk"], states: 2038 },
    { set: { fixed: true }, memory: "tso", states: 930 },
  ],
});
