import { once } from "faultline";
import { setHwpoisonEntry } from "../../kernel/entries.ts";
import { ptepGet } from "../../kernel/primitives.ts";
import type { Kernel, PageDraft, PteDraft } from "../../kernel/world.ts";
import { dupMmapFolio } from "../memory/copy-folio.ts";
import { dupMmap } from "../memory/copy-page-range.ts";
import type { PoisonRelease } from "./unmap-poisoned.ts";

/** copy_nonpresent_pte(), mm/memory.c: the child gets the entry of a poisoned page as it is. */
const copyNonpresent = {
  "copy_nonpresent_pte(): set_pte_at(dst_pte)": once((k: Kernel): void => setHwpoisonEntry(k.table[1].pte)).when(
    (_, { page }: { readonly page: PageDraft | null }) => page === null,
  ),
};
const COPIES = "copy_nonpresent_pte(): set_pte_at(dst_pte)" as const;
const poisoned = ({ kind }: PteDraft): boolean => kind === "hwpoison";

/** dup_mmap(), where the entry may be that of a poisoned page. */
export const forkPoisoned = (release: PoisonRelease) =>
  release === "v5.9"
    ? dupMmap("5.9").with({
        replace: {
          "page = vm_normal_page(*src_pte)": ptepGet(0).then((_, me: { page: PageDraft | null }, pte) => {
            me.page = pte.page;
            return pte.page ? undefined : poisoned(pte) ? COPIES : "spin_unlock(src_ptl)";
          }),
        },
        before: { "spin_unlock(src_ptl)": copyNonpresent },
        as: "poisoned",
      })
    : dupMmapFolio(release).with({
        replace: {
          "ptent = ptep_get(src_pte)": ptepGet(0).then((_, me: { page: PageDraft | null; writable: boolean }, pte) => {
            me.page = pte.page;
            if (!pte.page) return poisoned(pte) ? COPIES : "pte_unmap_unlock(src_ptl)";
            me.writable = pte.writable;
          }),
        },
        before: { "pte_unmap_unlock(src_ptl)": copyNonpresent },
        as: "poisoned",
      });
