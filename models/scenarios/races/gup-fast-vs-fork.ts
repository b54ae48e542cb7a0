import { bool, scenario } from "faultline";
import { pinnedIsMapped, pinnedStaysMapped } from "../../../specs/anon.ts";
import { balance } from "../../../specs/balance.ts";
import { anonPageMapped, kernel } from "../../kernel/world.ts";
import { forkThenWrite } from "../../kernel/fork/processes.ts";
import { gupFast } from "../../mm/gup/gup-fast.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by 57efa1fe5957 (v5.11), docs/kernel-facts.md 5 #24. fork() finds the page not pinned; gup_fast() pins it and
 * finds the PTE unchanged; fork() write-protects it and shares the page; the parent's next write copies it. With
 * write_protect_seq the pin fails, and the slow path waits for mmap_lock. On x86; LKMM has no barrier between the store
 * of write_protect_seq and fork()'s test for pins, so that both may miss each other: docs/decisions/0051.
 */
export default scenario("races/gup-fast-vs-fork", {
  about: "pin_user_pages_fast() pins a page between fork()'s test for pins and its write protection",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({
    gup: gupFast(0, { pin: true, write: true, writeProtectSeq: fixed, wp: { rule: "5.9" } }),
    parent: forkThenWrite(fixed ? "5.11" : "5.9", { rule: "5.9" }),
  }),
  init: (k) => anonPageMapped(k, { shared: false, writable: true }),
  specs: [pinnedStaysMapped, pinnedIsMapped, ...balance],
  unreached: neverTaken("races/gup-fast-vs-fork"),
  expect: [
    { set: { fixed: false }, violated: ["pinned-stays-mapped", "pinned-is-mapped"], states: 815 },
    { set: { fixed: true }, states: 1352 },
    {
      set: { fixed: true },
      memory: "lkmm",
      violated: ["pinned-is-mapped"],
      unjudged: ["pinned-stays-mapped"],
      states: 5410,
    },
    { set: { fixed: false }, memory: "tso", violated: ["pinned-is-mapped", "pinned-stays-mapped"], states: 1504 },
    {
      set: { fixed: false },
      memory: "lkmm",
      violated: ["pinned-is-mapped"],
      unjudged: ["pinned-stays-mapped"],
      states: 3673,
    },
    { set: { fixed: true }, memory: "tso", states: 2934 },
  ],
});
