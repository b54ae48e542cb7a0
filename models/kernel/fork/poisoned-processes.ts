/** What processes do with anonymous memory while memory_failure() takes a page of it away. */
import { call, done, once, ref } from "faultline";
import { folioWriteFault } from "./folio-processes.ts";
import { mmapReadLock, mmapReadUnlock, ptepGet } from "../primitives.ts";
import { Page, kernel, type VmaIndex } from "../world.ts";
import { dupMmapFolio } from "../../mm/memory/copy-folio.ts";
import { dupMmapHwpoison, scheduleTail } from "../../mm/memory/copy-page-range.ts";
import { writeFault } from "../../mm/memory/write-fault.ts";
import { unmapMappingRange as unmapMappingFolios, zapFolioPte } from "../../mm/memory/zap-folio.ts";
import { tlbFinishMmu, unmapMappingRange, zapPteRange } from "../../mm/memory/zap.ts";
import type { PoisonRelease } from "../../mm/memory-failure/unmap-poisoned.ts";

const PROCESS = "what a process does";
const STORE = "the MMU walks the page table" as const;

/** dup_mmap(), where the entry may be that of a poisoned page. */
export const forkHwpoison = (release: PoisonRelease) =>
  release === "v5.9" ? dupMmapHwpoison() : dupMmapFolio(release, { hwpoison: true });

/** A process stores to its memory, as often as it faults; a signal ends it. */
export const storeOrSignal = (i: VmaIndex, release: PoisonRelease) => {
  const fault =
    release === "v5.9" ? writeFault(i, { rule: "5.9" }, "hwpoison") : folioWriteFault(i, release, "hwpoison");
  return kernel.path(
    "store_or_sigbus",
    {},
    {
      [STORE]: ptepGet(i).then((_, _me, pte) => (pte.page && pte.writable ? done : undefined)),
      "the access faults": call(fault, undefined, (_, { told }) => (told ? done : STORE)),
    },
    {
      file: "arch/x86/mm/fault.c",
      release,
      notInSource: PROCESS,
      leavesOut: "what is stored, and TLB entries: memory_failure() flushes under ptl, before it stores its entry",
    },
  );
};

/** A child, once it runs. */
export const childStores = (release: PoisonRelease) =>
  kernel.path(
    "child",
    {},
    { "ret_from_fork()": call(scheduleTail(1)), "it stores": call(storeOrSignal(1, release)) },
    { file: "kernel/fork.c", release, notInSource: PROCESS, leavesOut: "all that a process does besides memory" },
  );

/** A process drops its memory with madvise(MADV_DONTNEED), and uses it again. */
export const dropThenStore = (i: VmaIndex, release: PoisonRelease) => {
  const zap =
    release === "v5.9"
      ? zapPteRange(i, true, undefined, "drops")
      : zapFolioPte(i, true, { release, vmas: 1, nonpresent: true, rss: true });
  return kernel.path(
    "drop_then_store",
    { page: ref(Page) },
    {
      "madvise(): mmap_read_lock(mm)": mmapReadLock(i),
      "zap_pte_range()": call(zap, undefined, (me, { page }) => {
        me.page = page;
        if (!page) return "madvise(): mmap_read_unlock(mm)";
      }),
      "tlb_finish_mmu()": call(tlbFinishMmu(i), ({ page }) => ({ page })),
      "madvise(): mmap_read_unlock(mm)": mmapReadUnlock(i).then((k) => {
        k.vma[i].unmapped = true;
      }),
      "it stores": call(storeOrSignal(i, release)),
    },
    {
      file: "mm/madvise.c",
      release,
      notInSource: `${PROCESS}: madvise(MADV_DONTNEED) down to zap_pte_range(), and a store`,
      leavesOut: "the lock of the vma, which v7.1 takes for mmap_lock; page tables that are taken away",
    },
  );
};

/** What a truncate of the file does to private copies of its pages: unmap_mapping_range() with even_cows. */
export const truncateCopies = (release: PoisonRelease) =>
  kernel.path(
    "truncate_private_copies",
    {},
    {
      "unmap_mapping_range()": call(
        release === "v5.9"
          ? unmapMappingRange(1, true, undefined, "leaves")
          : unmapMappingFolios(true, { release, vmas: 1, nonpresent: true, rss: true }),
      ),
      "ftruncate() has returned": once((k) => {
        k.vma[0].unmapped = true;
      }),
    },
    {
      file: "mm/truncate.c",
      release,
      notInSource: "unmap_mapping_range() as truncate_pagecache() calls it; its second call finds nothing more",
      leavesOut: "the page cache and i_size: a private copy is a page of its own",
    },
  );
