import { bool, scenario } from "faultline";
import { noWriteToZeroPage } from "../../../specs/anon.ts";
import { locksReleased, mapcountNotNegative } from "../../../specs/balance.ts";
import { noMappedFreePage } from "../../../specs/page-cache.ts";
import { kernel, pageTables } from "../../kernel/world.ts";
import { forcedWriteHuge } from "../../mm/huge-memory/forced-write-huge.ts";
import { dontneedHuge, readHuge } from "../../mm/huge-memory/huge-anon.ts";

/**
 * CVE-2017-1000405, Huge Dirty COW, fixed by a8f97366452e (v4.15), docs/kernel-facts.md 5 #15. A forced write has
 * broken COW and set FOLL_COW; MADV_DONTNEED takes the copy away; a read maps the huge zero page and, through
 * FOLL_TOUCH, makes its pmd dirty, which the retry takes for the copy. The fix sets the dirty bit only for a write.
 */
export default scenario("races/huge-dirty-cow", {
  about: "A forced write to read-only anonymous memory races with MADV_DONTNEED and a read, of a huge page",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({
    write: forcedWriteHuge(0),
    madvise: dontneedHuge(0),
    read: readHuge(0, !fixed),
  }),
  init(k) {
    pageTables(k, "none");
    k.page.refcount = 1;
    k.page.mapcount = 0;
    for (const page of [k.cow, k.newpage, k.tail]) page.mapcount = 0;
  },
  specs: [noWriteToZeroPage, noMappedFreePage, locksReleased, mapcountNotNegative],
  expect: [
    { set: { fixed: false }, violated: ["no-write-to-zero-page"], states: 4650 },
    { set: { fixed: true }, states: 4605 },
    { set: { fixed: false }, memory: "tso", violated: ["no-write-to-zero-page"], states: 7732 },
    { set: { fixed: true }, memory: "tso", states: 7426 },
  ],
});
