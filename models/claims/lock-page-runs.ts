/** The runs that decide the claims of lock-page-series.ts: what they are of, and what comes out of them. */
import type { Case, ClaimedVerdict, MemoryModel } from "faultline";
import cowFault from "../scenarios/cow-fault-vs-truncate.ts";
import orders from "../scenarios/fault-around-orders.ts";
import collapse from "../scenarios/fault-around-vs-collapse.ts";
import migrate from "../scenarios/fault-around-vs-migrate.ts";
import reclaim from "../scenarios/fault-around-vs-reclaim.ts";
import split from "../scenarios/fault-around-vs-split.ts";
import underLock from "../scenarios/map-pages-under-lock.ts";
import { wordOf } from "../mm/filemap/mapper-orders.ts";

export const [stale, deletion, alarm, bug, eof] = [
  "no-stale-pte",
  "no-mapped-deletion",
  "no-false-alarm",
  "no-bug",
  "no-pte-beyond-eof",
] as const;
export const BALANCE = ["mapcount-matches", "refcount-matches", "locks-released", "mapcount-not-negative"];

export const hold = (...specs: readonly string[]): Readonly<Record<string, ClaimedVerdict>> =>
  Object.fromEntries(specs.map((spec) => [spec, "holds"]));

/** Nothing goes wrong that matters: the kernel may report a mapcount that is taken back. */
const NOTHING_REAL = hold(stale, deletion, "no-mapped-free-page", ...BALANCE, bug);

type Remover = "punch" | "truncate" | "invalidate" | "reclaim" | "shmem";
type Violated = Readonly<Partial<Record<Remover, readonly string[]>>>;

/** An order against each remover that is named, with what is violated there. */
export const against = (order: string, violated: Violated, more: Omit<Case, "scenario"> = {}): readonly Case[] =>
  Object.entries(violated).map(([remover, specs]) => ({
    scenario: orders,
    ...more,
    set: { order: wordOf(order), remover, ...more.set },
    violated: specs,
  }));

/** The same where a false alarm does not count and does not stop the kernel. */
export const tolerated = (order: string, violated: Violated): readonly Case[] =>
  Object.entries(violated).flatMap(([remover, specs]) =>
    against(
      order,
      { [remover]: specs },
      {
        claims: NOTHING_REAL,
        ...((remover === "invalidate" || remover === "shmem") && { set: { check: "WARN_ON" } }),
      },
    ),
  );

export const ALARM_ONLY = {
  punch: [alarm],
  truncate: [alarm],
  invalidate: [alarm],
  reclaim: [],
  shmem: [alarm],
} satisfies Violated;

/** What a lock of the file system around map_pages leaves broken with patch 4, by remover. */
export const UNDER_FS_LOCK: Readonly<Record<string, readonly string[]>> = {
  punch: [],
  truncate: [],
  invalidate: [stale, deletion, bug],
  tmpfs: [stale, bug],
  "memory-failure": [stale, deletion],
};

export const underFsLock = (remover: string, violated: readonly string[]): Case => ({
  scenario: underLock,
  set: { order: "patch4", locked: true, remover },
  violated,
});

/** Who unmaps, and freezes the references before it goes on. */
export const FREEZERS: readonly Case[] = [
  { scenario: reclaim, set: { order: "december" } },
  { scenario: migrate, set: { order: "december" } },
  { scenario: collapse, set: { order: "december", unchecked: true } },
];

/** Who unmaps, and takes the page for unmapped. */
export const TRUSTERS: readonly Case[] = [
  { scenario: split, set: { order: "december" }, violated: [bug] },
  { scenario: reclaim, set: { order: "patch4", what: "tmpfs" }, violated: [stale, bug] },
  { scenario: underLock, set: { order: "patch4", remover: "memory-failure" }, violated: [stale, deletion] },
];

/** What looks at memory while CPUs disagree about it. */
export const UNJUDGED = ["no-mapped-free-page"];

/** Reclaim of a file's page under a memory model that does not judge all of its specs. */
export const FREEZE_HOLDS = hold(stale, deletion, alarm, "mapcount-matches", "refcount-matches", "locks-released", bug);

/** An order against reclaim that tests the count of references and does not freeze it. */
export const unfrozen = (order: string, violated: readonly string[]): readonly Case[] => [
  {
    scenario: reclaim,
    set: { order, noFreeze: true },
    claims: Object.fromEntries(
      [stale, deletion, alarm].map((spec) => [spec, violated.includes(spec) ? "violated" : "holds"]),
    ),
    violated,
  },
];

/** do_cow_fault() with patch 3 and a second test of i_size, on each machine with the barrier that it needs. */
export const COW_MET: readonly Case[] = [
  { scenario: cowFault, set: { variant: "patch3-recheck" } },
  { scenario: cowFault, set: { variant: "patch3-recheck", pmd: "none" } },
  { scenario: cowFault, set: { variant: "patch3-recheck", pmd: "none" }, memory: "tso" },
  { scenario: cowFault, set: { variant: "patch3-recheck-mb" }, memory: "lkmm" },
  { scenario: cowFault, set: { variant: "patch3-recheck-mb", pmd: "none" }, memory: "lkmm" },
];
export const COW_LACKING: readonly Case[] = [
  { scenario: cowFault, set: { variant: "patch3" }, violated: [eof] },
  { scenario: cowFault, set: { variant: "patch3-recheck", pmd: "none" }, memory: "lkmm", violated: [eof] },
];

/** The order of December under a memory model, with barriers that v5.9 does not have; false alarms do not count. */
export const inOrder = (
  memory: MemoryModel,
  barriers: string,
  violated: readonly string[],
  more: NonNullable<Case["set"]> & { readonly remover?: Remover } = {},
): Case => ({
  scenario: orders,
  set: { order: wordOf("december"), remover: "punch", barriers, ...more },
  memory,
  claims: hold(stale, deletion, "mapcount-matches", "refcount-matches", "locks-released", bug),
  violated,
  ...(memory === "lkmm" && { unjudged: UNJUDGED }),
});
