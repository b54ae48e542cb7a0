import { irqsOff, irqsOn, ref } from "faultline";
import { pmdSame, pmdpGet, tablePte } from "../../kernel/walk.ts";
import { Page, PageTable, kernel, type VmaIndex } from "../../kernel/world.ts";
import { dropReference, handOver, tryGrabCompoundHead } from "./reference.ts";

/** FOLL_PIN, for reading. */
export const PIN = { pin: true, write: false, wp: { rule: "5.9" } } as const;
const OUT = "local_irq_restore(flags)" as const;

/** What both of the walks of v7.1, to a PTE and to a huge page of hugetlb, leave out. */
export const GUP_FAST_OMITS = {
  "raw_seqcount_try_begin, read_seqcount_retry, gup_fast_unpin_user_pages": "fork(), which does not run beside it",
  "pgd_none, p4d_offset_lockless, p4d_present, pud_offset_lockless, pmd_offset_lockless":
    "the upper page tables, which stay while the mm does",
  pmd_protnone: "no entry here is one of NUMA balancing",
  "gup_fast_folio_allowed, if (!gup_fast_folio_allowed(folio, flags))": "long-term pins of pages of files",
  folio_set_referenced: "references: nobody reads them",
  sanity_check_pinned_pages: "a check",
} as const;

/**
 * GUP-fast down to a PTE, mm/gup.c, v7.1: with interrupts off it takes a page table from the pmd entry, a page from the
 * table, a pin on the page, and looks at the pmd entry and at the PTE again: the pin counts only if both are what they were.
 * Where it gives up, the caller goes on with the slow path, which takes locks and is not modelled here.
 */
export const gupFastWalk = (i: VmaIndex) =>
  kernel.path(
    "gup_fast",
    { table: ref(PageTable), page: ref(Page) },
    {
      "local_irq_save(flags)": irqsOff,
      "pmd = pmdp_get_lockless(pmdp)": pmdpGet(i).then({ null: OUT }),
      "pte = ptep_get_lockless(ptep)": tablePte.then((_, me, { page }) => {
        me.page = page;
        return page ? undefined : OUT;
      }),
      "try_grab_folio_fast(page, 1, flags)": tryGrabCompoundHead(PIN).then({ false: OUT }),
      "pmd_val(pmd) == pmd_val(*pmdp)?": pmdSame(i).then({ false: "gup_put_folio(folio, 1, flags)" }),
      "pte_val(pte) == pte_val(ptep_get(ptep))?": tablePte.then((k, me, { page }) => {
        if (page !== me.page) return;
        handOver(k, i, page!, PIN);
        return OUT;
      }),
      "gup_put_folio(folio, 1, flags)": dropReference(PIN),
      [OUT]: irqsOn,
    },
    {
      file: "mm/gup.c",
      release: "v7.1",
      fits: "v6.1..",
      functions: [
        "gup_fast",
        "gup_fast_pgd_range",
        "gup_fast_p4d_range",
        "gup_fast_pud_range",
        "gup_fast_pmd_range",
        "gup_fast_pte_range",
      ],
      at: {
        "pte = ptep_get_lockless(ptep)": ["ptep_get_lockless(ptep)", "pte_access_permitted(pte, flags & FOLL_WRITE)"],
        "pmd = pmdp_get_lockless(pmdp)": ["pmdp_get_lockless(pmdp)", "pmd_present(pmd)"],
        "pmd_val(pmd) == pmd_val(*pmdp)?": ["pmd_val(pmd)", "pmd_val(*pmdp)"],
        "pte_val(pte) == pte_val(ptep_get(ptep))?": ["pte_val(pte)", "ptep_get(ptep)", "pte_val(ptep_get(ptep))"],
      },
      omits: {
        ...GUP_FAST_OMITS,
        "pud_present, pud_leaf, gup_fast_pud_leaf, pudp_get": "the upper page tables, which stay while the mm does",
        "pmd_leaf, gup_fast_pmd_leaf": "a huge page: of khugepaged's here, which the process maps by then",
        "pte_protnone, pte_special": "no PTE here is one of NUMA balancing, or maps no page",
        "gup_must_unshare, if (!pte_write(pte) && gup_must_unshare(NULL, flags, page))": "the page is exclusive",
        "arch_make_folio_accessible, if ((flags & FOLL_PIN) && arch_make_folio_accessible(folio))": "of s390 guests",
      },
      leavesOut:
        "the upper page tables (they stay while the mm does), huge pages (what khugepaged maps is what the process sees), fork() and its write_protect_seq (it does not run), gup_must_unshare() (the page is exclusive), pages of files, more than one page, and the slow path that follows where this one gives up",
    },
  );

