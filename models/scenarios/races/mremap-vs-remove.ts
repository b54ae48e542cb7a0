import { bool, call, scenario } from "faultline";
import { balance } from "../../../specs/balance.ts";
import { noMappedDeletion, noStalePte } from "../../../specs/page-cache.ts";
import { RESTART } from "../../kernel/vma.ts";
import { kernel, pageInCache, pageMappedBy, type Kernel } from "../../kernel/world.ts";
import { doReadFault } from "../../mm/memory/read-fault.ts";
import { Growth, mremapTruncateCount, type Growth as How } from "../../mm/mremap/mremap-truncate-count.ts";
import { vmtruncateRange } from "../../mm/truncate/vmtruncate-range.ts";
import { neverTaken } from "../recorded.ts";

/** A process faults the page in, moves its mapping, or lets it grow, and faults the page in there. */
const user = (how: How, fixed: boolean) =>
  kernel.path(
    "user",
    {},
    {
      "fault, at the old address": how !== "grow" && call(doReadFault(1, null)),
      "mremap()": call(mremapTruncateCount(how, fixed)),
      "fault, at the new address": call(doReadFault(0, null)),
    },
    { notInSource: "what a process does", file: "mm/mremap.c", release: "v2.6.35", leavesOut: "the system calls" },
  );

function init(k: Kernel, how: How): void {
  if (how === "grow") pageInCache(k, { pmd: "populated" });
  else {
    pageMappedBy(k, 1);
    k.table[0].pte.page = null;
    k.vma[0].rmap = "unmapped";
    k.table[1].pte.page = k.page;
    k.vma[1].rmap = "mapped";
  }
  k.vma[0].unlinked = true;
  if (how !== "copy") k.vma[0].truncateCount = RESTART;
  if (how === "grow") k.vma[1].unlinked = true;
}

/**
 * BUG_ON(page_mapped(page)) at mm/filemap.c:128, docs/kernel-facts.md 5 #3. 48aae42556e5 has been made for it: the count
 * that copy_vma() copies could be a restart address. But vma_link() has stored mapping->truncate_count over it, and
 * move_ptes() resets what differs from the old one: `copy` and `merge` hold without it as well. `grow` is what it does
 * not reach. The address is left over in a vma that is not of the unmapped range: split while the unmap is broken off,
 * the lower half keeps an address beyond its end. Let it grow over the page that is being removed, between the two unmaps,
 * and the second one takes that address for its own.
 */
export default scenario("races/mremap-vs-remove", {
  about: "MADV_REMOVE breaks off its unmaps, while mremap() moves or grows a mapping of the page and a fault follows",
  world: kernel,
  params: { fixed: bool, how: Growth },
  threads: ({ fixed, how }) => ({ user: user(how, fixed), remove: vmtruncateRange }),
  init: (k, { how }) => init(k, how),
  specs: [noStalePte, noMappedDeletion, ...balance],
  unreached: neverTaken("races/mremap-vs-remove"),
  expect: [
    { set: { fixed: false, how: "copy" }, states: 5947 },
    { set: { fixed: true, how: "copy" }, states: 6909 },
    { set: { fixed: false, how: "merge" }, states: 7724 },
    { set: { fixed: true, how: "merge" }, states: 7102 },
    { set: { fixed: false, how: "grow" }, violated: ["no-bug"], states: 991 },
    { set: { fixed: true, how: "grow" }, violated: ["no-bug"], states: 991 },
    { set: { fixed: false, how: "copy" }, memory: "tso", states: 10281 },
    { set: { fixed: true, how: "copy" }, memory: "tso", states: 11983 },
    { set: { fixed: false, how: "merge" }, memory: "tso", states: 13559 },
    { set: { fixed: true, how: "merge" }, memory: "tso", states: 12245 },
    { set: { fixed: false, how: "grow" }, memory: "tso", violated: ["no-bug"], states: 1887 },
    { set: { fixed: true, how: "grow" }, memory: "tso", violated: ["no-bug"], states: 1887 },
    { set: { fixed: false, how: "copy" }, memory: "lkmm", states: 31357 },
    { set: { fixed: true, how: "copy" }, memory: "lkmm", states: 34865 },
    { set: { fixed: false, how: "merge" }, memory: "lkmm", states: 36041 },
    { set: { fixed: true, how: "merge" }, memory: "lkmm", states: 34813 },
    { set: { fixed: false, how: "grow" }, memory: "lkmm", violated: ["no-bug"], states: 3335 },
    { set: { fixed: true, how: "grow" }, memory: "lkmm", violated: ["no-bug"], states: 3335 },
  ],
});
