import { bool, call, rcuReadLock, rcuReadUnlock, ref } from "faultline";
import { rmapMapped } from "../../kernel/deletion.ts";
import {
  getPage,
  lockPtl,
  pageAddFileRmap,
  pageFlag,
  pageRefDec,
  pteNone,
  putPage,
  setPteAt,
  unlockPage,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { Page, kernel, type Kernel, type PageDraft, type VmaIndex } from "../../kernel/world.ts";
import { nextUptodateFolio, type FolioRelease } from "./next-uptodate-folio.ts";

/** What filemap_map_pages() has in its locals: `solved` is VM_FAULT_NOPAGE in `ret`; what is not solved here goes on in __do_fault(). */
interface Mapping {
  page: PageDraft | null;
  solved: boolean;
}

/** Of an empty file file_end is the largest index, DIV_ROUND_UP(0) - 1, so that the window is not cut there either. */
const FILE_END = {
  "filemap_map_pages(): i_size_read": "the window is cut at the end of the file: its first page stays in it",
};

const OMITS = {
  "filemap_map_pmd, filemap_map_folio_range": "no page here is large, and the page table is there",
  "if (!vmf->pte)": "no page table goes away here",
  "next_uptodate_folio #2": "the window has no other page",
  "if (write && !(vma->vm_flags & VM_SHARED))": "only read faults map around",
  vmf_orig_pte_uffd_wp: "a bit of the entry that nobody looks at here",
} as const;

/** The next page; the local `page` of the path that finds it is the page, or NULL. */
const nextPage = (release: FolioRelease) =>
  call(nextUptodateFolio(release), undefined, (me: Mapping, { page }) => {
    me.page = page;
    if (!page) return "rcu_read_unlock()" as const;
  });

/** The PTE that was counted ahead is there. */
const isMapped = (k: Kernel, me: Mapping, i: VmaIndex): void => {
  rmapMapped(k.vma[i], me.page!);
  me.solved = true;
};

/** The PTE takes over the reference of the lookup; where nothing is mapped, the page is unlocked and then put. */
export const mapPages515 = (i: VmaIndex) =>
  kernel.path(
    "filemap_map_pages",
    { page: ref(Page), solved: bool },
    {
      "rcu_read_lock()": rcuReadLock,
      "first_map_page()": nextPage("v5.15"),
      "pte_offset_map_lock()": lockPtl(i),
      "PageHWPoison(page)?": pageFlag("hwpoison").then({ true: "unlock: unlock_page(head)" }),
      "pte_none(*vmf->pte)?": pteNone(i).then({ false: "unlock: unlock_page(head)" }),
      "page_add_file_rmap(page)": pageAddFileRmap(i),
      "set_pte_at(vma->vm_mm, addr, vmf->pte, entry)": setPteAt(i).then((k, me) => isMapped(k, me, i)),
      "unlock_page(head)": unlockPage.then("pte_unmap_unlock()"),
      "unlock: unlock_page(head)": unlockPage,
      "unlock: put_page(head)": putPage,
      "pte_unmap_unlock()": unlockPtl(i),
      "rcu_read_unlock()": rcuReadUnlock,
    },
    {
      file: "mm/filemap.c, mm/memory.c",
      release: "v5.15",
      leavesOut:
        "large folios, a page table that is missing or goes away, other pages of the window, rss, readahead's counts",
      functions: ["filemap_map_pages", "do_set_pte"],
      omits: {
        filemap_map_pmd: "no page here is large, and the page table is there",
        next_map_page: "the window has no other page",
        find_subpage: "no page here is large",
        inc_mm_counter_fast: "rss: no other CPU reads it",
        "if (write && !(vma->vm_flags & VM_SHARED))": "only read faults map around",
      },
    },
  );

/** The PTE gets a reference of its own, after it is there; the one of the lookup is put behind the page lock. */
export const mapPages66 = (i: VmaIndex, release: "v6.6" | "v6.12") =>
  kernel.path(
    "filemap_map_pages",
    { page: ref(Page), solved: bool },
    {
      "rcu_read_lock()": rcuReadLock,
      "next_uptodate_folio()": nextPage(release),
      "pte_offset_map_lock()": lockPtl(i),
      "PageHWPoison(page)?": pageFlag("hwpoison").then({ true: "folio_unlock(folio)" }),
      "pte_none(ptep_get(vmf->pte))?": pteNone(i).then({ false: "folio_unlock(folio)" }),
      "folio_add_file_rmap_range(folio, page, nr, vma, false)": release === "v6.6" && pageAddFileRmap(i),
      "folio_add_file_rmap_ptes(folio, page, nr, vma)": release === "v6.12" && pageAddFileRmap(i),
      "set_ptes(vma->vm_mm, addr, vmf->pte, entry, nr)": setPteAt(i).then((k, me) => isMapped(k, me, i)),
      "folio_ref_inc(folio)": getPage,
      "folio_unlock(folio)": unlockPage,
      "folio_put(folio)": putPage,
      "pte_unmap_unlock(vmf->pte, vmf->ptl)": unlockPtl(i),
      "rcu_read_unlock()": rcuReadUnlock,
    },
    {
      file: "mm/filemap.c, mm/memory.c",
      release,
      leavesOut:
        "large folios, a page table that is missing or goes away, other pages of the window, rss, readahead's counts",
      functions: ["filemap_map_pages", "filemap_map_order0_folio", "set_pte_range"],
      at: IN_SOURCE,
      omits: {
        ...OMITS,
        ...(release === "v6.12" && { ...FILE_END, folio_test_workingset: "counts misses, for readahead" }),
      },
    },
  );

const IN_SOURCE = {
  "pte_none(ptep_get(vmf->pte))?": ["pte_none(ptep_get(vmf->pte))", "ptep_get(vmf->pte)"],
  "folio_unlock(folio)": "folio_unlock(folio) #2",
};

/**
 * The PTE takes over the reference of the lookup again; where nothing is mapped, it is dropped before the page is unlocked:
 * "Locked folios cannot get truncated."
 */
export const mapPages71 = (i: VmaIndex) =>
  kernel.path(
    "filemap_map_pages",
    { page: ref(Page), solved: bool },
    {
      "rcu_read_lock()": rcuReadLock,
      "next_uptodate_folio()": nextPage("v7.1"),
      "pte_offset_map_lock()": lockPtl(i),
      "PageHWPoison(page)?": pageFlag("hwpoison").then({ true: "folio_ref_dec(folio)" }),
      "pte_none(ptep_get(vmf->pte))?": pteNone(i).then({ false: "folio_ref_dec(folio)" }),
      "folio_add_file_rmap_ptes(folio, page, nr, vma)": pageAddFileRmap(i),
      "set_ptes(vma->vm_mm, addr, vmf->pte, entry, nr)": setPteAt(i).then((k, me) => {
        isMapped(k, me, i);
        return "folio_unlock(folio)";
      }),
      "folio_ref_dec(folio)": pageRefDec,
      "folio_unlock(folio)": unlockPage,
      "pte_unmap_unlock(vmf->pte, vmf->ptl)": unlockPtl(i),
      "rcu_read_unlock()": rcuReadUnlock,
    },
    {
      file: "mm/filemap.c, mm/memory.c",
      release: "v7.1",
      leavesOut:
        "large folios, a page table that is missing or goes away, other pages of the window, rss, readahead's counts",
      functions: ["filemap_map_pages", "filemap_map_order0_folio", "set_pte_range"],
      at: IN_SOURCE,
      omits: {
        ...OMITS,
        ...FILE_END,
        folio_test_workingset: "counts misses, for readahead",
        folio_test_dirty: "a bit of the entry that nobody looks at here",
      },
    },
  );

/** filemap_map_pages() with set_pte_range(), mm/filemap.c and mm/memory.c, for one small page whose page table is there. */
export const filemapMapFolios = (i: VmaIndex, release: FolioRelease) => {
  switch (release) {
    case "v5.15":
      return mapPages515(i);
    case "v6.6":
    case "v6.12":
      return mapPages66(i, release);
    case "v7.1":
      return mapPages71(i);
  }
};
