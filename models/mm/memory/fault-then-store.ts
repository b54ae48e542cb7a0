import { call, type Path } from "faultline";
import { userAccess } from "../../kernel/user-access.ts";
import { kernel, type Kernel, type VmaIndex } from "../../kernel/world.ts";

/** A user's store that faults, and is tried again once the fault has been handled. */
export const faultThenStore = (i: VmaIndex, fault: Path<Kernel>) =>
  kernel.path(
    "user_store_faults",
    {},
    {
      "handle_mm_fault(vma, address, FAULT_FLAG_WRITE)": call(fault),
      "the store is tried again": call(userAccess(0, i, "store")),
    },
    {
      file: "the hardware (x86)",
      release: "any",
      notInSource: "a user does that",
      leavesOut: "mmap_lock (nothing takes it for writing), further faults",
    },
  );
