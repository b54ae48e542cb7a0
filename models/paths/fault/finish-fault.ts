import { bool, once, full, ref } from "faultline";
import { rmapAhead, rmapMapped } from "../../kernel/deletion.ts";
import { lockPtl, pteAllocOneMap, setPte, unlockPtl } from "../../kernel/primitives.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";

/**
 * finish_fault() with alloc_set_pte(), mm/memory.c, v5.9, for a page of the file: maps it, unless a PTE is there
 * already. The local `mapped` says whether the reference now belongs to the PTE. `i` is the address space; a write
 * fault stores a writable and dirty PTE.
 */
export const finishFault = (i: VmaIndex, access: "read" | "write") =>
  kernel.path(
    "finish_fault",
    { page: ref(Page), mapped: bool },
    {
      "pte_alloc_one_map()": pteAllocOneMap(i),
      "spin_lock(vmf->ptl)": lockPtl(i),
      "pte_none(*vmf->pte)?": once((k) => {
        if (k.vma[i].pte.page) return "pte_unmap_unlock(vmf->ptl)";
      }),
      "page_add_file_rmap(page)": full((k, { page }) => {
        page!.mapcount++;
        rmapAhead(k.vma[i]);
      }),
      "set_pte_at(vmf->pte)": once((k, me) => {
        setPte(k.vma[i], me.page!, { writable: access === "write", dirty: access === "write" });
        rmapMapped(k.vma[i], me.page!);
        me.mapped = true;
      }),
      "pte_unmap_unlock(vmf->ptl)": unlockPtl(i),
    },
    {
      file: "mm/memory.c",
      release: "v5.9",
      leavesOut: "pmdlock (only this thread populates its page table), huge pmds, rss, the oom reaper's test",
    },
  );
