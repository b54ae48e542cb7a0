import { oneOf, scenario } from "faultline";
import { balance } from "../../specs/balance.ts";
import { noFalseAlarm, noMappedDeletion, noMappedFreePage, noStalePte } from "../../specs/page-cache.ts";
import { kernel, pageInCache } from "../kernel/world.ts";
import { filemapMapPages } from "../paths/fault-around.ts";
import { LOST_LOOKUP } from "../paths/find-get-entry.ts";
import { invalidateInodePages2Range } from "../paths/invalidate.ts";
import { orderWord } from "../paths/mapper-orders.ts";
import { shrinkPageList } from "../paths/reclaim.ts";
import { SECOND_PASS, truncatePagecacheRange, truncateSetsize } from "../paths/truncate.ts";

/** What takes the page out of the page cache. */
const REMOVERS = ["punch", "truncate", "invalidate", "reclaim", "shmem"] as const;

export default scenario("fault-around-orders", {
  about: "A read fault tests and maps a cached page in any order while something removes the page",
  world: kernel,
  params: {
    order: orderWord,
    remover: oneOf(...REMOVERS),
    /** Of punch and truncate: what truncate_cleanup_page() asks before it unmaps. */
    gate: oneOf("page_mapped", "none"),
    /** Of truncate: how often it unmaps the range. */
    passes: oneOf("two", "one"),
    /** Of punch and truncate: which of page->mapping and the xarray entry goes first; batch: page->mapping. */
    deletion: oneOf("batch", "single"),
    /** Of invalidate and shmem: whether a page that is mapped after it was unmapped stops the kernel. */
    check: oneOf("BUG_ON", "WARN_ON"),
  },
  threads: ({ order, remover, gate, passes, deletion, check }) => ({
    fault: filemapMapPages(0, order),
    [remover]: {
      punch: () => truncatePagecacheRange({ vmas: 1, gate, deletion }),
      truncate: () => truncateSetsize({ vmas: 1, gate, deletion }, passes === "two"),
      invalidate: () => invalidateInodePages2Range(1, check),
      reclaim: () => shrinkPageList(1, "file"),
      shmem: () => shrinkPageList(1, "tmpfs", { check }),
    }[remover](),
  }),
  init: (k) => pageInCache(k, { pmd: "populated" }),
  specs: [noStalePte, noMappedDeletion, noFalseAlarm, noMappedFreePage, ...balance],
  unreached: () => [LOST_LOOKUP, ...SECOND_PASS],
  expect: [],
});
