import { tmpfs } from "../models/mm/shmem/inode.ts";
import { swappedFile } from "../models/mm/shmem/swap-entry.ts";

/** docs/kernel-facts.md 5 #10. That a thread which can step all the time does, is all that is taken for granted. */
export const punchEnds = tmpfs.eventually(
  "punch-ends",
  "a hole punch comes to its end",
  ({ punched }) => punched || "fallocate() has not returned",
  { consequence: "fallocate() is never over, and holds i_mutex: all who write to the file hang" },
);

/** Of a file whose pages are swapped out: an entry of order 1 names both slots. */
export const entryHasSlots = swappedFile.atEnd(
  "entry-has-slots",
  "a swap entry of the file names slots that are in use",
  ({ fileSwap, swapCounts }) => {
    const i = fileSwap.findIndex(
      ({ isSwap, order }, at) => isSwap && swapCounts.slice(at, at + 1 + order).some((count) => count === 0),
    );
    return i < 0 || `entry ${i} of the file names a slot that is free`;
  },
  "the file gets what somebody else has swapped out",
);
