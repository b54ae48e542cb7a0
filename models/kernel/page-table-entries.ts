/** Entries of page tables, as steps: a part of the table in primitives.ts. */
import { noreturn, once, relaxed } from "faultline";
import type { FindsPage, OfPage } from "./of-page.ts";
import type { Kernel, PageDraft, PteDraft, VmaIndex } from "./world.ts";

/** pmd_none(*pmd)? */
export const pmdNone = (i: VmaIndex) => once((k: Kernel) => k.vma[i].pmd === "none");

/** pmd_trans_huge(*pmd)? */
export const pmdTransHuge = (i: VmaIndex) => once((k: Kernel) => k.vma[i].pmd === "huge");

/** pmd_populate() */
export const pmdPopulate = (i: VmaIndex) =>
  once((k: Kernel): void => {
    k.vma[i].pmd = "table";
    k.vma[i].table = k.table[i];
  });

/** pte_none(), of an entry that has been loaded: it maps nothing, and is no other kind of entry. */
export const isNone = ({ page, kind }: PteDraft): boolean => page === null && kind === "plain";

/** pte_none(*pte)? */
export const pteNone = (i: VmaIndex) => once((k: Kernel) => isNone(k.table[i].pte));

/** *pte, ptep_get(), in one load of the whole entry: its result is the entry, of which `then` looks at what it needs. */
export const ptepGet = (i: VmaIndex) => once((k: Kernel) => k.table[i].pte);

/** page = pte_page(*pte); NULL if nothing is mapped. */
export const ptePage = (i: VmaIndex) =>
  once((k: Kernel, me: FindsPage): void => {
    me.page = k.table[i].pte.page;
  });

interface PteBits {
  readonly writable?: boolean;
  readonly dirty?: boolean;
  readonly young?: boolean;
}

/** set_pte_at() or ptep_set_access_flags(), in a step of the path's own: a plain store of the whole entry. */
export function setPte(
  pte: PteDraft,
  page: PageDraft,
  { writable = false, dirty = false, young = false }: PteBits = {},
): void {
  clearPte(pte);
  pte.page = page;
  pte.writable = writable;
  pte.dirty = dirty;
  pte.young = young;
}

/** Makes the entry none, in a step of the path's own. All of the word is stored, so that nothing of it is read. */
export function clearPte(pte: PteDraft): void {
  pte.page = null;
  pte.writable = false;
  pte.dirty = false;
  pte.young = false;
  pte.kind = "plain";
  pte.slot = null;
  pte.migrating = null;
  pte.device = null;
  pte.marker = "none";
}

/** set_pte_at(), of an entry that maps the page. */
export const setPteAt = (i: VmaIndex, bits?: PteBits) =>
  once((k: Kernel, { page }: OfPage): void => setPte(k.table[i].pte, page!, bits));
/** ptep_set_access_flags(), and what changes the entry after ptep_modify_prot_start() */
export { setPteAt as ptepSetAccessFlags, setPteAt as ptepModifyProtCommit };

/** ptep_set_wrprotect() */
export const ptepSetWrprotect = (i: VmaIndex) =>
  noreturn((k: Kernel): void => {
    k.table[i].pte.writable = false;
  });

/**
 * ptep_get_and_clear(), and so ptep_clear_flush() and ptep_modify_prot_start(): an RMW of the whole entry. x86 and riscv
 * make it a full barrier, arm64 and power do not. `seen` looks at the entry that it returns, in the same operation.
 */
export const ptepGetAndClear = <M>(i: VmaIndex, seen?: (k: Kernel, me: M) => void) =>
  relaxed((k: Kernel, me: M): void => {
    seen?.(k, me);
    const { pte } = k.table[i];
    clearPte(pte);
  });

/** pmdp_huge_get_and_clear(), and so pmdp_huge_clear_flush(): the same of a huge pmd. */
export const pmdpHugeGetAndClear = <M>(i: VmaIndex, seen?: (k: Kernel, me: M) => void) =>
  relaxed((k: Kernel, me: M): void => {
    seen?.(k, me);
    k.vma[i].pmd = "none";
  });
