import { alloc, bool, call, done, free, once, ref, type Draft } from "faultline";
import { rmapMapped } from "../../kernel/deletion.ts";
import { RCU } from "../../kernel/omissions.ts";
import {
  addMmCounter,
  lockPmd,
  pageAddFileRmap,
  pmdNone,
  putPage,
  setPte,
  trylockPage,
  unlockPage,
  unlockPmd,
} from "../../kernel/primitives.ts";
import { Page, PageTable, kernel, type Kernel, type VmaIndex } from "../../kernel/world.ts";
import { lockTable, pmdPopulateWith, pmdpGet, tablePteNone, unlockTable } from "../../kernel/walk.ts";
import { filemapFault } from "../filemap/filemap-fault.ts";
import { findGetEntry } from "../filemap/find-get-entry.ts";

type Table = Draft<typeof PageTable> | null;
interface Holder {
  prealloc: Table;
}

const FREE = "do_fault(): pte_free(mm, vmf->prealloc_pte)" as const;

/**
 * alloc_set_pte() with pte_alloc_one_map(), mm/memory.c, v5.9: puts the page table that was allocated in advance into
 * the pmd entry, if that is still empty, and maps the page. Returns with ptl held, the locals `prealloc`, what is left of
 * it, and `mapped`.
 */
const allocSetPte = (i: VmaIndex) =>
  kernel.path(
    "alloc_set_pte",
    { page: ref(Page), prealloc: ref(PageTable), table: ref(PageTable), mapped: bool },
    {
      "pmd_none(*vmf->pmd)?": pmdpGet(i).then((_, __, table) => (table ? "spin_lock(vmf->ptl)" : undefined)),
      "pmd_lock(mm, vmf->pmd)": lockPmd(i),
      "pmd_none(*vmf->pmd)? under pmd_lock()": pmdpGet(i).then((_, __, table) =>
        table ? "spin_unlock(pmd_lock)" : undefined,
      ),
      "pmd_populate(mm, vmf->pmd, vmf->prealloc_pte)": pmdPopulateWith(i, ({ prealloc }: Holder) => prealloc).then(
        (_, me: Holder & { table: Table }) => {
          me.table = me.prealloc;
          me.prealloc = null;
        },
      ),
      "spin_unlock(pmd_lock)": unlockPmd(i),
      "spin_lock(vmf->ptl)": lockTable,
      "pte_none(*vmf->pte)?": tablePteNone.then({ false: done }),
      "inc_mm_counter_fast(mm, MM_FILEPAGES)": addMmCounter(i, 1),
      "page_add_file_rmap(page)": pageAddFileRmap(i),
      "set_pte_at(vmf->pte)": once((k, me) => {
        setPte(me.table!.pte, me.page!);
        rmapMapped(k.vma[i], me.page!);
        me.mapped = true;
      }),
    },
    {
      file: "mm/memory.c",
      release: "v5.9",
      functions: ["alloc_set_pte", "pte_alloc_one_map"],
      at: {
        "pmd_none(*vmf->pmd)?": "pte_alloc_one_map(): pmd_none(*vmf->pmd) #1",
        "pmd_lock(mm, vmf->pmd)": "pte_alloc_one_map(): pmd_lock()",
        "pmd_none(*vmf->pmd)? under pmd_lock()": "pte_alloc_one_map(): pmd_none(*vmf->pmd) #2",
        "spin_unlock(pmd_lock)": [
          "pte_alloc_one_map(): spin_unlock(vmf->ptl) #2",
          "pte_alloc_one_map(): spin_unlock(vmf->ptl) #1",
        ],
        "spin_lock(vmf->ptl)": "pte_alloc_one_map(): pte_offset_map_lock()",
        "inc_mm_counter_fast(mm, MM_FILEPAGES)": "inc_mm_counter_fast(mm, mm_counter_file(page))",
      },
      omits: {
        "if (pmd_none(*vmf->pmd) && PageTransCompound(page)), pmd_devmap_trans_unstable": "no page here is huge",
        pte_alloc: "without a table in advance: do_fault() has one wherever the pmd entry was empty",
        "if (write && !(vma->vm_flags & VM_SHARED))": "a private copy: these faults read",
      },
      leavesOut: "huge pmds, mm->pgtables_bytes, the cache of the rss counter in the task, -ENOMEM",
    },
  );

/**
 * do_fault() with do_read_fault() and do_fault_around(), mm/memory.c, v5.9, as far as it is about page tables: one is
 * allocated before any page lock is taken (__do_fault() explains why), and what the fault has not used is freed at the
 * end. `freesIfSolved` set to false: an early return, once do_fault_around() has solved the fault, forgets that.
 */
