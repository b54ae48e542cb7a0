import { oneOf, scenario } from "faultline";
import { noSharedWrite, refcountCoversPtes } from "../../specs/anon.ts";
import { balance } from "../../specs/balance.ts";
import { noMappedFreePage } from "../../specs/page-cache.ts";
import { folioWriteFault } from "../kernel/fork/folio-processes.ts";
import { anonPageMapped, kernel, type Kernel } from "../kernel/world.ts";
import { writeFault } from "../mm/memory/write-fault.ts";
import { dontneed } from "../mm/mmap/anon/munmap.ts";
import { neverTaken } from "./recorded.ts";

function nothingMapped(k: Kernel): void {
  anonPageMapped(k, { shared: false, writable: false });
  k.page.refcount = 0;
  k.page.mapcount = 0;
  k.page.exclusive = false;
  k.table[0].pte.page = null;
  k.table[0].pte.dirty = false;
}

/**
 * Two threads write where nothing is mapped, or one writes to a page that is shared since fork() while another one gives
 * it up with madvise(MADV_DONTNEED). Who comes second finds under ptl that the PTE has changed, and gives its page back.
 */
export default scenario("write-faults-by-release", {
  about:
    "Two threads use the same anonymous memory, and one of them finds that the PTE has changed, release by release",
  world: kernel,
  params: { release: oneOf("v5.9", "v6.12", "v7.1"), mapped: oneOf("shared page", "nothing") },
  threads: ({ release, mapped }) => {
    const what = mapped === "nothing" ? "do_anonymous_page" : "never";
    const fault = () => (release === "v5.9" ? writeFault(0, { rule: "5.9" }, what) : folioWriteFault(0, release, what));
    return {
      // Not symmetric: no-mapped-free-page reads too much for the proof of it.
      fault: mapped === "nothing" ? [fault(), fault()] : fault(),
      ...(mapped === "nothing" ? {} : { madvise: dontneed(0) }),
    };
  },
  init: (k, { mapped }) =>
    mapped === "nothing" ? nothingMapped(k) : anonPageMapped(k, { shared: true, writable: false }),
  specs: [noSharedWrite, noMappedFreePage, refcountCoversPtes, ...balance],
  unreached: neverTaken("write-faults-by-release"),
  expect: [
    { set: { release: "v5.9" }, states: 186 },
    { set: { release: "v6.12" }, states: 205 },
    { set: { release: "v7.1" }, states: 205 },
    { set: { release: "v5.9", mapped: "nothing" }, states: 261 },
    { set: { release: "v6.12", mapped: "nothing" }, states: 281 },
    { set: { release: "v7.1", mapped: "nothing" }, states: 283 },
    {
      set: { release: "v7.1", mapped: "nothing" },
      memory: "lkmm",
      unjudged: ["no-mapped-free-page", "refcount-covers-ptes"],
      states: 581,
    },
  ],
});
