import { oneOf, scenario, type Path } from "faultline";
import { noSharedWrite, pinnedStaysMapped, pinsMatch, refcountCoversPtes } from "../../specs/anon.ts";
import { balance } from "../../specs/balance.ts";
import { noMappedFreePage } from "../../specs/page-cache.ts";
import { folioGupUser, folioWriteFault } from "../kernel/fork/folio-processes.ts";
import { anonPageMapped, kernel, type Kernel } from "../kernel/world.ts";
import { writeProtectPage } from "../mm/ksm/write-protect-page.ts";
import { dupMmapFolio } from "../mm/memory/copy-folio.ts";
import { dontneed, munmapAnon } from "../mm/mmap/anon/munmap.ts";
import { madviseFree } from "../mm/madvise/madvise-free.ts";
import { mprotect } from "../mm/mprotect/change-protection.ts";
import { ofIsolated } from "../mm/rmap/isolated.ts";
import { tryToUnmapOne } from "../mm/rmap/share-anon-rmap.ts";
import { movePresentPtes } from "../mm/userfaultfd/move-present-ptes.ts";
import { everyTwo, inReleases } from "./every-two.ts";

type Release = "v6.12" | "v7.1";

/** What can happen to an anonymous folio that one process maps, v6.12 and v7.1. */
const ACTORS = {
  "write-fault": (release) => folioWriteFault(0, release),
  "pin-to-write": (release) => folioGupUser(0, { pin: true, write: true, release }),
  "pin-to-read": (release) => folioGupUser(0, { pin: true, write: false, release }),
  fork: (release) => dupMmapFolio(release),
  dontneed: () => dontneed(0),
  "madv-free": (release) => madviseFree(0, release),
  munmap: () => munmapAnon(0),
  mprotect: (release) => mprotect(0, { release, to: "PROT_READ", mapping: "private" }),
  reclaim: (release) => ofIsolated(0, tryToUnmapOne(0, release)),
  ksm: (release) => ofIsolated(0, writeProtectPage(0, release)),
  "uffd-move": (release) => movePresentPtes(release),
} satisfies Record<string, (release: Release) => Path<Kernel>>;

/** Why two of them are not searched together. */
const VMA =
  "fork() copies to vma[1], and UFFDIO_MOVE moves to it, and the world has no third; mmap_lock keeps them apart";
const CHILD = "both copy to vma[1], and the world has one child; mmap_lock for writing keeps them apart";

export const ALONE_PAIRS = everyTwo(ACTORS, { "fork fork": CHILD, "fork uffd-move": VMA });

/** What v6.12 does otherwise, as far as it is modelled: all else is the same path in both. */
export const ALONE_CHANGED: readonly (keyof typeof ACTORS)[] = ["pin-to-write", "pin-to-read", "uffd-move"];

export default scenario("pairs-alone-today", {
  about: "Any two things that can happen to an anonymous folio of one process at a time, v6.12 and v7.1",
  world: kernel,
  params: {
    release: oneOf("v6.12", "v7.1"),
    first: oneOf(...ALONE_PAIRS.names),
    second: oneOf(...ALONE_PAIRS.names),
  },
  threads: ({ release, first, second }) => ({ first: ACTORS[first](release), second: ACTORS[second](release) }),
  init: (k) => anonPageMapped(k, { shared: false, writable: true }),
  specs: [noSharedWrite, pinnedStaysMapped, noMappedFreePage, refcountCoversPtes, pinsMatch, ...balance],
  // Which steps two paths take beside each other is for the scenarios that are about them.
  unreached: () => ["*"],
  expect: inReleases(ALONE_PAIRS, ALONE_CHANGED),
});
