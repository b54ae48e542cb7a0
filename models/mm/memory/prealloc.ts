import { alloc, bool, call, done, extend, free, inWord, ref, slab, struct, type StateOf } from "faultline";
import { rmapMapped } from "../../kernel/deletion.ts";
import {
  addMmCounter,
  lockPmd,
  lockPtl,
  pageAddFileRmap,
  pmdNone,
  pteNone,
  putPage,
  setPteAt,
  trylockPage,
  unlockPage,
  unlockPmd,
  unlockPtl,
  pmdPopulate,
} from "../../kernel/primitives.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";
import { filemapFault } from "../filemap/filemap-fault.ts";
import { findGetEntry } from "../filemap/find-get-entry.ts";

const PageTable = struct("PageTable", {});

/** The kernel's state with the page tables that are allocated: the one in use, and those that faults hold in advance. */
export const tables = extend(kernel, {
  pageTable: slab(PageTable, 2),
  /** The one that pmd holds. */
  within: { Vma: { table: inWord("pmd", ref(PageTable)) } },
});
type Tables = StateOf<typeof tables>;
type Holder = { prealloc: Tables["vma"][number]["table"] };

const FREE = "do_fault(): pte_free(mm, vmf->prealloc_pte)" as const;

/**
 * alloc_set_pte() with pte_alloc_one_map(), mm/memory.c, v5.9: puts the page table that was allocated in advance into
 * the pmd entry, if that is still empty, and maps the page. Returns with ptl held, the locals `prealloc`, what is left of
 * it, and `mapped`.
 */
const allocSetPte = (i: VmaIndex) =>
  tables.path(
    "alloc_set_pte",
    { page: ref(Page), prealloc: ref(PageTable), mapped: bool },
    {
      "pmd_none(*vmf->pmd)?": pmdNone(i).then({ false: "spin_lock(vmf->ptl)" }),
      "pmd_lock(mm, vmf->pmd)": lockPmd(i),
      "pmd_none(*vmf->pmd)? under pmd_lock()": pmdNone(i).then({ false: "spin_unlock(pmd_lock)" }),
      "pmd_populate(mm, vmf->pmd, vmf->prealloc_pte)": pmdPopulate(i).then((k: Tables, me: Holder) => {
        k.vma[i].table = me.prealloc;
        me.prealloc = null;
      }),
      "spin_unlock(pmd_lock)": unlockPmd(i),
      "spin_lock(vmf->ptl)": lockPtl(i),
      "pte_none(*vmf->pte)?": pteNone(i).then({ false: done }),
      "inc_mm_counter_fast(mm, MM_FILEPAGES)": addMmCounter(i, 1),
      "page_add_file_rmap(page)": pageAddFileRmap(i),
      "set_pte_at(vmf->pte)": setPteAt(i).then((k, me) => {
        rmapMapped(k.vma[i], me.page!);
        me.mapped = true;
      }),
    },
    {
      file: "mm/memory.c",
      release: "v5.9",
      leavesOut: "huge pmds, mm->pgtables_bytes, the cache of the rss counter in the task, -ENOMEM",
    },
  );

/**
 * do_fault() with do_read_fault() and do_fault_around(), mm/memory.c, v5.9, as far as it is about page tables: one is
 * allocated before any page lock is taken (__do_fault() explains why), and what the fault has not used is freed at the
 * end. `freesIfSolved` set to false: an early return, once do_fault_around() has solved the fault, forgets that.
 */
export const doFaultPrealloc = (i: VmaIndex, freesIfSolved: boolean) =>
  tables.path(
    "do_fault",
    { page: ref(Page), prealloc: ref(PageTable), mapped: bool },
    {
      "do_fault_around(): pmd_none(*vmf->pmd)?": pmdNone(i).then({ false: "filemap_map_pages(): xas_find(&xas)" }),
      "do_fault_around(): vmf->prealloc_pte = pte_alloc_one(mm)": alloc(
        (k: Tables) => k.pageTable,
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
        (me, { prealloc, mapped }) => {
          me.prealloc = prealloc;
          me.mapped = mapped;
        },
      ),
      "filemap_map_pages(): unlock_page(page)": unlockPage,
      "filemap_map_pages(): put_page(page), not mapped": putPage.when((_, { mapped }) => !mapped),
      // Whether this fault has mapped the page or another one had: the PTE is there, and the fault is solved.
      "do_fault_around(): pte_unmap_unlock(vmf->ptl)": unlockPtl(i).then(freesIfSolved ? FREE : done),

      "filemap_map_pages(): skip: put_page(page)": putPage,
      "__do_fault(): filemap_fault()": call(filemapFault(), undefined, (me, { page }) => {
        me.page = page;
        return page ? undefined : FREE;
      }),
      "finish_fault(): alloc_set_pte()": call(
        allocSetPte(i),
        ({ page, prealloc }) => ({ page, prealloc }),
        (me, { prealloc, mapped }) => {
          me.prealloc = prealloc;
          me.mapped = mapped;
        },
      ),
      "finish_fault(): pte_unmap_unlock(vmf->ptl)": unlockPtl(i),
      "unlock_page(vmf->page)": unlockPage.then((_, { mapped }) => (mapped ? FREE : undefined)),
      "put_page(vmf->page)": putPage,
      [FREE]: free((_: Tables, { prealloc }: Holder) => prealloc),
    },
    {
      file: "mm/memory.c",
      release: freesIfSolved ? "v5.9" : "v5.9, one way out without pte_free()",
      leavesOut:
        "the other pages of the window, and so vmf->address and vmf->pte that go back to the faulting address; tests of the page (nothing removes it); pte_alloc_one() in __do_fault() (do_fault_around() has done it, and no table is taken away under mmap_lock); smp_wmb() before the table is seen",
    },
  );
