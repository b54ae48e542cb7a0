import { oneOf, scenario } from "faultline";
import { noSharedWriteInTheEnd, rssMatches } from "../../specs/anon.ts";
import { balance } from "../../specs/balance.ts";
import { droppedIsForgotten, neverZeroes, toldIsUnmapped } from "../../specs/memory-failure.ts";
import { poisonedIsUnmapped } from "../../specs/page-cache.ts";
import { anonPageMapped, kernel } from "../kernel/world.ts";
import {
  childStores,
  dropThenStore,
  forkHwpoison,
  storeOrSignal,
  truncateCopies,
} from "../kernel/fork/poisoned-processes.ts";
import { memoryFailureAnon } from "../mm/memory-failure/memory-failure-anon.ts";
import { POISON_RELEASES } from "../mm/memory-failure/unmap-poisoned.ts";
import { neverTaken } from "./recorded.ts";

/**
 * memory_failure() leaves an entry that says that its anonymous page is broken. Beside it a process stores to the page, alone or to one that it
 * shares since fork(), and so copies it; drops it with madvise(MADV_DONTNEED), and uses the memory again; loses it by a truncate, as a private
 * copy of a page of a file; or forks, and the child stores. Whatever comes first, a store ends in the page as it was, or in a signal: the entry
 * is none between the two stores of try_to_unmap_one() alone, under ptl, and do_anonymous_page() looks again there. fork() copies the entry, and no
 * count moves with it: neither has the parent counted the page any more, nor has the entry a reference.
 *
 * v5.9 leaves the entry where a truncate unmaps: who extends the file again ends in a signal at good memory, until munmap(). By hand: mm/memory.c 1283
 * goes on to the next entry where `details` are given, which unmap_mapping_pages() does; v6.1 1495, v6.12 1668 and v7.1 1791 ask should_zap_cows().
 *
 * Not asked of who drops the page: whether he gets at it through a TLB entry until madvise() flushes it, behind page_remove_rmap(). memory_failure() does
 * not wait for that: under lkmm, which has no order between page_mapped() and a load of the entry, the process could be told too early.
 */
export default scenario("poisoned-entry", {
  about:
    "A page is broken, and a fault, madvise(), a truncate or fork() meets the entry that says so, release by release",
  world: kernel,
  params: { release: oneOf(...POISON_RELEASES), beside: oneOf("store", "copy", "dontneed", "truncate", "fork") },
  threads: ({ release, beside }) => ({
    failure: memoryFailureAnon(beside === "dontneed" || beside === "truncate" ? { release } : { release, tells: 0 }),
    ...(beside === "store" && { process: storeOrSignal(0, release) }),
    ...(beside === "copy" && { other: storeOrSignal(1, release) }),
    ...(beside === "dontneed" && { process: dropThenStore(0, release) }),
    ...(beside === "truncate" && { truncate: truncateCopies(release) }),
    ...(beside === "fork" && { parent: forkHwpoison(release), child: childStores(release) }),
  }),
  init(k, { beside }) {
    const shared = beside === "copy";
    anonPageMapped(k, { shared, writable: !shared });
    k.page.data = 1;
    for (const mm of k.mm) mm.stored = 1;
  },
  specs: [
    toldIsUnmapped,
    poisonedIsUnmapped,
    neverZeroes,
    droppedIsForgotten,
    noSharedWriteInTheEnd,
    rssMatches,
    ...balance,
  ],
  unreached: neverTaken("poisoned-entry"),
  expect: [
    { set: { release: "v5.9", beside: "store" }, states: 170 },
    { set: { release: "v5.9", beside: "store" }, memory: "tso", states: 274 },
    { set: { release: "v5.9", beside: "store" }, memory: "lkmm", states: 229 },
    { set: { release: "v6.12", beside: "store" }, states: 233 },
    { set: { release: "v6.12", beside: "store" }, memory: "lkmm", states: 301 },
    { set: { release: "v7.1", beside: "store" }, states: 233 },
    { set: { release: "v7.1", beside: "store" }, memory: "tso", states: 368 },
    { set: { release: "v7.1", beside: "store" }, memory: "lkmm", states: 301 },
    { set: { release: "v5.9", beside: "copy" }, states: 710 },
    { set: { release: "v5.9", beside: "copy" }, memory: "tso", states: 1316 },
    { set: { release: "v5.9", beside: "copy" }, memory: "lkmm", states: 3763 },
    { set: { release: "v6.12", beside: "copy" }, states: 772 },
    { set: { release: "v7.1", beside: "copy" }, states: 772 },
    { set: { release: "v7.1", beside: "copy" }, memory: "tso", states: 1261 },
    { set: { release: "v7.1", beside: "copy" }, memory: "lkmm", states: 5084 },
    { set: { release: "v5.9", beside: "dontneed" }, states: 350 },
    { set: { release: "v5.9", beside: "dontneed" }, memory: "tso", states: 693 },
    { set: { release: "v5.9", beside: "dontneed" }, memory: "lkmm", states: 1068 },
    { set: { release: "v6.12", beside: "dontneed" }, states: 431 },
    { set: { release: "v6.12", beside: "dontneed" }, memory: "lkmm", states: 1219 },
    { set: { release: "v7.1", beside: "dontneed" }, states: 431 },
    { set: { release: "v7.1", beside: "dontneed" }, memory: "tso", states: 809 },
    { set: { release: "v7.1", beside: "dontneed" }, memory: "lkmm", states: 1219 },
    { set: { release: "v5.9", beside: "truncate" }, violated: ["dropped-is-forgotten"], states: 139 },
    { set: { release: "v5.9", beside: "truncate" }, memory: "tso", violated: ["dropped-is-forgotten"], states: 214 },
    { set: { release: "v5.9", beside: "truncate" }, memory: "lkmm", violated: ["dropped-is-forgotten"], states: 331 },
    { set: { release: "v6.12", beside: "truncate" }, states: 153 },
    { set: { release: "v6.12", beside: "truncate" }, memory: "lkmm", states: 342 },
    { set: { release: "v7.1", beside: "truncate" }, states: 153 },
    { set: { release: "v7.1", beside: "truncate" }, memory: "tso", states: 274 },
    { set: { release: "v7.1", beside: "truncate" }, memory: "lkmm", states: 342 },
    { set: { release: "v5.9", beside: "fork" }, states: 1010 },
    { set: { release: "v5.9", beside: "fork" }, memory: "tso", states: 1925 },
    { set: { release: "v5.9", beside: "fork" }, memory: "lkmm", states: 9301 },
    { set: { release: "v6.12", beside: "fork" }, states: 1251 },
    { set: { release: "v7.1", beside: "fork" }, states: 1251 },
    { set: { release: "v7.1", beside: "fork" }, memory: "tso", states: 2486 },
    { set: { release: "v7.1", beside: "fork" }, memory: "lkmm", states: 12729 },
  ],
});
