import { bool, oneOf, scenario } from "faultline";
import { swappedOut } from "../../kernel/swap-slot.ts";
import { kernel } from "../../kernel/world.ts";
import { LOOKS, doSwapPageByTable } from "../../mm/memory/swap-fault-table.ts";
import { dropThenReuseSlot } from "../../mm/memory/drop-swap-entry.ts";
import { locksReleased, mapcountMatches, refcountMatches } from "../../../specs/balance.ts";
import { oneFolioForAnEntry, readsWhatWasStored, slotCanBeFreed, slotCountMatches } from "../../../specs/swap.ts";
import { neverTaken } from "../recorded.ts";

/**
 * docs/questions/swap-cache-is-the-lock.md. Since v7.0 nothing but the swap cache keeps two swap-ins of one entry apart: the folio is in the
 * swap table, under the cluster's lock, before it is read, and whoever comes later waits for its lock. Beside a second fault, and
 * beside madvise() that drops the entry, so that the slot becomes another process's. `without`: a look that is left out.
 * `ordered`: the folio's lock is stored before the entry of the swap table, which v7.1 does not see to.
 *
 * By hand, of the run under lkmm: mm/swap_state.c 473 stores PG_locked, plain; 192 takes the lock of the cluster, which is an acquire; 156 stores
 * the entry, atomic_long_set(), which is neither a release nor behind a barrier. Another CPU, mm/memory.c 4874 finds the folio, and 4914 its lock
 * free. 4926 passes once PG_swapcache is there, and 4975 finds PG_uptodate clear: the process gets a SIGBUS.
 */
export default scenario("questions/swap-cache-is-the-lock", {
  about: "Two faults swap one entry in, or one does while the entry is dropped and its slot used again",
  world: kernel,
  params: {
    beside: oneOf("fault", "drop"),
    without: oneOf("nothing", ...LOOKS),
    ordered: bool,
  },
  threads({ beside, without, ordered }) {
    const fault = doSwapPageByTable(0, { write: true, without: without === "nothing" ? undefined : without, ordered });
    return { fault, other: beside === "fault" ? fault : dropThenReuseSlot };
  },
  init(k, { beside }) {
    swappedOut(k);
    if (beside === "fault") return;
    // What mm[1] has stored in its page, which vma[1] maps.
    const { pte } = k.table[1];
    k.page.mapping = "anon";
    k.page.index = 1;
    k.page.uptodate = true;
    k.page.data = 2;
    k.page.refcount = 1;
    k.page.mapcount = 1;
    pte.page = k.page;
    pte.writable = true;
    pte.dirty = true;
  },
  specs: [
    oneFolioForAnEntry,
    readsWhatWasStored,
    slotCountMatches,
    slotCanBeFreed,
    mapcountMatches,
    refcountMatches,
    locksReleased,
  ],
  unreached: neverTaken("questions/swap-cache-is-the-lock"),
  expect: [
    { states: 1707 },
    { memory: "tso", states: 3165 },
    { memory: "lkmm", violated: ["no-bug"], states: 6986 },
    { set: { ordered: true }, states: 1707 },
    { set: { ordered: true }, memory: "tso", states: 3165 },
    { set: { ordered: true }, memory: "lkmm", states: 3824 },
    { set: { beside: "drop" }, states: 1144 },
    { set: { beside: "drop" }, memory: "tso", states: 2058 },
    { set: { beside: "drop" }, memory: "lkmm", states: 2628 },
    { set: { without: "the folio of the slot" }, violated: ["one-folio-for-an-entry"], states: 2761 },
    { set: { without: "the count of the slot" }, states: 1889 },
    { set: { without: "folio_matches_swap_entry()" }, states: 1665 },
    { set: { without: "pte_same()" }, states: 1659 },
    {
      set: { beside: "drop", without: "the folio of the slot" },
      violated: ["one-folio-for-an-entry", "slot-can-be-freed"],
      states: 1366,
    },
    { set: { beside: "drop", without: "the count of the slot" }, states: 1043 },
    { set: { beside: "drop", without: "folio_matches_swap_entry()" }, states: 1117 },
    {
      set: { beside: "drop", without: "pte_same()" },
      violated: ["in-range", "reads-what-was-stored", "slot-count-matches"],
      states: 1065,
    },
  ],
});
