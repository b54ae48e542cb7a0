import { bool, call, done, int, once, ref, type Path } from "faultline";
import {
  clearPageFlag,
  countIsOne,
  getPage,
  lockPage,
  lockPtl,
  mapcountIsOne,
  pageFlag,
  ptepSetAccessFlags,
  putPage,
  setPageAnonExclusive,
  trylockPage,
  unlockPage,
  unlockPtl,
  pageRefDec,
} from "../../kernel/primitives.ts";
import { flushTlb } from "../../kernel/tlb.ts";
import { Page, kernel, type Kernel, type PageDraft, type VmaIndex } from "../../kernel/world.ts";
import { wpPageCopy } from "./wp-page-copy.ts";

/**
 * When do_wp_page() lets an address space write to an anonymous page in place:
 *
 * - `5.7`, and v5.8: mapcount is 1. References that are no PTEs, as those of GUP, do not count. v5.8 makes GUP break COW even
 *   for a read (17839856fd58), which is up to who calls GUP.
 * - `5.9`, to v5.17: nobody else has a reference, and the page lock is free.
 * - `5.19`: the page is marked as exclusive, or nobody but the swap cache has another reference.
 */
export const WP_RULES = ["5.7", "5.9", "5.19"] as const;
export type WpRule = (typeof WP_RULES)[number];

export interface WpPage {
  readonly rule: WpRule;
  /** The vma has VM_WRITE; if not, the write is forced (FOLL_FORCE), and the PTE stays read-only. */
  readonly vmaWritable?: boolean;
  /** v5.12: in a vma that userfaultfd write-protects, a pending TLB flush is done before the page is looked at. */
  readonly flushesPending?: boolean;
}

/**
 * do_wp_page(), mm/memory.c: a write fault on a read-only PTE in a private mapping. Entered with ptl held, and returns
 * without; its local `wrote` is VM_FAULT_WRITE, `oom` VM_FAULT_OOM. A page of a shared mapping would go to
 * wp_page_shared() instead. One path for each rule, below.
 */
export function doWpPage(i: VmaIndex, { rule, vmaWritable = true, flushesPending = false }: WpPage): DoWpPage {
  if (rule === "5.7") return doWpPage57(i, vmaWritable);
  if (rule === "5.19") return doWpPage519(i, vmaWritable);
  return flushesPending ? doWpPage512(i, vmaWritable) : doWpPage59(i, vmaWritable);
}

interface Locals {
  page: PageDraft | null;
  wrote: boolean;
  oom: boolean;
}
type DoWpPage = Path<Kernel, Locals>;

const COPY = "copy: get_page(vmf->page)" as const;
const UNLOCK_TO_COPY = "unlock_page(page), to copy" as const;

/** PageAnon(vmf->page)?: a page of the file is never written in place. */
const isAnon = once((_: unknown, { page }: Locals) => page!.mapping === "anon").then({ false: COPY });

/** wp_page_reuse(vmf); return */
const reuse = (i: VmaIndex, vmaWritable: boolean) => ({
  "wp_page_reuse(): ptep_set_access_flags()": ptepSetAccessFlags(i, { writable: vmaWritable, dirty: true }).then(
    (_, me: Locals): void => {
      me.wrote = true;
    },
  ),
  "pte_unmap_unlock(vmf->ptl)": unlockPtl(i).then(done),
});

/** unlock_page(page); copy: return wp_page_copy(vmf) */
const copy = (
  i: VmaIndex,
  { exclusive, vmaWritable }: { readonly exclusive: boolean; readonly vmaWritable: boolean },
) => ({
  [UNLOCK_TO_COPY]: unlockPage,
  [COPY]: getPage,
  "pte_unmap_unlock(vmf->ptl), to copy": unlockPtl(i),
  "wp_page_copy(vmf)": call(
    wpPageCopy(i, { exclusive, vmaWritable }),
    ({ page }: Locals) => ({ page }),
    (me: Locals, { wrote, oom }): void => {
      me.wrote = wrote;
      me.oom = oom;
    },
  ),
});

/** delete_from_swap_cache(page) */
const deleteFromSwapCache = {
  "delete_from_swap_cache(): ClearPageSwapCache(page)": clearPageFlag("swapcache"),
  "delete_from_swap_cache(): page_ref_sub(page, 1)": pageRefDec,
};

/** What all of them leave out. */
const LEFT_OUT =
  "KSM pages, userfaultfd_pte_wp() (to the user, and nothing is written), the local TLB flush of a reuse (a spurious fault at worst)";

/**
 * Until 09854ba94c6a, with reuse_swap_page(): it waits for the page lock, without ptl, so that the PTE may change.
 */
const doWpPage57 = (i: VmaIndex, vmaWritable: boolean) =>
  kernel.path(
    "do_wp_page",
    { page: ref(Page), wrote: bool, oom: bool },
    {
      "PageAnon(vmf->page)?": isAnon,
      "trylock_page(page)": trylockPage.then({ true: "page_mapcount(page) != 1?" }),
      "get_page(page)": getPage,
      "pte_unmap_unlock(vmf->ptl), to wait": unlockPtl(i),
      "lock_page(page)": call(lockPage(false, "acquire"), ({ page }) => ({ page })),
      "spin_lock(vmf->ptl), again": lockPtl(i),
      "pte_same(*vmf->pte, vmf->orig_pte)?": once((k, { page }) => {
        const { pte } = k.table[i];
        if (pte.page === page && !pte.writable) return "put_page(page)";
      }),
      "unlock_page(page), changed": unlockPage,
      "pte_unmap_unlock(vmf->ptl), changed": unlockPtl(i),
      "put_page(page), changed": putPage.then(done),
      "put_page(page)": putPage,

      "page_mapcount(page) != 1?": mapcountIsOne.then({ false: UNLOCK_TO_COPY }),
      "PageSwapCache(page)?": pageFlag("swapcache").then({ false: "unlock_page(page)" }),
      ...deleteFromSwapCache,
      "unlock_page(page)": unlockPage,
      ...reuse(i, vmaWritable),
      ...copy(i, { exclusive: false, vmaWritable }),
    },
    {
      file: "mm/memory.c",
      release: "v5.7",
      fits: "..v5.9-rc3",
      leavesOut: `${LEFT_OUT}, writeback, swap entries that other processes hold (reclaim unmaps nothing here), page_move_anon_rmap() (there is one anon_vma)`,
    },
  );

