import { bool, call, done, once, rawReadSeqcount, readSeqcountRetry, ref, sequence, smpRmb } from "faultline";
import { ptepGet } from "../../kernel/primitives.ts";
import { Page, kernel, type Kernel, type VmaIndex } from "../../kernel/world.ts";
import { getUserPagesUnlocked } from "./gup-slow.ts";
import { dropReference, handOver, type Gup, tryGrabCompoundHead } from "./reference.ts";

const SLOW = "__gup_longterm_unlocked()" as const;
const PUT = "put_compound_head(page)" as const;

/**
 * get_user_pages_fast() or pin_user_pages_fast() with gup_pte_range(), mm/gup.c, v5.9: takes a reference on what the
 * PTE maps, without any lock, and looks at the PTE again.
 */
export const gupFast = (i: VmaIndex, gup: Gup) => {
  const { pin, write, writeProtectSeq = false, rechecks = true } = gup;
  const seq = pin && writeProtectSeq;
  const count = (k: Kernel): number => k.mm[i].writeProtectSeq;

  return kernel.path(
    "internal_get_user_pages_fast",
    { page: ref(Page), got: ref(Page), writable: bool, seq: sequence },
    {
      "atomic_set(&mm->has_pinned, 1)":
        pin &&
        once((k) => {
          k.mm[i].hasPinned = true;
        }),
      "seq = raw_read_seqcount(&mm->write_protect_seq)":
        seq &&
        rawReadSeqcount(count, (_, me: { seq: number }, now) => {
          me.seq = now;
          if (now % 2 === 1) return SLOW;
        }).as("once"),
      "raw_read_seqcount(): smp_rmb()": seq && smpRmb,
      "pte = gup_get_pte(ptep)": ptepGet(i).then((_, me, pte) => {
        if (!pte.page || (write && !pte.writable)) return SLOW;
        me.page = pte.page;
        me.writable = pte.writable;
      }),
      "try_grab_compound_head(page)": tryGrabCompoundHead(gup).then({ false: SLOW }),
      "pte_val(pte) == pte_val(*ptep)?":
        rechecks &&
        ptepGet(i).then((k, me, pte) => {
          if (pte.page !== me.page || pte.writable !== me.writable) return PUT;
          if (seq) return;
          me.got = me.page;
          handOver(k, i, me.page!, gup);
          return done;
        }),
      "no second look at *ptep":
        !rechecks &&
        once((k, me) => {
          me.got = me.page;
          handOver(k, i, me.page!, gup);
          return done;
        }),
      "read_seqcount_retry(&mm->write_protect_seq, seq)":
        seq &&
        readSeqcountRetry(
          count,
          (_, me) => me.seq,
          (k, me, changed) => {
            if (changed) return PUT;
            me.got = me.page;
            handOver(k, i, me.page!, gup);
            return done;
          },
        ),
      [PUT]: rechecks && dropReference(gup),
      [SLOW]: call(getUserPagesUnlocked(i, gup), undefined, (me, { got }) => {
        me.got = got;
      }),
    },
    {
      file: "mm/gup.c",
      release: `${seq ? "v5.11" : "v5.9"}${rechecks ? "" : ", without the second look"}`,
      // FOLL_GET has never looked at it; v6.12 begins with an acquire, and no smp_rmb().
      ...(gup.pin && { fits: seq ? "v5.11..v6.11" : "..v5.10" }),
      functions: [
        "internal_get_user_pages_fast",
        ...(seq ? ["lockless_pages_from_mm"] : []),
        "gup_pgd_range",
        "gup_p4d_range",
        "gup_pud_range",
        "gup_pmd_range",
        "gup_pte_range",
      ],
      at: {
        "pte = gup_get_pte(ptep)": ["gup_get_pte(ptep)", "pte_access_permitted(pte)"],
        "pte_val(pte) == pte_val(*ptep)?": ["pte_val(*ptep)", "pte_val(pte)"],
        [PUT]: [...(seq ? ["unpin_user_pages()"] : []), "put_compound_head(head)"],
        "seq = raw_read_seqcount(&mm->write_protect_seq)": "raw_read_seqcount()",
        "raw_read_seqcount(): smp_rmb()": "raw_read_seqcount()",
        "read_seqcount_retry(&mm->write_protect_seq, seq)": "read_seqcount_retry()",
      },
      notInSource: { "no second look at *ptep": "what the look is for: every release has it" },
      omits: {
        might_lock_read: "lockdep",
        "untagged_addr, access_ok": "the address, which is one of user space",
        "local_irq_save, local_irq_restore":
          "keeps page tables from being freed: no path that frees one runs beside it",
        ...(seq && { check_add_overflow: "the address, which is one of user space" }),
        "pgd_none, p4d_none, pud_present, pmd_present, p4d_offset_lockless, pud_offset_lockless, pmd_offset_lockless, READ_ONCE(*pmdp)":
          "the upper page tables: they are there, and interrupts are off",
        "if (pgd_huge(pgd)), if (pud_huge(pud)), if (pmd_trans_huge(pmd) || pmd_huge(pmd) || pmd_devmap(pmd))":
          "no page here is huge",
        "if (is_hugepd(__hugepd(pgd_val(pgd)))), if (is_hugepd(__hugepd(p4d_val(p4d))))": "of hugetlbfs on powerpc",
        "if (is_hugepd(__hugepd(pud_val(pud)))), if (is_hugepd(__hugepd(pmd_val(pmd))))": "of hugetlbfs on powerpc",
        "pte_protnone, pte_special": "no PTE here is one of NUMA balancing, or maps no page",
        "if (pte_devmap(pte)), put_dev_pagemap": "no page here is of a device",
        "gup_pte_range(): if (flags & FOLL_PIN)": "of s390 guests",
        SetPageReferenced: "references: nobody reads them",
      },
      leavesOut:
        "upper page-table levels (interrupts are off, so page tables stay), the smp_rmb() of raw_read_seqcount() until v6.11 where the sequence is odd (the slow path takes mmap_lock), protnone and special PTEs, dirty and accessed bits of the second look (a bit that the hardware sets makes it fail, and the slow path takes the same page), SetPageReferenced(), gup_must_unshare() (v5.19: what is pinned for reading is exclusive here), compound pages, more than one page",
    },
  );
};

