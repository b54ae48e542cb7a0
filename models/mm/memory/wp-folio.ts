import { bool, call, done, int, once, ref, type Path } from "faultline";
import { isHwpoisonEntry } from "../../kernel/entries.ts";
import {
  clearPageFlag,
  countIsOne,
  getPage,
  lockPtl,
  pageFlag,
  ptepGet,
  ptepSetAccessFlags,
  setPageAnonExclusive,
  trylockPage,
  unlockPage,
  unlockPtl,
  pageRefDec,
} from "../../kernel/primitives.ts";
import { Page, kernel, type Kernel, type PageDraft, type VmaIndex } from "../../kernel/world.ts";
import { doAnonymousFolio } from "./anonymous-folio.ts";
import { SWAP_HWPOISON, gotHwpoison, type WithoutPage } from "./write-fault.ts";
import { wpCopyFolio } from "./wp-copy-folio.ts";

/**
 * Releases that go by PageAnonExclusive: v5.19 has no barriers around it yet (088b8aa537c2 is of v6.1). What these paths
 * model of a small folio is the same in v6.12 and v7.1.
 */
export const FOLIO_RELEASES = ["v5.19", "v6.12", "v7.1"] as const;
export type FolioRelease = (typeof FOLIO_RELEASES)[number];

/** Why a fault comes: a write, or a read-only pin of a page that may be shared (FAULT_FLAG_UNSHARE, c89357e27f20). */
export type FaultFlag = "FAULT_FLAG_WRITE" | "FAULT_FLAG_UNSHARE";

interface Locals {
  page: PageDraft | null;
  count: number;
  oom: boolean;
}

const COPY = "copy: folio_get(folio)" as const;
const EXCLUSIVE = "PageAnonExclusive(vmf->page), again?" as const;

/** wp_page_reuse(vmf), or back to GUP, which finds the page exclusive. */
const reuse = (i: VmaIndex, flag: FaultFlag) => ({
  "wp_page_reuse(): ptep_set_access_flags()":
    flag === "FAULT_FLAG_WRITE" && ptepSetAccessFlags(i, { writable: true, dirty: true }),
  "wp_page_reuse(): pte_unmap_unlock()": flag === "FAULT_FLAG_WRITE" && unlockPtl(i).then(done),
  "unshare: pte_unmap_unlock()": flag === "FAULT_FLAG_UNSHARE" && unlockPtl(i).then(done),
});

/**
 * wp_can_reuse_anon_folio() of a small folio: nobody but this PTE and the swap cache, which is then left, has a
 * reference. Whoever else maps the folio, has pinned it or is about to reclaim it has one.
 */
const canReuse = {
  // What FOLL_PIN adds is more than any of these counts.
  "folio_ref_count(folio) > 3?": once((_: unknown, { page }: Locals) => {
    if (page!.pins > 0 || page!.refcount > 3) return COPY;
  }),
  "folio_ref_count(folio)": once((_: unknown, me: Locals) => {
    if (me.page!.pins > 0) return COPY;
    me.count = me.page!.refcount;
  }),
  "> 1 + folio_test_swapcache(folio)?": once((_: unknown, { page, count }: Locals) => {
    if (count > (page!.swapcache ? 2 : 1)) return COPY;
  }),
  "folio_trylock(folio)": trylockPage.then({ false: COPY }),
  "folio_test_swapcache(folio)?": pageFlag("swapcache").then({ false: "folio_ref_count(folio) != 1?" }),
  "folio_free_swap(): folio_clear_swapcache(folio)": clearPageFlag("swapcache"),
  "folio_free_swap(): folio_ref_sub(folio, 1)": pageRefDec,
  "folio_ref_count(folio) != 1?": countIsOne.then({ false: "folio_unlock(folio), to copy" }),
  "folio_unlock(folio)": unlockPage,
};

/**
 * do_wp_page(), mm/memory.c, v5.19 to v7.1: a write, or a read-only pin, of a read-only PTE in a private mapping. Entered
 * with ptl held, and returns without; its local `oom` is VM_FAULT_OOM.
 */