const stepsOf59 = (i: VmaIndex, vmaWritable: boolean) => ({
  "PageAnon(vmf->page)?": isAnon,
  "page_count(page) != 1?": countIsOne.then({ false: COPY }),
  "trylock_page(page)": trylockPage.then({ false: COPY }),
  "page_mapcount(page) != 1?": mapcountIsOne.then({ false: UNLOCK_TO_COPY }),
  "page_count(page) != 1? locked": countIsOne.then({ false: UNLOCK_TO_COPY }),
  "unlock_page(page)": unlockPage,
  ...reuse(i, vmaWritable),
  ...copy(i, { exclusive: false, vmaWritable }),
});

/** From 09854ba94c6a on, to 6c287605fd56. v5.18 has 53a05ad9f21d alone, which is neither this rule nor that of v5.19. */
const FITS_59 = "v5.9-rc4..v5.17";

const doWpPage59 = (i: VmaIndex, vmaWritable: boolean) =>
  kernel.path("do_wp_page", { page: ref(Page), wrote: bool, oom: bool }, stepsOf59(i, vmaWritable), {
    file: "mm/memory.c",
    release: "v5.9",
    functions: ["do_wp_page", "wp_page_reuse"],
    at: {
      "unlock_page(page)": "unlock_page(page) #2",
      "unlock_page(page), to copy": "unlock_page(page) #1",
      "pte_unmap_unlock(vmf->ptl)": "wp_page_reuse: pte_unmap_unlock(vmf->ptl)",
      "pte_unmap_unlock(vmf->ptl), to copy": "copy: pte_unmap_unlock(vmf->ptl)",
      "wp_page_copy(vmf)": "copy: wp_page_copy(vmf)",
    },
    omits: {
      "if (userfaultfd_pte_wp(vma, *vmf->pte))": "to the user, and nothing is written",
      "vm_normal_page, if (!vmf->page)": "a PTE that maps no struct page: none here",
      PageKsm: "no page here is merged",
      wp_page_shared: "shared mappings: wp-page-shared.ts",
    },
    fits: FITS_59,
    leavesOut: LEFT_OUT,
  });

/** The same in a vma that userfaultfd write-protects. */
const doWpPage512 = (i: VmaIndex, vmaWritable: boolean) =>
  kernel.path(
    "do_wp_page",
    { page: ref(Page), wrote: bool, oom: bool },
    {
      "mm_tlb_flush_pending(mm)?": once((k) => {
        if (k.mm[i].tlbFlushPending === 0) return "PageAnon(vmf->page)?";
      }),
      "flush_tlb_page(vma, address)": flushTlb(i),
      ...stepsOf59(i, vmaWritable),
    },
    { file: "mm/memory.c", release: "v5.12", fits: FITS_59, leavesOut: LEFT_OUT },
  );

const doWpPage519 = (i: VmaIndex, vmaWritable: boolean) =>
  kernel.path(
    "do_wp_page",
    { page: ref(Page), count: int(0, 7), wrote: bool, oom: bool },
    {
      "PageAnon(vmf->page)?": isAnon,
      "PageAnonExclusive(page)?": pageFlag("exclusive").then({ true: "wp_page_reuse(): ptep_set_access_flags()" }),
      // What FOLL_PIN adds is more than any of these counts.
      "page_count(page) > 3?": once((_, { page }) => {
        if (page!.pins > 0 || page!.refcount > 3) return COPY;
      }),
      "page_count(page)": once((_, me) => {
        if (me.page!.pins > 0) return COPY;
        me.count = me.page!.refcount;
      }),
      "page_count(page) > 1 + PageSwapCache(page)?": once((_, { page, count }) => {
        if (count > (page!.swapcache ? 2 : 1)) return COPY;
      }),
      "trylock_page(page)": trylockPage.then({ false: COPY }),
      "PageSwapCache(page)?": pageFlag("swapcache").then({ false: "page_count(page) != 1? locked" }),
      ...deleteFromSwapCache,
      "page_count(page) != 1? locked": countIsOne.then({ false: UNLOCK_TO_COPY }),
      "page_move_anon_rmap(): SetPageAnonExclusive(page)": setPageAnonExclusive,
      "unlock_page(page)": unlockPage,
      ...reuse(i, vmaWritable),
      ...copy(i, { exclusive: true, vmaWritable }),
    },
    {
      file: "mm/memory.c",
      release: "v5.19",
      fits: "v5.19..",
      leavesOut: `${LEFT_OUT}, FAULT_FLAG_UNSHARE, lru_add_drain() (it drops references, so that a page is reused where it is copied here), writeback, swap entries that other processes hold (reclaim unmaps nothing here), page_move_anon_rmap() otherwise (there is one anon_vma)`,
    },
  );
