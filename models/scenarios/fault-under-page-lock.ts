import { bool, scenario } from "faultline";
import { balance } from "../../specs/balance.ts";
import { NEVER_WAITS } from "../kernel/primitives.ts";
import { kernel, pageInCache, pageMappedBy } from "../kernel/world.ts";
import { NOT_MAPPED } from "../paths/fault/read-fault.ts";
import { NO_RETRY, NO_SIGBUS } from "../paths/filemap-fault.ts";
import { LOST_LOOKUP } from "../paths/find-get-entry.ts";
import { fuseFillWritePages } from "../paths/fuse-write.ts";

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
  unreached: ({ unlocks, mapped }) =>
    unlocks && !mapped
      ? [LOST_LOOKUP, NEVER_WAITS, NOT_MAPPED, ...NO_SIGBUS, ...NO_RETRY]
      : [
          "find_get_entry: *",
          "lock_page: *",
          "filemap_fault: *",
          "finish_fault: *",
          "pte_alloc_one_map: *",
          "do_read_fault: *",
          // Where the source is mapped, there is no fault to wait in.
          ...(unlocks || !mapped ? ["fuse_fill_write_pages: *"] : []),
        ],
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
