import { bool, call, once, rcuReadLock, rcuReadUnlock, ref } from "faultline";
import { rmapMapped } from "../../kernel/deletion.ts";
import {
  filePage,
  getPage,
  lockPtl,
  of,
  pageAddFileRmap,
  putPage,
  setPteAt,
  tail,
  unlockPage,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { Page, kernel } from "../../kernel/world.ts";
import { nextUptodateFolio } from "./next-uptodate-folio.ts";

/**
 * filemap_map_pages() with filemap_map_folio_range(), mm/filemap.c, v6.12 and v7.1, of a folio of two pages, `page` and `tail`, as far
 * as the window goes. vma[0] and vma[1] are the two pages of one mapping here, with one page table, whose lock is that of
 * vma[1]; the references of the second PTE are counted on the tail. `clamps`: the window is cut again under the page
 * lock, which no release does.
 */
export const mapLargeFolio = (release: "v6.12" | "v7.1", clamps: boolean) => {
  const isOld = release === "v6.12";
  // _mapcount of each page; with CONFIG_NO_PAGE_MAPCOUNT (v6.15) there is none, and what is counted changes under a bit lock.
  const order = isOld ? "full" : "noreturn";
  return kernel.path(
    "filemap_map_pages",
    { page: ref(Page), beyond: bool },
    {
      "file_end = i_size_read(mapping->host)": once((k, me) => {
        me.beyond = k.isize < 2;
      }),
      "rcu_read_lock()": rcuReadLock,
      "next_uptodate_folio()": call(nextUptodateFolio(release), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return "rcu_read_unlock()";
      }),
      "i_size_read(mapping->host), under the page lock":
        clamps &&
        once((k, me) => {
          me.beyond ||= k.isize < 2;
        }),
      "pte_offset_map_lock()": lockPtl(1),
      "folio_next_index(folio)": once((k, me) => {
        me.beyond ||= k.tail.mapping === "NULL";
      }),
      "folio_add_file_rmap_ptes(): page[0]": of(filePage, pageAddFileRmap(0)).as(order),
      "folio_add_file_rmap_ptes(): page[1]": of(tail, pageAddFileRmap())
        .as(order)
        .when((_, { beyond }) => !beyond),
      "set_ptes(): page[0]": of(filePage, setPteAt(0)).then((k) => rmapMapped(k.vma[0], k.page)),
      "set_ptes(): page[1]": of(tail, setPteAt(1)).when((_, { beyond }) => !beyond),
      "folio_ref_add(folio, count): page[0]": isOld && getPage,
      "folio_ref_add(folio, count): page[1]": of(tail, getPage).when((_, { beyond }) => !beyond),
      "folio_unlock(folio)": unlockPage,
      "folio_put(folio)": isOld && putPage,
      "pte_unmap_unlock(vmf->pte, vmf->ptl)": unlockPtl(1),
      "rcu_read_unlock()": rcuReadUnlock,
    },
    {
      file: "mm/filemap.c, mm/memory.c",
      release: clamps ? `${release}, cut again` : release,
      leavesOut:
        "poison, PTEs that are there already (nobody else sets them), PMDs, the whole folio where it lies well inside the file; the references of the second PTE are counted on the tail",
      functions: ["filemap_map_pages", "filemap_map_folio_range"],
      at: {
        "folio_next_index(folio)": "filemap_map_pages(): folio_next_index(folio) #2",
        "folio_add_file_rmap_ptes(): page[0]": "set_pte_range() #2",
        "folio_add_file_rmap_ptes(): page[1]": "set_pte_range() #2",
        "set_ptes(): page[0]": "set_pte_range() #2",
        "set_ptes(): page[1]": "set_pte_range() #2",
        ...(isOld && { "folio_ref_add(folio, count): page[0]": "folio_ref_add() #2" }),
        "folio_ref_add(folio, count): page[1]": "folio_ref_add() #2",
        "folio_unlock(folio)": "folio_unlock(folio) #2",
        ...(isOld && { "folio_put(folio)": "folio_put(folio) #2" }),
      },
      omits: {
        "filemap_map_pmd, folio_next_index #1": "no pmd maps the folio, and the page table is there",
        "if (!vmf->pte)": "no page table goes away here",
        filemap_map_order0_folio: "the folio is large",
        "next_uptodate_folio #2": "the window has no other folio",
        PageHWPoison: "nothing sets it here",
        folio_test_workingset: "counts misses, for readahead",
        "ptep_get(&vmf->pte[count])": "nobody else stores a PTE there",
        "set_pte_range() #1, folio_ref_add() #1": "the PTEs before one that is there already",
        ...(!isOld && {
          "folio->mapping, filemap_map_folio_range(): folio_next_index":
            "where the folio lies well inside the file, all of it is mapped, beyond the window",
          folio_ref_dec: "nothing was mapped",
        }),
      },
    },
  );
};
