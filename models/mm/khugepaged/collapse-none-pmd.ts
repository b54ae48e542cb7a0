/** The pmd entry that collapse_huge_page() takes out, and who walks by rmap meanwhile: mm/khugepaged.c and mm/page_vma_mapped.c. */
import { bool, done, extend, ghost, lock, lockShared, once, ref, unlock, unlockShared } from "faultline";
import type { StateOf } from "faultline";
import { tablePteClear } from "../../kernel/table-sync.ts";
import { lockTable, pmdPopulateWith, pmdSame, pmdpGet, pmdpGetAndClear, unlockTable } from "../../kernel/walk.ts";
import {
  clearPte,
  lockPmd,
  newpage,
  of,
  pageRemoveRmap,
  setMapcountToOne,
  setPte,
  tail as second,
  trylockPage,
  unlockPage,
  unlockPmd,
} from "../../kernel/primitives.ts";
import { Page, PageTable, kernel, type Kernel, type PageDraft } from "../../kernel/world.ts";

export const rmapWalks = extend(kernel, {
  /** A walk has found no entry of a folio that is mapped. */
  missed: ghost(bool),
});

export interface NonePmd {
  /** A whole page table, as in v7.1, or a part of it: the series of mTHP, where the second page is a neighbour that stays as it is. */
  readonly order: "pmd" | "mthp";
  /** Until when it has the anon_vma locked: until the pages are isolated, as in v7.1, until the pmd entry is back, or it does not. */
  readonly anonVma: "until isolated" | "until populated" | "not at all";
  /** A page is unlocked once its entry is cleared, and not before, as in v7.1. */
  readonly clearsFirst: boolean;
}

type TableDraft = Kernel["table"][number];
interface Walks {
  readonly table: TableDraft | null;
}
const FAIL = "spin_unlock(pte_ptl), not isolated" as const;
const RESTORE = "pmd_populate(mm, pmd, pmd_pgtable(_pmd)), not isolated" as const;
const UNLOCK = "anon_vma_unlock_write()" as const;
const anonVma = (k: StateOf<typeof rmapWalks>) => k.anonVmaRwsem;

/** collapse_huge_page(), of two pages of a table, or of the first one. mmap_lock and the VMA's lock keep all but rmap out. */
export const collapseNonePmd = ({ order, anonVma: until, clearsFirst }: NonePmd) => {
  const whole = order === "pmd";
  return rmapWalks.path(
    "collapse_huge_page",
    { table: ref(PageTable), page: ref(Page) },
    {
      "anon_vma_lock_write(vma->anon_vma)": until !== "not at all" && lock(anonVma),
      "pmd_ptl = pmd_lock(mm, pmd)": lockPmd(0),
      "_pmd = pmdp_collapse_flush(vma, address, pmd)": pmdpGetAndClear(0),
      "spin_unlock(pmd_ptl)": unlockPmd(0),
      "pte = pte_offset_map_lock(mm, &_pmd)": lockTable,
      "isolate: pteval = ptep_get(_pte)": once((k, me) => {
        me.page = k.page;
        return me.table!.pte.page === k.page ? undefined : FAIL;
      }),
      "isolate: folio_trylock(folio)": trylockPage.then({ false: FAIL }),
      "isolate: pteval = ptep_get(_pte), the second":
        whole && once((k, { table }) => (table!.tailPte.page === k.tail ? undefined : "isolate: folio_unlock(folio)")),
      "isolate: folio_trylock(folio), the second":
        whole && of(second, trylockPage).then({ false: "isolate: folio_unlock(folio)" }),
      "spin_unlock(pte_ptl)": unlockTable,
      "anon_vma_unlock_write(), isolated": until === "until isolated" && unlock(anonVma),

      "copy: release_pte_folio(src): folio_unlock(src)": !clearsFirst && unlockPage,
      "copy: spin_lock(ptl)": lockTable,
      "copy: ptep_clear(_pte)": tablePteClear,
      "copy: folio_remove_rmap_pte(src)": pageRemoveRmap(),
      "copy: spin_unlock(ptl)": unlockTable,
      "folio_unlock(src), cleared": clearsFirst && unlockPage,
      "copy: release_pte_folio(src): folio_unlock(src), the second": whole && !clearsFirst && of(second, unlockPage),
      "copy: spin_lock(ptl), the second": whole && lockTable,
      "copy: ptep_clear(_pte), the second": whole && once((_, { table }: Walks) => clearPte(table!.tailPte)),
      "copy: folio_remove_rmap_pte(src), the second": whole && of(second, pageRemoveRmap()),
      "copy: spin_unlock(ptl), the second": whole && unlockTable,
      "folio_unlock(src), cleared, the second": whole && clearsFirst && of(second, unlockPage),

      "spin_lock(pmd_ptl), again": lockPmd(0),
      "folio_add_new_anon_rmap(folio)": of(newpage, setMapcountToOne),
      "pgtable_trans_huge_deposit(mm, pmd, pgtable)":
        whole &&
        once((k, { table }: Walks) => {
          k.vma[0].deposit = table;
        }),
      "set_pmd_at(mm, address, pmd, _pmd)":
        whole &&
        once((k) => {
          k.vma[0].pmd = "huge";
          k.vma[0].table = null;
        }),
      "set_ptes(pte)": !whole && once((k, { table }: Walks) => setPte(table!.pte, newpage(k))),
      "pmd_populate(mm, pmd, pmd_pgtable(_pmd))": !whole && pmdPopulateWith(0, ({ table }: Walks) => table),
      "spin_unlock(pmd_ptl), again": unlockPmd(0).then(until === "until populated" ? UNLOCK : done),

      "isolate: folio_unlock(folio)": whole && unlockPage,
      [FAIL]: unlockTable,
      "spin_lock(pmd_ptl), not isolated": lockPmd(0),
      [RESTORE]: pmdPopulateWith(0, ({ table }: Walks) => table),
      "spin_unlock(pmd_ptl), not isolated": unlockPmd(0),
      [UNLOCK]: until !== "not at all" && unlock(anonVma),
    },
    {
      file: "mm/khugepaged.c",
      release: whole && until === "until isolated" ? "v7.1" : "v7.1, and what the series of mTHP changes",
      notInSource:
        "the steps of collapse_huge_page() from anon_vma_lock_write() on that touch entries, locks of folios and mapcounts",
      leavesOut:
        "mmap_lock and the VMA's lock, which no rmap walk takes; the counts (where they do not fit, it ends before); flushes, GUP-fast, the copy itself",
    },
  );
};

