import { oneOf, scenario } from "faultline";
import { balance } from "../../specs/balance.ts";
import { noFalseAlarm, noMappedDeletion, noMappedFreePage, noStalePte } from "../../specs/page-cache.ts";
import type { MappedCheck } from "../kernel/deletion.ts";
import { PAGE_TABLES, kernel, pageInCache } from "../kernel/world.ts";
import { invalidateInodePages2Range } from "../mm/truncate/invalidate.ts";
import { mapPagesInAnyOrder } from "../mm/filemap/map-pages-in-any-order.ts";
import { orderWord } from "../mm/filemap/mapper-orders.ts";
import { shrinkPageList } from "../mm/vmscan/reclaim.ts";
import { truncatePagecacheRange, truncateSetsize, type Barrier, type Remover } from "../mm/truncate/truncate.ts";

/** What takes the page out of the page cache. */
const REMOVERS = ["punch", "truncate", "invalidate", "reclaim", "shmem"] as const;
type RemoverName = (typeof REMOVERS)[number];

/** What looks at memory while CPUs disagree about it. */
const UNJUDGED = ["no-mapped-free-page"];

/** What only weak memory needs. */
const BARRIERS = ["none", "remover", "mapper", "both", "all"] as const;
/** Of those who have one: in the remover, in the fault. */
const IN_REMOVER: ReadonlySet<string> = new Set(["remover", "both", "all"]);
const IN_MAPPER: ReadonlySet<string> = new Set(["mapper", "both", "all"]);

const barrierOf = (barriers: string): Barrier => (IN_REMOVER.has(barriers) ? "smp_mb" : "none");

