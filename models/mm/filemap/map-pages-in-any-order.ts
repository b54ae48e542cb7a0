import {
  acquire,
  bool,
  call,
  done,
  once,
  ref,
  relaxed,
  release,
  smpMbAfterAtomic,
  smpMbAfterSpinlock,
  smpRmb,
} from "faultline";
import { rmapMapped } from "../../kernel/deletion.ts";
import {
  getPageUnlessZero,
  indexInFile,
  lockPtl,
  mappingMatches,
  pageAddFileRmap,
  pageFlag,
  pageRemoveRmap,
  pteNone,
  putPage,
  setPteAt,
  trylockPage,
  unlockPage,
  unlockPtl,
  xasLoad,
} from "../../kernel/primitives.ts";
import { Page, kernel, type Kernel, type PageTables, type VmaIndex } from "../../kernel/world.ts";
import { pteAllocOneMap } from "../memory/page-table.ts";
import { IN_SOURCE } from "./filemap-map-pages.ts";
import { wordOf } from "./mapper-orders.ts";
import type { OfPage } from "../../kernel/primitives.ts";

const LOCK = "trylock_page(page)" as const;
const MAPPING = "page->mapping == mapping?" as const;
const SIZE = "index < i_size?" as const;
const NONE = "pte_none(*vmf->pte)?" as const;
const UNLOCKED = "PageLocked(page)? under ptl" as const;
const COUNT = "page_add_file_rmap(page)" as const;
const STILL_UNLOCKED = "PageLocked(page)? again" as const;
const STILL_IN_XARRAY = "page == xas_reload(&xas)? again" as const;
const UNLOCK = "unlock_page(page)" as const;
const UNDO_COUNT = "page_remove_rmap(page)" as const;
const UNDO_LOCK = "unlock: unlock_page(page)" as const;
const PUT = "skip: put_page(page)" as const;
const MAPPED = "do_fault_around(): pte_none(pte)?" as const;

/** The steps that each letter of an order stands for. */
const LETTERS = {
  L: ["pte_alloc_one_map()", "spin_lock(vmf->ptl)", NONE],
  C: [COUNT],
  S: ["set_pte_at(vmf->pte)"],
  T: [LOCK],
  P: [STILL_UNLOCKED],
  G: [MAPPING],
  X: [STILL_IN_XARRAY],
} as const;
type Letter = keyof typeof LETTERS;

/** What can fail once the fault holds a reference to the page, so that it gives up. */
const CAN_FAIL = [LOCK, MAPPING, SIZE, NONE, UNLOCKED, STILL_UNLOCKED, STILL_IN_XARRAY] as const;
type Test = (typeof CAN_FAIL)[number];

/** How mapcount is raised, and what that orders: page_add_file_rmap() of v5.9 is the first. */
const COUNTS = { "inc-and-test": "full", inc: "noreturn", "inc-after-atomic": "noreturn" } as const;
/** How the last test of PageLocked looks at page->flags: PageLocked() is the first. The RMWs store what they have read. */
const LOOKS = { load: once, acquire, "relaxed-rmw": relaxed, "release-rmw": release } as const;

export const HOW_COUNTED = Object.keys(COUNTS) as [HowCounted, ...HowCounted[]];
export const HOW_LOOKED = Object.keys(LOOKS) as [HowLooked, ...HowLooked[]];
export type HowCounted = keyof typeof COUNTS;
export type HowLooked = keyof typeof LOOKS;

interface Variant {
  /** The vma is shared and does not want to know of the first store, as one of tmpfs: a read fault stores a writable PTE. */
  readonly writable?: boolean;
  /** What page tables there are at the start: where none, the fault puts one in. */
  readonly pmd?: PageTables;
  /** memory_failure() may have given the page up. */
  readonly poisoned?: boolean;
  /** A file system has wrapped it: it returns with ptl held if `ptl` is set, and leaves the end of do_fault_around() to it. */
  readonly isWrapped?: boolean;
  /** What only weak memory tells apart. */
  readonly counts?: HowCounted;
  readonly looks?: HowLooked;
  /** A full barrier once ptl is taken, and so behind the page table that the fault has put in. */
  readonly mbAfterPtl?: boolean;
  /** A read barrier between the first and the second of the tests behind C. */
  readonly rmb?: boolean;
}

/**
 * The steps of an order. i_size is read just before L or C, whichever comes first; the first of two P has a label of its
 * own.
 */
function stepsOf(word: string, { counts, mbAfterPtl, rmb }: Pick<Variant, "counts" | "mbAfterPtl" | "rmb">) {
  const letters = Array.from(word) as Letter[];
  const size = letters.findIndex((letter) => letter === "L" || letter === "C");
  const firstTest = letters.findIndex((letter, i) => i > word.indexOf("C") && "PGX".includes(letter));
  return letters.flatMap((letter, i) => [
    ...(i === size ? [SIZE] : []),
    ...(letter === "P" && word.includes("P", i + 1) ? [UNLOCKED] : LETTERS[letter]),
    ...(letter === "C" && counts === "inc-after-atomic" ? (["smp_mb__after_atomic()"] as const) : []),
    ...(letter === "L" && mbAfterPtl ? (["smp_mb__after_spinlock()"] as const) : []),
    ...(rmb && i === firstTest ? (["smp_rmb()"] as const) : []),
  ]);
}

/**
 * filemapMapPages() of filemap-map-pages.ts with its tests in any `order`: a name or a word of mapper-orders.ts, or such a
 * word without L, to show what ptl is for. That of v5.9, TGLCS, is that path, step by step.
 */
