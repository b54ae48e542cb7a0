/** The interval tree by which an rmap walk finds the vmas of an anonymous page, and the lock of its root: mm/rmap.c, v5.9, v6.12 and v7.1. */
import { lock, lockShared, once, unlock, unlockShared } from "faultline";
import { kernel, type Kernel } from "../../kernel/world.ts";
import type { SwapEntryRelease } from "../swapfile/swap-entries.ts";

const anonVma = (k: Kernel) => k.anonVmaRwsem;
/** anon_vma_lock_read(), or down_read_trylock() of the root's rwsem */
export const anonVmaLockRead = lockShared(anonVma);
export const anonVmaUnlockRead = unlockShared(anonVma);

const ALLOCATES = "what is allocated, and put on a list of the new vma's own";
const FAILS = "where nothing can be allocated: fork() or mremap() fails";

const IN_SOURCE = {
  "v5.9": {
    at: {
      "anon_vma_lock_write(src->anon_vma)": "lock_anon_vma_root()",
      "anon_vma_interval_tree_insert(avc)": "anon_vma_chain_link()",
      "anon_vma_unlock_write(active_anon_vma)": "unlock_anon_vma_root() #2",
    },
    omits: {
      "list_for_each_entry_reverse, anon_vma_chain_alloc": ALLOCATES,
      "unlock_anon_vma_root #1, unlink_anon_vmas": FAILS,
    },
  },
  "v6.12": {
    at: {
      "anon_vma_lock_write(src->anon_vma)": "lock_anon_vma_root()",
      "anon_vma_unlock_write(active_anon_vma)": "unlock_anon_vma_root() #2",
    },
    omits: {
      "list_for_each_entry_reverse, anon_vma_chain_alloc, anon_vma_chain_assign": ALLOCATES,
      "unlock_anon_vma_root #1, unlink_anon_vmas": FAILS,
    },
  },
  "v7.1": {
    omits: {
      "list_for_each_entry, anon_vma_chain_alloc, anon_vma_chain_assign, list_for_each_entry_reverse": ALLOCATES,
      cleanup_partial_anon_vmas: FAILS,
    },
  },
} as const;

/**
 * anon_vma_clone(), of fork() or of copy_vma(): vma[1] comes to be in the tree, behind vma[0], as both begin at the same offset and it is put
 * in later. No PTE of it is set before, so that a walk that does not find it has nothing to find there.
 */
export const anonVmaClone = (release: SwapEntryRelease) =>
  kernel.path(
    "anon_vma_clone",
    {},
    {
      "anon_vma_lock_write(src->anon_vma)": lock(anonVma),
      "anon_vma_interval_tree_insert(avc)": once((k) => {
        k.vma[1].inAnonVma = true;
      }),
      "anon_vma_unlock_write(active_anon_vma)": unlock(anonVma),
    },
    {
      file: "mm/rmap.c",
      release,
      functions: ["anon_vma_clone"],
      ...IN_SOURCE[release],
      leavesOut: "more than one anon_vma; which of them the new vma takes for pages of its own",
    },
  );
