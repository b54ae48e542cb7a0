import { oneOf, scenario } from "faultline";
import { attached } from "../../kernel/vma-lock.ts";
import { mapsWorld, readMaps, splitVma } from "../../fs/task-mmu/maps.ts";
import { neverTaken } from "../recorded.ts";

/**
 * docs/questions/maps-misses-a-tail.md. Does a read() of /proc/<pid>/maps show each address that is mapped all the time? A VMA is
 * split between being found in the tree and being locked.
 */
export default scenario("questions/maps-misses-a-tail", {
  about: "/proc/<pid>/maps is read under the locks of VMAs while mprotect() splits one",
  world: mapsWorld,
  params: { iterator: oneOf("v7.1", "set to vm_end") },
  threads: ({ iterator }) => ({ maps: readMaps(iterator), mprotect: splitVma }),
  init(k) {
    attached(k.vma[0], k.mm[0]);
    k.vma[0].end = 2;
    k.vma[1].vmMm = k.mm[0];
    k.vma[1].start = 1;
    k.vma[1].end = 2;
    attached(k.behind, k.mm[0]);
    k.behind.start = 2;
    k.behind.end = 3;
  },
  specs: [
    mapsWorld.atEnd(
      "maps-shows-all",
      "what was mapped all the time has been shown",
      (k) => k.shown.every(Boolean) || `shown: ${k.shown.flatMap((is, i) => (is ? [i] : [])).join(", ")}`,
      "who reads /proc/<pid>/maps takes the address for free",
    ),
  ],
  unreached: neverTaken("questions/maps-misses-a-tail"),
  expect: [
    { violated: ["maps-shows-all"], states: 3268 },
    { memory: "tso", violated: ["maps-shows-all"], states: 6111 },
    { memory: "lkmm", violated: ["maps-shows-all"], states: 8522 },
    { set: { iterator: "set to vm_end" }, states: 2737 },
    { set: { iterator: "set to vm_end" }, memory: "tso", states: 5321 },
    { set: { iterator: "set to vm_end" }, memory: "lkmm", states: 8011 },
  ],
});
