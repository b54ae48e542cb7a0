import { acquire, bool, call, done, full, int, noreturn, once, ref, release } from "faultline";
import {
  countIsOne,
  getPage,
  lockPage,
  lockPtl,
  mapcountIsOne,
  setPageAnonExclusive,
  setPte,
  unlockPage,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { flushTlb } from "../../kernel/tlb.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";
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

/** From 09854ba94c6a on and from 6c287605fd56 on. v5.18 has 53a05ad9f21d alone, which is neither rule. */
const WP_FITS = { "5.7": "..v5.9-rc3", "5.9": "v5.9-rc4..v5.17", "5.19": "v5.19.." } as const satisfies Readonly<
  Record<WpRule, string>
>;

export interface WpPage {
  readonly rule: WpRule;
  /** The vma has VM_WRITE; if not, the write is forced (FOLL_FORCE), and the PTE stays read-only. */
  readonly vmaWritable?: boolean;
  /** v5.12: in a vma that userfaultfd write-protects, a pending TLB flush is done before the page is looked at. */
  readonly flushesPending?: boolean;
}

const ANON = "PageAnon(vmf->page)?" as const;
const LOCKED = "page_mapcount(page) != 1?" as const;
const UNLOCK_COPY = "unlock_page(page), to copy" as const;
const COPY = "copy: get_page(vmf->page)" as const;
const REUSE = "wp_page_reuse(): ptep_set_access_flags()" as const;

/**
 * do_wp_page(), mm/memory.c: a write fault on a read-only PTE in a private mapping. Entered with ptl held, and returns
 * without; its local `wrote` is VM_FAULT_WRITE, `oom` VM_FAULT_OOM. A page of a shared mapping would go to wp_page_shared() instead.
 */
export const doWpPage = (i: VmaIndex, { rule, vmaWritable = true, flushesPending = false }: WpPage) =>
  kernel.path(
    "do_wp_page",
    { page: ref(Page), count: int(0, 7), wrote: bool, oom: bool },
    {
      "mm_tlb_flush_pending(mm)?":
        flushesPending &&
        once((k) => {
          if (k.mm[i].tlbFlushPending === 0) return ANON;
        }),
      "flush_tlb_page(vma, address)": flushesPending && flushTlb(i),

      [ANON]: once((_, { page }) => {
        if (page!.mapping !== "anon") return COPY;
      }),
      "PageAnonExclusive(page)?":
        rule === "5.19" &&
        once((_, { page }) => {
          if (page!.exclusive) return REUSE;
        }),
      "page_count(page) > 3?":
        rule === "5.19" &&
        once((_, me) => {
          if (me.page!.pins > 0 || me.page!.refcount > 3) return COPY;
        }),
      "page_count(page)":
        rule === "5.19" &&
        once((_, me) => {
          if (me.page!.pins > 0) return COPY;
          me.count = me.page!.refcount;
        }),
      "page_count(page) > 1 + PageSwapCache(page)?":
        rule === "5.19" &&
        once((_, { page, count }) => {
          if (count > (page!.swapcache ? 2 : 1)) return COPY;
        }),
      "page_count(page) != 1?": rule === "5.9" && countIsOne.then({ false: COPY }),

      "trylock_page(page)": acquire((_, { page }) => {
        if (page!.locked) return rule === "5.7" ? "get_page(page)" : COPY;
        page!.locked = true;
        return LOCKED;
      }),
      // Until v5.8 it waits for the page lock, without ptl: the PTE may change.
      "get_page(page)": rule === "5.7" && getPage,
      "pte_unmap_unlock(vmf->ptl), to wait": rule === "5.7" && unlockPtl(i),
      "lock_page(page)": rule === "5.7" && call(lockPage(), ({ page }) => ({ page })),
      "spin_lock(vmf->ptl), again": rule === "5.7" && lockPtl(i),
      "pte_same(*vmf->pte, vmf->orig_pte)?":
        rule === "5.7" &&
        once((k, { page }) => {
          const { pte } = k.vma[i];
          if (pte.page === page && !pte.writable) return "put_page(page)";
        }),
      "unlock_page(page), changed": rule === "5.7" && unlockPage,
      "pte_unmap_unlock(vmf->ptl), changed": rule === "5.7" && unlockPtl(i),
      "put_page(page), changed":
        rule === "5.7" &&
        full((_, { page }) => {
          page!.refcount--;
          return done;
        }),
      "put_page(page)":
        rule === "5.7" &&
        full((_, { page }) => {
          page!.refcount--;
        }),

      [LOCKED]: rule !== "5.19" && mapcountIsOne.then({ false: UNLOCK_COPY }),
      "PageSwapCache(page)?":
        rule !== "5.9" &&
        once((_, { page }) => {
          if (!page!.swapcache) return "page_count(page) != 1? locked";
        }),
      "delete_from_swap_cache(): ClearPageSwapCache(page)":
        rule !== "5.9" &&
        noreturn((_, { page }) => {
          page!.swapcache = false;
        }),
      "delete_from_swap_cache(): page_ref_sub(page, 1)":
        rule !== "5.9" &&
        noreturn((_, { page }) => {
          page!.refcount--;
        }),
      "page_count(page) != 1? locked": rule !== "5.7" && countIsOne.then({ false: UNLOCK_COPY }),
      "page_move_anon_rmap(): SetPageAnonExclusive(page)": rule === "5.19" && setPageAnonExclusive,
      "unlock_page(page)": release((_, { page }) => {
        page!.locked = false;
        return REUSE;
      }),

      [UNLOCK_COPY]: unlockPage,
      [COPY]: getPage,
      "pte_unmap_unlock(vmf->ptl), to copy": unlockPtl(i),
      "wp_page_copy(vmf)": call(
        wpPageCopy(i, { exclusive: rule === "5.19", vmaWritable }),
        ({ page }) => ({ page }),
        (me, { wrote, oom }) => {
          me.wrote = wrote;
          me.oom = oom;
          return done;
        },
      ),

      [REUSE]: once((k, me) => {
        setPte(k.vma[i], me.page!, { writable: vmaWritable, dirty: true });
        me.wrote = true;
      }),
      "pte_unmap_unlock(vmf->ptl)": unlockPtl(i),
    },
    {
      file: "mm/memory.c",
      release: flushesPending ? "v5.12" : `v${rule}`,
      fits: WP_FITS[rule],
      leavesOut:
        "KSM pages, page_move_anon_rmap() otherwise (there is one anon_vma), writeback, swap entries that other processes hold (reclaim unmaps nothing here), lru_add_drain() (it drops references, so that a page is reused where it is copied here), FAULT_FLAG_UNSHARE, userfaultfd_pte_wp() (to the user, and nothing is written), the local TLB flush of a reuse (a spurious fault at worst)",
    },
  );
