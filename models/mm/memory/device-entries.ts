/** What zap_pte_range() and fork() do to an entry that names a page of a device, mm/memory.c, v5.9, v6.12 and v7.1. */
import { bool, call, done, once, ref } from "faultline";
import { isDevicePrivateEntry, isMigrationEntry, pteClear, setDevicePrivateEntry } from "../../kernel/entries.ts";
import {
  getPage,
  lockPtl,
  mmapReadLock,
  mmapReadUnlock,
  mmapWriteLock,
  mmapWriteUnlock,
  pageDupRmap,
  pageRemoveRmap,
  ptepGet,
  ptepGetAndClear,
  ptepSetWrprotect,
  putPage,
  setPteAt,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";
import type { DeviceRelease } from "../migrate-device/migrate-to-ram.ts";
import { faultOnDevicePage } from "./device-fault.ts";

const CLEAR = "pte_clear_not_present_full(mm, addr, pte)" as const;
const UNLOCK = "pte_unmap_unlock(start_pte, ptl), nothing to put" as const;

/**
 * madvise(MADV_DONTNEED). Until v6.15 an exclusive entry is not in mapcount. v5.9 clears the entry and then gives the page back, v6.12 and v7.1 the other way round: who looks at the
 * entry without ptl finds a page in it that is free already, in either.
 */
export const zapDeviceEntry = (i: VmaIndex, release: DeviceRelease, kind: "private" | "exclusive" = "private") => {
  const clearsFirst = release === "v5.9";
  const isCounted = kind === "private" || release === "v7.1";
  return kernel.path(
    kind === "private" ? "zap_pte_range, a device's page" : "zap_pte_range, of a page that a device alone uses",
    { page: ref(Page) },
    {
      "mmap_read_lock(mm)": mmapReadLock(i),
      "pte_offset_map_lock(mm, pmd, addr, &ptl)": lockPtl(i),
      "ptent = ptep_get(pte)": ptepGet(i).then((_, me, pte) => {
        me.page = pte.page ?? pte.device;
        if (isMigrationEntry(pte)) return CLEAR;
        if (pte.device)
          return clearsFirst
            ? "pte_clear_not_present_full(), first"
            : isCounted
              ? "page_remove_rmap(page)"
              : "put_page(page)";
        if (!pte.page) return UNLOCK;
      }),
      "ptep_get_and_clear_full(mm, addr, pte)": ptepGetAndClear(i),
      "page_remove_rmap(page), of memory": pageRemoveRmap(),
      "pte_unmap_unlock(start_pte, ptl)": unlockPtl(i),
      "tlb_finish_mmu(): put_page(page)": putPage.then("mmap_read_unlock(mm)"),

      "pte_clear_not_present_full(), first": clearsFirst && pteClear(i),
      "page_remove_rmap(page)": isCounted && pageRemoveRmap(),
      "put_page(page)": putPage.then(clearsFirst ? UNLOCK : CLEAR),
      [CLEAR]: pteClear(i),
      [UNLOCK]: unlockPtl(i),
      "mmap_read_unlock(mm)": mmapReadUnlock(i),
    },
    {
      file: "mm/memory.c",
      release,
      notInSource: "what is done of zap_pte_range() for such an entry, and the system call around it",
      leavesOut: "rss, the gather, the TLB (no user runs), other entries",
    },
  );
};

/** copy_nonpresent_pte(), until v5.11 in copy_one_pte(), and copy_present_pte(): mm[1] comes to share what mm[0] has. */
export const copyDeviceEntry = (release: DeviceRelease) =>
  kernel.path(
    "copy_pte_range, a device's page",
    { page: ref(Page), writable: bool },
    {
      "mmap_write_lock(oldmm)": mmapWriteLock(0),
      "dst_pte = pte_alloc_map_lock(dst_mm)": lockPtl(1),
      "spin_lock_nested(src_ptl)": lockPtl(0),
      "pte = ptep_get(src_pte)": ptepGet(0).then((_, me, pte) => {
        me.page = pte.page ?? pte.device;
        me.writable = pte.writable;
        if (isDevicePrivateEntry(pte)) return "get_page(page), of the device";
        if (!pte.page) return "spin_unlock(src_ptl)";
      }),
      "get_page(page)": getPage,
      "page_dup_rmap(page)": pageDupRmap,
      "ptep_set_wrprotect(src_pte)": ptepSetWrprotect(0),
      "set_pte_at(dst_pte)": setPteAt(1).then("spin_unlock(src_ptl)"),

      "get_page(page), of the device": getPage,
      "page_dup_rmap(page), of the device": pageDupRmap,
      "set_pte_at(src_pte), not writable": once((k, { page, writable }) => {
        if (writable) setDevicePrivateEntry(k.table[0].pte, page!);
      }),
      "set_pte_at(dst_pte), of the device": once((k, { page }) => {
        setDevicePrivateEntry(k.table[1].pte, page!);
      }),
      "spin_unlock(src_ptl)": unlockPtl(0),
      "pte_unmap_unlock(dst_pte)": unlockPtl(1),
      "mmap_write_unlock(oldmm)": mmapWriteUnlock(0).then(done),
    },
    {
      file: "mm/memory.c",
      release,
      notInSource: "what is done of copy_pte_range() for such an entry, and fork() around it",
      leavesOut:
        "migration entries (no fault runs under mmap_lock, and no driver takes its pages back), pins (a page of a device has none), PageAnonExclusive, the flush (no user runs), rss",
    },
  );

/** A process forks, and the child uses the memory. */
export const forkThenChildFaults = (release: DeviceRelease) =>
  kernel.path(
    "fork, and the child's access",
    {},
    {
      "fork()": call(copyDeviceEntry(release)),
      "the child's access": call(faultOnDevicePage(1, { release, to: "cow" })),
    },
    {
      file: "kernel/fork.c",
      release,
      notInSource: "what processes do",
      leavesOut: "all that fork() does besides memory",
    },
  );
