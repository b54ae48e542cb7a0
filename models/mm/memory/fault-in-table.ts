import { alloc, bool, call, done, free, once, rcuReadLock, rcuReadUnlock, ref, type Draft } from "faultline";
import { allocateIfFree, cow, lockPmd, of, putPage, unlockPmd } from "../../kernel/primitives.ts";
import {
  lockTable,
  pmdPopulateWith,
  pmdSame,
  pmdpGet,
  setTablePte,
  tablePteNone,
  unlockTable,
} from "../../kernel/walk.ts";
import { Mm, Page, PageTable, Vma, kernel, type VmaIndex } from "../../kernel/world.ts";
import { lockVmaUnderRcu, vmaEndRead } from "../mmap-lock/vma-refcnt.ts";

interface Allocates {
  readonly spare: Draft<typeof PageTable> | null;
}
const MAP = "pte_offset_map_lock(): pmdval = pmdp_get_lockless(pmd)" as const;
const END = "vma_end_read(vma)" as const;

/**
 * A fault on anonymous memory under the lock of the vma, as far as it is about page tables, mm/memory.c, v7.1: do_anonymous_page()
 * with __pte_alloc() and pte_offset_map_lock(), which looks at the pmd entry again under ptl. `rechecks`: it does.
 */
export const faultInTable = (i: VmaIndex, rechecks: boolean) =>
  kernel.path(
    "do_anonymous_page",
    { mm: ref(Mm), vma: ref(Vma), table: ref(PageTable), spare: ref(PageTable), page: ref(Page), mapped: bool },
    {
      "mm = current->mm": once((k, me) => {
        me.mm = k.mm[i];
      }),
      "lock_vma_under_rcu(mm, address)": call(
        lockVmaUnderRcu(),
        ({ mm }) => ({ mm }),
        (me, { vma }) => {
          me.vma = vma;
          if (!vma) return done;
        },
      ),
      "pte_alloc(): pmd_none(*pmd)?": pmdpGet(i).then((_, _me, table) => (table ? "alloc_anon_folio(vmf)" : undefined)),
      "__pte_alloc(): new = pte_alloc_one(mm)": alloc(
        (k) => k.table,
        (_, me, table) => {
          me.spare = table;
        },
      ),
      "pmd_install(): pmd_lock(mm, pmd)": lockPmd(i),
      "pmd_install(): pmd_none(*pmd)?": pmdpGet(i).then((_, _me, table) =>
        table ? "pmd_install(): spin_unlock(ptl)" : undefined,
      ),
      "pmd_install(): pmd_populate(mm, pmd, *pte)": pmdPopulateWith(i, ({ spare }: Allocates) => spare).then(
        (_, me) => {
          me.spare = null;
        },
      ),
      "pmd_install(): spin_unlock(ptl)": unlockPmd(i),
      "__pte_alloc(): pte_free(mm, new)": free((_, { spare }) => spare),
      "alloc_anon_folio(vmf)": of(cow, allocateIfFree).then((k, me, got) => {
        me.page = got ? k.cow : null;
        return got ? undefined : END;
      }),
      "pte_offset_map_lock(): rcu_read_lock()": rcuReadLock,
      [MAP]: pmdpGet(i).then({ null: "rcu_read_unlock()" }),
      "pte_offset_map_lock(): spin_lock(ptl)": lockTable,
      "pte_offset_map_lock(): pmd_same(pmdval, pmdp_get_lockless(pmd))?":
        rechecks && pmdSame(i).then({ false: "pte_offset_map_lock(): pte_unmap_unlock(pte, ptl)" }),
      "pte_none(ptep_get(vmf->pte))?": tablePteNone.then({ false: "pte_unmap_unlock(vmf->pte, vmf->ptl)" }),
      "set_pte_at(vma->vm_mm, addr, pte, entry)": setTablePte({ writable: true, dirty: true }).then((_, me) => {
        me.mapped = true;
      }),
      "pte_unmap_unlock(vmf->pte, vmf->ptl)": unlockTable.then("rcu_read_unlock()"),
      "pte_offset_map_lock(): pte_unmap_unlock(pte, ptl)": unlockTable.then(MAP),
      "rcu_read_unlock()": rcuReadUnlock,
      "folio_put(folio)": putPage.when((_, { mapped }) => !mapped),
      [END]: call(vmaEndRead, ({ vma }) => ({ vma })),
    },
    {
      file: "mm/memory.c",
      release: rechecks ? "v7.1" : "v7.1, without the second look",
      notInSource: "do_anonymous_page(), as far as it is about page tables",
      leavesOut:
        "rss, rmap, the LRU, userfaultfd, large folios, the swap and the zero page; the fault is taken again where it finds no table",
    },
  );