export const mapPagesInAnyOrder = (
  i: VmaIndex,
  order: string,
  {
    writable = false,
    pmd = "populated",
    poisoned = false,
    isWrapped = false,
    counts = "inc-and-test",
    looks = "load",
    mbAfterPtl = false,
    rmb = false,
  }: Variant = {},
) => {
  const word = wordOf(order);
  const steps = stepsOf(word, { counts, mbAfterPtl, rmb });
  const isDone = (operation: typeof COUNT | typeof LOCK, test: Test): boolean =>
    steps.includes(operation) && steps.indexOf(operation) < steps.indexOf(test);
  /** Where a failed test leads: exactly what this order has done before it is undone. */
  const giveUp = (test: Test) => (isDone(COUNT, test) ? UNDO_COUNT : isDone(LOCK, test) ? UNDO_LOCK : PUT);
  const mayUndo = (operation: typeof COUNT | typeof LOCK): boolean => CAN_FAIL.some((test) => isDone(operation, test));
  const isLocked = word.includes("T");
  const next = isWrapped ? done : MAPPED;
  const nothingMapped = (k: Kernel): typeof done => {
    k.vma[i].fellBack = true;
    return done;
  };

  return kernel.path(
    "filemap_map_pages",
    { page: ref(Page), ptl: bool, locked: bool, solved: bool },
    {
      "page = xas_find(&xas)": xasLoad.then((k, { page }) => (page ? undefined : nothingMapped(k))),
      "PageLocked(page)?": pageFlag("locked").then((k: Kernel, _, locked) => (locked ? nothingMapped(k) : undefined)),
      "page_cache_get_speculative(page)": getPageUnlessZero.then((k: Kernel, _, got) =>
        got ? undefined : nothingMapped(k),
      ),
      "page == xas_reload(&xas)?": once((k, { page }) => {
        if (k.slot !== page) return PUT;
      }),
      "PageHWPoison(page)?": poisoned && pageFlag("hwpoison").then({ true: PUT }),

      [LOCK]: trylockPage.then((_, me: OfPage & { locked: boolean }, got) => {
        if (!got) return giveUp(LOCK);
        me.locked = true;
      }),
      [MAPPING]: mappingMatches.then({ false: giveUp(MAPPING) }),
      [SIZE]: indexInFile.then({ false: giveUp(SIZE) }),
      "pte_alloc_one_map()": call(pteAllocOneMap(i, pmd)),
      "spin_lock(vmf->ptl)": lockPtl(i).then((_, me: { ptl: boolean }) => {
        me.ptl = true;
      }),
      "smp_mb__after_spinlock()": smpMbAfterSpinlock,
      [NONE]: pteNone(i).then({ false: giveUp(NONE) }),
      [UNLOCKED]: pageFlag("locked").then({ true: giveUp(UNLOCKED) }),
      [COUNT]: pageAddFileRmap(i).as(COUNTS[counts]),
      "smp_mb__after_atomic()": smpMbAfterAtomic,
      [STILL_UNLOCKED]: LOOKS[looks]((_: Kernel, { page }: OfPage) => {
        const { locked } = page!;
        if (looks.endsWith("rmw")) page!.locked = locked;
        if (locked) return giveUp(STILL_UNLOCKED);
      }),
      "smp_rmb()": smpRmb,
      [STILL_IN_XARRAY]: once((k, { page }) => {
        if (k.slot !== page) return giveUp(STILL_IN_XARRAY);
      }),
      "set_pte_at(vmf->pte)": setPteAt(i, { writable }).then((k, { page }) => {
        rmapMapped(k.vma[i], page!);
        return isLocked ? UNLOCK : next;
      }),
      [UNLOCK]: unlockPage.then(next),

      [UNDO_COUNT]: pageRemoveRmap(i).then((_, { locked }: OfPage & { locked: boolean }) =>
        locked && mayUndo(LOCK) ? UNDO_LOCK : PUT,
      ),
      [UNDO_LOCK]: unlockPage,
      [PUT]: putPage.then((k: Kernel, { ptl }: OfPage & { ptl: boolean }) => (ptl ? undefined : nothingMapped(k))),
      [MAPPED]: pteNone(i).then((k, me: { solved: boolean }, none) => {
        me.solved = !none;
        if (none) k.vma[i].fellBack = true;
      }),
      "pte_unmap_unlock(vmf->ptl)": unlockPtl(i),
    },
    {
      file: "mm/filemap.c",
      release: word === wordOf("trylock") ? "v5.9" : `v5.9, order ${order}`,
      leavesOut:
        "PG_readahead, PG_hwpoison where nothing sets it, PG_uptodate (nothing clears it), swap and retry entries of the xarray (none is there, or it ends the fault as an empty slot does), compound pages, the other pages of the window (which would hold ptl for longer), RCU (a page that is freed is not reused here), the allocation of a page table, rss",
      ...IN_SOURCE,
      sequence: [
        "page = xas_find(&xas)",
        "PageLocked(page)?",
        "page_cache_get_speculative(page)",
        "page == xas_reload(&xas)?",
        ...(poisoned ? (["PageHWPoison(page)?"] as const) : []),
        ...steps,
        ...(isLocked ? [UNLOCK] : []),
        ...(mayUndo(COUNT) ? [UNDO_COUNT] : []),
        ...(mayUndo(LOCK) ? [UNDO_LOCK] : []),
        PUT,
        ...(isWrapped ? [] : [MAPPED]),
        ...(!isWrapped && word.includes("L") ? (["pte_unmap_unlock(vmf->ptl)"] as const) : []),
      ],
    },
  );
};
