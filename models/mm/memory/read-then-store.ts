import { call } from "faultline";
import { kernel, type VmaIndex } from "../../kernel/world.ts";
import { mapPagesInAnyOrder } from "../filemap/map-pages-in-any-order.ts";
import { madviseDontneed } from "../mmap/munmap.ts";
import { userAccess } from "../../kernel/user-access.ts";

/**
 * A process that reads a page of a file, stores to it if the PTE lets it, and gives the range back with
 * madvise(MADV_DONTNEED), which hands the PTE's dirty bit on to the page.
 */
export const readThenStore = (i: VmaIndex, order: string, writable: boolean) =>
  kernel.path(
    "read_store_dontneed",
    {},
    {
      "the load faults: do_read_fault(vmf)": call(mapPagesInAnyOrder(i, order, { writable })),
      "the store": call(userAccess(0, i, "store")),
      "madvise(MADV_DONTNEED)": call(madviseDontneed(i, { dirty: "v5.9" })),
    },
    { file: "the hardware (x86)", release: "any", leavesOut: "the load, the faults that are tried again, mmap_lock" },
  );
