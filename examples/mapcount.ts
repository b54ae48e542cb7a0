// mapcount.ts
import { acquire, bool, done, full, inWord, int, once, oneOf, scenario, smpMbAfterAtomic, ghost, struct, world } from "faultline";

const Page = struct({ locked: inWord("flags", bool), mapcount: int(0, 1) });
const kernel = world({ page: Page, sawLocked: ghost(bool), sawMapped: ghost(bool) });

const mapper = kernel.path("map", {}, {
  "atomic_inc_and_test(&page->_mapcount)": full((k) => { k.page.mapcount++; }),
  "PageLocked(page)": once((k) => { k.sawLocked = k.page.locked; }),
});
const truncater = (barrier: "none" | "after-atomic") => kernel.path("truncate", {}, {
  "trylock_page(page)": acquire((k) => { if (k.page.locked) return done; k.page.locked = true; }),
  "smp_mb__after_atomic()": barrier === "after-atomic" && smpMbAfterAtomic,
  "page_mapped(page)": once((k) => { k.sawMapped = k.page.mapcount > 0; }),
});

export default scenario("mapcount", {
  about: "A mapper and a truncater look for each other",
  world: kernel,
  params: { barrier: oneOf("none", "after-atomic") },
  threads: ({ barrier }) => ({ mapper, truncater: truncater(barrier) }),
  specs: [
    kernel.atEnd("one-sees-the-other", "the mapper sees the lock, or the truncater the mapping", (k) =>
      k.sawLocked || k.sawMapped),
  ],
});
