import { bool, oneOf, scenario, smpMb } from "faultline";
import { pinnedIsMapped } from "../../../specs/anon.ts";
import { locksReleased, mapcountMatches, mapcountNotNegative } from "../../../specs/balance.ts";
import { folioForkThenWrite } from "../../kernel/fork/folio-processes.ts";
import { anonPageMapped, kernel } from "../../kernel/world.ts";
import { gupFastFolio } from "../../mm/gup/gup-folio.ts";
import { dupMmapFolio } from "../../mm/memory/copy-folio.ts";
import { neverTaken } from "../recorded.ts";

/**
 * docs/questions/fork-vs-pin.md. fork() stores write_protect_seq, then reads MMF_HAS_PINNED and the pins;
 * pin_user_pages_fast() stores these, then reads the PTE and write_protect_seq. Between fork()'s store and its loads there
 * is an smp_wmb(), which orders no store before a load. Since v5.19 folio_get() comes before the test, an RMW of the very
 * word that a pin of a small folio is in: that is order enough. MMF_HAS_PINNED, and _pincount of a large folio, are other
 * words.
 */
export default scenario("questions/fork-vs-pin", {
  about: "May fork() and pin_user_pages_fast() of v7.1 miss each other where memory is weak?",
  world: kernel,
  params: {
    release: oneOf("v6.12", "v7.1"),
    folio: oneOf("small", "large"),
    /** The process has pinned pages before: MMF_HAS_PINNED is set. */
    pinnedBefore: bool,
    /** What stands behind the store of raw_write_seqcount_begin(): its smp_wmb() alone, or an smp_mb() behind that, too. */
    fork: oneOf("smp_wmb()", "smp_mb()"),
  },
  threads({ release, folio, fork }) {
    const large = folio === "large";
    const parent = folioForkThenWrite(release, { large });
    const strict = dupMmapFolio(release, { large }).with({
      after: { "raw_write_seqcount_begin(&src_mm->write_protect_seq)": { "smp_mb()": smpMb } },
      as: "with smp_mb()",
    });
    return {
      gup: gupFastFolio(0, { pin: true, write: true, release, fastOnly: true, large }),
      parent: fork === "smp_mb()" ? parent.calling(strict) : parent,
    };
  },
  init(k, { pinnedBefore }) {
    anonPageMapped(k, { shared: false, writable: true });
    k.mm[0].hasPinned = pinnedBefore;
  },
  specs: [pinnedIsMapped, mapcountMatches, locksReleased, mapcountNotNegative],
  unreached: neverTaken("questions/fork-vs-pin"),
  expect: [
    { set: {}, states: 1015 },
    { set: {}, memory: "tso", states: 1711 },
    { set: {}, memory: "lkmm", violated: ["pinned-is-mapped"], states: 3597 },
    { set: { release: "v7.1", pinnedBefore: true }, memory: "lkmm", states: 3208 },
    { set: { release: "v7.1" }, memory: "lkmm", violated: ["pinned-is-mapped"], states: 3597 },
    { set: { release: "v7.1", folio: "large", pinnedBefore: true }, states: 1182 },
    {
      set: { release: "v7.1", folio: "large", pinnedBefore: true },
      memory: "lkmm",
      violated: ["pinned-is-mapped"],
      states: 3944,
    },
    { set: { release: "v7.1", folio: "large", pinnedBefore: true, fork: "smp_mb()" }, memory: "lkmm", states: 4338 },
  ],
});
