import { bool, done, full, lock, once, unlock } from "faultline";
import { filePage, of, setPteAt } from "../../kernel/primitives.ts";
import { kernel, type VmaIndex } from "../../kernel/world.ts";

/**
 * __dax_fault() with dax_insert_mapping(), fs/dax.c, v4.2: a write fault on a file in persistent memory, whose blocks
 * are mapped straight into the process; then the process's store, to a place of its own in the block. `serialized`:
 * since 843172978bb9 (v4.3) i_mmap_lock_write() is held from get_block() on. `i` is the address space.
 */
export const daxFault = (i: VmaIndex, serialized: boolean) =>
  kernel.path(
    "__dax_fault",
    { unwritten: bool },
    {
      "i_mmap_lock_write(mapping)": serialized && lock((k) => k.iMmapRwsem),
      "get_block(inode, block, &bh, 1)": full((k, me) => {
        me.unwritten = k.block !== "written";
        if (k.block === "hole") k.block = "unwritten";
      }),
      "buffer_unwritten(bh)? clear_pmem()": once((k, { unwritten }) => {
        if (unwritten) k.pmem = 0;
      }),
      "vm_insert_mixed()": of(filePage, setPteAt(i, { writable: true, dirty: true })),
      "complete_unwritten(&bh)": full((k, { unwritten }) => {
        if (unwritten) k.block = "written";
      }),
      "i_mmap_unlock_write(mapping)": serialized && unlock((k) => k.iMmapRwsem),
      // Ordered behind what get_block() has found: that takes and drops the file system's locks, also where it changes nothing.
      "the process stores": full((k) => {
        k.pmem++;
        return done;
      }),
    },
    {
      file: "fs/dax.c",
      release: serialized ? "v4.3" : "v4.2",
      leavesOut:
        "the first get_block() that allocates nothing (the second one looks again), ptl (nobody else uses this PTE), holes that are read, i_size (no truncate runs), i_mmap_lock_read() in v4.2 (readers do not exclude each other); what get_block() and complete_unwritten() do under the file system's own locks is one event each",
    },
  );
