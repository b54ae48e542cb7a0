import assert from "node:assert/strict";
import { test } from "node:test";
import { bool, once, ref, relaxed, scenario, smpMb, smpWmb, wait } from "faultline";
import { mmapReadUnlock } from "../../models/kernel/primitives.ts";
import { Page, kernel, pageMappedBy, type Kernel } from "../../models/kernel/world.ts";
import { MEMORY_MODELS, type MemoryModel } from "../../src/model/memory.ts";
import type { Order } from "../../src/model/order.ts";
import type { AnyStep, Path } from "../../src/model/path.ts";
import { ROWS, type Primitive } from "./primitive-rows.ts";
import { chosenByHand } from "./by-hand.ts";
import { resultUnder } from "./pinned.ts";

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

type Steps = Readonly<Record<string, never>>;
const steps = (...all: readonly (readonly [label: string, step: unknown])[]): Steps => Object.fromEntries(all) as Steps;

/** A lock that the primitive releases is taken before, and others look once it is; one that it takes goes when they have. */
const before = ({ takes }: Primitive): Steps => (takes ? steps(["take the lock", takes]) : steps());
const begun = ({ takes, isDone }: Primitive): Steps =>
  takes ? steps(["the lock is taken?", once((k: Kernel) => (isDone!(k) ? wait : undefined))]) : steps();
const after = ({ releases }: Primitive): Steps =>
  releases
    ? steps(
        ["others have looked?", once((k: Kernel) => (k.truncateCount ? undefined : wait))],
        ["release the lock", releases],
      )
    : steps();
const LOOKED = once((k: Kernel) => void (k.truncateCount = 1));

/** Store buffering: the primitive, then a load; against a store to what it loads, a barrier, and a look at its word. */
const storeBuffering = (row: Primitive) =>
  litmus(row, () => ({
    one: kernel.path("one", LOCALS, {
      "page = ...": PAGE,
      ...before(row),
      primitive: alone(row) as never,
      "load data": once((k) => void (k.vma[0].slept = k.isize !== 2)),
      ...after(row),
    }),
    other: kernel.path(
      "other",
      {},
      {
        ...begun(row),
        "store data": STORE_DATA,
        "smp_mb()": smpMb,
        "look at it": once((k) => void (k.vma[1].slept = !row.isDone!(k))),
        "it has looked": LOOKED,
      },
    ),
  }));

/** Message passing: a store, then the primitive; against a look at its word, and a load in order behind. */
const behindStore = (row: Primitive) =>
  litmus(row, () => ({
    one: kernel.path("one", LOCALS, {
      "page = ...": PAGE,
      ...before(row),
      "store data": STORE_DATA,
      primitive: alone(row) as never,
      ...after(row),
    }),
    other: kernel.path(
      "other",
      {},
      {
        ...begun(row),
        "look at it": once((k) => void (k.vma[0].slept = row.isDone!(k))),
        "smp_mb()": smpMb,
        "load data": once((k) => void (k.vma[1].slept = k.isize !== 2)),
        "it has looked": LOOKED,
      },
    ),
  }));

