import { oneOf, scenario } from "faultline";
import { recycledVmas, twoProcesses } from "../../kernel/vma-lock.ts";
import { faultOfA } from "../../mm/memory/vma-users.ts";
import { GRABS } from "../../mm/mmap-lock/vma-refcnt.ts";
import { recycle } from "../../mm/mmap-lock/unmap.ts";
import { neverTaken } from "../recorded.ts";

/**
 * A reader that has locked a VMA which is another mm's by now wakes the writer of that mm after it has given the VMA back. Is
 * that mm still there? The reader's own count keeps B from exiting up to the put, mm_count from there on.
 */
export default scenario("questions/whose-mm-is-woken", {
  about: "Who gives back a VMA that has become another mm's wakes a writer of that mm",
  world: recycledVmas,
  params: { grabs: oneOf(...GRABS) },
  threads: ({ grabs }) => ({ fault: faultOfA(grabs), others: recycle() }),
  init: twoProcesses,
  specs: [
    recycledVmas.sometimes(
      "another-mm-waits",
      "a writer of the other mm waits for the readers of its VMA",
      (k) => k.mmStruct[1].vmaWriterWait !== null && k.vmArea[0].vmRefcnt > 0,
    ),
  ],
  unreached: neverTaken("questions/whose-mm-is-woken"),
  expect: [
    { states: 1821 },
    { memory: "tso", states: 3272 },
    { memory: "lkmm", unjudged: ["another-mm-waits"], states: 4161 },
    { set: { grabs: "after the put" }, violated: ["double-free", "use-after-free"], states: 1858 },
    { set: { grabs: "never" }, violated: ["use-after-free"], states: 1743 },
  ],
});
