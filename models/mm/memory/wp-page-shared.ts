import { call, done, once, ref, wait } from "faultline";
import {
  getPage,
  lockPage,
  lockPtl,
  putPage,
  setPageDirty,
  setPteAt,
  unlockPage,
  unlockPtl,
  ptepGet,
} from "../../kernel/primitives.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";
import { filemapPageMkwrite } from "./shared-fault.ts";

/**
 * How wp_page_shared() sets PG_dirty in a vma without ->page_mkwrite, after it has stored the writable PTE:
 *
 * - `at-once`: until v2.6.22.
 * - `waits`: since 79352894b285 (v2.6.23), after wait_on_page_locked().
 * - `locks`: since 2d6d7f982846 (v3.19), under the page lock.
 */
export type SetsDirty = "at-once" | "waits" | "locks";

export interface WpPageShared {
  /** Whether the vma has a ->page_mkwrite, filemap_page_mkwrite(). */
  readonly mkwrite: boolean;
  readonly setsDirty?: SetsDirty;
}

const RELEASE = { "at-once": "v2.6.22", waits: "v3.18", locks: "v5.9" } as const;

/**
 * wp_page_shared() with finish_mkwrite_fault(), wp_page_reuse() and fault_dirty_shared_page(), mm/memory.c, v5.9: the
 * first write to a page that a shared mapping has mapped read-only. Entered with ptl held, and returns without.
 */
export const wpPageShared = (i: VmaIndex, { mkwrite, setsDirty = "locks" }: WpPageShared) =>
  kernel.path(
    "wp_page_shared",
    { page: ref(Page) },
    {
      "get_page(vmf->page)": getPage,
      "pte_unmap_unlock(vmf->ptl), for ->page_mkwrite": mkwrite && unlockPtl(i),
      "do_page_mkwrite(vmf)":
        mkwrite &&
        call(
          filemapPageMkwrite(),
          ({ page }) => ({ page }),
          (_, { gone }) => {
            if (gone) return "put_page(vmf->page)";
          },
        ),
      "finish_mkwrite_fault(): spin_lock(vmf->ptl)": mkwrite && lockPtl(i),
      "finish_mkwrite_fault(): pte_same(*vmf->pte, vmf->orig_pte)?":
        mkwrite &&
        ptepGet(i).then((_, { page }, pte) => {
          if (pte.page !== page || pte.writable) return "pte_unmap_unlock(vmf->ptl), changed";
        }),
      "wp_page_reuse(): ptep_set_access_flags()": setPteAt(i, { writable: true, dirty: true }),
      "wp_page_reuse(): pte_unmap_unlock(vmf->ptl)": unlockPtl(i),
      "lock_page(vmf->page)": !mkwrite && setsDirty === "locks" && call(lockPage(), ({ page }) => ({ page })),
      "wait_on_page_locked(vmf->page)":
        !mkwrite &&
        setsDirty === "waits" &&
        once((_, { page }) => {
          if (page!.locked) return wait;
        }),
      "fault_dirty_shared_page(): set_page_dirty(page)":
        mkwrite || setsDirty === "locks" ? setPageDirty : setPageDirty.then("put_page(vmf->page)"),
      "fault_dirty_shared_page(): unlock_page(page)":
        (mkwrite || setsDirty === "locks") && unlockPage.then("put_page(vmf->page)"),
      "pte_unmap_unlock(vmf->ptl), changed": mkwrite && unlockPtl(i),
      "unlock_page(vmf->page), changed": mkwrite && unlockPage,
      "put_page(vmf->page)": putPage.then(done),
    },
    {
      file: "mm/memory.c",
      release: RELEASE[setsDirty],
      leavesOut:
        "balance_dirty_pages(), a ->page_mkwrite that returns the page unlocked, the local TLB flush of the reuse (a spurious fault at worst)",
    },
  );

/** handle_pte_fault(), mm/memory.c, v5.9, for a write to a page that is mapped read-only in a writable shared vma. */
export const writeProtectFault = (i: VmaIndex, how: WpPageShared) =>
  kernel.path(
    "handle_pte_fault",
    { page: ref(Page) },
    {
      "vmf->orig_pte = *vmf->pte": ptepGet(i).then((_, me, pte) => {
        if (!pte.page || pte.writable) return done;
        me.page = pte.page;
      }),
      "spin_lock(vmf->ptl)": lockPtl(i),
      "pte_same(*vmf->pte, entry)?": ptepGet(i).then((_, { page }, pte) => {
        if (pte.page !== page || pte.writable) return "pte_unmap_unlock(vmf->ptl)";
      }),
      "do_wp_page(): wp_page_shared(vmf)": call(
        wpPageShared(i, how),
        ({ page }) => ({ page }),
        () => done,
      ),
      "pte_unmap_unlock(vmf->ptl)": unlockPtl(i),
    },
    {
      file: "mm/memory.c",
      release: "v5.9",
      leavesOut: "an empty PTE (mm/memory/shared-fault.ts), a PTE that is writable already: the access is tried again",
    },
  );
