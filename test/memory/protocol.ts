import {
  acquire,
  bool,
  done,
  full,
  ghost,
  guarded,
  int,
  inWord,
  noreturn,
  once,
  oneOf,
  release,
  scenario,
  smpMb,
} from "faultline";
import { smpMbAfterAtomic, smpRmb, spinlock, struct, symmetric, wait, world } from "faultline";

// The mapping of a page without its lock, as Linus wrote it down in December 2020: raise the mapcount, then look whether
// the page is locked, then whether it still has a mapping; a truncate that locks it later sees the mapcount.
const Page = struct({ locked: inWord("flags", bool), mapping: oneOf("file", "none"), mapcount: int(0, 2) });
const Pte = struct({ ptl: spinlock, present: guarded("ptl", bool) });

const kernel = world({ page: Page, ptes: struct({ a: Pte, b: Pte }), truncated: ghost(bool) });
type Name = "a" | "b";

export interface Variant {
  /** What stands between taking the page lock and reading the mapcount. */
  readonly lock: "acquire" | "mb" | "after-atomic" | "full";
  readonly inc: "value" | "no value" | "no value, after-atomic";
  readonly reads: "once" | "rmb" | "acquire" | "mapping first" | "lock only" | "mapping only";
}

const mapper = (name: Name, { inc, reads }: Variant) => {
  const isLocked = reads !== "mapping only";
  const hasMapping = reads !== "lock only";
  const order = reads === "acquire" ? acquire : once;
  return kernel.path(
    "map",
    {},
    {
      "spin_lock(ptl)": acquire((k) => {
        if (k.ptes[name].ptl) return wait;
        k.ptes[name].ptl = true;
      }),
      "atomic_inc_and_test(&page->_mapcount)": inc === "value" && full((k) => void k.page.mapcount++),
      "atomic_inc(&page->_mapcount)": inc !== "value" && noreturn((k) => void k.page.mapcount++),
      "smp_mb__after_atomic()": inc === "no value, after-atomic" && smpMbAfterAtomic,
      "page->mapping? (first)":
        reads === "mapping first" &&
        once((k) => (k.page.mapping === "none" ? "atomic_dec(&page->_mapcount)" : undefined)),
      "smp_rmb() (first)": reads === "mapping first" && smpRmb,
      "PageLocked(page)?": isLocked && order((k) => (k.page.locked ? "atomic_dec(&page->_mapcount)" : undefined)),
      "smp_rmb()": reads === "rmb" && smpRmb,
      "page->mapping?":
        hasMapping &&
        reads !== "mapping first" &&
        once((k) => (k.page.mapping === "none" ? "atomic_dec(&page->_mapcount)" : undefined)),
      "set_pte()": once((k) => {
        k.ptes[name].present = true;
        return "spin_unlock(ptl)";
      }),
      "atomic_dec(&page->_mapcount)": noreturn((k) => void k.page.mapcount--),
      "spin_unlock(ptl)": release((k) => void (k.ptes[name].ptl = false)),
    },
  );
};

const truncate = ({ lock }: Variant, names: readonly Name[]) => {
  const zap = (name: Name) => ({
    [`spin_lock(ptl ${name})`]: acquire((k: { ptes: Record<Name, { ptl: boolean }> }) => {
      if (k.ptes[name].ptl) return wait;
      k.ptes[name].ptl = true;
      return undefined;
    }),
    [`pte_present(${name})?`]: once((k: { ptes: Record<Name, { present: boolean }> }) =>
      k.ptes[name].present ? undefined : `spin_unlock(ptl ${name})`,
    ),
    [`clear_pte(${name})`]: once(
      (k: { ptes: Record<Name, { present: boolean }> }) => void (k.ptes[name].present = false),
    ),
    [`atomic_dec(&page->_mapcount) ${name}`]: noreturn((k: { page: { mapcount: number } }) => void k.page.mapcount--),
    [`spin_unlock(ptl ${name})`]: release(
      (k: { ptes: Record<Name, { ptl: boolean }> }) => void (k.ptes[name].ptl = false),
    ),
  });
  const take = lock === "full" ? full : acquire;
  return kernel.path("truncate", {}, {
    "trylock_page(page)": take((k: { page: { locked: boolean } }) => {
      if (k.page.locked) return done;
      k.page.locked = true;
      return undefined;
    }),
    "smp_mb()": lock === "mb" && smpMb,
    "smp_mb__after_atomic()": lock === "after-atomic" && smpMbAfterAtomic,
    "page_mapped(page)?": once((k: { page: { mapcount: number } }) =>
      k.page.mapcount > 0 ? undefined : "page->mapping = NULL",
    ),
    ...Object.assign({}, ...names.map(zap)),
    "page->mapping = NULL": once((k: { page: { mapping: string } }) => void (k.page.mapping = "none")),
    truncated: (k: { truncated: boolean }) => void (k.truncated = true),
    "unlock_page(page)": release((k: { page: { locked: boolean } }) => void (k.page.locked = false)),
  } as never);
};

const noStalePte = kernel.atEnd(
  "no-stale-pte",
  "no PTE maps a page that was truncated",
  ({ ptes, truncated }) =>
    !truncated || !(ptes.a.present || ptes.b.present) || "the page is truncated and still mapped",
);

/** One mapper, or two, against a truncate. */
export const protocol = (variant: Variant, mappers: 1 | 2 = 1) =>
  scenario("protocol", {
    about: "Mapping a page without its lock while it is truncated",
    world: kernel,
    params: {},
    threads: () => {
      const names: readonly Name[] = mappers === 1 ? ["a"] : ["a", "b"];
      return { map: names.map((name) => mapper(name, variant)), truncate: truncate(variant, names) };
    },
    specs: [noStalePte],
  });
void symmetric;
export default protocol({ lock: "acquire", inc: "value", reads: "acquire" });
