import { bool, scenario } from "faultline";
import { noWriteToFile } from "../../../specs/anon.ts";
import { balance } from "../../../specs/balance.ts";
import { kernel, pageInCache } from "../../kernel/world.ts";
import { dontneed } from "../../mm/mmap/anon/munmap.ts";
import { forcedWrite } from "../../mm/gup/gup-force.ts";
import { neverTaken } from "../recorded.ts";

/**
 * CVE-2016-5195, Dirty COW, fixed by 19be0eaffa3a (v4.9), docs/kernel-facts.md 5 #14. A forced write has broken COW,
 * and drops FOLL_WRITE; MADV_DONTNEED takes the copy away; the retry finds nothing, faults as for a read, and writes to
 * the page of the file. With FOLL_COW and its test for a dirty PTE the retry faults for a write again.
 */
export default scenario("races/dirty-cow", {
  about: "A forced write to a read-only private mapping races with MADV_DONTNEED",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({
    write: forcedWrite(0, fixed ? "foll-cow" : "drop-write", "5.7"),
    madvise: dontneed(0),
  }),
  init: (k) => pageInCache(k, { pmd: "populated" }),
  specs: [noWriteToFile, ...balance],
  unreached: neverTaken("races/dirty-cow"),
  expect: [
    { set: { fixed: false }, violated: ["no-write-to-file"], states: 430 },
    { set: { fixed: true }, states: 396 },
    { set: { fixed: false }, memory: "tso", violated: ["no-write-to-file"], states: 612 },
    { set: { fixed: false }, memory: "lkmm", violated: ["no-write-to-file"], states: 1010 },
    { set: { fixed: true }, memory: "tso", states: 577 },
    { set: { fixed: true }, memory: "lkmm", states: 924 },
  ],
});
