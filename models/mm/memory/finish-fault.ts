import { bool, call, ref } from "faultline";
import { rmapMapped } from "../../kernel/deletion.ts";
import { lockPtl, pageAddFileRmap, pteNone, setPteAt, unlockPtl } from "../../kernel/primitives.ts";
import { Page, kernel, type PageTables, type VmaIndex } from "../../kernel/world.ts";
import { pteAllocOneMap } from "./page-table.ts";

/**
 * finish_fault() with alloc_set_pte(), mm/memory.c, v5.9, for a page of the file: maps it, unless a PTE is there
 * already. The local `mapped` says whether the reference now belongs to the PTE. `i` is the address space; a write
 * fault stores a writable and dirty PTE.
 */
export const finishFault = (i: VmaIndex, access: "read" | "write", pmd: PageTables = "populated") =>
  kernel.path(
    "finish_fault",
    { page: ref(Page), mapped: bool },
    {
      "pte_alloc_one_map()": call(pteAllocOneMap(i, pmd)),
      "spin_lock(vmf->ptl)": lockPtl(i),
      "pte_none(*vmf->pte)?": pteNone(i).then({ false: "pte_unmap_unlock(vmf->ptl)" }),
      "page_add_file_rmap(page)": pageAddFileRmap(i),
      "set_pte_at(vmf->pte)": setPteAt(i, { writable: access === "write", dirty: access === "write" }).then((k, me) => {
        rmapMapped(k.vma[i], me.page!);
        me.mapped = true;
      }),
      "pte_unmap_unlock(vmf->ptl)": unlockPtl(i),
    },
    {
      file: "mm/memory.c",
      release: "v5.9",
      functions: ["finish_fault", "alloc_set_pte"],
      at: { "spin_lock(vmf->ptl)": "pte_alloc_one_map(): pte_offset_map_lock()" },
      omits: {
        check_stable_address_space: "the oom reaper unmaps private memory of a process that dies: no path does",
        "if (pmd_none(*vmf->pmd) && PageTransCompound(page))": "maps a huge page, and no page here is huge",
        inc_mm_counter_fast: "rss: no other CPU reads it",
        "if (write && !(vma->vm_flags & VM_SHARED))": "a private copy: it is mapped by do_cow_fault()",
      },
      leavesOut: "huge pmds, rss, the oom reaper's test",
    },
  );