export default scenario("fault-around-orders", {
  about: "A read fault tests and maps a cached page in any order while something removes the page",
  world: kernel,
  params: {
    order: orderWord,
    remover: oneOf(...REMOVERS),
    /** Of punch, truncate and invalidate: what they ask before they unmap the page under its lock. */
    gate: oneOf("page_mapped", "none"),
    /** Of truncate: how often it unmaps the range. */
    passes: oneOf("two", "one"),
    /** Of punch and truncate: which of page->mapping and the xarray entry goes first; batch: page->mapping. */
    deletion: oneOf("batch", "single"),
    /** Of invalidate and shmem: whether a page that is mapped after it was unmapped stops the kernel. */
    check: oneOf("BUG_ON", "WARN_ON"),
    /**
     * What only weak memory needs: a full barrier of the remover once it has the page lock, an acquire in the fault's `P`;
     * all: besides, a full barrier of the fault once it has ptl.
     */
    barriers: oneOf(...BARRIERS),
    /** Whether the fault finds a page table, or puts one in. */
    pmd: oneOf(...PAGE_TABLES),
  },
  threads: ({ order, remover, gate, passes, deletion, check, barriers, pmd }) => ({
    fault: mapPagesInAnyOrder(0, order, {
      pmd,
      looks: IN_MAPPER.has(barriers) ? "acquire" : "load",
      mbAfterPtl: barriers === "all",
    }),
    [remover]: {
      punch: () => truncatePagecacheRange({ vmas: 1, gate, deletion, barrier: barrierOf(barriers) }),
      truncate: () => truncateSetsize({ vmas: 1, gate, deletion, barrier: barrierOf(barriers) }, passes === "two"),
      invalidate: () => invalidateInodePages2Range(1, { gate, check, mb: IN_REMOVER.has(barriers) }),
      reclaim: () => shrinkPageList(1, "file", { mb: IN_REMOVER.has(barriers) }),
      shmem: () => shrinkPageList(1, "tmpfs", { check, mb: IN_REMOVER.has(barriers) }),
    }[remover](),
  }),
  init: (k, { remover, pmd }) => pageInCache(k, { pmd, dirty: remover === "shmem" }),
  specs: [noStalePte, noMappedDeletion, noFalseAlarm, noMappedFreePage, ...balance],
  unreached: (race) => [...unreachedFault(race), ...unreachedRemover(race)],
  expect: [
    { set: { order: "TGLCS", remover: "punch" }, states: 318 },
    { set: { order: "TGLCS", remover: "truncate" }, states: 431 },
    { set: { order: "TGLCS", remover: "invalidate" }, states: 175 },
    { set: { order: "TGLCS", remover: "reclaim" }, states: 139 },
    { set: { order: "TGLCS", remover: "shmem" }, states: 193 },
    { set: { order: "LCPGS", remover: "punch" }, violated: ["no-false-alarm"], states: 367 },
    { set: { order: "LCPGS", remover: "truncate" }, violated: ["no-false-alarm"], states: 468 },
    { set: { order: "LCPGS", remover: "invalidate" }, violated: ["no-false-alarm", "no-bug"], states: 303 },
    { set: { order: "LCPGS", remover: "reclaim" }, states: 221 },
    { set: { order: "LCPGS", remover: "shmem" }, violated: ["no-bug"], states: 347 },
    { set: { order: "LCGS", remover: "reclaim" }, states: 161 },
    // With the false alarms tolerated, nothing else is left.
    { set: { order: "LCPGS", remover: "invalidate", check: "WARN_ON" }, violated: ["no-false-alarm"], states: 309 },
    { set: { order: "LCPGS", remover: "shmem", check: "WARN_ON" }, violated: ["no-false-alarm"], states: 367 },
    // mapcount++ may come before ptl, the tests may not.
    { set: { order: "CLPGS", remover: "punch" }, violated: ["no-false-alarm"], states: 400 },
    {
      set: { order: "CPGLS", remover: "punch" },
      violated: ["no-stale-pte", "no-mapped-deletion", "no-false-alarm"],
      states: 406,
    },
    // Without the gate no order needs mapcount before the tests.
    { set: { order: "LPGCS", remover: "punch", gate: "none" }, states: 318 },
    { set: { order: "LPGCS", remover: "truncate" }, violated: ["no-mapped-deletion"], states: 498 },
    {
      set: { order: "LPGCS", remover: "truncate", passes: "one" },
      violated: ["no-stale-pte", "no-mapped-deletion"],
      states: 417,
    },
    { set: { order: "LCPXS", remover: "punch", deletion: "single" }, violated: ["no-false-alarm"], states: 368 },
    { set: { order: "LCPGS", remover: "punch", barriers: "both" }, violated: ["no-false-alarm"], states: 388 },
    // On x86 LCPGS is what it is under sequential consistency; elsewhere it needs both barriers.
    { set: { order: "LCPGS", remover: "punch" }, memory: "tso", violated: ["no-false-alarm"], states: 518 },
    { set: { order: "TGLCS", remover: "punch" }, memory: "lkmm", unjudged: UNJUDGED, states: 741 },
    ...(
      [
        ["none", 1471],
        ["remover", 1503],
        ["mapper", 1445],
      ] as const
    ).map(([barriers, states]) => ({
      set: { order: "LCPGS", remover: "punch", barriers } as const,
      memory: "lkmm" as const,
      violated: ["no-stale-pte", "no-mapped-deletion", "no-false-alarm"],
      unjudged: UNJUDGED,
      states,
    })),
    {
      set: { order: "LCPGS", remover: "punch", barriers: "both" },
      memory: "lkmm",
      violated: ["no-false-alarm"],
      unjudged: UNJUDGED,
      states: 1444,
    },
    // An empty page table is skipped without a lock, and that skip needs a full barrier on both sides. LCPGS has one,
    // mapcount++; LPGCS has none, so that on other machines than x86 a remover that always unmaps is not enough.
    { set: { order: "TGLCS", remover: "punch", pmd: "none" }, states: 330 },
    { set: { order: "LCPGS", remover: "punch", pmd: "none" }, violated: ["no-false-alarm"], states: 407 },
    { set: { order: "LPGCS", remover: "punch", gate: "none", pmd: "none" }, states: 343 },
    { set: { order: "LPGCS", remover: "punch", gate: "none", pmd: "none" }, memory: "tso", states: 535 },
    ...(
      [
        ["populated", "mapper", [], 779],
        ["none", "mapper", ["no-stale-pte", "no-mapped-deletion"], 1371],
        ["none", "both", ["no-stale-pte", "no-mapped-deletion"], 1524],
        ["none", "all", [], 1391],
      ] as const
    ).map(([pmd, barriers, violated, states]) => ({
      set: { order: "LPGCS", remover: "punch", gate: "none", barriers, pmd } as const,
      memory: "lkmm" as const,
      violated,
      unjudged: UNJUDGED,
      states,
    })),
    {
      set: { order: "LCPGS", remover: "punch", barriers: "both", pmd: "none" },
      memory: "lkmm",
      violated: ["no-false-alarm"],
      unjudged: UNJUDGED,
      states: 1922,
    },
    // shmem_writepage() is protected by pageout()'s look at the references, as far as it comes after the page lock.
    { set: { order: "LPGCS", remover: "shmem" }, states: 305 },
    { set: { order: "LPGCS", remover: "shmem" }, memory: "tso", states: 415 },
    {
      set: { order: "LPGCS", remover: "shmem" },
      memory: "lkmm",
      violated: ["no-stale-pte", "no-bug"],
      unjudged: UNJUDGED,
      states: 1065,
    },
    { set: { order: "LPGCS", remover: "shmem", barriers: "both" }, memory: "lkmm", unjudged: UNJUDGED, states: 930 },
  ],
});

