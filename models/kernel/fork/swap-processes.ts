import { bool, call, done, once, type Path } from "faultline";
import { doSwapPagePastCache } from "../../mm/memory/swap-fault-past-cache.ts";
import { doSwapPage } from "../../mm/memory/swap-fault.ts";
import { doSwapPageByTable } from "../../mm/memory/swap-fault-table.ts";
import { swapOut } from "../../mm/vmscan/swap-out.ts";
import { userAccess } from "../user-access.ts";
import { mmapReadLock, mmapReadUnlock, mmapWriteLock, mmapWriteUnlock } from "../primitives.ts";
import { kernel, type Kernel } from "../world.ts";

export type SwapRelease = "v5.15" | "v6.12" | "v7.1";

/** A write fault on memory that is swapped out to a device as fast as memory, before v7.1 past the swap cache. */
export const writeFaultOnSwap = (release: SwapRelease) =>
  release === "v7.1"
    ? doSwapPageByTable(0, { write: true })
    : release === "v6.12"
      ? doSwapPage(0, { skipsCache: true, write: true })
      : doSwapPagePastCache(0);

/** A thread swaps its memory in and stores to it; then reclaim swaps it out again, into the same slot. */
export const swapInStoreSwapOut = (release: SwapRelease) =>
  kernel.path(
    "swap_in_store_swap_out",
    { faulted: bool },
    {
      "do_swap_page(vmf)": call(writeFaultOnSwap(release)),
      "the store": call(userAccess(1, 0, "store"), undefined, (me, { faulted }) => {
        me.faulted = faulted;
        if (faulted) return done;
      }),
      "the store is done": once((k) => {
        k.mm[0].stored = 2;
      }),
      "reclaim: shrink_folio_list()": call(
        swapOut(0, { keeps: false, release: release === "v7.1" ? "v7.1" : "v6.12" }),
      ),
    },
    {
      file: "mm/memory.c",
      release,
      notInSource: "what a process does, and what reclaim does to it",
      leavesOut: "mmap_lock, which faults share and reclaim does not take",
    },
  );

/** A thread reads memory that is swapped out; then reclaim swaps it out again, and the folio stays in the swap cache. */
export const swapInSwapOut = () =>
  kernel.path(
    "swap_in_swap_out",
    {},
    {
      "do_swap_page(vmf)": call(doSwapPage(0, { skipsCache: false, write: false })),
      "reclaim: shrink_folio_list()": call(swapOut(0, { keeps: true })),
    },
    {
      file: "mm/memory.c",
      release: "v6.12",
      notInSource: "what a process does, and what reclaim does to it",
      leavesOut: "mmap_lock, which faults and UFFDIO_MOVE share and reclaim does not take",
    },
  );

const aboutOf = ({ about }: Path<Kernel>, what: string) => ({
  file: about.file ?? "",
  release: about.release ?? "",
  notInSource: what,
  leavesOut:
    "the lock of the vma, which stands for mmap_lock where a fault or madvise() takes that: fork() waits for either",
});

/** A fault, a system call or swapoff(), on memory of mm[0], which holds mmap_lock for reading. */
export const underMmapLock = (path: Path<Kernel>) =>
  kernel.path(
    `${path.name}, under mmap_lock`,
    {},
    {
      "mmap_read_lock(mm)": mmapReadLock(0),
      [path.name]: call(path),
      "mmap_read_unlock(mm)": mmapReadUnlock(0),
    },
    aboutOf(path, "whoever has called it holds mmap_lock"),
  );

/** fork() of mm[0], which holds mmap_lock for writing; `clone` is anon_vma_clone(), where rmap walks run beside it. */
export const forking = (path: Path<Kernel>, clone?: Path<Kernel>) =>
  kernel.path(
    "dup_mmap",
    {},
    {
      "mmap_write_lock(oldmm)": mmapWriteLock(0),
      "anon_vma_fork(tmp, mpnt)": clone !== undefined && call(clone),
      [path.name]: call(path),
      "mmap_write_unlock(oldmm)": mmapWriteUnlock(0),
    },
    aboutOf(path, "dup_mmap(), around what it copies"),
  );
