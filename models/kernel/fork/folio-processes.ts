/** What processes do with anonymous memory, from v5.19 on. */
import { bool, call, ref } from "faultline";
import { gupFastFolio, gupReleaseFolio, type FolioGup } from "../../mm/gup/gup-folio.ts";
import { dupMmapFolio } from "../../mm/memory/copy-folio.ts";
import { scheduleTail } from "../../mm/memory/copy-page-range.ts";
import { handleFolioFault, type FolioRelease } from "../../mm/memory/wp-folio.ts";
import type { WithoutPage } from "../../mm/memory/write-fault.ts";
import { munmapAnon } from "../../mm/mmap/anon/munmap.ts";
import { mmapReadLock, mmapReadUnlock } from "../primitives.ts";
import { Page, kernel, type VmaIndex } from "../world.ts";

const PROCESS = "what a process does";

/** A user's write that faults. Writes nothing by itself. */
export const folioWriteFault = (i: VmaIndex, release: FolioRelease, empty: WithoutPage = "never") =>
  kernel.path(
    "do_user_addr_fault",
    { told: bool },
    {
      "mmap_read_lock(mm)": mmapReadLock(i),
      "handle_mm_fault(vma, FAULT_FLAG_WRITE)": call(
        handleFolioFault(i, release, "FAULT_FLAG_WRITE", empty),
        undefined,
        (me, { told }) => {
          me.told = told;
        },
      ),
      "mmap_read_unlock(mm)": mmapReadUnlock(i),
    },
    {
      file: "arch/x86/mm/fault.c",
      release,
      notInSource:
        "stands for a fault under mmap_lock or the lock of the vma: whoever takes mmap_lock for writing here waits for either (vma_start_write())",
      leavesOut: "looking for the vma (it stays), the lock of the vma apart from mmap_lock, retries, the write itself",
    },
  );

/** A process forks, then writes to its memory. */
export const folioForkThenWrite = (release: FolioRelease, folio: { readonly large?: boolean } = {}) =>
  kernel.path(
    "parent",
    {},
    { "fork()": call(dupMmapFolio(release, folio)), "write to the page": call(folioWriteFault(0, release)) },
    {
      file: "kernel/fork.c",
      release,
      notInSource: PROCESS,
      leavesOut: "all that fork() does besides memory (it takes no lock of these models)",
    },
  );

/** Takes a page with get_user_pages_fast(), keeps it for a while, and gives it back. */
export const folioGupUser = (i: VmaIndex, gup: FolioGup) =>
  kernel.path(
    "gup_user",
    { page: ref(Page) },
    {
      "get_user_pages_fast()": call(gupFastFolio(i, gup), undefined, (me, { got }) => {
        me.page = got;
      }),
      "give the page back": call(gupReleaseFolio(i, gup), ({ page }) => ({ page })),
    },
    {
      file: "mm/gup.c",
      release: gup.release,
      notInSource: "what a holder of the page does",
      leavesOut: "what the page is used for (specs ask who else may write to it meanwhile)",
    },
  );

/**
 * A child that puts a page into a pipe with vmsplice() (fs/splice.c), unmaps it, and reads the pipe when it likes: from
 * the munmap() on, only the pipe's reference tells that somebody else still sees the page.
 */
export const folioVmspliceThenUnmap = (i: VmaIndex, release: FolioRelease) => {
  const gup = { pin: false, write: false, release };
  return kernel.path(
    "vmsplice_child",
    { page: ref(Page) },
    {
      "ret_from_fork()": call(scheduleTail(i)),
      "vmsplice(): iov_iter_get_pages2()": call(gupFastFolio(i, gup), undefined, (me, { got }) => {
        me.page = got;
      }),
      "munmap()": call(munmapAnon(i)),
      "read() of the pipe: generic_pipe_buf_release()": call(gupReleaseFolio(i, gup), ({ page }) => ({ page })),
    },
    {
      file: "fs/splice.c",
      release,
      notInSource: "what a process does, by four system calls",
      leavesOut: "the pipe, reading the data (specs ask whether the page may change until then)",
    },
  );
};