const NOT_FOUND = "not_found(): anon_vma_unlock_read(anon_vma)" as const;

/** try_to_unmap() of one of the pages, by reclaim, migration or memory_failure(): mm/rmap.c, v7.1. */
export const unmapByRmap = (which: (k: Kernel) => PageDraft) =>
  rmapWalks.path(
    "try_to_unmap",
    { table: ref(PageTable), page: ref(Page), isFirst: bool },
    {
      "folio_trylock(folio)": of(which, trylockPage).then((k, me, got) => {
        me.page = which(k);
        me.isFirst = which(k) === k.page;
        return got ? undefined : done;
      }),
      "folio_mapped(folio)?": once((_, { page }) => (page!.mapcount > 0 ? undefined : "folio_unlock(folio)")),
      "rmap_walk_anon(): anon_vma_lock_read(anon_vma)": lockShared(anonVma),
      "pmde = pmdp_get_lockless(pvmw->pmd)": pmdpGet(0).then({ null: NOT_FOUND }),
      "map_pte(): spin_lock(ptl)": lockTable,
      "pmd_same(pmde, pmdp_get_lockless(pvmw->pmd))?": pmdSame(0).then({ false: "spin_unlock(ptl), restart" }),
      "check_pte(): maps folio?": once((_, { table, page, isFirst }) =>
        (isFirst ? table!.pte : table!.tailPte).page === page ? undefined : "spin_unlock(ptl)",
      ),
      "ptep_clear_flush(pvmw.pte)": once((_, { table, isFirst }) => clearPte(isFirst ? table!.pte : table!.tailPte)),
      "folio_remove_rmap_pte(folio)": pageRemoveRmap(),
      "spin_unlock(ptl)": unlockTable.then(NOT_FOUND),
      "spin_unlock(ptl), restart": unlockTable.then("pmde = pmdp_get_lockless(pvmw->pmd)"),
      [NOT_FOUND]: unlockShared(anonVma),
      "folio_mapped(folio)?, behind the walk": once((k, { page }) => {
        if (page!.mapcount > 0) k.missed = true;
      }),
      "folio_unlock(folio)": unlockPage,
    },
    {
      file: "mm/rmap.c",
      release: "v7.1",
      notInSource:
        "try_to_unmap() of one folio, with page_vma_mapped_walk(), of which what touches the entries is modelled",
      leavesOut: "how the folio is found; references; the entry that is stored instead; other VMAs (there is none)",
    },
  );
