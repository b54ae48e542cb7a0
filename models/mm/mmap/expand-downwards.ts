/** A stack grows while another thread faults on it under the lock of the VMA: mm/mmap.c, v6.6, and mm/vma.c, v7.1. */
import { call, done, extend, int, once, ref } from "faultline";
import { vmaLockOf } from "../mmap-lock/by-release.ts";
import { mmapReadUnlockOf } from "../mmap-lock/mmap-lock.ts";
import { Mm, Vma, kernel } from "../../kernel/world.ts";
import { attached } from "../../kernel/vma-lock.ts";
import type { StateOf } from "faultline";

export type ExpandRelease = "v6.6" | "v7.1";

/** What rmap walks find the PTE of an anonymous page by: its index, and where the VMA begins in the same count. */
export const indexed = extend(kernel, {
  within: {
    Vma: { /** vma->vm_pgoff */ pgoff: int(0, 3) },
    Page: { /** page->index, in pages; 0: of no anonymous page yet */ pgoff: int(0, 4) },
  },
});

/** The stack has the page of address 1, and may grow to that of address 0. */
export function stackAtOne(k: StateOf<typeof indexed>): void {
  attached(k.vma[0], k.mm[0]);
  k.mm[0].mmMt[0] = null;
  k.mm[0].mmMt[1] = k.vma[0];
  k.vma[0].start = 1;
  k.vma[0].end = 2;
  k.vma[0].pgoff = 2;
}

/** What rmap_walk() makes of an index. */
export const foundByIndex = indexed.atEnd(
  "found-by-index",
  "the index of an anonymous page is that of the address at which it is mapped",
  ({ page, vma: [vma] }) =>
    page.pgoff === 0 ||
    page.pgoff - vma.pgoff + vma.start === 1 ||
    `the page is mapped at address 1, and an rmap walk looks at ${page.pgoff - vma.pgoff + vma.start}`,
  "reclaim, migration and memory failure do not find the PTE; the kernel stops in __page_check_anon_rmap()",
);

const WHAT = "what is refused, charged and counted";
const TREE = "the tree: how the place is found, and the node that is allocated";
const RMAP = "keeps rmap walks apart from the change: none runs here";
const OMITS: Readonly<Record<ExpandRelease, Readonly<Record<string, string>>>> = {
  "v6.6": {
    "MA_STATE, mas_prev, mas_next_range, __mas_set_range, mas_preallocate, mas_destroy": TREE,
    "vma_is_accessible, acct_stack_growth, vm_stat_account, perf_event_mmap, khugepaged_enter_vma, validate_mm": WHAT,
    "anon_vma_prepare, anon_vma_lock_write, anon_vma_unlock_write, anon_vma_interval_tree_pre_update_vma, anon_vma_interval_tree_post_update_vma":
      RMAP,
    "spin_lock, spin_unlock": "keeps expansions apart: one runs here",
  },
  "v7.1": {
    "VMA_ITERATOR, vma_prev, vma_iter_next_range_limit, vma_iter_config, vma_iter_prealloc, vma_iter_free": TREE,
    "vma_is_accessible, acct_stack_growth, vm_stat_account, perf_event_mmap, validate_mm": WHAT,
    "anon_vma_prepare, anon_vma_lock_write, anon_vma_unlock_write, anon_vma_interval_tree_pre_update_vma, anon_vma_interval_tree_post_update_vma":
      RMAP,
  },
};

