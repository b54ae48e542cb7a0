import { tmpfs } from "../models/mm/shmem/inode.ts";

/** docs/kernel-facts.md 5 #10. That a thread which can step all the time does, is all that is taken for granted. */
export const punchEnds = tmpfs.eventually(
  "punch-ends",
  "a hole punch comes to its end",
  ({ punched }) => punched || "fallocate() has not returned",
  { consequence: "fallocate() is never over, and holds i_mutex: all who write to the file hang" },
);
