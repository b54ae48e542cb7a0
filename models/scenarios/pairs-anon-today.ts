import { oneOf, scenario, type Path } from "faultline";
import { noSharedWrite, pinsMatch, refcountCoversPtes } from "../../specs/anon.ts";
import { balance } from "../../specs/balance.ts";
import { noMappedFreePage } from "../../specs/page-cache.ts";
import { folioGupUser, folioVmspliceThenUnmap, folioWriteFault } from "../kernel/fork/folio-processes.ts";
import { anonPageMapped, kernel, type Kernel } from "../kernel/world.ts";
import { dontneed, munmapAnon } from "../mm/mmap/anon/munmap.ts";
import { everyTwo, inReleases } from "./every-two.ts";

type Release = "v6.12" | "v7.1";

/** What can happen to an anonymous folio that parent and child share after fork(), v6.12 and v7.1: mm[0] is the parent's. */
const ACTORS = {
  "write-fault": (release) => folioWriteFault(0, release),
  "child-write-fault": (release) => folioWriteFault(1, release),
  gup: (release) => folioGupUser(0, { pin: false, write: true, release }),
  "child-gup": (release) => folioGupUser(1, { pin: false, write: true, release }),
  "gup-pin": (release) => folioGupUser(0, { pin: true, write: false, release }),
  vmsplice: (release) => folioVmspliceThenUnmap(1, release),
  dontneed: () => dontneed(0),
  munmap: () => munmapAnon(0),
  "child-munmap": () => munmapAnon(1),
} satisfies Record<string, (release: Release) => Path<Kernel>>;

export const ANON_FOLIO_PAIRS = everyTwo(ACTORS, {});

/** What v6.12 does otherwise, as far as it is modelled: all else is the same path in both. */
export const ANON_FOLIO_CHANGED: readonly (keyof typeof ACTORS)[] = ["gup-pin"];

export default scenario("pairs-anon-today", {
  about: "Any two things that can happen to an anonymous folio at a time, v6.12 and v7.1",
  world: kernel,
  params: {
    release: oneOf("v6.12", "v7.1"),
    first: oneOf(...ANON_FOLIO_PAIRS.names),
    second: oneOf(...ANON_FOLIO_PAIRS.names),
  },
  threads: ({ release, first, second }) => ({ first: ACTORS[first](release), second: ACTORS[second](release) }),
  init: (k) => anonPageMapped(k, { shared: true, writable: false }),
  specs: [noSharedWrite, noMappedFreePage, refcountCoversPtes, pinsMatch, ...balance],
  unreached: () => ["*"],
  expect: inReleases(ANON_FOLIO_PAIRS, ANON_FOLIO_CHANGED),
});