/** What decides which steps a fault never needs. */
interface Race {
  readonly order: string;
  readonly remover: RemoverName;
  readonly gate: Remover["gate"];
  readonly check: MappedCheck;
  readonly deletion: Remover["deletion"];
}

/** Of the fault: what is only undone after a test that cannot fail here. */
function unreachedFault(race: Race): readonly string[] {
  const { order, remover } = race;
  const failing = Array.from(order, (letter, i) => (canFail(race, i) ? letter : "-")).join("");
  const canFailAfter = (letter: string): boolean => /[TPGX]/.test(failing.slice(order.lastIndexOf(letter) + 1));
  const sizeFails = remover === "truncate" && order.indexOf("T") < sizeAt(order);
  return [
    ...(canFailAfter("C") ? [] : ["filemap_map_pages: page_remove_rmap(page)"]),
    ...(sizeFails || canFailAfter("T") ? [] : ["filemap_map_pages: unlock: unlock_page(page)"]),
    ...(remover !== "reclaim" || /[TP]/.test(failing) ? [] : ["filemap_map_pages: skip: put_page(page)"]),
  ];
}

/** Where i_size is read. */
const sizeAt = (order: string): number => order.search(/[LC]/);

/** Whether the test at index `i` of an order can fail. */
function canFail({ order, remover, gate, check }: Race, i: number): boolean {
  const lock = order.indexOf("T");
  if (!"GX".includes(order[i]!)) return true;
  // A fault that holds a reference keeps reclaim from the page: only the page lock can be in its way.
  if (remover === "reclaim") return false;
  // Who unmaps whatever page_mapped() says waits for ptl with the page locked.
  if (gate === "none" && remover !== "shmem" && /L.*P.*[GX]/.test(order.slice(0, i))) return false;
  // pageout() keeps a page that a fault has a reference to: unlocked, it is still there, or gone when it is looked at first.
  if (remover === "shmem" && /P.*[GX]/.test(order.slice(0, i))) return false;
  if (lock < 0 || i < lock) return true;
  // What shmem_writepage() takes away between a look and the page lock it finds mapped by then, and stops.
  if (remover === "shmem" && check === "BUG_ON" && /C.*[GX]/.test(order.slice(0, lock))) return false;
  // Under the page lock the first look tells all; and a page that a truncate took lies beyond i_size.
  const isLookedAt = /[GX]/.test(order.slice(lock, i));
  const isBeyondSize = remover === "truncate" && lock < sizeAt(order) && sizeAt(order) < i;
  return !isLookedAt && !isBeyondSize;
}

/** The steps of the blocking pass: only a page that was locked during the first one is left for it. */
const SECOND_PASS = [
  "lock_page: *",
  "truncate_inode_pages_range: page->mapping == mapping?, 2nd pass",
  "delete_from_page_cache: *",
  "truncate_inode_pages_range: unlock_page(page), 2nd pass",
  "truncate_inode_pages_range: pagevec_release(), 2nd pass",
];

/** Only a second remover could take the page away during this one's lookup. */
const LOST_LOOKUP = "find_get_entry: put_page(page)";

/** Of the remover: where only a fault that holds the page lock would make it wait. */
function unreachedRemover({ order, remover, deletion }: Race): readonly string[] {
  const isLocked = order.includes("T");
  // The first pass deletes one by one, too.
  const second = SECOND_PASS.filter((step) => deletion !== "single" || !step.startsWith("delete_from_page_cache: "));
  if (remover === "punch" || remover === "truncate") return [LOST_LOOKUP, ...(isLocked ? [] : second)];
  return remover === "invalidate" ? [LOST_LOOKUP, ...(isLocked ? [] : ["lock_page: __lock_page(page)"])] : [];
}
