import { array, bool, bugOn, choose, int, ref, scenario, struct, wait, world } from "faultline";
import type { Draft, Scenario } from "faultline";
import { numbered, range } from "./range.ts";

/**
 * The benchmark on which engines are compared: each faulter maps a page of the file, unmaps it, and starts again for
 * as long as the file reaches that far; the truncater cuts the file to nothing and throws its pages out.
 */
export function faultVersusTruncate(faulters: number, pages: number): Scenario {
  const Page = struct({
    slot: bool,
    locked: bool,
    mapping: bool,
    refcount: int(0, faulters + 1),
    mapcount: int(0, faulters),
  });
  const Mm = struct({ ptl: bool, pte: ref(Page) });
  const mm = world({ isize: int(0, pages), page: array(pages, Page), mm: array(faulters, Mm) });

  const putPage = (page: Draft<typeof Page>): void => {
    bugOn(page.refcount === 0, "page_ref_count(page) == 0");
    page.refcount--;
  };

  const faulter = (i: number) =>
    mm.path(
      "faulter",
      { index: int(0, pages - 1) },
      {
        "pick a page":
          pages > 1 &&
          ((_, me) => {
            me.index = choose(...range(0, pages - 1));
          }),
        "index < isize?": (k, me) => {
          if (me.index >= k.isize) return "end";
        },
        lookup: (k, me) => {
          if (!k.page[me.index]!.slot) return "index < isize?";
        },
        "page_cache_get_speculative(page)": (k, me) => {
          const page = k.page[me.index]!;
          if (page.refcount === 0) return "lookup";
          page.refcount++;
        },
        "still in the slot?": (k, me) => {
          if (!k.page[me.index]!.slot) return "put_page(page)";
        },
        "trylock_page(page)": (k, me) => {
          const page = k.page[me.index]!;
          if (page.locked) return "put_page(page)";
          page.locked = true;
        },
        "page->mapping?": (k, me) => {
          if (!k.page[me.index]!.mapping) return "give up";
        },
        "index < isize, under the page lock?": (k, me) => {
          if (me.index >= k.isize) return "give up";
        },
        "spin_lock(ptl)": (k) => {
          if (k.mm[i]!.ptl) return wait;
          k.mm[i]!.ptl = true;
        },
        "pte_none(*pte)?": (k) => {
          if (k.mm[i]!.pte) return "give up the ptl";
        },
        "page_add_file_rmap(page)": (k, me) => {
          k.page[me.index]!.mapcount++;
        },
        "set_pte(pte, page)": (k, me) => {
          k.mm[i]!.pte = k.page[me.index]!;
        },
        "spin_unlock(ptl)": (k) => {
          k.mm[i]!.ptl = false;
        },
        "unlock_page(page)": (k, me) => {
          k.page[me.index]!.locked = false;
        },
        "zap: spin_lock(ptl)": (k) => {
          if (k.mm[i]!.ptl) return wait;
          k.mm[i]!.ptl = true;
        },
        "zap: pte_clear(pte)": (k) => {
          if (!k.mm[i]!.pte) return "zap: nothing there";
          k.mm[i]!.pte = null;
        },
        "zap: page_remove_rmap(page)": (k, me) => {
          k.page[me.index]!.mapcount--;
        },
        "zap: spin_unlock(ptl)": (k) => {
          k.mm[i]!.ptl = false;
        },
        "put_page(page)": (k, me) => {
          putPage(k.page[me.index]!);
          me.index = 0;
          return "pick a page";
        },
        "zap: nothing there": (k, me) => {
          k.mm[i]!.ptl = false;
          me.index = 0;
          return "pick a page";
        },
        "give up the ptl": (k) => {
          k.mm[i]!.ptl = false;
        },
        "give up": (k, me) => {
          k.page[me.index]!.locked = false;
          return "put_page(page)";
        },
        end: false,
      },
    );

  const truncater = mm.path(
    "truncater",
    { mm: int(0, faulters - 1), zapped: ref(Page), index: int(0, pages - 1), secondPass: bool },
    {
      "i_size_write(inode, 0)": (k) => {
        k.isize = 0;
      },
      "spin_lock(ptl)": (k, me) => {
        if (k.mm[me.mm]!.ptl) return wait;
        k.mm[me.mm]!.ptl = true;
      },
      "pte_clear(pte)": (k, me) => {
        const mm = k.mm[me.mm]!;
        if (!mm.pte) return "spin_unlock(ptl)";
        me.zapped = mm.pte;
        mm.pte = null;
      },
      "page_remove_rmap(page)": (_, me) => {
        me.zapped!.mapcount--;
      },
      "spin_unlock(ptl)": (k, me) => {
        k.mm[me.mm]!.ptl = false;
      },
      "put_page(page), if one was zapped": (_, me) => {
        if (me.zapped) putPage(me.zapped);
        me.zapped = null;
      },
      "next mm": (_, me) => {
        if (me.mm === faulters - 1) me.mm = 0;
        else {
          me.mm++;
          return "spin_lock(ptl)";
        }
      },
      "second pass?": (_, me) => {
        if (!me.secondPass) return "lock_page(page)";
        me.secondPass = false;
        return "page->mapping = NULL";
      },
      "lock_page(page)": (k, me) => {
        const page = k.page[me.index]!;
        if (page.locked) return wait;
        page.locked = true;
      },
      "page_mapped(page)?": (k, me) => {
        if (k.page[me.index]!.mapcount === 0) return "page->mapping = NULL";
        me.secondPass = true;
        return "spin_lock(ptl)";
      },
      "page->mapping = NULL": (k, me) => {
        const page = k.page[me.index]!;
        bugOn(page.mapcount > 0, "VM_BUG_ON_PAGE(page_mapped(page))");
        page.mapping = false;
      },
      "clear the slot": (k, me) => {
        k.page[me.index]!.slot = false;
      },
      "unlock_page(page)": (k, me) => {
        k.page[me.index]!.locked = false;
      },
      "put_page(page)": (k, me) => {
        putPage(k.page[me.index]!);
        if (me.index === pages - 1) return;
        me.index++;
        return "lock_page(page)";
      },
    },
  );

  return scenario("fault-versus-truncate", {
    about: "Faulters that map and unmap pages of a file that is truncated",
    world: mm,
    params: {},
    threads: () => ({ ...numbered("faulter", faulters, faulter), truncater }),
    init: (k) => {
      k.isize = pages;
      for (const page of k.page) {
        page.slot = true;
        page.mapping = true;
        page.refcount = 1;
      }
    },
    specs: [
      mm.always(
        "no-free-page-mapped",
        "no PTE and no mapcount is left on a page without references",
        (k) =>
          k.page.every((page) => page.refcount > 0 || page.mapcount === 0) &&
          k.mm.every(({ pte }) => !pte || pte.refcount > 0),
      ),
    ],
  });
}