/** What drops the reference again: put_page(), or unpin_user_page(), mm/gup.c, v5.9. */
export const gupRelease = (i: VmaIndex, gup: Gup) =>
  kernel.path(
    gup.pin ? "unpin_user_page" : "put_page",
    { page: ref(Page) },
    {
      "page_ref_sub_and_test()": dropReference(gup)
        .when((_, { page }) => page !== null)
        .then((k, { page }) => {
          if (!page) return;
          k.mm[i].got = null;
          k.mm[i].pinned = false;
        }),
    },
    {
      file: "mm/gup.c",
      release: "v5.9",
      at: { "page_ref_sub_and_test()": gup.pin ? "page_ref_sub_and_test(page, refs)" : "put_page_testzero(page)" },
      omits: {
        [gup.pin ? "__unpin_devmap_managed_user_page" : "page_is_devmap_managed"]: "no page here is of a device",
        ...(gup.pin && {
          hpage_pincount_sub: "no page here is compound: each pin is GUP_PIN_COUNTING_BIAS references",
        }),
        __put_page: "the page is free: alloc-page.ts takes it from here",
      },
      leavesOut: "set_page_dirty_lock() (no writeback runs), freeing the page (alloc-page.ts takes it from here)",
    },
  );

/** Takes a page with get_user_pages_fast(), uses it for a while, and gives it back. */
export const gupUser = (i: VmaIndex, gup: Gup) =>
  kernel.path(
    "gup_user",
    { page: ref(Page) },
    {
      "get_user_pages_fast()": call(gupFast(i, gup), undefined, (me, { got }) => {
        me.page = got;
      }),
      "give the page back": call(gupRelease(i, gup), ({ page }) => ({ page })),
    },
    {
      file: "mm/gup.c",
      release: "v5.9",
      notInSource: "what a holder of the page does",
      leavesOut: "what the page is used for (specs ask who else may write to it meanwhile)",
    },
  );
