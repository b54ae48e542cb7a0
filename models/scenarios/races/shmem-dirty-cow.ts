import { bool, scenario } from "faultline";
import { noWriteToFile } from "../../../specs/anon.ts";
import { balance } from "../../../specs/balance.ts";
import { kernel, pageInCache } from "../../kernel/world.ts";
import { dontneed } from "../../mm/mmap/anon/munmap.ts";
import { uffdioContinue } from "../../mm/userfaultfd/fault-continue.ts";
import { forcedWrite } from "../../mm/gup/gup-force.ts";
import { neverTaken } from "../recorded.ts";

/**
 * CVE-2022-2590, fixed by 5535be309971 (v6.0), docs/kernel-facts.md 5 #16: Dirty COW on tmpfs. A forced write has
 * broken COW and set FOLL_COW; MADV_DONTNEED takes the copy away; UFFDIO_CONTINUE maps the page of tmpfs with a dirty
 * PTE, which the retry takes for the copy. The fix looks at the page, for PageAnonExclusive.
 */
export default scenario("races/shmem-dirty-cow", {
  about: "A forced write to a read-only private mapping of tmpfs races with MADV_DONTNEED and UFFDIO_CONTINUE",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({
    write: fixed ? forcedWrite(0, "exclusive", "5.19") : forcedWrite(0, "foll-cow", "5.9"),
    madvise: dontneed(0),
    uffd: uffdioContinue(0),
  }),
  init: (k) => pageInCache(k, { pmd: "populated" }),
  specs: [noWriteToFile, ...balance],
  unreached: neverTaken("races/shmem-dirty-cow"),
  expect: [
    { set: { fixed: false }, violated: ["no-write-to-file"], states: 7848 },
    { set: { fixed: true }, states: 5754 },
    { set: { fixed: false }, memory: "tso", violated: ["no-write-to-file"], states: 10_948 },
    { set: { fixed: true }, memory: "tso", states: 7665 },
  ],
});
