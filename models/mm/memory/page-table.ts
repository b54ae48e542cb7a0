import { done, wait } from "faultline";
import { lockPmd, pmdPopulate, unlockPmd, pmdNone } from "../../kernel/primitives.ts";
import { kernel, type PageTables, type VmaIndex } from "../../kernel/world.ts";

/**
 * pte_alloc_one_map() up to where it takes ptl, mm/memory.c, v5.9: puts the page table that was allocated in advance into
 * an empty pmd entry. `tables` is what the scenario begins with: where it is `populated`, a fault only looks at the entry,
 * and waits for ever, which is reported, should it be empty after all.
 */
export const pteAllocOneMap = (i: VmaIndex, tables: PageTables) =>
  kernel.path(
    "pte_alloc_one_map",
    {},
    {
      "pmd_none(*vmf->pmd)?": pmdNone(i).then((_k, _me, none) => {
        if (!none) return done;
        if (tables === "populated") return wait;
      }),
      "pmd_lock(mm, vmf->pmd)": tables === "none" && lockPmd(i),
      "pmd_populate(mm, vmf->pmd, vmf->prealloc_pte)": tables === "none" && pmdPopulate(i),
      "spin_unlock(pmd_lock)": tables === "none" && unlockPmd(i),
    },
    {
      file: "mm/memory.c",
      release: "v5.9",
      at: { "spin_unlock(pmd_lock)": "spin_unlock(vmf->ptl) #2" },
      omits: {
        "if (unlikely(!pmd_none(*vmf->pmd)))":
          "only this thread populates its page table; of two threads, see prealloc.ts",
        pte_alloc: "no page table was allocated in advance: the same, one call further down, by the same lock",
        pmd_devmap_trans_unstable: "no page here is huge",
        pte_offset_map_lock: "a step of who calls it",
      },
      leavesOut:
        "the second look at the pmd entry, under pmd_lock() (only this thread populates its page table; two threads: mm/memory/prealloc.ts), the allocation of the table and its smp_wmb() (before anything else here), huge pmds",
    },
  );