/** expand_downwards(), of a VMA that may grow. `fixed`: since c137381f71ae (v6.5) it is write-locked first. */
const expandDownwards = (release: ExpandRelease, fixed: boolean) => {
  const { vmaStartWrite } = vmaLockOf(release);
  return indexed.path(
    "expand_downwards",
    { mm: ref(Mm), vma: ref(Vma), pgoff: int(0, 3) },
    {
      "vma_start_write(vma)": fixed && call(vmaStartWrite, ({ mm, vma }) => ({ mm, vma })),
      "address < vma->vm_start": once((_, me) => (me.vma!.start > 0 ? undefined : done)),
      "grow <= vma->vm_pgoff": once((_, me) => {
        me.pgoff = me.vma!.pgoff;
      }),
      "vma->vm_start = address": once((_, me) => {
        me.vma!.start = 0;
      }),
      "vma->vm_pgoff -= grow": once((_, me) => {
        me.vma!.pgoff = me.pgoff - 1;
      }),
      "mas_store_prealloc(&mas, vma)": once((_, { mm, vma }) => {
        mm!.mmMt[0] = vma;
      }),
    },
    {
      file: release === "v7.1" ? "mm/vma.c" : "mm/mmap.c",
      release: fixed ? release : `${release}, without c137381f71ae`,
      at: release === "v7.1" ? { "mas_store_prealloc(&mas, vma)": "vma_iter_store_overwrite(&vmi, vma)" } : {},
      omits: OMITS[release],
      leavesOut: "what is refused and charged, the lock of the anon_vma: no other VMA grows, and no rmap walk runs",
    },
  );
};

/** lock_mm_and_find_vma(), of a fault below the stack, and what comes behind: it goes on as a reader of mmap_lock. */
export const growStack = (release: ExpandRelease, fixed: boolean) => {
  const { mmapWriteLock, mmapWriteDowngrade } = vmaLockOf(release);
  return indexed.path(
    "lock_mm_and_find_vma",
    { mm: ref(Mm), vma: ref(Vma) },
    {
      "mm = current->mm": once((k, me) => {
        me.mm = k.mm[0];
      }),
      "upgrade_mmap_lock_carefully(): mmap_write_lock_killable(mm)": call(mmapWriteLock, ({ mm }) => ({ mm })),
      "vma = find_vma(mm, addr)": once((_, me) => {
        me.vma = me.mm!.mmMt[1];
      }),
      "expand_stack_locked(vma, addr)": call(expandDownwards(release, fixed), ({ mm, vma }) => ({ mm, vma })),
      "success: mmap_write_downgrade(mm)": call(mmapWriteDowngrade, ({ mm }) => ({ mm })),
      "handle_mm_fault(), and mmap_read_unlock(mm)": mmapReadUnlockOf,
    },
    {
      file: release === "v7.1" ? "mm/mmap_lock.c" : "mm/memory.c",
      release,
      notInSource: "a fault below a stack, of which the locks are modelled",
      leavesOut:
        "the fault itself, at the new address; mmap_upgrade_trylock(), which gives the same lock without a gap",
    },
  );
};

/** A fault at address 1 of an anonymous page, under the lock of the VMA. */
export const faultOnStack = (release: ExpandRelease) => {
  const { lockVmaUnderRcu, vmaEndRead } = vmaLockOf(release);
  return indexed.path(
    "do_user_addr_fault",
    { mm: ref(Mm), vma: ref(Vma), start: int(0, 3), index: int(0, 4) },
    {
      "mm = current->mm": once((k, me) => {
        me.mm = k.mm[0];
      }),
      "vma = lock_vma_under_rcu(mm, address)": call(
        lockVmaUnderRcu.over(indexed),
        ({ mm }) => ({ mm, address: 1 }),
        (me, { vma }) => {
          me.vma = vma;
          if (!vma) return done;
        },
      ),
      "linear_page_index(): vma->vm_start": once((_, me) => {
        me.start = me.vma!.start;
      }),
      "linear_page_index(): vma->vm_pgoff": once((_, me) => {
        me.index = me.vma!.pgoff + 1 - me.start;
      }),
      "__page_set_anon_rmap(): page->index": once((k, { index }) => {
        k.page.pgoff = index;
      }),
      "vma_end_read(vma)": call(vmaEndRead, ({ vma }) => ({ vma })),
    },
    {
      file: "mm/memory.c",
      release,
      notInSource: "do_anonymous_page() from the lock of the VMA on, of which the index of its page is modelled",
      leavesOut: "the page, its counts and its entry",
    },
  );
};
