import { bool, scenario } from "faultline";
import { balance } from "../../specs/balance.ts";
import { kernel, pageInCache, pageMappedBy } from "../kernel/world.ts";
import { fuseFillWritePages } from "../fs/fuse/fuse-write.ts";
import { neverTaken } from "./recorded.ts";

/**
 * docs/kernel-facts.md T-DL: the hang that was taken for a lost wakeup in October 2020. fuse holds the lock of a page
 * while it faults in user memory that is a mapping of the same page: the fault waits for its own thread.
 */
export default scenario("fault-under-page-lock", {
  about: "A write to a FUSE file whose source is a mapping of the page that it has locked",
  world: kernel,
  params: { unlocks: bool, mapped: bool },
  threads: ({ unlocks }) => ({ write: fuseFillWritePages(unlocks) }),
  init: (k, { mapped }) => (mapped ? pageMappedBy(k, 1) : pageInCache(k, { pmd: "populated" })),
  specs: [...balance],
  unreached: neverTaken("fault-under-page-lock"),
  expect: [
    {
      set: { unlocks: false },
      violated: ["not-stuck"],
      vacuous: ["mapcount-matches", "refcount-matches", "locks-released"],
      states: 11,
    },
    { set: { unlocks: true }, states: 22 },
    { set: { unlocks: false, mapped: true }, states: 8 },
  ],
});
