import { bool, scenario } from "faultline";
import { balance } from "../../specs/balance.ts";
import { kernel, pageInCache } from "../kernel/world.ts";
import { fuseFillWritePages } from "../paths/fuse-write.ts";

/**
 * kernel.md T-DL: the hang that was taken for a lost wakeup in October 2020. fuse holds the lock of a page while it
 * faults in user memory that is a mapping of the same page: the fault waits for its own thread.
 */
export default scenario("fault-under-page-lock", {
  about: "A write to a FUSE file whose source is a mapping of the page that it has locked",
  world: kernel,
  params: { unlocks: bool },
  threads: ({ unlocks }) => ({ write: fuseFillWritePages(unlocks) }),
  init: (k) => pageInCache(k, { pmd: "populated" }),
  specs: [...balance],
  unreached: () => [],
  expect: [{ set: { unlocks: false }, violated: ["not-stuck"] }, { set: { unlocks: true } }],
});