export const doFaultPrealloc = (i: VmaIndex, freesIfSolved: boolean) =>
  kernel.path(
    "do_fault",
    { page: ref(Page), prealloc: ref(PageTable), table: ref(PageTable), mapped: bool },
    {
      "do_fault_around(): pmd_none(*vmf->pmd)?": pmdNone(i).then({ false: "filemap_map_pages(): xas_find(&xas)" }),
      "do_fault_around(): vmf->prealloc_pte = pte_alloc_one(mm)": alloc(
        (k: Kernel) => k.table,
        (_, me: Holder, table) => {
          me.prealloc = table;
        },
      ),
      "filemap_map_pages(): xas_find(&xas)": call(findGetEntry(), undefined, (me, { page }) => {
        me.page = page;
        return page ? undefined : FREE;
      }),
      "filemap_map_pages(): trylock_page(page)": trylockPage.then({
        false: "filemap_map_pages(): skip: put_page(page)",
      }),
      "filemap_map_pages(): alloc_set_pte()": call(
        allocSetPte(i),
        ({ page, prealloc }) => ({ page, prealloc }),
        (me, { prealloc, table, mapped }) => {
          me.prealloc = prealloc;
          me.table = table;
          me.mapped = mapped;
        },
      ),
      "filemap_map_pages(): unlock_page(page)": unlockPage,
      "filemap_map_pages(): put_page(page), not mapped": putPage.when((_, { mapped }) => !mapped),
      // Whether this fault has mapped the page or another one had: the PTE is there, and the fault is solved.
      "do_fault_around(): pte_unmap_unlock(vmf->ptl)": unlockTable.then(freesIfSolved ? FREE : done),

      "filemap_map_pages(): skip: put_page(page)": putPage,
      "__do_fault(): filemap_fault()": call(filemapFault(), undefined, (me, { page }) => {
        me.page = page;
        return page ? undefined : FREE;
      }),
      "finish_fault(): alloc_set_pte()": call(
        allocSetPte(i),
        ({ page, prealloc }) => ({ page, prealloc }),
        (me, { prealloc, table, mapped }) => {
          me.prealloc = prealloc;
          me.table = table;
          me.mapped = mapped;
        },
      ),
      "finish_fault(): pte_unmap_unlock(vmf->ptl)": unlockTable,
      "unlock_page(vmf->page)": unlockPage.then((_, { mapped }) => (mapped ? FREE : undefined)),
      "put_page(vmf->page)": putPage,
      [FREE]: free((_: Kernel, { prealloc }: Holder) => prealloc),
    },
    {
      file: "mm/memory.c",
      release: freesIfSolved ? "v5.9" : "v5.9, one way out without pte_free()",
      functions: ["do_fault", "do_read_fault", "do_fault_around", "filemap_map_pages", "__do_fault", "finish_fault"],
      at: {
        "filemap_map_pages(): xas_find(&xas)": [
          "filemap_map_pages(): xas_for_each()",
          "filemap_map_pages(): page_cache_get_speculative(page)",
          "filemap_map_pages(): xas_reload(&xas)",
        ],
        "filemap_map_pages(): unlock_page(page)": [
          "filemap_map_pages(): unlock_page(page) #1",
          "filemap_map_pages(): unlock_page(page) #2",
        ],
        "filemap_map_pages(): put_page(page), not mapped": "filemap_map_pages(): put_page(page)",
        "filemap_map_pages(): skip: put_page(page)": "filemap_map_pages(): put_page(page)",
        "__do_fault(): filemap_fault()": "__do_fault(): vma->vm_ops->fault()",
      },
      omits: {
        "if (!vma->vm_ops->fault)": "a vma that has no file",
        "do_cow_fault, do_shared_fault": "these faults read",
        "do_fault_around(): smp_wmb()": "an empty table before its address: a table is empty here from the start",
        ...RCU,
        "find_subpage, pmd_trans_huge": "no page here is compound",
        PageLocked: "a page that is locked is given up there, or by trylock_page()",
        "PageUptodate, PageReadahead, PageHWPoison, page->mapping != mapping, i_size_read":
          "nothing removes the page, cuts the file, or sets or clears one of these flags",
        "do_fault_around(): pte_none(*vmf->pte)":
          "a fault that has come to ptl has set the PTE, or has found it set: nobody takes it off",
        "if (pmd_none(*vmf->pmd) && !vmf->prealloc_pte)":
          "do_fault_around() has allocated a table, or has found one: nobody takes it away under mmap_lock",
        "if (unlikely(PageHWPoison(vmf->page)))": "nothing sets it",
        "__do_fault(): lock_page(vmf->page)": "filemap_fault() returns with the page lock held",
      },
      leavesOut:
        "the other pages of the window, and so vmf->address and vmf->pte that go back to the faulting address; tests of the page (nothing removes it); pte_alloc_one() in __do_fault() (do_fault_around() has done it, and no table is taken away under mmap_lock); smp_wmb() before the table is seen",
    },
  );
