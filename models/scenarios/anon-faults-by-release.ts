import { oneOf, scenario } from "faultline";
import { anonBalance, noSharedWrite } from "../../specs/anon.ts";
import { balance } from "../../specs/balance.ts";
import { noMappedFreePage } from "../../specs/page-cache.ts";
import { folioGupUser, folioWriteFault } from "../kernel/fork/folio-processes.ts";
import { anonPageMapped, kernel } from "../kernel/world.ts";
import { gupUser } from "../mm/gup/gup-fast.ts";
import { writeFault } from "../mm/memory/write-fault.ts";
import { munmapAnon } from "../mm/mmap/anon/munmap.ts";
import { neverTaken } from "./recorded.ts";

/**
 * gup_fast() takes no lock, so the page may be freed, and have a new owner, before it has its reference: another process gets it
 * by a fault where nothing is mapped yet. The second look at the PTE finds that out.
 */
export default scenario("anon-faults-by-release", {
  about: "GUP of a page that is unmapped, freed, and given to another process by a fault, release by release",
  world: kernel,
  params: { release: oneOf("v5.9", "v6.12", "v7.1") },
  threads: ({ release }) => {
    const wp = { rule: "5.9" } as const;
    const gup = { pin: false, write: false };
    return {
      munmap: munmapAnon(0),
      ...(release === "v5.9"
        ? { gup: gupUser(0, { ...gup, wp }), other: writeFault(1, wp, "do_anonymous_page") }
        : {
            gup: folioGupUser(0, { ...gup, release }),
            other: folioWriteFault(1, release, "do_anonymous_page"),
          }),
    };
  },
  init: (k) => anonPageMapped(k, { shared: false, writable: true }),
  specs: [noSharedWrite, noMappedFreePage, ...anonBalance, ...balance],
  unreached: neverTaken("anon-faults-by-release"),
  expect: [
    { set: { release: "v5.9" }, states: 1267 },
    { set: { release: "v6.12" }, states: 1356 },
    { set: { release: "v7.1" }, states: 1356 },
  ],
});
