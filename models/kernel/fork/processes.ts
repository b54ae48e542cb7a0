import { call } from "faultline";
import { kernel } from "../world.ts";
import { munmapAnon } from "../../mm/mmap/anon/munmap.ts";
import type { WpPage } from "../../mm/memory/wp-page.ts";
import { writeFault } from "../../mm/memory/write-fault.ts";
import { dupMmap, scheduleTail, type ForkRelease } from "../../mm/memory/copy-page-range.ts";

/** A process forks, then writes to its memory. */
export const forkThenWrite = (release: ForkRelease, wp: WpPage) =>
  kernel.path(
    "parent",
    {},
    { "fork()": call(dupMmap(release)), "write to the page": call(writeFault(0, wp)) },
    {
      file: "kernel/fork.c",
      release: "v5.9",
      notInSource: "what a process does",
      leavesOut: "all that fork() does besides memory (it takes no lock of these models)",
    },
  );

/** What the child does with its memory once it runs: write to it, or exit. */
export const child = (does: "write" | "exit", wp: WpPage) =>
  kernel.path(
    "child",
    {},
    {
      "ret_from_fork()": call(scheduleTail(1)),
      "write to the page": does === "write" && call(writeFault(1, wp)),
      "exit_mmap()": does === "exit" && call(munmapAnon(1)),
    },
    {
      file: "kernel/fork.c",
      release: "v5.9",
      notInSource: "what a process does",
      leavesOut:
        "all that a process does besides memory, exit_mmap()'s way without mmap_lock (nobody else uses the mm)",
    },
  );
