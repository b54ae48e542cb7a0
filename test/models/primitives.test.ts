import assert from "node:assert/strict";
import { test } from "node:test";
import { bool, once, ref, relaxed, scenario, smpMb, smpWmb } from "faultline";
import { Page, kernel, pageMappedBy, type Kernel } from "../../models/kernel/world.ts";
import { MEMORY_MODELS, type MemoryModel } from "../../src/model/memory.ts";
import type { Order } from "../../src/model/order.ts";
import type { AnyStep, Path } from "../../src/model/path.ts";
import { ROWS, type Primitive } from "./primitive-rows.ts";
import { pinnedRuns, framesOf, resultUnder } from "./pinned.ts";

const alone = ({ step }: Primitive, before: (k: Kernel) => boolean = () => false): AnyStep => ({
  ...step,
  run: ((k: Kernel, me: { page: unknown; saw: boolean }) => {
    // It is never another page; taken apart, the step would use the words of both.
    if (me.page !== k.page) return undefined;
    const saw = before(k);
    const flow = (step.run as (k: Kernel, me: unknown) => unknown)(k, me);
    if (typeof flow === "symbol" && flow.description === "wait") return flow;
    me.saw = saw;
    return undefined;
  }) as never,
});

// Those of the paths whose steps are used. What a CPU has found out is kept in ghosts.
const LOCALS = { page: ref(Page), saw: bool, dirty: bool, slept: bool, locked: bool } as const;
const PAGE = once((k: Kernel, me: { page: Kernel["page"] | null }) => void (me.page = k.page));

/** i_size stands for what the primitive is to be in order with. */
const STORE_DATA = once((k: Kernel) => void (k.isize = 2));

const neither = kernel.atEnd("ordered", "the accesses are in order", ({ vma }) => !(vma[0].slept && vma[1].slept));

const litmus = (row: Primitive, threads: () => Readonly<Record<string, Path>>) =>
  scenario("litmus", {
    about: row.name,
    world: kernel,
    params: {},
    threads: threads as never,
    init: (k) => {
      pageMappedBy(k, 1);
      row.init?.(k);
    },
    specs: [neither],
  });

/** Store buffering: the primitive, then a load; against a store to what it loads, a barrier, and a look at its word. */
const storeBuffering = (row: Primitive) =>
  litmus(row, () => ({
    one: kernel.path("one", LOCALS, {
      "page = ...": PAGE,
      primitive: alone(row) as never,
      "load data": once((k) => void (k.vma[0].slept = k.isize !== 2)),
    }),
    other: kernel.path(
      "other",
      {},
      {
        "store data": STORE_DATA,
        "smp_mb()": smpMb,
        "look at it": once((k) => void (k.vma[1].slept = !row.isDone!(k))),
      },
    ),
  }));

/** Message passing: a store, then the primitive; against a look at its word, and a load in order behind. */
const behindStore = (row: Primitive) =>
  litmus(row, () => ({
    one: kernel.path("one", LOCALS, {
      "page = ...": PAGE,
      "store data": STORE_DATA,
      primitive: alone(row) as never,
    }),
    other: kernel.path(
      "other",
      {},
      {
        "look at it": once((k) => void (k.vma[0].slept = row.isDone!(k))),
        "smp_mb()": smpMb,
        "load data": once((k) => void (k.vma[1].slept = k.isize !== 2)),
      },
    ),
  }));

/** Message passing: two stores in order; against the primitive that reads the second, and a load. */
const beforeLoad = (row: Primitive) =>
  litmus(row, () => ({
    one: kernel.path("one", LOCALS, {
      "page = ...": PAGE,
      primitive: alone(row, row.isStored) as never,
      "load data": once((k, { saw }) => {
        k.vma[0].slept = saw;
        k.vma[1].slept = k.isize !== 2;
      }),
    }),
    other: kernel.path(
      "other",
      {},
      {
        "store data": STORE_DATA,
        "smp_wmb()": smpWmb,
        "store to its word": relaxed((k) => row.store!(k)),
      },
    ),
  }));

