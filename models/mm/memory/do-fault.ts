import { bool, call, done, ref } from "faultline";
import { indexInFile, lockPage, pageFlag, putPage, unlockPage } from "../../kernel/primitives.ts";
import { Page, kernel } from "../../kernel/world.ts";
import { fsFilemapFault } from "../../fs/file-system.ts";
import { filemapFault } from "../filemap/filemap-fault.ts";
import { findGetEntry } from "../filemap/find-get-entry.ts";

/**
 * What vma->vm_ops->fault is: `filemap_fault`, which returns the page locked; the same where a page that is not cached
 * is read in, `reads`, and with the file system's lock around it, `reads-locked`; or a handler that does not lock.
 */
export type Handler = "filemap_fault" | "reads" | "reads-locked" | "unlocked";
/** The handlers between which the patches of October 2020 could tell. */
export const HANDLERS = ["filemap_fault", "unlocked"] as const satisfies readonly Handler[];

/**
 * A ->fault handler that returns a page of the page cache unlocked, without VM_FAULT_LOCKED: allowed by
 * Documentation/filesystems/locking.rst of v5.9, done by drivers whose pages are never truncated.
 */
const unlockedFault = () =>
  kernel.path(
    "unlocked_fault",
    { page: ref(Page) },
    {
      "index < i_size?": indexInFile.then({ false: done }),
      "find_get_page(mapping, offset)": call(findGetEntry(), undefined, (me, { page }) => {
        me.page = page;
      }),
    },
    {
      file: "mm/filemap.c",
      release: "v5.9",
      notInSource: "stands for ->fault of any driver that returns the page unlocked",
      leavesOut: "all that a driver does besides: it stands for any of them",
    },
  );

/**
 * __do_fault(), mm/memory.c, v5.9: returns the page in the local `page`, referenced; NULL ends the fault. It locks a
 * page that the handler returned unlocked, without another look at page->mapping. `locks` set to false: the first patch
 * of October 2020 has moved that into the callers. `poisoned`: memory_failure() runs beside it; what ->fault returns is locked then.
 */
export const doFault = (handler: Handler, locks = true, { poisoned = false } = {}) =>
  kernel.path(
    "__do_fault",
    { page: ref(Page), slept: bool },
    {
      "vma->vm_ops->fault(vmf)":
        handler !== "unlocked"
          ? call(
              handler === "reads-locked" ? fsFilemapFault() : filemapFault(handler === "reads"),
              undefined,
              (me, { page, slept }) => {
                me.page = page;
                me.slept = slept;
                if (!page) return done;
              },
            )
          : call(unlockedFault(), undefined, (me, { page }) => {
              me.page = page;
              if (!page) return done;
            }),
      "PageHWPoison(vmf->page)?": poisoned && pageFlag("hwpoison").then({ false: done }),
      "unlock_page(vmf->page), poisoned": poisoned && unlockPage,
      "put_page(vmf->page), poisoned":
        poisoned &&
        putPage.then((_, me) => {
          me.page = null;
          return done;
        }),
      "lock_page(vmf->page)":
        handler === "unlocked" &&
        locks &&
        call(
          lockPage(),
          ({ page }) => ({ page }),
          (me, { slept }) => {
            me.slept = slept;
          },
        ),
    },
    {
      file: "mm/memory.c",
      release: locks ? "v5.9" : "v5.9, patch1",
      omits: {
        "if (pmd_none(*vmf->pmd) && !vmf->prealloc_pte)":
          "allocates a page table that nobody else knows yet: prealloc.ts",
        ...(!poisoned && { "if (unlikely(PageHWPoison(vmf->page)))": "nothing sets it where this path runs" }),
        "lock_page(vmf->page)": "->fault has returned it locked; where not, it is a step",
      },
      leavesOut: "the page table allocated ahead, hwpoison, ->fault that has done the copy itself",
    },
  );
