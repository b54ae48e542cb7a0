// swapin.ts
import { bool, call, done, once, ref, relaxed } from "faultline";
import { lockPtl, pageDupRmap, ptepGet, putPage, setPteAt, unlockPtl } from "faultline/models/kernel/primitives";
import { dropCount, lockSlot, setHasCache, swappedOut, unlockSlot } from "faultline/models/kernel/swap-slot";
import { userAccess } from "faultline/models/kernel/user-access";
import { Page, SwapSlot, kernel } from "faultline/models/kernel/world";
import { allocPage } from "faultline/models/mm/page-alloc/alloc-page";
import { swapOut } from "faultline/models/mm/vmscan/swap-out";
import { readsWhatWasStored, slotCanBeFreed } from "faultline/specs/swap";

/** Reads the device past the swap cache; `fixed`: and keeps the slot by SWAP_HAS_CACHE until the page is mapped. */
const swapIn = (fixed: boolean) => kernel.path("do_swap_page", { page: ref(Page), slot: ref(SwapSlot) }, {
  "orig_pte = ptep_get(pte)": ptepGet(0).then((_, me, pte) => { me.slot = pte.slot; return pte.slot ? undefined : done; }),
  "swapcache_prepare()": fixed && relaxed((_, { slot }) => {
    if (slot!.hasCache || slot!.count === 0) return done; else slot!.hasCache = true;
  }),
  "vma_alloc_folio()": call(allocPage(), undefined, (me, { page }) => { me.page = page; return page ? undefined : done; }),
  "swap_read_folio()": once((_, { page, slot }) => { page!.data = slot!.data; }),
  "spin_lock(ptl)": lockPtl(0),
  "pte_same(*pte, orig_pte)": ptepGet(0).then((_, { slot }, pte) => { if (pte.slot !== slot) return "out: spin_unlock(ptl)"; }),
  "swap_free(): spin_lock(ci)": lockSlot,
  "swap_free(): swap_map--": dropCount,
  "swap_free(): spin_unlock(ci)": unlockSlot,
  "folio_add_new_anon_rmap()": pageDupRmap,
  "set_pte_at(pte)": setPteAt(0, { writable: true, dirty: true }),
  "spin_unlock(ptl)": unlockPtl(0).then(fixed ? "swapcache_clear()" : done),
  "out: spin_unlock(ptl)": unlockPtl(0), "folio_put(folio)": putPage,
  "swapcache_clear()": fixed && setHasCache(false),
});
const process = (fixed: boolean) => kernel.path("swap_in_store_swap_out", { faulted: bool }, {
  "do_swap_page()": call(swapIn(fixed)),
  "the store": call(userAccess(1, 0, "store"), undefined, (_, { faulted }) => (faulted ? done : undefined)),
  "the store is done": once((k) => { k.mm[0].stored = 2; }),
  "shrink_folio_list()": call(swapOut(0, { keeps: false })),
});
export default kernel.scenario("swapin", "A fault is late by a swap-out into the same slot", {
  params: { fixed: bool }, init: swappedOut, specs: [readsWhatWasStored, slotCanBeFreed], unreached: () => ["*"],
  threads: ({ fixed }) => ({ late: swapIn(fixed), process: process(fixed) }),
  expect: [{ set: { fixed: true } }, { set: { fixed: false }, violated: ["reads-what-was-stored"] }],
});
