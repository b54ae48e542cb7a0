/**
 * Page tables that a path finds by the pmd entry, and holds in its local `table`: for paths beside which page tables come,
 * go and move. Where they stay where they are, the primitives of a vma do: `lockPtl(i)`, `pteNone(i)`.
 */
import { lock, once, relaxed, unlock, type Draft } from "faultline";
import { clearPte, isNone, setPte } from "./primitives.ts";
import type { Kernel, PageDraft, PageTable, VmaIndex } from "./world.ts";

type PageTableDraft = Draft<typeof PageTable>;
interface Walks {
  table: PageTableDraft | null;
}
interface InTable {
  readonly table: PageTableDraft | null;
}

/** pmd = pmdp_get_lockless(pmd): one load of the entry. Its result, and the local `table`: the page table, or NULL. */
export const pmdpGet = (i: VmaIndex) =>
  once((k: Kernel, me: Walks): PageTableDraft | null => {
    me.table = k.vma[i].pmd === "table" ? k.vma[i].table : null;
    return me.table;
  });

/** pmd_same(): whether the entry still holds the table that was found there. */
export const pmdSame = (i: VmaIndex) =>
  once((k: Kernel, { table }: InTable) => k.vma[i].pmd === "table" && k.vma[i].table === table);

/** pmd_populate(), with the page table that `which` names. */
export const pmdPopulateWith = <M>(i: VmaIndex, which: (me: M) => PageTableDraft | null) =>
  once((k: Kernel, me: M): void => {
    k.vma[i].pmd = "table";
    k.vma[i].table = which(me);
  });

/** pmd_clear() */
export const pmdClear = (i: VmaIndex) =>
  once((k: Kernel): void => {
    k.vma[i].pmd = "none";
    k.vma[i].table = null;
  });

/** pmdp_get_and_clear(), and so pmdp_collapse_flush(): an RMW of the entry. The local `table` is what it held. */
export const pmdpGetAndClear = (i: VmaIndex) =>
  relaxed((k: Kernel, me: Walks): void => {
    me.table = k.vma[i].table;
    k.vma[i].pmd = "none";
    k.vma[i].table = null;
  });

const ptl = (_: Kernel, { table }: InTable) => table!.ptl;

/** spin_lock() of the page table that was found. */
export const lockTable = lock(ptl);
/** spin_unlock() of the page table that was found. */
export const unlockTable = unlock(ptl);

/** pte_none(*pte)? in the page table that was found. */
export const tablePteNone = once((_: Kernel, { table }: InTable) => isNone(table!.pte));
/** *pte, ptep_get() in the page table that was found: its result is the entry. */
export const tablePte = once((_: Kernel, { table }: InTable) => table!.pte);
/** set_pte_at() in the page table that was found. */
export const setTablePte = (bits?: Parameters<typeof setPte>[2]) =>
  once((_: Kernel, { table, page }: InTable & { readonly page: PageDraft | null }): void =>
    setPte(table!.pte, page!, bits),
  );
/** ptep_get_and_clear() in the page table that was found; `seen` looks at what it returns. */
export const tablePtepGetAndClear = <M extends InTable>(seen?: (k: Kernel, me: M) => void) =>
  relaxed((k: Kernel, me: M): void => {
    seen?.(k, me);
    clearPte(me.table!.pte);
  });
