import { done, free, full, once, rcuReadLock, rcuReadUnlock, ref } from "faultline";
import { wordsOf } from "../../kernel/words.ts";
import { PageTable, kernel, type Kernel } from "../../kernel/world.ts";

interface Locals {
  table: Kernel["table"][number] | null;
}

const SCANS =
  "keeps the memory of the table here while its count is looked at, which lies in a struct page that stays" as const;

/**
 * split_huge_pages_all(), mm/huge_memory.c, split_huge_pages_set() in v5.9: takes a reference of one page frame after the other, and drops it where the page is no huge one.
 * Here the frame is that of table[0], as long as vma[0] has it.
 */
export const splitHugePagesAll = (release: "v5.9" | "v7.1") => {
  const said = wordsOf(release);
  const find = said("page = pfn_to_page(pfn)", "page = pfn_to_online_page(pfn)");
  const nothing = "pfn_to_online_page(pfn): rcu_read_unlock(), nothing";
  return kernel.path(
    "split_huge_pages_all",
    { table: ref(PageTable) },
    {
      // What is freed is not looked at: its frame has no reference, or is somebody else's.
      "pfn_to_online_page(pfn): rcu_read_lock()": rcuReadLock,
      [find]: once((k: Kernel, me: Locals) => {
        me.table = k.vma[0].table;
        if (!me.table) return nothing;
      }),
      [said("get_page_unless_zero(page)", "folio_try_get(folio)")]: full((_, { table }: Locals) => {
        if (table!.pageCount === 0) return nothing;
        table!.pageCount++;
      }),
      "pfn_to_online_page(pfn): rcu_read_unlock()": rcuReadUnlock,
      [said("put_page(page)", "folio_put(folio)")]: full((_, { table }: Locals) => {
        table!.pageCount--;
        return table!.pageCount > 0 ? done : undefined;
      }),
      [said("put_page(page): the last one", "folio_put(folio): the last one")]: free(
        (_: Kernel, { table }: Locals) => table,
      ).then(done),
      "pfn_to_online_page(pfn): rcu_read_unlock(), nothing": rcuReadUnlock,
    },
    {
      file: "mm/huge_memory.c",
      release,
      functions: [release === "v5.9" ? "split_huge_pages_set" : "split_huge_pages_all"],
      at: {
        [find]: said("pfn_to_page(pfn)", "pfn_to_online_page(pfn)"),
        [said("put_page(page)", "folio_put(folio)")]: said("next: put_page(page)", "next: folio_put(folio)"),
        [said("put_page(page): the last one", "folio_put(folio): the last one")]: said(
          "next: put_page(page)",
          "next: folio_put(folio)",
        ),
      },
      notInSource: {
        "pfn_to_online_page(pfn): rcu_read_lock()": SCANS,
        "pfn_to_online_page(pfn): rcu_read_unlock()": SCANS,
        "pfn_to_online_page(pfn): rcu_read_unlock(), nothing": SCANS,
      },
      ...(release === "v5.9" && {
        leads: {
          [find]: {
            end: "a page frame that is not that of a table by now: it has no reference",
          },
        },
      }),
      omits:
        release === "v5.9"
          ? {
              "for_each_populated_zone, zone_end_pfn, pfn_valid": "which page frames there are",
              "PageHead, PageLRU": "the page of a table is neither",
              "lock_page, split_huge_page, unlock_page": "huge pages",
            }
          : {
              "for_each_zone, managed_zone, zone_end_pfn, folio_zone": "which page frames there are",
              folio_test_lru: "the page of a table is on no LRU list",
              "folio_lock, split_folio, folio_unlock": "huge pages",
              pr_debug: "what is logged",
            },
      leavesOut:
        "the other page frames, huge pages, which it splits, and what it does about a frame whose page has been freed meanwhile (it has no reference, or is somebody else's)",
    },
  );
};
