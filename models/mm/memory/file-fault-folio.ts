import { bool, call, done, once, ref } from "faultline";
import { rmapMapped } from "../../kernel/deletion.ts";
import {
  allocate,
  cow,
  isNone,
  lockPtl,
  of,
  pageAddFileRmap,
  pageFlag,
  pageMapped,
  putPage,
  setMapcountToOne,
  setPageDirty,
  setPteAt,
  unlockPage,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { Page, kernel, type Kernel, type VmaIndex } from "../../kernel/world.ts";
import { filemapFaultFolio, type FaultRelease } from "../filemap/fault-folio.ts";
import { mappingEvictFolio } from "../truncate/evict-folio.ts";
import { pageMkwriteFolio } from "./page-mkwrite-folio.ts";
import { unmapMappingFolio, type FolioZap } from "./zap-folio.ts";

const EVICT = "mapping_evict_folio(folio->mapping, folio)" as const;

/**
 * __do_fault(), mm/memory.c, v6.12 and v7.1: the folio comes back locked, with a reference; NULL ends the fault. `poisoned`: memory_failure()
 * runs beside it, and a broken folio is thrown away here already, if it is clean and nobody else has a reference: the access is tried again.
 */
const doFaultFolio = (release: FaultRelease, poisoned?: FolioZap) =>
  kernel.path(
    "__do_fault",
    { page: ref(Page) },
    {
      "vma->vm_ops->fault(vmf)": call(filemapFaultFolio(release), undefined, (me, { page }) => {
        me.page = page;
        if (poisoned && !page) return done;
      }),
      "PageHWPoison(vmf->page)?": poisoned !== undefined && pageFlag("hwpoison").then({ false: done }),
      "page_mapped(vmf->page)?": poisoned !== undefined && pageMapped.then({ false: EVICT }),
      "unmap_mapping_folio(folio)": poisoned !== undefined && call(unmapMappingFolio(poisoned)),
      [EVICT]: poisoned !== undefined && call(mappingEvictFolio(release), ({ page }) => ({ page })),
      "folio_unlock(folio), poisoned": poisoned !== undefined && unlockPage,
      "folio_put(folio), poisoned":
        poisoned !== undefined &&
        putPage.then((_, me) => {
          me.page = null;
        }),
    },
    {
      file: "mm/memory.c",
      release,
      omits: {
        "if (pmd_none(*vmf->pmd) && !vmf->prealloc_pte)": "the page table is there",
        ...(!poisoned && { "if (unlikely(PageHWPoison(vmf->page)))": "nothing sets it where this path runs" }),
        "if (unlikely(!(ret & VM_FAULT_LOCKED)))": "->fault has returned it locked",
      },
      leavesOut: "the page table allocated ahead, hwpoison, ->fault that returns unlocked, or has done the copy itself",
    },
  );

/** vmf_pte_changed(vmf), of a fault that has found the PTE empty. */
const vmfPteChanged = (i: VmaIndex) => once((k: Kernel) => !isNone(k.table[i].pte));

/** What finish_fault() leaves out of a small page whose page table is there. */
const SMALL = {
  check_stable_address_space: "the oom reaper unmaps private memory of a process that dies: no path does",
  "i_size_read, shmem_mapping, folio_next_index": "cuts what is mapped of a large folio",
  "if (pmd_none(*vmf->pmd))": "the page table is there",
  "if (!vmf->pte)": "no page table goes away here",
  "userfaultfd_armed, if (nr_pages > 1 && !pte_range_none(vmf->pte, nr_pages)), pte_range_none, folio_ref_add":
    "no folio here is large",
  "add_mm_counter, mm_counter_file": "rss: no other CPU reads it",
  vmf_orig_pte_uffd_wp: "a bit of the entry that nobody looks at here",
} as const;

/** finish_fault() with set_pte_range(), mm/memory.c, v6.12 and v7.1, for a page of the file: `mapped` says whether its PTE has the reference. */
const finishFaultFolio = (i: VmaIndex, release: FaultRelease, access: "read" | "write") =>
  kernel.path(
    "finish_fault",
    { page: ref(Page), mapped: bool },
    {
      "pte_offset_map_lock(vma->vm_mm, vmf->pmd, addr, &vmf->ptl)": lockPtl(i),
      "vmf_pte_changed(vmf)?": vmfPteChanged(i).then({ true: "pte_unmap_unlock(vmf->pte, vmf->ptl)" }),
      "folio_add_file_rmap_ptes(folio, page, nr, vma)": pageAddFileRmap(i),
      "set_ptes(vma->vm_mm, addr, vmf->pte, entry, nr)": setPteAt(i, {
        writable: access === "write",
        dirty: access === "write",
      }).then((k, me) => {
        rmapMapped(k.vma[i], me.page!);
        me.mapped = true;
      }),
      "pte_unmap_unlock(vmf->pte, vmf->ptl)": unlockPtl(i),
    },
    {
      file: "mm/memory.c",
      release,
      functions: ["finish_fault", "set_pte_range"],
      at: { "pte_unmap_unlock(vmf->pte, vmf->ptl)": "unlock: pte_unmap_unlock(vmf->pte, vmf->ptl)" },
      omits: {
        ...SMALL,
        "if (write && !(vma->vm_flags & VM_SHARED))": "a private copy: do_cow_fault()",
        ...(release === "v7.1" && { folio_test_dirty: "of mappings that need no write fault, as of tmpfs" }),
      },
      leavesOut: "large folios, huge pmds, a page table that is missing or goes away, rss, the oom reaper's test",
    },
  );

/** do_read_fault(), mm/memory.c, v6.12 and v7.1, where nothing is mapped around. `poisoned`: as of __do_fault(). */
export const doReadFaultFolio = (i: VmaIndex, release: FaultRelease, poisoned?: FolioZap) =>
  kernel.path(
    "do_read_fault",
    { page: ref(Page), mapped: bool },
    {
      "__do_fault(vmf)": call(doFaultFolio(release, poisoned), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return done;
      }),
      "finish_fault(vmf)": call(
        finishFaultFolio(i, release, "read"),
        ({ page }) => ({ page }),
        (me, { mapped }) => {
          me.mapped = mapped;
        },
      ),
      "folio_unlock(folio)": unlockPage.then((_, { mapped }) => (mapped ? done : undefined)),
      "folio_put(folio)": putPage,
    },
    {
      file: "mm/memory.c",
      release,
      omits: { do_fault_around: "maps nothing here: map-folios.ts", vmf_can_call_fault: "the VMA lock: it is held" },
      leavesOut: "fault-around, VM_FAULT_RETRY",
    },
  );