export const doWpFolio = (i: VmaIndex, release: FolioRelease, flag: FaultFlag): Path<Kernel, Locals> =>
  kernel.path(
    "do_wp_page",
    { page: ref(Page), count: int(0, 7), oom: bool },
    {
      "folio_test_anon(folio)?": once((_, { page }) => {
        if (page!.mapping !== "anon") return COPY;
      }),
      "PageAnonExclusive(vmf->page)?": pageFlag("exclusive").then({ true: EXCLUSIVE }),
      ...canReuse,
      [EXCLUSIVE]: once((_, { page }) => {
        if (page!.exclusive)
          return flag === "FAULT_FLAG_WRITE"
            ? "wp_page_reuse(): ptep_set_access_flags()"
            : "unshare: pte_unmap_unlock()";
      }),
      "SetPageAnonExclusive(vmf->page)": setPageAnonExclusive,
      ...reuse(i, flag),

      "folio_unlock(folio), to copy": unlockPage,
      [COPY]: getPage,
      "pte_unmap_unlock(vmf->ptl), to copy": unlockPtl(i),
      "wp_page_copy(vmf)": call(
        wpCopyFolio(i, release, flag),
        ({ page }: Locals) => ({ page }),
        (me: Locals, { oom }): void => {
          me.oom = oom;
        },
      ),
    },
    {
      file: "mm/memory.c",
      release,
      fits: release === "v5.19" ? "v5.19..v6.0" : "v6.1..",
      functions: ["do_wp_page", "wp_can_reuse_anon_folio", "wp_page_reuse"],
      at: {
        "PageAnonExclusive(vmf->page)?": "PageAnonExclusive(vmf->page) #1",
        [EXCLUSIVE]: "PageAnonExclusive(vmf->page) #2",
        "folio_ref_count(folio)": "folio_ref_count(folio) #2",
        "> 1 + folio_test_swapcache(folio)?": "folio_test_swapcache(folio) #1",
        "folio_test_swapcache(folio)?": "folio_test_swapcache(folio) #2",
        "folio_free_swap(): folio_clear_swapcache(folio)": "folio_free_swap()",
        "folio_free_swap(): folio_ref_sub(folio, 1)": "folio_free_swap()",
        "folio_ref_count(folio) != 1?": "folio_ref_count(folio) #3",
        "folio_unlock(folio), to copy": "folio_unlock(folio) #1",
        "folio_unlock(folio)": "folio_unlock(folio) #2",
        "wp_page_reuse(): pte_unmap_unlock()": "wp_page_reuse(): pte_unmap_unlock()",
        "unshare: pte_unmap_unlock()": "do_wp_page(): pte_unmap_unlock() #2",
        [COPY]: "folio_get(folio)",
        "pte_unmap_unlock(vmf->ptl), to copy": "do_wp_page(): pte_unmap_unlock() #4",
      },
      leads: {
        "folio_ref_count(folio)": { [COPY]: "what a pin adds is more than what the count is compared with next" },
      },
      omits: {
        "if (userfaultfd_pte_wp(vma, ptep_get(vmf->pte)))": "to the user, and nothing is written",
        "if (unlikely(userfaultfd_wp(vmf->vma) && mm_tlb_flush_pending(vmf->vma->vm_mm)))": "no userfaultfd",
        "vm_normal_page, if (folio)": "a PTE that maps no struct page: none here",
        "if (vma->vm_flags & (VM_SHARED | VM_MAYSHARE))": "shared mappings: wp-page-shared.ts",
        folio_test_ksm: "no folio here is merged",
        "if (!folio_test_lru(folio))":
          "drops references of this CPU's LRU lists, so that a folio is reused where it is copied here",
        ...(release === "v7.1" && { __wp_can_reuse_large_anon_folio: "large folios" }),
        folio_move_anon_rmap: "there is one anon_vma",
        folio_xchg_last_cpupid: "NUMA balancing",
      },
      leavesOut:
        "large folios (v6.12 copies them, v7.1 reuses one that a single mm maps), KSM, userfaultfd, lru_add_drain() (it drops references, so that a page is reused where it is copied here), swap entries that other processes hold and writeback (folio_free_swap() always succeeds), FOLL_FORCE, the local TLB flush of a reuse (a spurious fault at worst)",
    },
  );

/**
 * handle_pte_fault(), mm/memory.c, v5.19 to v7.1, for anonymous memory. `empty` says what an empty PTE means: a page to be
 * made, or, where none is ever empty, nothing. Its local `oom` is VM_FAULT_OOM, `told` VM_FAULT_HWPOISON.
 */
export const handleFolioFault = (i: VmaIndex, release: FolioRelease, flag: FaultFlag, empty: WithoutPage = "never") => {
  const poisoned = empty === "hwpoison";
  return kernel.path(
    "handle_pte_fault",
    { page: ref(Page), writable: bool, oom: bool, told: bool },
    {
      "vmf->orig_pte = ptep_get_lockless(vmf->pte)": ptepGet(i).then((_, me, pte) => {
        me.page = pte.page;
        me.writable = pte.writable;
        if (me.page) return "spin_lock(vmf->ptl)";
        if (poisoned && isHwpoisonEntry(pte)) return SWAP_HWPOISON;
        return empty === "never" ? done : undefined;
      }),
      "do_pte_missing(vmf)":
        empty !== "never" && call(doAnonymousFolio(i, release, { poisoned }), undefined, () => done),
      [SWAP_HWPOISON]: poisoned && gotHwpoison(i),
      "spin_lock(vmf->ptl)": lockPtl(i),
      "pte_same(ptep_get(vmf->pte), entry)?": ptepGet(i).then((_, { page, writable }, pte) => {
        if (pte.page !== page || pte.writable !== writable || writable) return "pte_unmap_unlock(vmf->ptl)";
      }),
      "do_wp_page(vmf)": call(
        doWpFolio(i, release, flag),
        ({ page }) => ({ page }),
        (me, { oom }) => {
          me.oom = oom;
          return done;
        },
      ),
      // The PTE has changed, or is writable already: the access is tried again.
      "pte_unmap_unlock(vmf->ptl)": unlockPtl(i),
    },
    {
      file: "mm/memory.c",
      release,
      fits: "v5.19..",
      at: {
        "pte_same(ptep_get(vmf->pte), entry)?": ["ptep_get(vmf->pte)", "pte_same()"],
        ...(poisoned && { [SWAP_HWPOISON]: "do_swap_page(vmf)" }),
      },
      omits: {
        "pmd_none(*vmf->pmd)": "no page table: as an empty PTE",
        [`${release === "v7.1" ? "pte_offset_map_rw_nolock" : "pte_offset_map_nolock"}, if (unlikely(!vmf->pte))`]:
          "the page table stays",
        do_pte_missing: "an empty PTE: where it can be met, do_anonymous_page() is a step",
        [poisoned ? "do_numa_page" : "do_swap_page, do_numa_page"]: "swap entries and NUMA hints: there are none",
        [`ptep_set_access_flags, ${release === "v7.1" ? "fix_spurious_fault" : "flush_tlb_fix_spurious_fault"}`]:
          "the PTE is writable already: the access is tried again",
      },
      leavesOut:
        "swap entries and NUMA hints (there are none), page tables that go away, the accessed bit, read faults, spurious faults",
    },
  );
};
