import { bool, call, done, oneOf, once, scenario } from "faultline";
import { rssMatches } from "../../../specs/anon.ts";
import { balance } from "../../../specs/balance.ts";
import { readsWhatWasStored } from "../../../specs/swap.ts";
import { noTlbEntryOfFreePage } from "../../../specs/tlb.ts";
import { mappedNotInSwap } from "../../kernel/swap-slot.ts";
import { userAccess } from "../../kernel/user-access.ts";
import { emptyPageTable, kernel } from "../../kernel/world.ts";
import { doAnonymousFolio, type StableCheck } from "../../mm/memory/anonymous-folio.ts";
import { oomReapTaskMm } from "../../mm/oom-kill/oom-reap.ts";
import { neverTaken } from "../recorded.ts";

/** A thread that is not dead yet loads from its memory, and faults where that was dropped. */
const late = (reaped: StableCheck) =>
  kernel.path(
    "load_or_fault",
    { faulted: bool },
    {
      "the load": call(userAccess(0, 0, "load"), undefined, (me, { faulted }) => {
        me.faulted = faulted;
        if (!faulted) return done;
      }),
      "handle_mm_fault()": call(doAnonymousFolio(0, "v6.12", { reaped })),
    },
    { file: "the hardware (x86)", release: "any", notInSource: "a user does that", leavesOut: "the load that follows" },
  );

/** Another thread faults first, and stores. */
const first = (reaped: StableCheck) =>
  kernel.path(
    "fault_then_store",
    { faulted: bool },
    {
      "handle_mm_fault()": call(doAnonymousFolio(0, "v6.12", { reaped })),
      "the store": call(userAccess(1, 0, "store"), undefined, (_, { faulted }) => (faulted ? done : undefined)),
      "the store is done": once((k) => {
        k.mm[0].stored = 2;
      }),
    },
    { file: "the hardware (x86)", release: "any", notInSource: "a user does that", leavesOut: "further faults" },
  );

/**
 * Fixed by 6b31d5955cb2 (v4.13), docs/kernel-facts.md 5 #44. The oom reaper drops the memory of a process while a thread of it may still run, in
 * the kernel at that. A fault behind the reaper maps a zeroed page, where the process had stored: what copy_from_user() then reads may be
 * written to a file. The fix asks for MMF_UNSTABLE under ptl, each time that a PTE of private memory is stored.
 *
 * To ask before ptl is not enough: the fault may have begun where nothing was mapped yet; another one maps a page, the process stores to it,
 * and the reaper drops it, all before the first one has ptl. Nor does it help where memory is weak and the page was there: nothing orders
 * MMF_UNSTABLE and the entry that is cleared for who does not take ptl.
 *
 * By hand, v6.12: __oom_reap_task_mm() sets the flag at mm/oom_kill.c:528, and unmap_page_range() takes ptl behind it; do_anonymous_page()
 * asks at mm/memory.c:4817 (4769 for the zero page), with ptl held since 4806. Who finds the entry empty by the reaper has its lock after it, and
 * sees the flag.
 */
export default scenario("races/reaper-vs-fault", {
  about: "A fault maps a zeroed page where the oom reaper has dropped what the process had stored",
  world: kernel,
  params: {
    fixed: bool,
    /** What a fault does without the fix. */
    without: oneOf("nowhere", "before ptl"),
    start: oneOf("mapped", "empty"),
  },
  threads: ({ fixed, without, start }) => {
    const reaped = fixed ? "under ptl" : without;
    return {
      late: late(reaped),
      reap: oomReapTaskMm(0),
      ...(start === "empty" && { first: first(reaped) }),
    };
  },
  init(k, { start }) {
    if (start === "mapped") mappedNotInSwap(k);
    else emptyPageTable(k);
  },
  specs: [readsWhatWasStored, noTlbEntryOfFreePage, rssMatches, ...balance],
  unreached: neverTaken("races/reaper-vs-fault"),
  expect: [
    { set: { fixed: false }, violated: ["reads-what-was-stored"], states: 114 },
    { set: { fixed: false }, memory: "tso", violated: ["reads-what-was-stored"], states: 240 },
    { set: { fixed: false }, memory: "lkmm", violated: ["reads-what-was-stored"], states: 125 },
    { set: { fixed: true }, states: 99 },
    { set: { fixed: true }, memory: "tso", states: 180 },
    { set: { fixed: true }, memory: "lkmm", states: 118 },
    { set: { fixed: false, without: "before ptl" }, states: 48 },
    { set: { fixed: false, without: "before ptl" }, memory: "tso", states: 78 },
    { set: { fixed: false, without: "before ptl" }, memory: "lkmm", violated: ["reads-what-was-stored"], states: 141 },
    { set: { fixed: false, without: "before ptl", start: "empty" }, violated: ["reads-what-was-stored"], states: 2961 },
    {
      set: { fixed: false, without: "before ptl", start: "empty" },
      memory: "tso",
      violated: ["reads-what-was-stored"],
      states: 7736,
    },
    {
      set: { fixed: false, without: "before ptl", start: "empty" },
      memory: "lkmm",
      violated: ["reads-what-was-stored"],
      states: 3504,
    },
    { set: { fixed: true, start: "empty" }, states: 2496 },
    { set: { fixed: true, start: "empty" }, memory: "tso", states: 6083 },
    { set: { fixed: true, start: "empty" }, memory: "lkmm", states: 3137 },
  ],
});
