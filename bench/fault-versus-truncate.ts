import { array, atomic, bool, bugOn, choose, int, ref, scenario, struct, symmetric, wait, world } from "faultline";
import type { Draft, Scenario, StateOf } from "faultline";

/** How the truncater goes through the address spaces: one after the other, or each time to any that is left. */
export type Order = "listed" | "any";

/**
 * The benchmark on which engines are compared. Each faulter maps a page of the file into its own address space, unmaps
 * it, and starts again for as long as the file reaches that far; the truncater cuts the file to nothing, unmaps its
 * pages and throws them out of the page cache, with a second unmap for a page that is still mapped by then.
 *
 * In any order the faulters are symmetric; in the order listed they are not, as their number says when it is their
 * turn. fault-versus-truncate.pml is the same machine in Promela: step for step, and so state for state.
 */
export function faultVersusTruncate(faulters: number, pages: number, order: Order = "listed"): Scenario {
  const anyOrder = order === "any";
  const Page = struct({
    slot: bool,
    locked: bool,
    mapping: bool,
    refcount: int(0, faulters + 1),
    mapcount: int(0, faulters),
  });
  // The last two are for any order, where the truncater keeps no number: it marks what it is at and what it is done with.
  const Mm = struct({ ptl: bool, pte: ref(Page), current: bool, unmapped: bool });
  const kernel = world({ isize: int(0, pages), page: array(pages, Page), mm: array(faulters, Mm) });

  const putPage = (page: Draft<typeof Page>): void => {
    bugOn(page.refcount === 0, "page_ref_count(page) == 0");
    page.refcount--;
  };

  const faulter = (i: number) =>
    kernel.path(
      "faulter",
      { index: int(0, pages - 1) },
      {
        "pick a page":
          pages > 1 &&
          ((_, me) => {
            me.index = choose(0, ...Array.from({ length: pages - 1 }, (_, page) => page + 1));
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

  const currentMm = (k: StateOf<typeof kernel>, me: { readonly mm: number }): Draft<typeof Mm> => {
    if (!anyOrder) return k.mm[me.mm]!;
    const [mm, another] = k.mm.filter(({ current }) => current);
    if (!mm || another) throw new Error("the truncater is at no mm, or at several");
    return mm;
  };

  const truncater = kernel.path(
    "truncater",
    { mm: int(0, faulters - 1), zapped: ref(Page), index: int(0, pages - 1), secondPass: bool },
    {
      "i_size_write(inode, 0)": (k) => {
        k.isize = 0;
      },
      "pick an mm":
        anyOrder &&
        ((k) => {
          const [mm, ...others] = k.mm.filter(({ unmapped }) => !unmapped);
          if (mm) choose(mm, ...others).current = true;
          else {
            for (const each of k.mm) each.unmapped = false;
            return "second pass?";
          }
        }),
      "spin_lock(ptl)": (k, me) => {
        const mm = currentMm(k, me);
        if (mm.ptl) return wait;
        mm.ptl = true;
      },
      "pte_clear(pte)": (k, me) => {
        const mm = currentMm(k, me);
        if (!mm.pte) return "spin_unlock(ptl)";
        me.zapped = mm.pte;
        mm.pte = null;
      },
      "page_remove_rmap(page)": (_, { zapped }) => {
        zapped!.mapcount--;
      },
      "spin_unlock(ptl)": (k, me) => {
        currentMm(k, me).ptl = false;
      },
      "put_page(page), if one was zapped": (_, me) => {
        if (me.zapped) putPage(me.zapped);
        me.zapped = null;
      },
      "next mm": (k, me) => {
        if (anyOrder) {
          const mm = currentMm(k, me);
          mm.current = false;
          mm.unmapped = true;
          return "pick an mm";
        }
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
        return "pick an mm";
      },
      "page->mapping = NULL": atomic("no PTE is added under the page lock", (k, me) => {
        const page = k.page[me.index]!;
        bugOn(page.mapcount > 0, "VM_BUG_ON_PAGE(page_mapped(page))");
        page.mapping = false;
      }),
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
    world: kernel,
    params: {},
    threads: () => {
      const fault = symmetric(faulters, faulter);
      return { fault: anyOrder ? fault : fault.paths, truncate: truncater };
    },
    init: (k) => {
      k.isize = pages;
      for (const page of k.page) {
        page.slot = true;
        page.mapping = true;
        page.refcount = 1;
      }
    },
    specs: [
      kernel.always(
        "no-free-page-mapped",
        "no PTE and no mapcount is left on a page without references",
        (k) =>
          k.page.every((page) => page.refcount > 0 || page.mapcount === 0) &&
          k.mm.every(({ pte }) => !pte || pte.refcount > 0),
      ),
    ],
    // Whoever maps a page unmaps it again before the next fault.
    unreached: () => ["faulter: give up the ptl"],
  });
}
