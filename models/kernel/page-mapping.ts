/** The page in its file, and how often it is mapped, as steps: a part of the table in primitives.ts. */
import { condition, full, noreturn, once, release } from "faultline";
import { rmapAhead, rmapTakenBack } from "./deletion.ts";
import type { FindsPage, OfPage } from "./of-page.ts";
import { mustBeKept } from "./page-references.ts";
import type { Kernel, PageDraft, VmaIndex } from "./world.ts";

/** page->mapping == mapping? */
export const mappingMatches = condition(once((_: unknown, { page }: OfPage) => page!.mapping === "file"));

/** page->mapping = ... */
export const setMapping = (to: PageDraft["mapping"]) =>
  once((_: unknown, { page }: OfPage): void => {
    mustBeKept(page!);
    page!.mapping = to;
  });

/** page->index = ..., of an anonymous page. */
export const setIndex = (to: VmaIndex) =>
  once((_: unknown, { page }: OfPage): void => {
    mustBeKept(page!);
    page!.index = to;
  });

/** index < i_size_read(inode)? */
export const indexInFile = once((k: Kernel) => k.isize > 0);

/** page = xas_load(&xas): whether there is one. */
export const xasLoad = once((k: Kernel, me: FindsPage) => {
  me.page = k.slot;
});

/** xas_store(&xas, ...): it ends in rcu_assign_pointer(), also of NULL, which is no constant there. */
export const xasStore = (which: (k: Kernel) => PageDraft | null) =>
  release((k: Kernel): void => {
    k.slot = which(k);
  });

/** The device reads the page, once it has been told to: what is on disk then. By then nobody else may have the page. */
export const deviceReadsPage = full((k: Kernel, { page }: OfPage): void => {
  mustBeKept(page!);
  k.disk = page!.data;
});

/** page_mapped(page)? */
export const pageMapped = condition(once((_: unknown, { page }: OfPage) => page!.mapcount !== 0));

/** page_mapcount(page) == 1? */
export const mapcountIsOne = condition(once((_: unknown, { page }: OfPage) => page!.mapcount === 1));

/** page_mapcount(page) > 0? */
export const mapcountAboveZero = once((_: unknown, { page }: OfPage) => page!.mapcount > 0);

/** page_add_file_rmap(page), before the PTE of vma `i` is stored, where the deletion of the page asks for that. */
export const pageAddFileRmap = (i?: VmaIndex) =>
  full((k: Kernel, { page }: OfPage): void => {
    mustBeKept(page!);
    page!.mapcount++;
    if (i !== undefined) rmapAhead(k.vma[i]);
  });

/** page_dup_rmap(page) */
export const pageDupRmap = noreturn((_: unknown, { page }: OfPage): void => {
  mustBeKept(page!);
  page!.mapcount++;
});

/** page_remove_rmap(page), after the PTE of vma `i` is cleared, where the deletion of the page asks for that. */
export const pageRemoveRmap = (i?: VmaIndex) =>
  full((k: Kernel, { page }: OfPage): void => {
    mustBeKept(page!);
    page!.mapcount--;
    if (i !== undefined) rmapTakenBack(k.vma[i], page!);
  });

/** hugetlb_remove_rmap(folio), page_remove_rmap() of a huge page of hugetlb: atomic_dec(), whose result nobody asks for. */
export const hugetlbRemoveRmap = noreturn((_: unknown, { page }: OfPage): void => {
  mustBeKept(page!);
  page!.mapcount--;
});

/** page_add_new_anon_rmap(page): _mapcount = 0, of a page that nobody else knows. */
export const setMapcountToOne = once((_: unknown, { page }: OfPage): void => {
  mustBeKept(page!);
  page!.mapcount = 1;
});
