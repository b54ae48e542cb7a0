import { call, ref } from "faultline";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";
import { munmapAnon } from "../../mm/mmap/anon/munmap.ts";
import { scheduleTail } from "../../mm/memory/copy-page-range.ts";
import { gupFast, gupRelease } from "../../mm/gup/gup-fast.ts";
import type { Gup } from "../../mm/gup/reference.ts";

/**
 * A child that puts a page into a pipe with vmsplice() (fs/splice.c, v5.9), unmaps it, and reads the pipe when it likes:
 * from the munmap() on, only the pipe's reference tells that somebody else still sees the page.
 */
export const vmspliceThenUnmap = (i: VmaIndex, gup: Gup) =>
  kernel.path(
    "vmsplice_child",
    { page: ref(Page) },
    {
      "ret_from_fork()": call(scheduleTail(i)),
      "vmsplice(): iov_iter_get_pages()": call(gupFast(i, gup), undefined, (me, { got }) => {
        me.page = got;
      }),
      "munmap()": call(munmapAnon(i)),
      "read() of the pipe: generic_pipe_buf_release()": call(gupRelease(i, gup), ({ page }) => ({ page })),
    },
    {
      file: "fs/splice.c",
      release: "v5.9",
      notInSource: "what a process does, by four system calls",
      leavesOut: "the pipe, reading the data (specs ask whether the page may change until then)",
    },
  );