/** do_cow_fault() with finish_fault(), mm/memory.c, v6.12 and v7.1: the page that it copies from is locked until the copy is mapped. */
export const doCowFaultFolio = (i: VmaIndex, release: FaultRelease) =>
  kernel.path(
    "do_cow_fault",
    { page: ref(Page), mapped: bool },
    {
      "folio_prealloc(vma->vm_mm, vma, vmf->address)": of(cow, allocate),
      "__do_fault(vmf)": call(doFaultFolio(release), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return "uncharge_out: folio_put(folio)";
      }),
      "pte_offset_map_lock(vma->vm_mm, vmf->pmd, addr, &vmf->ptl)": lockPtl(i),
      "vmf_pte_changed(vmf)?": vmfPteChanged(i).then({ true: "pte_unmap_unlock(vmf->pte, vmf->ptl)" }),
      "folio_add_new_anon_rmap(folio)": of(cow, setMapcountToOne),
      "set_ptes(vma->vm_mm, addr, vmf->pte, entry, nr)": of(cow, setPteAt(i, { writable: true, dirty: true })).then(
        (_, me) => {
          me.mapped = true;
        },
      ),
      "pte_unmap_unlock(vmf->pte, vmf->ptl)": unlockPtl(i),
      "unlock_page(vmf->page)": unlockPage,
      "put_page(vmf->page)": putPage.then((_, { mapped }) => (mapped ? done : undefined)),
      "uncharge_out: folio_put(folio)": of(cow, putPage),
    },
    {
      file: "mm/memory.c",
      release,
      functions: ["do_cow_fault", "finish_fault", "set_pte_range"],
      at: { "pte_unmap_unlock(vmf->pte, vmf->ptl)": "unlock: pte_unmap_unlock(vmf->pte, vmf->ptl)" },
      omits: {
        vmf_can_call_fault: "the VMA lock: it is held",
        vmf_anon_prepare: "there is one anon_vma",
        copy_mc_user_highpage: "nobody stores to the source page where this path runs",
        __folio_mark_uptodate: "nobody looks for it in an anonymous page, and no user reads the copy here",
        ...SMALL,
        folio_add_lru_vma: "the LRU lists: nobody else knows the page yet",
        "else (write && !(vma->vm_flags & VM_SHARED))": "a page of the file: finish_fault() of the other faults",
        ...(release === "v7.1" && { folio_test_dirty: "of mappings that need no write fault, as of tmpfs" }),
      },
      leavesOut: "anon_vma, memcg charge, the copied data, the LRU list, rss, a page table that is missing",
    },
  );

