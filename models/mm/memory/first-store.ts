import { call } from "faultline";
import { kernel, type VmaIndex } from "../../kernel/world.ts";
import { userAccess } from "../../kernel/user-access.ts";
import { writeProtectFault, type WpPageShared } from "./wp-page-shared.ts";

/** A user's store to a page that a shared mapping has mapped read-only: it faults, and is tried again. */
export const firstStore = (i: VmaIndex, how: WpPageShared) =>
  kernel.path(
    "user_store_faults",
    {},
    {
      "handle_mm_fault(vma, address, FAULT_FLAG_WRITE)": call(writeProtectFault(i, how)),
      "the store is tried again": call(userAccess(0, i, "store")),
    },
    {
      file: "the hardware (x86)",
      release: "any",
      leavesOut: "mmap_lock (nothing takes it for writing), further faults",
    },
  );
