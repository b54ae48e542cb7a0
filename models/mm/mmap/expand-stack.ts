/** Stack expansion against who walks the tree of VMAs: mm/mmap.c and lib/maple_tree.c, v6.4 and v6.5. */
import { alloc, bool, extend, freeRcu, once, rcuReadLock, rcuReadUnlock, ref, release, slab, struct } from "faultline";
import { lock, lockShared, unlock, unlockShared } from "faultline";
import { kernel } from "../../kernel/world.ts";

/** A node of the maple tree: one slot is enough, which has the VMA, or not yet. */
const MapleNode = struct("MapleNode", { slot: bool });
export const mapleTree = extend(kernel, {
  mapleNode: slab(MapleNode, 2),
  within: { Mm: { /** mm->mm_mt.ma_root */ maRoot: ref(MapleNode) } },
});

/**
 * find_vma() of a fault in mm[0]. `holds`: mmap_lock for reading, as a fault that could not take the lock of its VMA alone; or
 * RCU, as lock_vma_under_rcu().
 */
export const findVma = (holds: "mmap_lock" | "rcu") =>
  mapleTree.path(
    "find_vma",
    { node: ref(MapleNode), found: bool },
    {
      "mmap_read_lock(mm)": holds === "mmap_lock" && lockShared((k) => k.mm[0].mmapLock),
      "rcu_read_lock()": holds === "rcu" && rcuReadLock,
      "node = mas_start(): mas->tree->ma_root": once((k, me) => {
        me.node = k.mm[0].maRoot;
      }),
      "vma = mas_state_walk(): mt_slot(slots, offset)": once((_, me) => {
        me.found = me.node!.slot;
      }),
      "rcu_read_unlock()": holds === "rcu" && rcuReadUnlock,
      "mmap_read_unlock(mm)": holds === "mmap_lock" && unlockShared((k) => k.mm[0].mmapLock),
    },
    {
      file: "mm/mmap.c",
      release: "v6.4",
      notInSource: "stands for any walk of the tree: lib/maple_tree.c, of which two loads are modelled",
      leavesOut: "what the walk is for; ma_dead_node(), by which a walk under RCU begins again",
    },
  );

/** expand_stack(): `writes` since 8d7071af8907 (v6.5): mmap_lock for writing, of which the fault had a read lock before. */
export const expandStack = (writes: boolean) =>
  mapleTree.path(
    "expand_stack",
    { old: ref(MapleNode), new: ref(MapleNode) },
    {
      "mmap_read_lock(mm)": !writes && lockShared((k) => k.mm[0].mmapLock),
      "mmap_write_lock(mm)": writes && lock((k) => k.mm[0].mmapLock),
      "mas_preallocate(): kmem_cache_alloc()": alloc(
        (k) => k.mapleNode,
        (_, me, node) => {
          me.new = node;
        },
      ),
      "mas_wr_node_store(): old = mas->node": once((k, me) => {
        me.old = k.mm[0].maRoot;
      }),
      "mas_wr_node_store(): memcpy() of the slots": once((_, me) => {
        me.new!.slot = true;
      }),
      "mas_replace(): rcu_assign_pointer(ma_root)": release((k, me) => {
        k.mm[0].maRoot = me.new;
      }),
      "mas_free(): ma_free_rcu(old)": freeRcu((_, me) => me.old),
      "mmap_write_unlock(mm)": writes && unlock((k) => k.mm[0].mmapLock),
      "mmap_read_unlock(mm)": !writes && unlockShared((k) => k.mm[0].mmapLock),
    },
    {
      file: "mm/mmap.c",
      release: writes ? "v6.5" : "v6.4",
      notInSource: "expand_downwards() down to the store of lib/maple_tree.c that replaces a node",
      leavesOut: "anon_vma->rwsem, which keeps expansions apart, vm_start and vm_pgoff",
    },
  );
