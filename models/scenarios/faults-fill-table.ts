import { oneOf, scenario } from "faultline";
import { rssMatches } from "../../specs/anon.ts";
import { balance } from "../../specs/balance.ts";
import { kernel, pageInCache } from "../kernel/world.ts";
import { doFaultPrealloc } from "../mm/memory/prealloc.ts";
import { neverTaken } from "./recorded.ts";

/**
 * docs/kernel-facts.md Q-PGT, I-CTX and Q-RSS: two threads fault on the same empty page table. Each has allocated a
 * table; one puts its own into the pmd entry, the other has to free it, whichever way the fault ends: else `no-leak` fails.
 */
export default scenario("faults-fill-table", {
  about: "Two threads of a process fault on the same address, where no page table is yet",
  world: kernel,
  params: { solved: oneOf("frees", "leaks") },
  threads: ({ solved }) => ({ fault: [0, 1].map(() => doFaultPrealloc(0, solved === "frees")) }),
  init(k) {
    pageInCache(k, { pmd: "absent" });
    for (const mm of k.mm) mm.rss = 0;
  },
  specs: [rssMatches, ...balance],
  unreached: neverTaken("faults-fill-table"),
  expect: [
    { set: { solved: "frees" }, states: 839 },
    { set: { solved: "leaks" }, violated: ["no-leak"], states: 731 },
  ],
});
