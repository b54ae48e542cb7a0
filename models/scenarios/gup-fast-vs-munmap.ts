import { bool, int, scenario } from "faultline";
import { anonBalance, noSharedWrite } from "../../specs/anon.ts";
import { balance } from "../../specs/balance.ts";
import { noMappedFreePage } from "../../specs/page-cache.ts";
import { anonPageMapped, kernel } from "../kernel/world.ts";
import { munmapAnon } from "../mm/mmap/anon/munmap.ts";
import { writeFault } from "../mm/memory/write-fault.ts";
import { gupUser } from "../mm/gup/gup-fast.ts";
import { neverTaken } from "./recorded.ts";

/**
 * gup_fast() takes no lock, so the page may be freed, and have a new owner, before it has its reference. Its second look
 * at the PTE finds that out; `norecheck` leaves that out.
 */
export default scenario("gup-fast-vs-munmap", {
  about: "get_user_pages_fast() of a page that is unmapped, freed, and given to another process",
  world: kernel,
  params: { norecheck: bool, faults: int(1, 2) },
  threads: ({ norecheck, faults }) => {
    const wp = { rule: "5.9" } as const;
    return {
      gup: gupUser(0, { pin: false, write: false, rechecks: !norecheck, wp }),
      munmap: munmapAnon(0),
      // Not symmetric: no-mapped-free-page reads too much for the proof of it.
      other: Array.from({ length: faults }, () => writeFault(1, wp, "do_anonymous_page")),
    };
  },
  init: (k) => anonPageMapped(k, { shared: false, writable: true }),
  specs: [noSharedWrite, noMappedFreePage, ...anonBalance, ...balance],
  unreached: neverTaken("gup-fast-vs-munmap"),
  expect: [
    { set: { norecheck: false }, states: 1267 },
    { set: { norecheck: false, faults: 2 }, states: 15592 },
    { set: { norecheck: true }, violated: ["no-shared-write"], states: 1177 },
  ],
});
