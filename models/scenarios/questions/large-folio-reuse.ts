import { oneOf, scenario } from "faultline";
import { noSharedWriteInTheEnd } from "../../../specs/anon.ts";
import { folioReferencesMatch, mmIdsMatch } from "../../../specs/large-folio.ts";
import { kernel, largeAnonFolio } from "../../kernel/world.ts";
import { gupFastFolio } from "../../mm/gup/gup-folio.ts";
import { LARGE_LOOKS, forkLargeFolio, wpLargeFolio, zapLargeFolio } from "../../mm/memory/wp-large-folio.ts";
import { neverTaken } from "../recorded.ts";

const SHARED = "no-shared-write-in-the-end";

/**
 * docs/questions/large-folio-reuse.md. Since v6.15 a write fault may reuse a page of a large folio that one mm alone maps. What tells
 * it are counts that change one after the other, and a bit. Beside it the other process unmaps the folio, with or without a thread of
 * its own that takes the page through GUP-fast meanwhile; or the process itself forks. `without`: a look that is left out.
 */
export default scenario("questions/large-folio-reuse", {
  about: "A write fault reuses a page of a large folio while another process unmaps it, or comes to map it",
  world: kernel,
  params: {
    release: oneOf("v7.1", "v6.12"),
    beside: oneOf("unmap", "unmap-and-gup", "fork"),
    without: oneOf("nothing", ...LARGE_LOOKS),
  },
  threads({ release, beside, without }) {
    const fault = wpLargeFolio(0, { release, without: without === "nothing" ? undefined : without });
    if (beside === "fork") return { fault, fork: forkLargeFolio(release) };
    const gup = gupFastFolio(1, { pin: false, write: false, release, fastOnly: true });
    return { fault, unmap: zapLargeFolio(1, release), ...(beside === "unmap-and-gup" && { gup }) };
  },
  // Whichever of the two is counted first.
  init: (k, { beside }) => largeAnonFolio(k, beside === "fork" ? [0] : beside === "unmap" ? [1, 0] : [0, 1]),
  specs: [noSharedWriteInTheEnd, mmIdsMatch, folioReferencesMatch],
  unreached: neverTaken("questions/large-folio-reuse"),
  expect: [
    { states: 183 },
    { memory: "tso", states: 276 },
    { memory: "lkmm", states: 276 },
    { set: { beside: "unmap-and-gup" }, states: 1036 },
    { set: { beside: "unmap-and-gup" }, memory: "tso", states: 1645 },
    { set: { beside: "unmap-and-gup" }, memory: "lkmm", states: 2748 },
    { set: { beside: "fork" }, states: 75 },
    { set: { beside: "fork" }, memory: "tso", states: 119 },
    { set: { beside: "fork" }, memory: "lkmm", states: 79 },
    { set: { release: "v6.12", beside: "unmap-and-gup" }, states: 288 },
    { set: { beside: "unmap-and-gup", without: "shared-bit" }, violated: [SHARED], states: 1848 },
    { set: { beside: "unmap-and-gup", without: "references" }, violated: [SHARED], states: 1140 },
    { set: { beside: "unmap-and-gup", without: "lock" }, states: 1023 },
    { set: { beside: "unmap-and-gup", without: "lock" }, memory: "tso", states: 1632 },
    { set: { beside: "unmap-and-gup", without: "lock" }, memory: "lkmm", violated: [SHARED], states: 3086 },
    { set: { beside: "unmap-and-gup", without: "looks-under-lock" }, states: 1018 },
    {
      set: { beside: "unmap-and-gup", without: "looks-under-lock" },
      memory: "lkmm",
      violated: [SHARED],
      states: 2676,
    },
  ],
});
