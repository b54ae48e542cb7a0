import { oneOf, scenario, type Path } from "faultline";
import { balance } from "../../specs/balance.ts";
import { oneFolioForAnEntry, readsWhatWasStored, slotCanBeFreed, slotCountMatches } from "../../specs/swap.ts";
import { forking, underMmapLock } from "../kernel/fork/swap-processes.ts";
import { inSwapCache, mappedNotInSwap } from "../kernel/swap-slot.ts";
import { kernel, type Kernel } from "../kernel/world.ts";
import { madviseColdOrPageout } from "../mm/madvise/madvise-cold.ts";
import { copySwapEntry, zapSwapEntry } from "../mm/memory/swap-entries.ts";
import { doSwapPagePastCache } from "../mm/memory/swap-fault-past-cache.ts";
import { doSwapPageByTable } from "../mm/memory/swap-fault-table.ts";
import { doSwapPage } from "../mm/memory/swap-fault.ts";
import { mprotect } from "../mm/mprotect/change-protection.ts";
import { mremap } from "../mm/mremap/move-ptes.ts";
import { anonVmaClone } from "../mm/rmap/anon-vma.ts";
import { unusePte, type SwapEntryRelease } from "../mm/swapfile/swap-entries.ts";
import { moveSwapPte } from "../mm/userfaultfd/move-swap-pte.ts";
import { dropSwapCache } from "../mm/vmscan/drop-swap-cache.ts";
import { swapOut } from "../mm/vmscan/swap-out.ts";
import { everyTwo, inReleases, withOneOf } from "./every-two.ts";

const swapIn = (release: SwapEntryRelease): Path<Kernel> => {
  if (release === "v7.1") return doSwapPageByTable(0, { write: false });
  return release === "v6.12"
    ? doSwapPage(0, { skipsCache: true, write: false })
    : doSwapPagePastCache(0, { release: "v5.9", write: false });
};

/** Those that give the memory a second vma: a walk of the rmap comes to both. */
const ADDS_VMA: ReadonlySet<string> = new Set(["fork", "mremap"]);
const clonedBeside = (release: SwapEntryRelease, beside?: string): Path<Kernel> | undefined =>
  beside === "swap-out" ? anonVmaClone(release) : undefined;

/** What can happen to anonymous memory that is, or comes to be, swapped out, v5.9, v6.12 and v7.1. */
const ACTORS = {
  "swap-in": (release) => underMmapLock(swapIn(release)),
  "swap-out": (release, beside) => swapOut(0, { keeps: false, release, vmas: beside && ADDS_VMA.has(beside) ? 2 : 1 }),
  "cache-drop": (release) => dropSwapCache(release),
  zap: (release) => underMmapLock(zapSwapEntry(0, release)),
  fork: (release, beside) => forking(copySwapEntry(release), clonedBeside(release, beside)),
  swapoff: (release) => underMmapLock(unusePte(0, release)),
  pageout: (release) => underMmapLock(madviseColdOrPageout(0, "pageout", release)),
  cold: (release) => underMmapLock(madviseColdOrPageout(0, "cold", release)),
  mprotect: (release) => mprotect(0, { release, to: "PROT_READ", mapping: "private" }),
  mremap: (release, beside) => mremap({ release, from: 0, rmapLocks: false }, clonedBeside(release, beside)),
  // Since v6.8: no run of v5.9 has it.
  "uffd-move": (release) =>
    underMmapLock(moveSwapPte({ rechecks: true, release: release === "v7.1" ? "v7.1" : "v6.12" })),
} satisfies Record<string, (release: SwapEntryRelease, beside?: string) => Path<Kernel>>;

type Actor = keyof typeof ACTORS;

/** Those that find something to do in memory that is mapped. */
const OF_MAPPED: ReadonlySet<Actor> = new Set(["swap-out", "pageout", "cold"]);

