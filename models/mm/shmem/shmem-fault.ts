import { bool, call, choose, done, lock, once, ref, release, unlock } from "faultline";
import {
  allocateIfFree,
  allocateOnceFree,
  filePage,
  getPage,
  lockPage,
  mappingMatches,
  newpage,
  of,
  pteNone,
  putPage,
  setMapping,
  unlockPage,
  setPageLocked,
} from "../../kernel/primitives.ts";
import { Page } from "../../kernel/world.ts";
import { findGetEntry } from "../filemap/find-get-entry.ts";
import { doReadFault } from "../memory/read-fault.ts";
import { iLock, iMutex, tmpfs } from "./inode.ts";

/**
 * shmem_getpage_gfp() for SGP_CACHE, mm/shmem.c, v3.15: finds the page, or fills the hole with one, and returns it locked and
 * referenced, in the local `page`. There are two pages to allocate, so that one is always free, or soon will be.
 */
export const shmemGetpage = () =>
  tmpfs.path(
    "shmem_getpage_gfp",
    { page: ref(Page) },
    {
      "find_lock_entry(): find_get_entry()": call(findGetEntry(), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return "shmem_alloc_page()";
      }),
      "find_lock_entry(): lock_page(page)": call(lockPage(), ({ page }) => ({ page })),
      "find_lock_entry(): page->mapping == mapping?": mappingMatches.then({ true: done }),
      "find_lock_entry(): unlock_page(page)": unlockPage,
      "find_lock_entry(): put_page(page)": putPage.then("find_lock_entry(): find_get_entry()"),
      "shmem_alloc_page()": of(newpage, allocateIfFree).then((k, me: { page: typeof k.page | null }, got) => {
        if (!got) return;
        me.page = k.newpage;
        return "__set_page_locked(page)";
      }),
      "shmem_alloc_page(), the other page": of(filePage, allocateOnceFree).then(
        (k, me: { page: typeof k.page | null }) => {
          me.page = k.page;
        },
      ),
      "__set_page_locked(page)": setPageLocked,
      "shmem_add_to_page_cache(): get_page(page)": getPage,
      "shmem_add_to_page_cache(): page->mapping = mapping": setMapping("file"),
      "shmem_add_to_page_cache(): radix_tree_insert()": release((k, { page }) => {
        k.slot = page;
      }),
    },
    {
      file: "mm/shmem.c",
      release: "v3.15",
      leavesOut:
        "swap (no page is swapped out), i_size (no truncate runs), what is accounted, -EEXIST (nobody else adds pages), that the page is cleared (nobody reads it)",
    },
  );

/**
 * shmem_fault(), mm/shmem.c, v3.15. `waits`: since f00cdc6df7d7 (v3.16) a fault into a hole that is being punched waits for
 * i_mutex, and comes again.
 */
const shmemFault = (waits: boolean) =>
  tmpfs.path(
    "shmem_fault",
    { page: ref(Page), punching: bool },
    {
      "inode->i_private?": waits && once((k) => (k.falloc ? undefined : "shmem_getpage_gfp()")),
      "spin_lock(&inode->i_lock)": waits && lock(iLock),
      "shmem_falloc = inode->i_private": waits && once((k, me) => void (me.punching = k.falloc)),
      "spin_unlock(&inode->i_lock)":
        waits &&
        unlock(iLock).then((_, { punching }: { punching: boolean }) => (punching ? undefined : "shmem_getpage_gfp()")),
      "mutex_lock(&inode->i_mutex)": waits && lock(iMutex),
      "mutex_unlock(&inode->i_mutex), VM_FAULT_RETRY": waits && unlock(iMutex).then(done),
      "shmem_getpage_gfp()": call(shmemGetpage(), undefined, (me, { page }) => {
        me.page = page;
      }),
    },
    {
      file: "mm/shmem.c",
      release: waits ? "v3.16" : "v3.15",
      leavesOut:
        "mmap_sem, which it drops before it waits (nobody takes it for writing), faults that may not wait, the range of the hole, what came of the wait later: 8e205f779d14 has a wait queue in place of i_mutex",
    },
  );

/** A process that touches the page as often as it likes, and faults where no PTE is there. */
export const touchPage = (waits: boolean) =>
  tmpfs.path(
    "user",
    {},
    {
      "load from the page": pteNone(0).then({ false: "once more?" }),
      "page fault": call(
        doReadFault(0, null)
          .over(tmpfs)
          .with({
            replace: {
              "__do_fault(vmf)": call(shmemFault(waits), undefined, (me, { page }) => {
                me.page = page;
                if (!page) return done;
              }),
            },
          }),
      ),
      "once more?": once(() => (choose(true, false) ? "load from the page" : done)),
    },
    { file: "mm/memory.c", release: "v3.15", leavesOut: "what it does with the page" },
  );
