import {
  acquire,
  array,
  bool,
  choose,
  done,
  full,
  ghost,
  guarded,
  int,
  inWord,
  noreturn,
  once,
  release,
  scenario,
  smpMb,
  spinlock,
  struct,
  symmetric,
  wait,
  world,
} from "faultline";
import type { Draft, Scenario } from "faultline";

/**
 * The benchmark of the memory models: mappers that map a page without its lock, each under its own page table lock,
 * against one truncate; with every barrier that it needs, so that all of it is searched. Each mapper raises the
 * mapcount, then looks whether the page is locked, then whether it still has a mapping. The truncate unmaps the page
 * tables in any order, so that the mappers are symmetric.
 */
export function locklessMap(mappers: number): Scenario {
  const Page = struct({ locked: inWord("flags", bool), hasMapping: bool, mapcount: int(0, mappers) });
  // The last two say where the truncate is: they stand for a local of it, and so are no memory.
  const Mm = struct({ ptl: spinlock, present: guarded("ptl", bool), current: ghost(bool), unmapped: ghost(bool) });
  const kernel = world({ page: Page, mm: array(mappers, Mm), truncated: ghost(bool) });

  const mapper = (i: number) =>
    kernel.path(
      "map",
      {},
      {
        "spin_lock(ptl)": acquire((k) => {
          if (k.mm[i]!.ptl) return wait;
          k.mm[i]!.ptl = true;
        }),
        "atomic_inc_and_test(&page->_mapcount)": full((k) => void k.page.mapcount++),
        "PageLocked(page)?": acquire((k) => (k.page.locked ? "atomic_dec(&page->_mapcount)" : undefined)),
        "page->mapping?": once((k) => (k.page.hasMapping ? undefined : "atomic_dec(&page->_mapcount)")),
        "set_pte()": once((k) => {
          k.mm[i]!.present = true;
          return "spin_unlock(ptl)";
        }),
        "atomic_dec(&page->_mapcount)": noreturn((k) => void k.page.mapcount--),
        "spin_unlock(ptl)": release((k) => void (k.mm[i]!.ptl = false)),
      },
    );

  const currentOf = (mms: readonly Draft<typeof Mm>[]): Draft<typeof Mm> => {
    const [mm, another] = mms.filter(({ current }) => current);
    if (!mm || another) throw new Error("the truncate is at no mm, or at several");
    return mm;
  };
  const truncate = kernel.path(
    "truncate",
    {},
    {
      "trylock_page(page)": acquire((k) => {
        if (k.page.locked) return done;
        k.page.locked = true;
      }),
      "smp_mb()": smpMb,
      "page_mapped(page)?": once((k) => (k.page.mapcount > 0 ? undefined : "page->mapping = NULL")),
      "next mm": (k) => {
        const [mm, ...others] = k.mm.filter(({ unmapped }) => !unmapped);
        if (!mm) return "page->mapping = NULL";
        choose(mm, ...others).current = true;
      },
      "spin_lock(ptl)": acquire((k) => {
        const mm = currentOf(k.mm);
        if (mm.ptl) return wait;
        mm.ptl = true;
      }),
      "pte_present()?": once((k) => (currentOf(k.mm).present ? undefined : "spin_unlock(ptl)")),
      "pte_clear()": once((k) => void (currentOf(k.mm).present = false)),
      "page_remove_rmap(page)": noreturn((k) => void k.page.mapcount--),
      "spin_unlock(ptl)": release((k) => void (currentOf(k.mm).ptl = false)),
      unmapped: (k) => {
        const mm = currentOf(k.mm);
        mm.current = false;
        mm.unmapped = true;
        return "next mm";
      },
      "page->mapping = NULL": once((k) => void (k.page.hasMapping = false)),
      truncated: (k) => void (k.truncated = true),
      "unlock_page(page)": release((k) => void (k.page.locked = false)),
    },
  );

  return scenario("lockless-map", {
    about: "Mapping a page without its lock while it is truncated",
    world: kernel,
    params: {},
    threads: () => ({ map: symmetric(mappers, mapper), truncate }),
    init: (k) => {
      k.page.hasMapping = true;
    },
    specs: [
      kernel.atEnd(
        "no-stale-pte",
        "no PTE maps a page that was truncated",
        (k) => !k.truncated || k.mm.every(({ present }) => !present),
      ),
    ],
  });
}
