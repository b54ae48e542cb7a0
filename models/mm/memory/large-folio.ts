import { bool, call, done, once, ref } from "faultline";
import { rmapMapped } from "../../kernel/deletion.ts";
import {
  filePage,
  getPage,
  lockPtl,
  of,
  pageAddFileRmap,
  setPteAt,
  tail,
  unlockPage,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { Page, kernel } from "../../kernel/world.ts";
import { filemapFault } from "../filemap/filemap-fault.ts";

/**
 * do_read_fault() with finish_fault(), mm/memory.c, v6.17: a fault at index 0 maps all of a folio of two pages, `page`
 * and `tail`. vma[0] and vma[1] are the two pages of one mapping here, with one page table, whose lock is
 * that of vma[1]. `clamps`:
 * since 74207de2ba10 (v6.18) not beyond the end of the file.
 */
export const doReadFaultFolio = (clamps: boolean) =>
  kernel.path(
    "do_read_fault, folio",
    { page: ref(Page), beyond: bool },
    {
      "__do_fault(vmf)": call(filemapFault(), undefined, (me, { page }) => {
        me.page = page;
        if (!page) return done;
      }),
      "file_end = DIV_ROUND_UP(i_size_read(inode), PAGE_SIZE)":
        clamps &&
        once((k, me) => {
          me.beyond = k.isize < 2;
        }),
      "spin_lock(vmf->ptl)": lockPtl(1),
      "folio_ref_add(folio, nr_pages - 1)": of(tail, getPage).when((_, { beyond }) => !beyond),
      "folio_add_file_rmap_ptes(): page[0]": of(filePage, pageAddFileRmap(0)).as("noreturn"),
      "folio_add_file_rmap_ptes(): page[1]": of(tail, pageAddFileRmap())
        .as("noreturn")
        .when((_, { beyond }) => !beyond),
      "set_ptes(): page[0]": of(filePage, setPteAt(0)).then((k, { beyond }) => {
        rmapMapped(k.vma[0], k.page);
        if (beyond) return "pte_unmap_unlock(vmf->ptl)";
      }),
      "set_ptes(): page[1]": of(tail, setPteAt(1)),
      "pte_unmap_unlock(vmf->ptl)": unlockPtl(1),
      "folio_unlock(folio)": unlockPage.then(done),
    },
    {
      file: "mm/memory.c",
      release: clamps ? "v6.18" : "v6.17",
      leavesOut:
        "fault-around, PTEs that are there already (nobody else sets them); the references of the second PTE are counted on the tail",
    },
  );
