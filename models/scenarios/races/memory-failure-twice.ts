import { bool, scenario } from "faultline";
import { rssMatches } from "../../../specs/anon.ts";
import { balance } from "../../../specs/balance.ts";
import { toldIsUnmapped } from "../../../specs/memory-failure.ts";
import { poisonedIsUnmapped } from "../../../specs/page-cache.ts";
import { anonPageMapped, kernel } from "../../kernel/world.ts";
import { memoryFailureAnon } from "../../mm/memory-failure/memory-failure-anon.ts";
import { neverTaken } from "../recorded.ts";

/**
 * 171936ddaf97 (v5.13). Two processes share a page, and both find it broken. The first memory_failure() sets PG_hwpoison and begins to look for who
 * maps the page; the second one sees that it is set, and reports at once that all is done, so that its process goes on, and uses the
 * page again. The fix is a mutex around all of it.
 *
 * By hand, v5.9: mm/memory-failure.c 1298 tests and sets PG_hwpoison, 1301 returns 0 where it was set; 1032 unmaps only later.
 */
export default scenario("races/memory-failure-twice", {
  about: "Two processes find one page broken, and the second one is told too early that it is taken care of",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({
    first: memoryFailureAnon({ release: "v5.9", mutex: fixed, tells: 0 }),
    second: memoryFailureAnon({ release: "v5.9", mutex: fixed, tells: 1 }),
  }),
  init: (k) => anonPageMapped(k, { shared: true, writable: false }),
  specs: [toldIsUnmapped, poisonedIsUnmapped, rssMatches, ...balance],
  unreached: neverTaken("races/memory-failure-twice"),
  expect: [
    { set: { fixed: false }, violated: ["told-is-unmapped"], states: 174 },
    { set: { fixed: false }, memory: "tso", violated: ["told-is-unmapped"], states: 264 },
    { set: { fixed: false }, memory: "lkmm", violated: ["told-is-unmapped"], states: 234 },
    { set: { fixed: true }, states: 67 },
    { set: { fixed: true }, memory: "tso", states: 91 },
    { set: { fixed: true }, memory: "lkmm", states: 83 },
  ],
});
