import { call, done, ref, smpMbAfterSpinlock } from "faultline";
import {
  cow,
  indexInFile,
  lockPage,
  lockPtl,
  of,
  pteNone,
  putPage,
  setMapcountToOne,
  setMapping,
  setPageAnonExclusive,
  unlockPage,
  unlockPtl,
  setPteAt,
  allocateOnceFree,
  allocate,
} from "../../kernel/primitives.ts";
import { Page, kernel, type PageTables, type VmaIndex } from "../../kernel/world.ts";
import { doFault, type Handler } from "./do-fault.ts";
import { pteAllocOneMap } from "./page-table.ts";

/**
 * How do_cow_fault() treats the page it copies from:
 *
 * - `baseline`: v5.9 to v6.12, unlocked after finish_fault().
 * - `patch1`: the first patch of October 2020: what __do_fault() returns unlocked is locked here.
 * - `patch3`: the third patch of October 2020, unlocked before finish_fault(): "does not need the source page to be locked".
 * - `patch3-recheck`: the same, and finish_fault() tests i_size again under ptl.
 * - `patch3-recheck-mb`: the same with smp_mb__after_spinlock() before the test: it comes after the page table is there.
 */
export const COW_VARIANTS = ["baseline", "patch1", "patch3", "patch3-recheck", "patch3-recheck-mb"] as const;
export type CowVariant = (typeof COW_VARIANTS)[number];

/** The vma is read-only, and get_user_pages() forces the write (FOLL_FORCE). */
export interface ForcedWrite {
  /** Since v5.19: the copy is marked PageAnonExclusive. */
  readonly exclusive: boolean;
}

/**
 * do_cow_fault() with finish_fault(), mm/memory.c, v5.9: a write fault in a private mapping. `i` is the address space.
 * With `forced`, the PTE stays read-only, and an earlier copy may still be on its way to the allocator.
 */
export const doCowFault = (
  i: VmaIndex,
  variant: CowVariant,
  {
    handler = "filemap_fault",
    pmd = "populated",
    forced,
  }: { readonly handler?: Handler; readonly pmd?: PageTables; readonly forced?: ForcedWrite } = {},
) => {
  const isPatch3 = variant.startsWith("patch3");
  return kernel.path(
    "do_cow_fault",
    { page: ref(Page), mapped: ref(Page) },
    {
      "cow_page = alloc_page_vma()": forced ? of(cow, allocateOnceFree) : of(cow, allocate),
      "__do_fault(vmf)": call(doFault(handler, variant === "baseline"), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return "uncharge_out: put_page(cow_page)";
      }),
      "lock_page(vmf->page)":
        variant === "patch1" && handler === "unlocked" && call(lockPage(), ({ page }) => ({ page })),
      // The copy itself is no event that another CPU of this model could see.
      "unlock_page(vmf->page)": isPatch3 && handler !== "unlocked" && unlockPage,
      "finish_fault(): pte_alloc_one_map()": call(pteAllocOneMap(i, pmd)),
      "spin_lock(vmf->ptl)": lockPtl(i),
      "smp_mb__after_spinlock()": variant === "patch3-recheck-mb" && smpMbAfterSpinlock,
      "pte_none(*vmf->pte)?": pteNone(i).then({ false: "pte_unmap_unlock(vmf->ptl)" }),
      "index < i_size? under ptl":
        variant.startsWith("patch3-recheck") && indexInFile.then({ false: "pte_unmap_unlock(vmf->ptl)" }),
      "page_add_new_anon_rmap(cow_page)": of(cow, setMapcountToOne),
      "page_add_new_anon_rmap(): mapping = anon_vma": forced !== undefined && of(cow, setMapping("anon")),
      "page_add_new_anon_rmap(): SetPageAnonExclusive()": forced?.exclusive === true && of(cow, setPageAnonExclusive),
      "set_pte_at(vmf->pte)": of(cow, setPteAt(i, { writable: !forced, dirty: true })).then((k, me) => {
        me.mapped = k.cow;
      }),
      "pte_unmap_unlock(vmf->ptl)": unlockPtl(i),
      "unlock_page(vmf->page) at the end": !isPatch3 && unlockPage,
      "put_page(vmf->page)": putPage.then((_, { mapped }) => (mapped ? done : undefined)),
      "uncharge_out: put_page(cow_page)": of(cow, putPage),
    },
    {
      file: "mm/memory.c",
      release: variant === "baseline" ? "v5.9" : `v5.9, ${variant}`,
      functions: ["do_cow_fault", "finish_fault", "alloc_set_pte"],
      at: {
        "cow_page = alloc_page_vma()": "alloc_page_vma()",
        "spin_lock(vmf->ptl)": "pte_alloc_one_map(): pte_offset_map_lock()",
        "page_add_new_anon_rmap(cow_page)": "page_add_new_anon_rmap(page)",
        "page_add_new_anon_rmap(): mapping = anon_vma": "page_add_new_anon_rmap(page)",
        "page_add_new_anon_rmap(): SetPageAnonExclusive()": "page_add_new_anon_rmap(page)",
        "uncharge_out: put_page(cow_page)": "uncharge_out: put_page(vmf->cow_page)",
      },
      omits: {
        anon_vma_prepare: "there is one anon_vma",
        "if (mem_cgroup_charge(vmf->cow_page, vma->vm_mm, GFP_KERNEL))": "memcg charge: an early end",
        copy_user_highpage: "nobody stores to the source page in these scenarios",
        __SetPageUptodate: "nobody looks for it in an anonymous page, and no user reads the copy here",
        check_stable_address_space: "the oom reaper unmaps private memory of a process that dies: no path does",
        "if (pmd_none(*vmf->pmd) && PageTransCompound(page))": "maps a huge page, and no page here is huge",
        "inc_mm_counter_fast, lru_cache_add_inactive_or_unevictable":
          "rss and the LRU lists: nobody else knows the page yet",
        "else (write && !(vma->vm_flags & VM_SHARED))": "a page of the file: finish-fault.ts",
      },
      leavesOut: "anon_vma, memcg charge, the copied data, the LRU list, rss",
    },
  );
};
