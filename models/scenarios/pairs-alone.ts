import { oneOf, scenario, type Path } from "faultline";
import { noSharedWrite, pinnedStaysMapped, pinsMatch, refcountCoversPtes } from "../../specs/anon.ts";
import { balance } from "../../specs/balance.ts";
import { noMappedFreePage } from "../../specs/page-cache.ts";
import { anonPageMapped, kernel, type Kernel } from "../kernel/world.ts";
import { gupUser } from "../mm/gup/gup-fast.ts";
import { madviseFree } from "../mm/madvise/madvise-free.ts";
import { dupMmap } from "../mm/memory/copy-page-range.ts";
import { writeFault } from "../mm/memory/write-fault.ts";
import { dontneed, munmapAnon } from "../mm/mmap/anon/munmap.ts";
import { mprotect } from "../mm/mprotect/change-protection.ts";
import { addToSwap } from "../mm/swap-state/add-to-swap.ts";
import { mwriteprotectRange } from "../mm/userfaultfd/mwriteprotect.ts";
import { everyTwo } from "./every-two.ts";

const WP = { rule: "5.9" } as const;

/** What can happen to an anonymous page that one process maps, v5.9. */
const ACTORS = {
  "write-fault": () => writeFault(0, WP),
  "pin-to-write": () => gupUser(0, { pin: true, write: true, wp: WP }),
  "pin-to-read": () => gupUser(0, { pin: true, write: false, wp: WP }),
  fork: () => dupMmap("5.9"),
  dontneed: () => dontneed(0),
  "madv-free": () => madviseFree(0, "v5.9"),
  munmap: () => munmapAnon(0),
  mprotect: () => mprotect(0, { release: "v5.9", to: "PROT_READ", mapping: "private" }),
  "uffd-wp": () => mwriteprotectRange(0),
  "add-to-swap": () => addToSwap(),
} satisfies Record<string, () => Path<Kernel>>;

export const ALONE_PAIRS_59 = everyTwo(ACTORS, {
  "fork fork": "both copy to vma[1], and the world has one child; mmap_lock for writing keeps them apart",
  "mprotect uffd-wp": "mmap_lock keeps them apart: mprotect() has it for writing, and userfaultfd for reading",
  "add-to-swap add-to-swap": "PG_lru, which is left out, lets one of them alone isolate the page",
});

export default scenario("pairs-alone", {
  about: "Any two things that can happen to an anonymous page of one process at a time, v5.9",
  world: kernel,
  params: { first: oneOf(...ALONE_PAIRS_59.names), second: oneOf(...ALONE_PAIRS_59.names) },
  threads: ({ first, second }) => ({ first: ACTORS[first](), second: ACTORS[second]() }),
  init: (k) => anonPageMapped(k, { shared: false, writable: true }),
  specs: [noSharedWrite, pinnedStaysMapped, noMappedFreePage, refcountCoversPtes, pinsMatch, ...balance],
  // Which steps two paths take beside each other is for the scenarios that are about them.
  unreached: () => ["*"],
  expect: ALONE_PAIRS_59.together.map((set) => ({ set })),
});
