import { test } from "node:test";
import cowVsVmsplice from "../../models/scenarios/cow-vs-vmsplice.ts";
import dirtyCow from "../../models/scenarios/races/dirty-cow.ts";
import gupFastVsFork from "../../models/scenarios/races/gup-fast-vs-fork.ts";
import softDirtyVsPin from "../../models/scenarios/races/soft-dirty-vs-pin.ts";
import uffdWpVsCopy from "../../models/scenarios/races/uffd-wp-vs-copy.ts";
import { assertInOrder, counterexample } from "./pinned.ts";

test("by the rule of v5.7 the parent writes in place once the child has dropped its mapcount, before its reference", async () => {
  assertInOrder(await counterexample(cowVsVmsplice, { rule: "5.7" }, "no-shared-write"), [
    "internal_get_user_pages_fast: try_grab_compound_head(page)",
    "zap_pte_range: page_remove_rmap(page)",
    "do_wp_page: page_mapcount(page) != 1?",
    "do_wp_page: wp_page_reuse(): ptep_set_access_flags()",
  ]);
});

test("a pin is lost to fork() between its test for pins and its write protection", async () => {
  assertInOrder(await counterexample(gupFastVsFork, { fixed: false }, "pinned-stays-mapped"), [
    "dup_mmap: copy_present_page(): src_mm->has_pinned?",
    "internal_get_user_pages_fast: try_grab_compound_head(page)",
    "internal_get_user_pages_fast: pte_val(pte) == pte_val(*ptep)?",
    "dup_mmap: ptep_set_wrprotect(src_pte)",
    "wp_page_copy: set_pte_at_notify(vmf->pte)",
  ]);
});

test("with the fix a pin is lost to clear_refs in the same place", async () => {
  assertInOrder(await counterexample(softDirtyVsPin, { fixed: true, pin: "meanwhile" }, "pinned-stays-mapped"), [
    "clear_refs_write: pte_is_pinned(): mm->has_pinned?",
    "internal_get_user_pages_fast: pte_val(pte) == pte_val(*ptep)?",
    "clear_refs_write: old = ptep_modify_prot_start(pte)",
    "wp_page_copy: set_pte_at_notify(vmf->pte)",
  ]);
});

test("Dirty COW: the copy is zapped after FOLL_WRITE was dropped, and a read fault brings in the page of the file", async () => {
  const steps = await counterexample(dirtyCow, { fixed: false }, "no-write-to-file");
  assertInOrder(steps, [
    "do_cow_fault: set_pte_at(vmf->pte)",
    "do_wp_page: wp_page_reuse(): ptep_set_access_flags()",
    "zap_pte_range: ptep_get_and_clear_full(pte)",
    "filemap_map_pages: set_pte_at(vmf->pte)",
    "access_remote_vm: copy_to_user_page(): store to the page",
  ]);
});

test("uffd-wp: the store comes after the copy was read, through an entry that the pending flush would have dropped", async () => {
  assertInOrder(await counterexample(uffdWpVsCopy, { fixed: false }, "no-store-lost"), [
    "change_protection: ptep_modify_prot_commit(pte), read-only",
    "wp_page_copy: cow_user_page(): load from old_page",
    "user_store: store through the TLB",
    "change_protection: flush_tlb_range(vma, start, end)",
  ]);
});
