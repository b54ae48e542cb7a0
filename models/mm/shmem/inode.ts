import { bool, extend, ghost, mutex, spinlock, type StateOf } from "faultline";
import { kernel } from "../../kernel/world.ts";

/** The kernel's state with what tmpfs has of its own. */
export const tmpfs = extend(kernel, {
  /** inode->i_mutex */
  iMutex: mutex,
  /** inode->i_lock */
  iLock: spinlock,
  /** inode->i_private is set, to the shmem_falloc of a hole punch. */
  falloc: bool,
  /** fallocate() has returned. */
  punched: ghost(bool),
});

export type Tmpfs = StateOf<typeof tmpfs>;
export const iMutex = (k: Tmpfs) => k.iMutex;
export const iLock = (k: Tmpfs) => k.iLock;
