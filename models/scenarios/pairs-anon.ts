import { oneOf, scenario, type Path } from "faultline";
import { noSharedWrite, pinsMatch, refcountCoversPtes } from "../../specs/anon.ts";
import { balance } from "../../specs/balance.ts";
import { noMappedFreePage } from "../../specs/page-cache.ts";
import { clearSoftDirty } from "../fs/task-mmu/clear-refs.ts";
import { anonPageMapped, kernel, type Kernel } from "../kernel/world.ts";
import { gupUser } from "../mm/gup/gup-fast.ts";
import { writeFault } from "../mm/memory/write-fault.ts";
import { dontneed, munmapAnon } from "../mm/mmap/anon/munmap.ts";
import { addToSwap } from "../mm/swap-state/add-to-swap.ts";
import { mwriteprotectRange } from "../mm/userfaultfd/mwriteprotect.ts";
import { everyTwo } from "./every-two.ts";

const WP = { rule: "5.9" } as const;

/** What can happen to an anonymous page that parent and child share after fork(), v5.9: mm[0] is the parent's. */
const ACTORS = {
  "write-fault": () => writeFault(0, WP),
  "child-write-fault": () => writeFault(1, WP),
  gup: () => gupUser(0, { pin: false, write: true, wp: WP }),
  "child-gup": () => gupUser(1, { pin: false, write: true, wp: WP }),
  dontneed: () => dontneed(0),
  "child-munmap": () => munmapAnon(1),
  munmap: () => munmapAnon(0),
  "clear-refs": () => clearSoftDirty(0, { skipsPinned: true }),
  "uffd-wp": () => mwriteprotectRange(0),
  "add-to-swap": () => addToSwap(),
} satisfies Record<string, () => Path<Kernel>>;

export const ANON_PAIRS = everyTwo(ACTORS, {
  "add-to-swap add-to-swap": "PG_lru, which is left out, lets one of them alone isolate the page",
});

export default scenario("pairs-anon", {
  about: "Any two things that can happen to an anonymous page at a time",
  world: kernel,
  params: { first: oneOf(...ANON_PAIRS.names), second: oneOf(...ANON_PAIRS.names) },
  threads: ({ first, second }) => ({ first: ACTORS[first](), second: ACTORS[second]() }),
  init: (k) => anonPageMapped(k, { shared: true, writable: false }),
  // Not rss-matches: madvise() leaves rss out.
  specs: [noSharedWrite, noMappedFreePage, refcountCoversPtes, pinsMatch, ...balance],
  unreached: () => ["*"],
  expect: ANON_PAIRS.together.map((set) => ({ set })),
});