/**
 * The same in v5.9, where it is internal_get_user_pages_fast() with gup_pte_range(): it looks at the PTE again, and not at
 * the pmd entry, until 70cbc3cc78a9 (v6.1).
 */
export const gupFastWalkUnchecked = (i: VmaIndex) =>
  kernel.path(
    "internal_get_user_pages_fast",
    { table: ref(PageTable), page: ref(Page) },
    {
      "local_irq_save(flags)": irqsOff,
      "pmd = READ_ONCE(*pmdp)": pmdpGet(i).then({ null: OUT }),
      "pte = gup_get_pte(ptep)": tablePte.then((_, me, { page }) => {
        me.page = page;
        return page ? undefined : OUT;
      }),
      "try_grab_compound_head(page, 1, flags)": tryGrabCompoundHead(PIN).then({ false: OUT }),
      "pte_val(pte) == pte_val(*ptep)?": tablePte.then((k, me, { page }) => {
        if (page !== me.page) return;
        handOver(k, i, page!, PIN);
        return OUT;
      }),
      "put_compound_head(head, 1, flags)": dropReference(PIN),
      [OUT]: irqsOn,
    },
    {
      file: "mm/gup.c",
      release: "v5.9",
      fits: "..v6.0",
      functions: [
        "internal_get_user_pages_fast",
        "gup_pgd_range",
        "gup_p4d_range",
        "gup_pud_range",
        "gup_pmd_range",
        "gup_pte_range",
      ],
      at: {
        "pte = gup_get_pte(ptep)": ["gup_get_pte(ptep)", "pte_access_permitted(pte)"],
        "pte_val(pte) == pte_val(*ptep)?": ["pte_val(pte)", "pte_val(*ptep)"],
      },
      omits: {
        "atomic_set(&current->mm->has_pinned, 1)": "fork(), which does not run beside it",
        might_lock_read: "lockdep",
        "untagged_addr, access_ok": "the address, which is one of user space",
        "pgd_none, p4d_none, pud_present, pmd_present, p4d_offset_lockless, pud_offset_lockless, pmd_offset_lockless":
          "the upper page tables, which stay while the mm does",
        "if (pgd_huge(pgd)), if (pud_huge(pud)), if (pmd_trans_huge(pmd) || pmd_huge(pmd) || pmd_devmap(pmd))":
          "a huge page: of khugepaged's here, which the process maps by then",
        "if (is_hugepd(__hugepd(pgd_val(pgd)))), if (is_hugepd(__hugepd(p4d_val(p4d))))": "of hugetlbfs on powerpc",
        "if (is_hugepd(__hugepd(pud_val(pud)))), if (is_hugepd(__hugepd(pmd_val(pmd))))": "of hugetlbfs on powerpc",
        "pte_protnone, pte_special": "no PTE here is one of NUMA balancing, or maps no page",
        "if (pte_devmap(pte)), put_dev_pagemap": "no page here is of a device",
        "gup_pte_range(): if (flags & FOLL_PIN)": "of s390 guests",
        SetPageReferenced: "references: nobody reads them",
        __gup_longterm_unlocked: "the slow path, where this one has given up",
      },
      leavesOut:
        "the upper page tables (they stay while the mm does), huge pages (what khugepaged maps is what the process sees), mm->has_pinned (fork() does not run), pages of devices, more than one page, and the slow path that follows where this one gives up",
    },
  );
