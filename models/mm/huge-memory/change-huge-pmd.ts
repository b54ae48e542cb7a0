import { extend, inWord, bool, once, relaxed, smpMb } from "faultline";
import { lockPtl, pmdTransHuge, pmdpHugeGetAndClear, unlockPtl } from "../../kernel/primitives.ts";
import { kernel, type VmaIndex } from "../../kernel/world.ts";

/** What a huge pmd entry says besides that it is one: each of these is pmd_trans_huge() still. */
export const hugePmdBits = extend(kernel, {
  within: {
    Vma: {
      /** pmd_mkinvalid(): the MMU does not go by it. */
      pmdInvalid: inWord("pmd", bool),
      /** pmd_protnone(): an access faults, as a NUMA hint. */
      pmdProtnone: inWord("pmd", bool),
    },
  },
});

/**
 * change_huge_pmd(), mm/huge_memory.c, for NUMA balancing, which holds mmap_lock for reading: the entry becomes protnone. `clears`: up to
 * v4.11 it is empty meanwhile; since ced108037c2a it is invalid, and still that of a huge page. Its lock is pmd_lock(), here `ptl`.
 */
export const changeHugePmd = (i: VmaIndex, clears: boolean) =>
  hugePmdBits.path(
    "change_huge_pmd",
    {},
    {
      "__pmd_trans_huge_lock(pmd)": lockPtl(i),
      "pmd_trans_huge(*pmd)?": pmdTransHuge(i).then({ false: "spin_unlock(ptl)" }),
      "pmdp_huge_get_and_clear_notify(pmd)": clears && pmdpHugeGetAndClear(i),
      "pmdp_invalidate(pmd): pmdp_establish()":
        !clears &&
        relaxed((k) => {
          k.vma[i].pmdInvalid = true;
        }),
      "pmdp_invalidate(pmd): flush_pmd_tlb_range()": !clears && smpMb,
      "set_pmd_at(pmd, pmd_modify(entry, newprot))": once((k) => {
        const vma = k.vma[i];
        vma.pmd = "huge";
        vma.pmdInvalid = false;
        vma.pmdProtnone = true;
      }),
      "spin_unlock(ptl)": unlockPtl(i),
    },
    {
      file: "mm/huge_memory.c",
      release: clears ? "v5.9, without ced108037c2a" : "v5.9",
      functions: ["change_huge_pmd", "__pmd_trans_huge_lock"],
      at: {
        "__pmd_trans_huge_lock(pmd)": "__pmd_trans_huge_lock(): pmd_lock()",
        ...(!clears && {
          "pmdp_invalidate(pmd): pmdp_establish()": "pmdp_invalidate(vma, addr, pmd)",
          "pmdp_invalidate(pmd): flush_pmd_tlb_range()": "pmdp_invalidate(vma, addr, pmd)",
        }),
        "set_pmd_at(pmd, pmd_modify(entry, newprot))": "set_pmd_at() #2",
        "spin_unlock(ptl)": ["unlock: spin_unlock(ptl)", "__pmd_trans_huge_lock(): spin_unlock(ptl)"],
      },
      omits: {
        "change_huge_pmd(): is_swap_pmd, pmd_to_swp_entry, swp_entry_to_pmd, pmd_swp_soft_dirty, set_pmd_at() #1, __pmd_trans_huge_lock(): is_swap_pmd":
          "a migration entry: nobody migrates the page beside it",
        pmd_devmap: "no page here is of a device",
        is_huge_zero_pmd: "the huge zero page: none here",
        pmd_protnone: "only leaves the entry as it is",
        "pmd_write, pmd_modify, pmd_mk_savedwrite":
          "what is stored, under pmd_lock(): the write bit, which nobody asks for",
      },
      leavesOut:
        "migration entries (nobody migrates the page), the huge zero page, an entry that is protnone already, the write and userfaultfd bits (nobody stores), the flush of the caller (no user runs)",
    },
  );
