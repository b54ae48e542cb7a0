import { oneOf, scenario } from "faultline";
import { balance } from "../../specs/balance.ts";
import { noMappedFreePage, poisonedIsUnmapped } from "../../specs/page-cache.ts";
import { kernel, pageInCache } from "../kernel/world.ts";
import { memoryFailureFolio } from "../mm/memory-failure/memory-failure-folio.ts";
import { memoryFailure } from "../mm/memory-failure/memory-failure.ts";
import { POISON_RELEASES } from "../mm/memory-failure/unmap-poisoned.ts";
import { doReadFaultFolio } from "../mm/memory/file-fault-folio.ts";
import { doReadFault } from "../mm/memory/read-fault.ts";
import { neverTaken } from "./recorded.ts";

/**
 * Two threads fault on a clean page of a file while memory_failure() throws it away. A fault looks at PG_hwpoison under the page lock; memory_failure()
 * sets it, and then waits for that lock: what is mapped without the mark is unmapped behind it. v5.9 ends with the mark in a signal,
 * though the page could be read in again; v6.12 and v7.1 throw the page away themselves, and the access is tried again, unless memory_failure() has its
 * reference already. They unmap the page first, as another thread may have mapped it before it was marked.
 */
export default scenario("poisoned-page-fault", {
  about: "Two threads fault on a page of a file while memory_failure() throws it away, release by release",
  world: kernel,
  params: { release: oneOf(...POISON_RELEASES), faults: oneOf("two", "one") },
  threads({ release, faults }) {
    const zap = release === "v5.9" ? undefined : ({ release, vmas: 1 } as const);
    const fault = () =>
      zap ? doReadFaultFolio(0, zap.release, zap) : doReadFault(0, null, "filemap_fault", { poisoned: true });
    return {
      failure: zap ? memoryFailureFolio(zap) : memoryFailure(),
      fault: faults === "two" ? [fault(), fault()] : fault(),
    };
  },
  init: (k) => pageInCache(k, { pmd: "populated" }),
  specs: [poisonedIsUnmapped, noMappedFreePage, ...balance],
  unreached: neverTaken("poisoned-page-fault"),
  expect: [
    { set: { release: "v5.9" }, states: 2106 },
    { set: { release: "v5.9" }, memory: "tso", states: 2656 },
    { set: { release: "v6.12" }, states: 2140 },
    { set: { release: "v6.12" }, memory: "tso", states: 2714 },
    { set: { release: "v7.1" }, states: 2140 },
    { set: { release: "v7.1" }, memory: "tso", states: 2714 },
    { set: { release: "v5.9", faults: "one" }, memory: "lkmm", unjudged: ["no-mapped-free-page"], states: 530 },
    { set: { release: "v6.12", faults: "one" }, memory: "lkmm", unjudged: ["no-mapped-free-page"], states: 623 },
    { set: { release: "v7.1", faults: "one" }, memory: "lkmm", unjudged: ["no-mapped-free-page"], states: 623 },
  ],
});