/**
 * do_shared_fault() with fault_dirty_shared_page(), mm/memory.c, v6.12 and v7.1: a write fault in a shared mapping. With
 * `mkwrite`, the vma has a ->page_mkwrite, for which the folio lock is dropped.
 */
export const doSharedFaultFolio = (i: VmaIndex, release: FaultRelease, mkwrite: boolean) =>
  kernel.path(
    "do_shared_fault",
    { page: ref(Page) },
    {
      "__do_fault(vmf)": call(doFaultFolio(release), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return done;
      }),
      "folio_unlock(folio)": mkwrite && unlockPage,
      "do_page_mkwrite(vmf, folio)":
        mkwrite &&
        call(
          pageMkwriteFolio(release),
          ({ page }) => ({ page }),
          (_, { gone }) => {
            if (gone) return "folio_put(folio)";
          },
        ),
      "finish_fault(vmf)": call(
        finishFaultFolio(i, release, "write"),
        ({ page }) => ({ page }),
        (_, { mapped }) => {
          if (!mapped) return "folio_unlock(folio), not mapped";
        },
      ),
      "fault_dirty_shared_page(): folio_mark_dirty(folio)": setPageDirty,
      "fault_dirty_shared_page(): folio_unlock(folio)": unlockPage.then(done),
      "folio_unlock(folio), not mapped": unlockPage,
      "folio_put(folio)": putPage,
    },
    {
      file: "mm/memory.c",
      release,
      functions: ["do_shared_fault", "fault_dirty_shared_page"],
      at: {
        "folio_unlock(folio), not mapped": "do_shared_fault: folio_unlock(folio) #2",
        "folio_put(folio)": mkwrite ? ["folio_put(folio) #2", "folio_put(folio) #1"] : "folio_put(folio) #2",
      },
      omits: {
        vmf_can_call_fault: "the VMA lock: it is held",
        ...(!mkwrite && { "if (vma->vm_ops->page_mkwrite)": "a vma without ->page_mkwrite" }),
        folio_raw_mapping: "only for balance_dirty_pages(); the mapping is the file's, which stays",
        file_update_time: "the times of the file",
        "if ((dirtied || page_mkwrite) && mapping)": "balance_dirty_pages(): only waits, after all locks are dropped",
      },
      leavesOut: "balance_dirty_pages(), a ->page_mkwrite that returns the folio unlocked, VM_FAULT_RETRY",
    },
  );
