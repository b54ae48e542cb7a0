/**
 * shrink_page_list(), later shrink_folio_list(), with try_to_unmap_one(), mm/vmscan.c and mm/rmap.c, of one small lazyfree page
 * (MADV_FREE), which reclaim has isolated: it is thrown away if nobody has stored to it.
 */
import { bool, call, done, int, once, ref, smpMb, smpRmb } from "faultline";
import {
  freeFrozen,
  lockPtl,
  mapcountAboveZero,
  pageFlag,
  pageRefFreeze,
  pageRefUnfreeze,
  pageRemoveRmap,
  ptepGet,
  ptepGetAndClear,
  putPage,
  setPageDirty,
  setPte,
  trylockPage,
  unlockPage,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { flushTlb } from "../../kernel/tlb.ts";
import { wordsOf } from "../../kernel/words.ts";
import { Page, kernel, type PageDraft, type VmaIndex } from "../../kernel/world.ts";
import type { MadviseRelease } from "../madvise/madvise-free.ts";
import { DISCARD_AT, DISCARD_OMITS } from "./discard-in-source.ts";

interface Isolated {
  readonly page: PageDraft | null;
}

interface Locals {
  readonly page: PageDraft | null;
  readonly dirty: boolean;
}

const DONE = "page_vma_mapped_walk(): spin_unlock(ptl)" as const;
const RESTORE = "set_pte_at(mm, address, pvmw.pte, pteval)" as const;

/** Whether the page may be thrown away: what each release asks for, between the PTE that is cleared and `discard:`. */
const mayDiscard = (release: MadviseRelease) => {
  const countsReferences = release !== "v5.9";
  const dirtyFirst = release === "v7.1";
  const isDirty = pageFlag("dirty").then({ true: RESTORE });
  return {
    "smp_mb()": countsReferences && smpMb,
    "ref_count = folio_ref_count(folio)":
      countsReferences &&
      once((_: unknown, me: { readonly page: PageDraft | null; refs: number }) => {
        // What FOLL_PIN adds is more than any other count.
        me.refs = me.page!.pins > 0 ? 7 : me.page!.refcount;
      }),
    "map_count = folio_mapcount(folio)":
      countsReferences &&
      once((_: unknown, me: { readonly page: PageDraft | null; mapcount: number }) => {
        me.mapcount = me.page!.mapcount;
      }),
    "smp_rmb()": countsReferences && smpRmb,
    "folio_test_dirty(folio), first": dirtyFirst && isDirty,
    "ref_count == 1 + map_count?":
      countsReferences &&
      once((_: unknown, { refs, mapcount }: { readonly refs: number; readonly mapcount: number }) =>
        refs === 1 + mapcount ? undefined : RESTORE,
      ),
    [wordsOf(release)("PageDirty(page)", "folio_test_dirty(folio)")]: !dirtyFirst && isDirty,
  };
};

/** try_to_unmap_one(): v5.9 asks for PG_dirty alone; since 6c8e2a256915 (v5.18) it looks first whether anybody else has the page. */
const tryToUnmapOne = (i: VmaIndex, release: MadviseRelease) => {
  const said = wordsOf(release);
  return kernel.path(
    "try_to_unmap_one",
    { page: ref(Page), dirty: bool, writable: bool, refs: int(0, 7), mapcount: int(-1, 3) },
    {
      "page_vma_mapped_walk(): spin_lock(ptl)": lockPtl(i),
      "page_vma_mapped_walk(): maps the page?": ptepGet(i).then((_, { page }, pte) =>
        pte.page === page ? undefined : DONE,
      ),
      // Without a flush: TTU_BATCH_FLUSH. A CPU that stores through an entry that is not dirty looks at the PTE again.
      "pteval = ptep_get_and_clear(mm, address, pvmw.pte)": ptepGetAndClear(i, (k, me) => {
        const { pte } = k.table[i];
        me.dirty = pte.dirty;
        me.writable = pte.writable;
      }),
      [said("set_page_dirty(page)", "folio_mark_dirty(folio)")]: setPageDirty.when((_, { dirty }: Locals) => dirty),
      ...mayDiscard(release),
      [said("discard: page_remove_rmap(page)", "discard: folio_remove_rmap_pte(folio)")]: pageRemoveRmap(),
      [said("discard: put_page(page)", "discard: folio_put(folio)")]: putPage.then(DONE),
      [RESTORE]: once((k, { page, dirty, writable }) => {
        setPte(k.table[i].pte, page!, { dirty, writable });
      }),
      "page_vma_mapped_walk_done(): spin_unlock(ptl)": unlockPtl(i).then(done),
      [DONE]: unlockPtl(i),
    },
    {
      file: "mm/rmap.c",
      release,
      ...(release === "v5.9" && { fits: "..v5.17" }),
      at: DISCARD_AT[release],
      omits: DISCARD_OMITS[release],
      leavesOut: `${said("SetPageSwapBacked()", "folio_set_swapbacked()")} where the page is kept (nobody comes a second time), mlock(), ${said("", "VM_DROPPABLE, ")}mmu notifiers, rss, batches of entries (lazyfree.ts)`,
    },
  );
};

/** What may be taken from it, to see what it is for. */
const BARRIERS = { nothing: true, "smp_mb()": true, "smp_rmb()": true } as const;

/** From the lock of the page to the page that is free. v5.9 asks for PG_dirty a second time, once it has frozen the count. */
export const discardPage = (i: VmaIndex, release: MadviseRelease, without: keyof typeof BARRIERS = "nothing") => {
  const said = wordsOf(release);
  const keep = said("keep: put_page(page)", "keep: folio_put(folio)");
  const keepLocked = said("keep_locked: unlock_page(page)", "keep_locked: folio_unlock(folio)");
  const asksAgain = release === "v5.9";
  const whole = tryToUnmapOne(i, release);
  const unmap = without === "nothing" ? whole : whole.with({ drop: [without], as: `without ${without}` });
  return kernel.path(
    said("shrink_page_list, lazyfree", "shrink_folio_list, lazyfree"),
    { page: ref(Page) },
    {
      "the page it has isolated": once((k, me) => {
        me.page = k.page;
      }),
      [said("trylock_page(page)", "folio_trylock(folio)")]: trylockPage.then({ false: keep }),
      [said("try_to_unmap(page, flags)", "try_to_unmap(folio, flags)")]: call(unmap, ({ page }: Isolated) => ({
        page,
      })),
      [said("page_mapped(page)?", "folio_mapped(folio)?")]: mapcountAboveZero.then({ true: keepLocked }),
      [said("page_ref_freeze(page, 1)", "folio_ref_freeze(folio, 1)")]: pageRefFreeze(1).then({
        false: keepLocked,
      }),
      "PageDirty(page), frozen": asksAgain && pageFlag("dirty").then({ true: "page_ref_unfreeze(page, 1)" }),
      [said("unlock_page(page)", "folio_unlock(folio)")]: unlockPage,
      "try_to_unmap_flush()": flushTlb(i),
      [said("free_unref_page_list(&free_pages)", "free_unref_folios(&free_folios)")]: freeFrozen.then(done),
      "page_ref_unfreeze(page, 1)": asksAgain && pageRefUnfreeze(1),
      [keepLocked]: unlockPage,
      "keep: try_to_unmap_flush()": flushTlb(i),
      [keep]: putPage,
    },
    {
      file: "mm/vmscan.c",
      release,
      notInSource: said(
        "the way of one lazyfree page through shrink_page_list(), of which reclaim.ts has the rest",
        "the way of one lazyfree page through shrink_folio_list(), of which reclaim-folios.ts has the rest",
      ),
      leavesOut:
        "the lists, references, the page that is dirty and so goes to swap (here it is kept), the flush once for many pages (it is before the page is free, or goes back to its list)",
    },
  );
};