const SHAPES = { storeBuffering, behindStore, beforeLoad };
type Shape = keyof typeof SHAPES;

/** Whether the primitive keeps the two accesses in order: on x86 by being a LOCKed instruction, or where x86 always does. */
function isOrdered(shape: Shape, { promises, access }: Primitive, memory: MemoryModel): boolean {
  if (memory === "sc") return true;
  if (memory === "tso") return shape !== "storeBuffering" || access === "RMW";
  if (promises === "full") return true;
  return { storeBuffering: false, behindStore: promises === "release", beforeLoad: promises === "acquire" }[shape];
}

for (const row of ROWS)
  for (const [shape, build] of Object.entries(SHAPES) as [Shape, (row: Primitive) => ReturnType<typeof litmus>][])
    if (shape === "beforeLoad" ? row.store : row.isDone)
      test(`${row.name}, ${row.promises}: ${shape}`, async () => {
        for (const memory of MEMORY_MODELS) {
          const { specs } = await resultUnder(memory, build(row), {});
          const { verdict } = specs.find(({ name }) => name === "ordered")!;
          assert.equal(verdict, isOrdered(shape, row, memory) ? "holds" : "violated", memory);
        }
      });

/** What a step promises whose label names a primitive; the first that matches counts. */
const PROMISES: readonly (readonly [label: RegExp, order: Order])[] = [
  [/unlock/, "release"],
  [/trylock_page\(|spin_lock|pmd_lock\(|map_lock\(|mmap_(read|write)_lock|i_mmap_lock|mutex_lock|xfs_ilock/, "acquire"],
  [/page_ref_unfreeze/, "release"],
  [/page_ref_freeze|_unless_zero|get_speculative|try_grab_compound_head/, "full"],
  [/put_page\(|put_compound_head|pagevec_release/, "full"],
  [/SetPageAnonExclusive|inc_mm_counter_fast|add_mm_rss_vec/, "noreturn"],
  [/get_page\(|try_grab_page|page_ref_(add|sub)\(|folio_ref_add|page_dup_rmap|tlb_flush_pending\(mm\)$/, "noreturn"],
  [/ptep_get_and_clear|ptep_modify_prot_start|pmdp_huge_(get_and_)?clear/, "relaxed"],
  [/page_add_file_rmap|page_remove_rmap/, "full"],
  [/set_pte_at|set_pmd_at|set_ptes|pmd_populate/, "once"],
  [/TestClear|TestSet|test_and_set_bit|set_page_dirty\(page\)$|(set|end)_page_writeback/, "full"],
  [/(Set|Clear)Page(Waiters|SwapCache|Uptodate)\(\w+\)(?!: smp_)/, "noreturn"],
  [/(page_mapped|PageLocked|page_count|page_mapcount|page_maybe_dma_pinned)\(.*\)|page->mapping (=|!)=/, "once"],
  [/page->mapping = |xas_(load|store|reload)|pte_none\(|pmd_none\(/, "once"],
];

// These ask what would be if a step promised something else.
const isAsking = (params: Readonly<Record<string, unknown>>): boolean =>
  (params["barriers"] ?? "none") !== "none" || (params["look"] ?? "load") !== "load";

test("a step whose label names a primitive promises what the primitive does, whatever path it is in", async () => {
  const wrong = new Set<string>();
  for (const { program } of await pinnedRuns())
    if (!isAsking(program.params))
      for (const { path } of framesOf(program))
        for (const [label, entry] of path.entries) {
          // What is done under a lock, at a label, or in a macro that has a barrier of its own.
          const named = label.replace(/\? under .*$|^\w+: /, "");
          const promised = PROMISES.find(([primitive]) => primitive.test(named))?.[1];
          if (entry.kind === "step" && promised !== undefined && entry.order !== promised)
            wrong.add(`${path.name}: ${label}: ${entry.order}, not ${promised}`);
        }
  assert.deepEqual([...wrong], []);
});
