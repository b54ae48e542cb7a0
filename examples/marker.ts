// marker.ts
import { bool, once } from "faultline";
import { isMarker, origPte, setMarkerPte } from "faultline/models/kernel/entries";
import {
  filePage, getPage, lockPtl, of, pageAddFileRmap, pteNone, ptepSetWrprotect, putPage, setPte, unlockPtl,
} from "faultline/models/kernel/primitives";
import { kernel, pageInCache } from "faultline/models/kernel/world";
import { balance } from "faultline/specs/balance";
import { entrySpecs } from "faultline/specs/entries";

const orig = origPte("page", "kind");
/** do_fault(): `fixed`: the entry is looked at again under ptl, also where it is not none. */
const fault = (fixed: boolean) => kernel.path("do_fault", orig.locals, {
  "vmf->orig_pte = ptep_get_lockless(vmf->pte)": orig.get(0),
  "folio_get(folio)": of(filePage, getPage),
  "spin_lock(vmf->ptl)": lockPtl(0),
  "vmf_pte_changed(vmf)": fixed && orig.same(0).then({ false: "folio_put(folio)" }),
  "folio_add_file_rmap_pte(folio)": of(filePage, pageAddFileRmap()),
  "set_pte_at(vmf->pte), read-only for a marker": once((k, { origPte }) => {
    setPte(k.table[0].pte, k.page, { writable: !isMarker(origPte) });
    return "spin_unlock(vmf->ptl)";
  }),
  "folio_put(folio)": fixed && of(filePage, putPage),
  "spin_unlock(vmf->ptl)": unlockPtl(0),
});
const protect = kernel.path("uffd_wp_range", {
  "spin_lock(ptl)": lockPtl(0),
  "pte_none(*pte)": pteNone(0).then({ false: "ptep_set_wrprotect(pte)" }),
  "make_pte_marker(PTE_MARKER_UFFD_WP)": setMarkerPte(0, "uffd-wp").then("spin_unlock(ptl)"),
  "ptep_set_wrprotect(pte)": ptepSetWrprotect(0),
  "spin_unlock(ptl)": unlockPtl(0),
});

export default kernel.scenario("marker", "A fault fills an empty entry while userfaultfd puts a marker there", {
  params: { fixed: bool },
  threads: ({ fixed }) => ({ fault: fault(fixed), protect }),
  init: (k) => pageInCache(k, { pmd: "populated" }),
  specs: [...entrySpecs, ...balance, kernel.atEnd("stays-protected", "no PTE allows stores to what userfaultfd protects",
    (k) => !k.table[0].pte.writable)],
  expect: [
    { set: { fixed: true } },
    { set: { fixed: true }, memory: "lkmm" },
    { set: { fixed: false }, violated: ["stays-protected"] },
    { set: { fixed: false }, memory: "lkmm", violated: ["stays-protected"] },
  ],
});
