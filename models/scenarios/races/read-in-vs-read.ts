import { bool, scenario } from "faultline";
import { noEarlyRead } from "../../../specs/page-cache.ts";
import { kernel, pageInCache } from "../../kernel/world.ts";
import { genericFileRead, readpageEnds } from "../../mm/filemap/read-in.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by 0ed361dec369 (v2.6.25), docs/kernel-facts.md 5 #5 and I-UPT. A reader without the page lock sees PG_uptodate
 * before it sees what the page has been filled with. Only CPUs that reorder show it: `--memory lkmm`; under sc and on
 * x86, whose stores stay in order, both variants hold. The fix is a write barrier before PG_uptodate, and a read
 * barrier after it.
 */
export default scenario("races/read-in-vs-read", {
  about: "A page is read in while read() copies it out without the page lock",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({ readpage: readpageEnds(fixed), read: genericFileRead(fixed) }),
  init(k) {
    pageInCache(k, { pmd: "populated" });
    k.page.locked = true;
    k.page.uptodate = false;
  },
  specs: [noEarlyRead],
  unreached: neverTaken("races/read-in-vs-read"),
  expect: [
    { set: { fixed: false }, states: 26 },
    { set: { fixed: true }, states: 34 },
    { set: { fixed: false }, memory: "tso", states: 32 },
    { set: { fixed: false }, memory: "lkmm", violated: ["no-early-read"], states: 35 },
    { set: { fixed: true }, memory: "lkmm", states: 39 },
    { set: { fixed: true }, memory: "tso", states: 46 },
  ],
});