/** Why two of them are not searched together. */
const VMA = "both have vma[1] for where they copy or move to, and the world has no third; mmap_lock keeps them apart";

export const SWAP_PAIRS = everyTwo(ACTORS, {
  "fork fork": "both copy to vma[1], and the world has one child; mmap_lock for writing keeps them apart",
  "fork mremap": VMA,
  "fork uffd-move": VMA,
  "mremap uffd-move": VMA,
});

/** What v6.12 does otherwise: a byte of a map has what a word of the swap table has in v7.1. */
export const SWAP_CHANGED: readonly Actor[] = [
  "swap-in",
  "swap-out",
  "cache-drop",
  "zap",
  "swapoff",
  "pageout",
  "uffd-move",
];

/**
 * What v5.9 does otherwise than v6.12: a fault past the swap cache does not say so, the end of a slot is looked at once less, and
 * mprotect() counts its flush further in.
 */
export const SWAP_CHANGED_BEFORE: readonly Actor[] = ["swap-in", "zap", "mprotect"];

/**
 * Those that use what they have not locked: they look a folio up, take or freeze its count, or read the count of a slot. fork() and
 * MADV_COLD do all that they do under ptl and the lock of the cluster, and MADV_PAGEOUT is reclaim behind ptl.
 */
const LOCKLESS: ReadonlySet<Actor> = new Set(["swap-in", "swap-out", "cache-drop", "zap", "swapoff", "uffd-move"]);

const RUNS = [
  ...inReleases(SWAP_PAIRS, SWAP_CHANGED),
  ...withOneOf(SWAP_PAIRS, SWAP_CHANGED_BEFORE)
    .filter(({ first, second }) => first !== "uffd-move" && second !== "uffd-move")
    .map((two) => ({ set: { release: "v5.9", ...two } as const })),
  // What gives the memory a second vma links it under the lock of the anon_vma, in the words of each release.
  ...SWAP_PAIRS.together
    .filter(({ first, second }) => first === "swap-out" && ADDS_VMA.has(second))
    .map((two) => ({ set: { release: "v5.9", ...two } as const })),
];

const WEAK_RUNS = RUNS.filter(({ set: { first, second } }) => LOCKLESS.has(first) && LOCKLESS.has(second));

/**
 * v5.9 reads the device with nothing between that and the look into the swap cache; since v6.8 there is the lock of the cluster:
 * docs/decisions/0251-a-device-that-is-memory.md.
 */
const readsTooEarly = ({ release, first, second }: (typeof RUNS)[number]["set"]): boolean =>
  release === "v5.9" && first === "swap-in" && second === "swap-out";

export default scenario("pairs-swap", {
  about: "Any two things that can happen to memory that is swapped out at a time, v5.9, v6.12 and v7.1",
  world: kernel,
  params: {
    release: oneOf("v7.1", "v6.12", "v5.9"),
    first: oneOf(...SWAP_PAIRS.names),
    second: oneOf(...SWAP_PAIRS.names),
  },
  threads: ({ release, first, second }) => ({
    first: ACTORS[first](release, second),
    second: ACTORS[second](release, first),
  }),
  init(k, { release, first, second }) {
    if (OF_MAPPED.has(first) || OF_MAPPED.has(second)) mappedNotInSwap(k);
    else inSwapCache(k, { hasCache: release !== "v7.1" });
  },
  specs: [slotCountMatches, slotCanBeFreed, readsWhatWasStored, oneFolioForAnEntry, ...balance],
  // Which steps two paths take beside each other is for the scenarios that are about them.
  unreached: () => ["*"],
  expect: [
    ...RUNS,
    ...WEAK_RUNS.map((run) => ({ ...run, memory: "tso" as const })),
    ...WEAK_RUNS.map(({ set }) => ({
      set,
      memory: "lkmm" as const,
      ...(readsTooEarly(set) && { violated: ["reads-what-was-stored" as const] }),
    })),
  ],
});
