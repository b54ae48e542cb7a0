import { oneOf, scenario, smpMb } from "faultline";
import { pinnedStaysThere } from "../../../specs/anon.ts";
import { locksReleased, mapcountMatches } from "../../../specs/balance.ts";
import { anonPageMapped, kernel } from "../../kernel/world.ts";
import { gupFastFolio } from "../../mm/gup/gup-folio.ts";
import { movePresentPtes } from "../../mm/userfaultfd/move-present-ptes.ts";
import { neverTaken } from "../recorded.ts";

/**
 * docs/questions/uffd-move-vs-pin.md. UFFDIO_MOVE clears the PTE, then looks for pins; pin_user_pages_fast() pins, then
 * looks at the PTE again. One of them must see the other: store buffering, a full barrier on either side. v6.12 flushes
 * the TLB between its two; v7.1, which moves batches and flushes once behind them, has nothing there.
 */
export default scenario("questions/uffd-move-vs-pin", {
  about: "May UFFDIO_MOVE move a page that pin_user_pages_fast() pins meanwhile?",
  world: kernel,
  params: {
    release: oneOf("v6.12", "v7.1"),
    /** What is added between clearing the PTE and the second test for pins. */
    added: oneOf("nothing", "smp_mb()"),
  },
  threads({ release, added }) {
    const move = movePresentPtes(release);
    return {
      gup: gupFastFolio(0, { pin: true, write: true, release, fastOnly: true }),
      move:
        added === "smp_mb()"
          ? move.with({ after: { "ptep_get_and_clear(src_pte)": { "smp_mb()": smpMb } }, as: "with smp_mb()" })
          : move,
    };
  },
  init: (k) => anonPageMapped(k, { shared: false, writable: true }),
  specs: [pinnedStaysThere, mapcountMatches, locksReleased],
  unreached: neverTaken("questions/uffd-move-vs-pin"),
  expect: [
    { set: {}, states: 276 },
    { set: {}, memory: "tso", states: 382 },
    { set: {}, memory: "lkmm", states: 583 },
    { set: { release: "v7.1" }, states: 273 },
    { set: { release: "v7.1" }, memory: "tso", states: 361 },
    { set: { release: "v7.1" }, memory: "lkmm", violated: ["pinned-stays-there"], states: 598 },
    { set: { release: "v7.1", added: "smp_mb()" }, memory: "lkmm", states: 618 },
  ],
});