/** Message passing: two stores in order; against the primitive that reads the second, and a load. */
const beforeLoad = (row: Primitive) =>
  litmus(row, () => ({
    one: kernel.path("one", LOCALS, {
      "page = ...": PAGE,
      ...before(row),
      primitive: alone(row, row.isStored) as never,
      "load data": once((k, { saw }) => {
        k.vma[0].slept = saw;
        k.vma[1].slept = k.isize !== 2;
      }),
      ...after(row),
    }),
    other: kernel.path(
      "other",
      {},
      {
        "store data": STORE_DATA,
        "smp_wmb()": smpWmb,
        "store to its word": (typeof row.store === "function" ? relaxed(row.store) : row.store) as never,
        "it has stored": LOOKED,
        ...(typeof row.store === "object" ? steps(["release the lock", mmapReadUnlock(0)]) : steps()),
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

/** What a primitive promises, by the label of a step that spells it out; the first that matches counts. */
const PROMISES: readonly (readonly [label: RegExp, order: Order])[] = [
  [
    /xas_store\(|__xa_store\(|radix_tree_insert|smp_store_release\(&mm->|rcu_assign_pointer\((?!.*NULL)|__vma_refcount_put_return/,
    "release",
  ],
  [/smp_load_acquire\(&vma->|raw_read_seqcount\(&[\w>-]*->mm_lock_seq|mmap_lock_speculate_try_begin/, "acquire"],
  [/_not_zero_limited_acquire|vma_start_read_locked/, "acquire"],
  [/(?<!\w)refcount_add_not_zero/, "relaxed"],
  [/unlock(?!ed\?)/, "release"],
  // Of a large folio it is counted under a bit lock, or by atomic_sub().
  [/^folio_remove_rmap_ptes\(folio\)$/, "noreturn"],
  [/trylock_page\(|spin_lock|folio_lock|wait_for_completion\(|smp_load_acquire\(&wait->/, "acquire"],
  [
    /_unless_zero|get_speculative|folio_try_get|folio_ref_freeze|folio_put_refs|folio_remove_rmap|folio_mark_dirty|put_page\(|page_ref_freeze|page_add_file_rmap|page_remove_rmap|TestClear|TestSet/,
    "full",
  ],
  [
    /(?<!__)(Set|Clear)Page\w+\(\w*\)$|folio_(set|clear)_swapcache|folio_get\(|get_page\(|(page|folio)_ref_(add|sub)\(|page_dup_rmap/,
    "noreturn",
  ],
  [/ptep_get_and_clear|ptep_modify_prot_start|pmdp_huge_(get_and_)?clear/, "relaxed"],
];

/** Why an order is chosen where no primitive has it. */
const REASONS: Readonly<Record<string, string>> = {
  takeOut: "xas_store()",
  setTlbUbcFlushPending: "atomic_inc() of what v5.9 has as a flag",
  "atomic_cmpxchg(&mm->tlb_flush_batched, batch, pending)":
    "one that succeeds; of one that fails, nothing comes behind it under ptl",
  endExcludeReaders: "refcount_sub_and_test(): what it is at 0 is a step of its own",
  vmaMarkAttached: "refcount_set_release(), and what would be without",
  "vma_iter_store_new(): mas_store_prealloc(insert)": "rcu_assign_pointer() of the node that is new",
  lockUnderIPages: "xas_lock_irq() and trylock_page() are one step, with get_page() between them",
  referenceToPin: "folio_ref_add() of what makes a pin of a reference",
  gupPutFolio: "folio_put_refs() of a pin, or of a reference",
  dropPincount: "atomic_sub() of _pincount",
  tryGrabFolio: "folio_ref_add() of a pin, or folio_ref_inc()",
  "mm_set_has_pinned_flag(mm)": "set_bit()",
  "set_bit(MMF_UNSTABLE, &mm->flags)": "as it says",
  "atomic_add(refs, &folio->_pincount)": "as it says",
  "huge_pmd_unshare(): ptdesc_pmd_pts_dec()": "atomic_dec()",
  raiseShareCount: "get_page(), or atomic_inc()",
  dropShareCount: "put_page(), or atomic_dec()",
  "folio_put(folio)": "of the page of a page table",
  "pmd_free_tlb(tlb, pmd, start): put_page_testzero()": "put_page() of the page of a page table",
  "get_swap_device(): percpu_ref_tryget_live(&si->users)":
    "this_cpu_inc() under RCU, for whose readers swapoff() waits",
  "percpu_ref_kill(&p->users)": "a flag under a lock; the grace period behind it is a step of its own",
  addLargeMapcount: "atomic_add(), atomic_sub() of _large_mapcount",
  "folio_add_large_mapcount(folio, nr, dst_vma)": "a load and a store of the word under its bit lock",
  "clear_full_ptes(mm, addr, pte, nr): pte + 1": "ptep_get_and_clear() of the entry behind",
  clearsLru: "test_and_clear_bit() of a flag that one model alone has",
  clearsMlocked: "the same",
  "folio_test_clear_unevictable(folio)": "the same",
  setLru: "set_bit() of a flag that one model alone has",
  "folio_set_unevictable(folio)": "the same",
  "folio_clear_unevictable(folio)": "clear_bit() of a flag that one model alone has",
  takeIfFree: "an allocator that takes the page only if it is free, and says which one it took",
  "get_block(inode, block, &bh, 1)": "one event for what the file system does under its own locks",
  "complete_unwritten(&bh)": "one event for what the file system does under its own locks",
  "the process stores": "the store of a user, of which only the order with its own faults is asked",
  "wake_up_new_task(p)": "the lock of the run queue, which is left out, is dropped",
  "woken by wake_up_new_task()": "the lock of the run queue, which is left out, is taken",
  tryGrabCompoundHead: "a primitive of FOLL_PIN and FOLL_GET, beside what it is for",
  tryGrabPage: "a primitive of FOLL_PIN and FOLL_GET, beside what it is for",
  dropReference: "a primitive of FOLL_PIN and FOLL_GET, beside what it is for",
  "set_page_dirty(page)": "TestSetPageDirty()",
  "smp_store_release(&wait->flags, WQ_FLAG_WOKEN)": "the kernel writes the order out, too",
  "wake_page_function(): smp_store_release(&wait->flags, flags | WQ_FLAG_WOKEN)":
    "the kernel writes the order out, too",
  "pmdp_invalidate(pmd): pmdp_establish()":
    "xchg() on x86, and xchg_relaxed() on arm64; the flush is a step of its own",
  "pmdp_invalidate(): pmdp_establish(pmd_mkinvalid(*pmdp))":
    "an xchg(): relaxed on arm64, and cmpxchg() in a loop on LoongArch, the more ordered of the two",
};

test("where the order of a step is chosen by hand, it is that of the primitive it spells out, or has a reason", () => {
  const reasons = new Set(Object.keys(REASONS));
  const wrong = ["models/mm", "models/fs", "models/kernel/fork"]
    .flatMap(chosenByHand)
    .flatMap(({ file, what, order }) => {
      // What is done under a lock, or at a label.
      const promised = PROMISES.find(([primitive]) => primitive.test(what.replace(/\? under .*$|^\w+: |, \w+$/g, "")));
      if (promised) return promised[1] === order ? [] : [`${file}: ${what}: ${order}, not ${promised[1]}`];
      // That it is no RMW, the search looks at: it refuses one that is `once` where that matters.
      if (order === "once") return [];
      reasons.delete(what);
      return what in REASONS ? [] : [`${file}: ${what}: ${order}, and no reason why`];
    });
  assert.deepEqual([...wrong, ...[...reasons].map((what) => `a reason for nothing: ${what}`)], []);
});
