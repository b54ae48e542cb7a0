import { bool, call, once, ref, type Path } from "faultline";
import {
  isDeviceExclusiveEntry,
  isDevicePrivateEntry,
  isMigrationEntry,
  isProtnone,
  isSwapEntry,
} from "../../kernel/entries.ts";
import {
  lockPtl,
  mmapWriteLock,
  mmapWriteUnlock,
  ptepGet,
  ptepGetAndClear,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { iMmapLockWrite, iMmapUnlockWrite } from "../../kernel/table-sync.ts";
import { flushTlb } from "../../kernel/tlb.ts";
import { EntryKind, Page, SwapSlot, kernel, type Kernel, type PteDraft, type VmaIndex } from "../../kernel/world.ts";

export type MremapRelease = "v5.9" | "v6.12" | "v7.1";

export interface MovePtes {
  readonly release: MremapRelease;
  readonly from: VmaIndex;
  /** take_rmap_locks(): where the new vma may come before the old one in a walk of the rmap (need_rmap_locks). */
  readonly rmapLocks: boolean;
}

const UNLOCK_NEW = "spin_unlock(new_ptl)" as const;

const OMITS = {
  flush_tlb_batched_pending: "reclaim that runs beside it flushes at once, under ptl",
  "move_pte, move_soft_dirty_pte": "the same PTE: nobody reads soft-dirty bits",
} as const;
const SOURCE = {
  "v5.9": {
    at: { "pte_none(old_pte)?": ["*old_pte", "pte_none(*old_pte)"], "pte_unmap_unlock(old_ptl)": "pte_unmap_unlock()" },
    omits: OMITS,
  },
  "v6.12": {
    at: {
      "pte_none(old_pte)?": ["ptep_get(old_pte)", "pte_none(ptep_get(old_pte))"],
      "pte_unmap_unlock(old_ptl)": "pte_unmap_unlock() #2",
    },
    omits: {
      ...OMITS,
      "if (!old_pte), if (!new_pte), pte_offset_map_nolock": "the page tables are there, and stay",
      "if (need_clear_uffd_wp && pte_marker_uffd_wp(pte)), vma_has_uffd_without_event_remap, is_swap_pte":
        "no userfaultfd",
    },
  },
  "v7.1": {
    at: {
      "pte_none(old_pte)?": ["ptep_get(old_ptep)", "pte_none(old_pte)"],
      "ptep_get_and_clear(old_pte)": "get_and_clear_ptes()",
      "set_pte_at(new_pte, pte)": "set_ptes()",
      "pte_unmap_unlock(old_ptl)": "pte_unmap_unlock() #2",
    },
    omits: {
      ...OMITS,
      "if (!old_ptep), if (!new_ptep), pte_offset_map_rw_nolock": "the page tables are there, and stay",
      "if (need_clear_uffd_wp && pte_is_uffd_wp_marker(pte)), vma_has_uffd_without_event_remap": "no userfaultfd",
      "pte_none(*new_ptep)": "an assertion",
      mremap_folio_pte_batch: "how many entries are alike: one",
      "lazy_mmu_mode_enable, lazy_mmu_mode_disable": "batches changes of PTEs where a hypervisor makes them",
    },
  },
} as const;

type Entry = Pick<PteDraft, "kind">;
const mapsPage = (entry: Entry): boolean => entry.kind === "plain" || isProtnone(entry);
const isDevice = (entry: Entry): boolean => isDevicePrivateEntry(entry) || isDeviceExclusiveEntry(entry);

/**
 * move_ptes(), mm/mremap.c: moves one entry, whatever kind it is of, to the other vma of the same mm, under both ptls, and flushes
 * the old address before either is dropped. Neither mapcount nor references change.
 */
const movePtes = ({ release, from, rmapLocks }: MovePtes) => {
  const to = from === 0 ? 1 : 0;
  return kernel.path(
    "move_ptes",
    {
      /** The page that the entry maps, or names. */
      page: ref(Page),
      kind: EntryKind,
      slot: ref(SwapSlot),
      writable: bool,
      dirty: bool,
    },
    {
      "take_rmap_locks(vma)": rmapLocks && iMmapLockWrite,
      "pte_offset_map_lock(mm, old_pmd, old_addr, &old_ptl)": lockPtl(from),
      "spin_lock_nested(new_ptl)": lockPtl(to),
      "pte_none(old_pte)?": ptepGet(from).then((_, _me, { page, kind }) =>
        page === null && kind === "plain" ? UNLOCK_NEW : undefined,
      ),
      "ptep_get_and_clear(old_pte)": ptepGetAndClear(from, (k, me) => {
        const { pte } = k.table[from];
        // What an entry of another kind has is not looked at: a tree over all of it would be too large.
        me.kind = pte.kind;
        if (isDevice(pte)) me.page = pte.device;
        else if (isMigrationEntry(pte)) me.page = pte.migrating;
        else if (isSwapEntry(pte)) me.slot = pte.slot;
        else if (mapsPage(pte)) me.page = pte.page;
        me.writable = pte.writable;
        me.dirty = pte.dirty;
        k.vma[to].rmap = k.vma[from].rmap;
        k.vma[from].rmap = "unmapped";
      }),
      "set_pte_at(new_pte, pte)": once((k, me) => {
        const { page, kind, slot, writable, dirty } = me;
        const { pte } = k.table[to];
        pte.page = mapsPage(me) ? page : null;
        pte.kind = kind;
        pte.migrating = isMigrationEntry(me) ? page : null;
        pte.device = isDevice(me) ? page : null;
        pte.slot = slot;
        pte.writable = writable;
        pte.dirty = dirty;
        pte.young = false;
        pte.marker = "none";
      }),
      "flush_tlb_range(vma)": flushTlb(from).when(
        (_, me: Entry & { readonly page: unknown }) => me.page !== null && mapsPage(me),
      ),
      [UNLOCK_NEW]: unlockPtl(to),
      "pte_unmap_unlock(old_ptl)": unlockPtl(from),
      "drop_rmap_locks(vma)": rmapLocks && iMmapUnlockWrite,
    },
    {
      file: "mm/mremap.c",
      release,
      leavesOut:
        "flush_tlb_batched_pending() (reclaim that runs beside it flushes at once, under ptl), userfaultfd, soft-dirty bits, more than one entry",
      ...SOURCE[release],
      ...(!rmapLocks && {
        omits: { ...SOURCE[release].omits, "take_rmap_locks, drop_rmap_locks": "need_rmap_locks is not set" },
      }),
    },
  );
};

/** mremap() to another place: no fault runs beside it. `clone` is anon_vma_clone(), where rmap walks of anonymous memory run beside it. */
export const mremap = (how: MovePtes, clone?: Path<Kernel>) =>
  kernel.path(
    "move_page_tables",
    {},
    {
      "mmap_write_lock_killable(mm)": mmapWriteLock(0),
      "copy_vma(): anon_vma_clone(new_vma, vma)": clone !== undefined && call(clone),
      "move_vma(): move_page_tables(): move_ptes()": call(movePtes(how)),
      "mmap_write_unlock(mm)": mmapWriteUnlock(0),
    },
    {
      file: "mm/mremap.c",
      release: how.release,
      notInSource: "what a process does: the system call around move_ptes()",
      leavesOut: "the vmas, which are copied before and unmapped behind it; whole page tables (move-normal-pmd.ts)",
    },
  );
