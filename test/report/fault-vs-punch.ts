import { acquire, array, atomic, bool, call, done, ghost, int, once, oneOf, ref, release } from "faultline";
import { scenario, struct, wait, world } from "faultline";

const Page = struct({ locked: bool, mapping: bool, refcount: int(0, 5), mapcount: int(0, 3) });
const mm = world({
  pages: array(1, Page),
  slot: ref(Page),
  ptes: array(3, struct({ ptl: bool, page: ref(Page) })),
  zapped: ghost(bool),
});

const CPUS = [0, 1, 2] as const;
type Cpu = (typeof CPUS)[number];

const allocSetPte = (cpu: Cpu) =>
  mm.path(
    "alloc_set_pte",
    { page: ref(Page) },
    {
      "spin_lock(vmf->ptl)": acquire((k) => {
        if (k.ptes[cpu].ptl) return wait;
        k.ptes[cpu].ptl = true;
      }),
      "pte_none(*vmf->pte)": (k) => {
        if (k.ptes[cpu].page) return "spin_unlock(vmf->ptl)";
      },
      "page_add_file_rmap(page)": (_, { page }) => {
        page!.mapcount++;
      },
      "set_pte_at(vmf->pte)": once((k, { page }) => {
        k.ptes[cpu].page = page;
      }),
      "spin_unlock(vmf->ptl)": release((k) => {
        k.ptes[cpu].ptl = false;
      }),
    },
  );

const filemapMapPages = (cpu: Cpu, check: "trylock" | "patch4") =>
  mm.path(
    "filemap_map_pages",
    { page: ref(Page) },
    {
      "page = xas_next_entry(&xas)": (k, me) => {
        me.page = k.slot;
        if (!me.page) return done;
      },
      "page_cache_get_speculative(page)": (_, { page }) => {
        if (page!.refcount === 0) return done;
        page!.refcount++;
      },
      "trylock_page(page)":
        check === "trylock" &&
        acquire((_, { page }) => {
          if (page!.locked) return "put_page(page)";
          page!.locked = true;
        }),
      "page->mapping == mapping": once((_, { page }) => {
        if (!page!.mapping) return "unlock_page(page)";
      }),
      "alloc_set_pte(vmf, page)": call(allocSetPte(cpu), ({ page }) => ({ page })),
      "unlock_page(page)":
        check === "trylock" &&
        release((_, { page }) => {
          page!.locked = false;
          return done;
        }),
      "put_page(page)": (_, { page }) => {
        page!.refcount--;
      },
    },
    { file: "mm/filemap.c", release: "v5.9" },
  );

const doReadFault = (cpu: Cpu, check: "trylock" | "patch4") =>
  mm.path(
    "do_read_fault",
    {},
    {
      "do_fault_around(vmf)": call(filemapMapPages(cpu, check)),
    },
    { file: "mm/memory.c", release: "v5.9" },
  );

const unmapMappingRange = mm.path(
  "unmap_mapping_range",
  {},
  {
    "zap_pte_range()": atomic("under ptl", (k) => {
      const [pte] = k.ptes;
      if (pte.ptl) return wait;
      if (pte.page) pte.page.mapcount--;
      pte.page = null;
      k.zapped = true;
    }),
  },
);

const deleteFromPageCache = mm.path(
  "delete_from_page_cache",
  { page: ref(Page) },
  {
    "xas_store(&xas, NULL)": (k) => {
      k.slot = null;
    },
    "page->mapping = NULL": (_, { page }) => {
      page!.mapping = false;
    },
  },
);

const punchHole = mm.path(
  "truncate_pagecache_range",
  { page: ref(Page) },
  {
    "unmap_mapping_range(mapping, start, len, 0)": call(unmapMappingRange),
    "page = find_get_entry(mapping, index)": atomic("speculative reference, rechecked", (k, me) => {
      me.page = k.slot;
      if (!me.page) return done;
      me.page.refcount++;
    }),
    "lock_page(page)": acquire((_, { page }) => {
      if (page!.locked) return wait;
      page!.locked = true;
    }),
    "page_mapped(page)": (_, { page }) => {
      if (page!.mapcount === 0) return "delete_from_page_cache(page)";
    },
    "unmap_mapping_pages(mapping, index, 1)": call(unmapMappingRange),
    "delete_from_page_cache(page)": call(deleteFromPageCache, ({ page }) => ({ page })),
    "unlock_page(page)": release((_, { page }) => {
      page!.locked = false;
    }),
  },
  { file: "mm/truncate.c", release: "v5.9" },
);

const noStalePte = mm.always(
  "no-stale-pte",
  "no PTE maps a page that has left the page cache",
  (k) => {
    const stale = k.ptes.findIndex(({ page }) => page?.mapping === false);
    return stale < 0 || `ptes[${stale}] maps a page whose mapping is NULL`;
  },
  "a read through the mapping returns data of a hole that was punched, for as long as the PTE lives",
);

const atMost = (limit: number, name: string, sentence: string) =>
  mm.always(name, sentence, (k) => {
    const stale = k.ptes.flatMap(({ page }, i) => (page?.mapping === false ? [`ptes[${i}]`] : []));
    return stale.length <= limit || `${stale.join(", ")} map a page whose mapping is NULL`;
  });

/** Faults against one hole punch, with nested calls: 13 steps with one fault, more with two or three. */
export const faultVsPunch = scenario("fault-vs-punch", {
  about: "fault-around maps a page while a hole is punched over it",
  world: mm,
  params: { check: oneOf("patch4", "trylock"), faulters: int(1, 3) },
  threads: ({ check, faulters }) => ({
    fault: CPUS.slice(0, faulters).map((cpu) => doReadFault(cpu, check)),
    punch: punchHole,
  }),
  init(k) {
    k.slot = k.pages[0];
    k.pages[0].mapping = true;
    k.pages[0].refcount = 1;
  },
  specs: [
    noStalePte,
    atMost(1, "one-stale-pte", "at most one PTE maps a page that has left the page cache"),
    atMost(2, "two-stale-ptes", "at most two PTEs map a page that has left the page cache"),
    mm.sometimes(
      "page-leaves",
      "the page leaves the page cache after its PTE was zapped",
      (k) => k.slot === null && k.zapped,
    ),
    mm.atEnd("all-unmapped", "no PTE is left", (k) => !k.ptes[0].page || "ptes[0] still maps the page"),
  ],
});
