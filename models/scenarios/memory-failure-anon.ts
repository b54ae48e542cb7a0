import { oneOf, scenario } from "faultline";
import { rssMatches } from "../../specs/anon.ts";
import { balance } from "../../specs/balance.ts";
import { poisonIsKept, toldIsUnmapped } from "../../specs/memory-failure.ts";
import { poisonedIsUnmapped } from "../../specs/page-cache.ts";
import { anonPageMapped, kernel } from "../kernel/world.ts";
import { forkHwpoison } from "../kernel/fork/poisoned-processes.ts";
import { memoryFailureAnon } from "../mm/memory-failure/memory-failure-anon.ts";
import { POISON_RELEASES } from "../mm/memory-failure/unmap-poisoned.ts";
import { mprotect } from "../mm/mprotect/change-protection.ts";
import { neverTaken } from "./recorded.ts";

/**
 * memory_failure() takes a broken anonymous page from page tables, and leaves entries at which an access ends in a signal. Beside it a process
 * forks, which copies the entry or shares the page, or changes its protection, which makes the entry empty for a moment, under
 * ptl: v5.9 passes by what looks empty, finds the page mapped still, and gives up (-EBUSY); since v5.14 the walk waits for ptl.
 * fork() is safe in all releases: the walk visits the parent's entry first, and what fork() has stored for the child comes before it drops the
 * lock of that.
 */
export default scenario("memory-failure-anon", {
  about: "memory_failure() of an anonymous page, beside fork() or mprotect(), release by release",
  world: kernel,
  params: { release: oneOf(...POISON_RELEASES), beside: oneOf("fork", "mprotect") },
  threads: ({ release, beside }) => ({
    failure: memoryFailureAnon({ release, tells: 0 }),
    other: beside === "fork" ? forkHwpoison(release) : mprotect(0, { release, to: "PROT_READ", mapping: "private" }),
  }),
  init(k) {
    anonPageMapped(k, { shared: false, writable: true });
  },
  specs: [poisonedIsUnmapped, toldIsUnmapped, poisonIsKept, rssMatches, ...balance],
  unreached: neverTaken("memory-failure-anon"),
  expect: [
    { set: { release: "v5.9" }, states: 282 },
    { set: { release: "v5.9" }, memory: "lkmm", states: 597 },
    { set: { release: "v6.12" }, states: 431 },
    { set: { release: "v7.1" }, states: 431 },
    { set: { release: "v7.1" }, memory: "tso", states: 1165 },
    { set: { release: "v7.1" }, memory: "lkmm", states: 941 },
    { set: { release: "v5.9", beside: "mprotect" }, violated: ["poisoned-is-unmapped"], states: 205 },
    { set: { release: "v6.12", beside: "mprotect" }, states: 209 },
    { set: { release: "v7.1", beside: "mprotect" }, states: 209 },
    { set: { release: "v7.1", beside: "mprotect" }, memory: "lkmm", states: 272 },
  ],
});
