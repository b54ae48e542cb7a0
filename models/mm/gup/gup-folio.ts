import { bool, bugOn, call, done, full, noreturn, once, ref, sequence, smpMbAfterAtomic, smpRmb } from "faultline";
import { rawReadSeqcount, rawSeqcountTryBegin, readSeqcountRetry } from "faultline";
import {
  getPageUnlessZero,
  isFree,
  noteFree,
  lockPtl,
  mmapReadLock,
  mmapReadUnlock,
  ptepGet,
  unlockPtl,
} from "../../kernel/primitives.ts";
import { Page, kernel, type Kernel, type PageDraft, type VmaIndex } from "../../kernel/world.ts";
import { handleFolioFault, type FolioRelease } from "../memory/wp-folio.ts";
import { handOver } from "./reference.ts";
import type { OfPage } from "../../kernel/primitives.ts";

/** How get_user_pages_fast() or pin_user_pages_fast() is called, and in which release. */
export interface FolioGup {
  /** FOLL_PIN, as for DMA; without it FOLL_GET, as vmsplice() does. */
  readonly pin: boolean;
  /** FOLL_WRITE: the PTE must be writable. */
  readonly write: boolean;
  readonly release: FolioRelease;
  /** FOLL_FAST_ONLY: no slow path. */
  readonly fastOnly?: boolean;
  /** A large folio, whose pins have a count of their own, _pincount. */
  readonly large?: boolean;
}

/**
 * FOLL_PIN of a small folio, once try_get_folio() has one reference: folio_ref_add(folio, GUP_PIN_COUNTING_BIAS - 1) makes
 * a pin of it, as _refcount has both.
 */
const referenceToPin = noreturn((_: unknown, { page }: OfPage): void => {
  page!.refcount--;
  page!.pins++;
});

/** folio_put_refs() of a pin, or of a reference: gup_put_folio() */
const gupPutFolio = (pin: boolean) =>
  full((k: Kernel, { page }: OfPage): void => {
    if (pin) page!.pins--;
    else page!.refcount--;
    noteFree(k, page!);
  });

const dropPincount = noreturn((_: unknown, { page }: OfPage): void => {
  page!.pincount--;
});

/** try_grab_folio(), under ptl: the PTE keeps a reference, so that none has to be tested for. */
const tryGrabFolio = (pin: boolean) =>
  noreturn((_: unknown, { page }: OfPage): void => {
    bugOn(isFree(page!), "WARN_ON_ONCE(folio_ref_count(folio) <= 0)");
    if (pin) page!.pins++;
    else page!.refcount++;
  });

/** write_protect_seq is for pins: FOLL_GET does not begin with it, and has stayed what it is since v6.1. */
const fitsOf = ({ pin, release }: FolioGup): string => {
  if (release === "v5.19") return "v5.19..v6.0";
  return pin ? "v6.12.." : "v6.1..";
};

const SLOW = "__gup_longterm_locked()" as const;
const PUT = "gup_put_folio(folio)" as const;
const RETRY = "read_seqcount_retry(&mm->write_protect_seq, seq)" as const;

/**
 * gup_fast_fallback() with gup_fast_pte_range(), mm/gup.c: a reference on what the PTE maps, without any lock; then a second
 * look at the PTE, and, of a read-only PTE that is pinned for reading, at PageAnonExclusive. v5.19 has neither the full
 * barrier behind the pin nor the smp_rmb() before PageAnonExclusive: both are of 088b8aa537c2. Until v6.11 raw_read_seqcount()
 * is a load and an smp_rmb(): a pin of v6.1 to v6.11 is none of these three. raw_seqcount_try_begin() is what v6.12 does, by its name.
 */
export const gupFastFolio = (i: VmaIndex, gup: FolioGup) => {
  const { pin, write, release, fastOnly = false, large = false } = gup;
  const barriers = release !== "v5.19";
  const unshares = pin && !write;
  const count = (k: Kernel): number => k.mm[i].writeProtectSeq;
  const readCount = rawReadSeqcount(count, (_, me: { seq: number }, seq) => {
    me.seq = seq;
    if (seq % 2 === 1) return SLOW;
  });
  const putFirst = large ? "gup_put_folio(): atomic_sub(refs, &folio->_pincount)" : PUT;
  return kernel.path(
    "gup_fast_fallback",
    { page: ref(Page), got: ref(Page), writable: bool, seq: sequence },
    {
      "mm_set_has_pinned_flag(mm)":
        pin &&
        noreturn((k) => {
          k.mm[i].hasPinned = true;
        }),
      "seq = raw_read_seqcount(&mm->write_protect_seq)":
        pin && release !== "v7.1" && (release === "v5.19" ? readCount.as("once") : readCount),
      "raw_read_seqcount(): smp_rmb()": pin && release === "v5.19" && smpRmb,
      "raw_seqcount_try_begin(&mm->write_protect_seq, seq)":
        pin &&
        release === "v7.1" &&
        rawSeqcountTryBegin(
          count,
          (_, me: { seq: number }, seq) => {
            me.seq = seq;
          },
          SLOW,
        ),
      "pte = ptep_get_lockless(ptep)": ptepGet(i).then((_, me, pte) => {
        if (!pte.page || (write && !pte.writable)) return SLOW;
        me.page = pte.page;
        me.writable = pte.writable;
      }),
      "try_get_folio(page)": getPageUnlessZero.then({ false: SLOW }),
      "folio_ref_add(folio, GUP_PIN_COUNTING_BIAS - 1)": pin && !large && referenceToPin,
      "atomic_add(refs, &folio->_pincount)":
        pin &&
        large &&
        noreturn((_, { page }) => {
          page!.pincount++;
        }),
      "smp_mb__after_atomic()": pin && barriers && smpMbAfterAtomic,
      "pte_val(pte) == pte_val(ptep_get(ptep))?": ptepGet(i).then((k, me, pte) => {
        if (pte.page !== me.page || pte.writable !== me.writable) return putFirst;
        if (unshares && !me.writable) return;
        if (pin) return RETRY;
        me.got = me.page;
        handOver(k, i, me.page!, gup);
        return done;
      }),
      "gup_must_unshare(): smp_rmb()": unshares && barriers && smpRmb,
      "gup_must_unshare(): PageAnonExclusive(page)?":
        unshares && once((_, { page }) => (page!.exclusive ? RETRY : undefined)),
      "gup_put_folio(): atomic_sub(refs, &folio->_pincount)": pin && large && dropPincount,
      [PUT]: gupPutFolio(pin && !large).then(SLOW),
      [RETRY]:
        pin &&
        readSeqcountRetry(
          count,
          (_, me) => me.seq,
          (k, me, changed) => {
            if (changed) return large ? "unpin: atomic_sub(refs, &folio->_pincount)" : "gup_fast_unpin_user_pages()";
            me.got = me.page;
            handOver(k, i, me.page!, gup);
            return done;
          },
        ),
      "unpin: atomic_sub(refs, &folio->_pincount)": pin && large && dropPincount,
      "gup_fast_unpin_user_pages()": pin && gupPutFolio(pin && !large),
      [SLOW]:
        !fastOnly &&
        call(getUserPagesFolio(i, gup), undefined, (me: { got: PageDraft | null }, { got }) => {
          me.got = got;
        }),
    },
    {
      file: "mm/gup.c",
      release,
      fits: fitsOf(gup),
      functions: [
        "gup_fast_fallback",
        "gup_fast",
        "gup_fast_pgd_range",
        "gup_fast_p4d_range",
        "gup_fast_pud_range",
        "gup_fast_pmd_range",
        "gup_fast_pte_range",
        "try_grab_folio_fast",
        "gup_must_unshare",
      ],
      at: {
        "mm_set_has_pinned_flag(mm)": "mm_set_has_pinned_flag()",
        "seq = raw_read_seqcount(&mm->write_protect_seq)": "raw_read_seqcount()",
        "raw_read_seqcount(): smp_rmb()": "raw_read_seqcount()",
        "raw_seqcount_try_begin(&mm->write_protect_seq, seq)": "raw_seqcount_try_begin()",
        "pte = ptep_get_lockless(ptep)": ["ptep_get_lockless(ptep)", "pte_access_permitted(pte)"],
        "try_get_folio(page)": ["try_get_folio() #1", "try_get_folio() #2"],
        "pte_val(pte) == pte_val(ptep_get(ptep))?": ["pte_val(pte)", "ptep_get(ptep)", "pte_val(ptep_get(ptep))"],
        "gup_must_unshare(): smp_rmb()": "gup_must_unshare(): smp_rmb()",
        "gup_must_unshare(): PageAnonExclusive(page)?": ["gup_must_unshare(): PageAnonExclusive(page)"],
        "unpin: atomic_sub(refs, &folio->_pincount)": "gup_fast_unpin_user_pages()",
        "gup_put_folio(): atomic_sub(refs, &folio->_pincount)": "gup_put_folio(folio) #1",
        [PUT]: ["gup_put_folio(folio) #1", "gup_put_folio(folio) #3"],
        [RETRY]: "read_seqcount_retry()",
      },
      omits: {
        might_lock_read: "lockdep",
        "untagged_addr, check_add_overflow, return if (end > TASK_SIZE_MAX)": "the address, which is one of user space",
        "local_irq_save, local_irq_restore":
          "keeps page tables from being freed: no path that frees one runs beside it",
        "pgd_none, p4d_offset_lockless, pud_offset_lockless, pmd_offset_lockless, pmdp_get_lockless, pmd_val(*pmdp)":
          "the upper page tables: they are there, and stay",
        "pud_leaf, pmd_leaf, gup_fast_pud_leaf, gup_fast_pmd_leaf": "no page here is huge",
        ...(release === "v6.12" && {
          access_ok: "the address, which is one of user space",
          gup_fast_pgd_leaf: "no page here is huge",
          "if (pte_devmap(pte)), put_dev_pagemap, put_devmap_managed_folio_refs": "no page here is of a device",
        }),
        "is_pci_p2pdma_page, folio_is_longterm_pinnable, folio_put_refs":
          "pages of a device, and zones that a long-term pin must not take",
        ...(large
          ? { "folio_ref_add(folio, refs * (GUP_PIN_COUNTING_BIAS - 1))": "small folios" }
          : { "atomic_add(refs, &folio->_pincount)": "large folios" }),
        "gup_fast_folio_allowed, gup_put_folio(folio) #2": "folios that belong to a file",
        "arch_make_folio_accessible, gup_put_folio(folio) #4": "of s390 guests",
        PageAnon: "the folio is anonymous",
        "node_stat_mod_folio, folio_set_referenced": "counts and references that nobody reads here",
        sanity_check_pinned_pages: "an assertion",
      },
      leavesOut:
        "upper page-table levels (interrupts are off, so page tables stay), the smp_rmb() of raw_read_seqcount() until v6.11 where the sequence is odd (the slow path takes mmap_lock), protnone and special PTEs, dirty and accessed bits of the second look (a bit that the hardware sets makes it fail, and the slow path takes the same page), large folios, more than one page; where nothing is pinned, the second look at write_protect_seq (the slow path follows either way)",
    },
  );
};

/**
 * __get_user_pages_locked() with follow_page_pte(), mm/gup.c, for one page: under ptl, after the fault that a write, or a
 * read-only pin of a page that is not exclusive, has to take first.
 */
export const getUserPagesFolio = (i: VmaIndex, gup: FolioGup) => {
  const { pin, write, release } = gup;
  const unshares = pin && !write;
  const FAULT = "pte_unmap_unlock(), to fault" as const;
  return kernel.path(
    "__get_user_pages_locked",
    { page: ref(Page), got: ref(Page), writable: bool },
    {
      "mmap_read_lock_killable(mm)": mmapReadLock(i),
      "follow_page_pte(): pte_offset_map_lock()": lockPtl(i),
      "pte_present(pte), can_follow_write_pte(pte)?": ptepGet(i).then((_, me, pte) => {
        if (!pte.page) return "pte_unmap_unlock(), nothing mapped";
        if (write && !pte.writable) return FAULT;
        me.page = pte.page;
        me.writable = pte.writable;
      }),
      "gup_must_unshare(): PageAnonExclusive(page)?":
        unshares && once((_, { page, writable }) => (writable || page!.exclusive ? undefined : FAULT)),
      "try_grab_folio(folio)": tryGrabFolio(pin),
      "pte_unmap_unlock()": unlockPtl(i),
      "mmap_read_unlock(mm)": mmapReadUnlock(i).then((k, me) => {
        if (me.page) handOver(k, i, me.page, gup);
        me.got = me.page;
        return done;
      }),

      [FAULT]: (write || unshares) && unlockPtl(i),
      "faultin_page(vma)":
        (write || unshares) &&
        call(
          handleFolioFault(i, release, write ? "FAULT_FLAG_WRITE" : "FAULT_FLAG_UNSHARE"),
          undefined,
          (me: { page: PageDraft | null }, { oom }) => {
            me.page = null;
            return oom ? "mmap_read_unlock(mm)" : "follow_page_pte(): pte_offset_map_lock()";
          },
        ),

      // The vma is gone: nobody maps anything there again.
      "pte_unmap_unlock(), nothing mapped": unlockPtl(i),
      "mmap_read_unlock(mm), -EFAULT": mmapReadUnlock(i),
    },
    {
      file: "mm/gup.c",
      release,
      fits: "v5.19..",
      functions: ["follow_page_pte"],
      at: {
        "follow_page_pte(): pte_offset_map_lock()": "pte_offset_map_lock()",
        "pte_present(pte), can_follow_write_pte(pte)?": [
          "ptep_get(ptep)",
          "pte_present(pte)",
          "can_follow_write_pte()",
        ],
        "gup_must_unshare(): PageAnonExclusive(page)?": "gup_must_unshare()",
        "pte_unmap_unlock()": "out: pte_unmap_unlock()",
        [FAULT]: "out: pte_unmap_unlock()",
        "pte_unmap_unlock(), nothing mapped": "no_page: pte_unmap_unlock()",
      },
      leads: {
        [FAULT]: {
          "follow_page_pte(): pte_offset_map_lock()": "faultin_page(), and then __get_user_pages() calls it again",
        },
      },
      notInSource: {
        "mmap_read_lock_killable(mm)": "__get_user_pages_locked(), around it",
        "mmap_read_unlock(mm)": "__get_user_pages_locked(), around it",
        "faultin_page(vma)": "__get_user_pages(), which calls it, and then follow_page_pte() again",
        "mmap_read_unlock(mm), -EFAULT": "stands for gup_vma_lookup(), which fails once the vma is detached",
      },
      omits: {
        "vm_normal_page, follow_pfn_pte": "a PTE maps a page here",
        "unpin_user_page, arch_make_folio_accessible": "of s390 guests",
        "if (!ptep)": "the page table stays",
        "if (flags & FOLL_TOUCH)":
          "a PTE of a private page that may be written is dirty; references: nobody reads them",
        ...(release === "v6.12" && {
          "if (!page && pte_devmap(pte) && (flags & (FOLL_GET | FOLL_PIN)))": "no page here is of a device",
        }),
      },
      leavesOut:
        "looking for the vma (it fails once munmap() has detached the vma, and so does this where nothing is mapped), faults where nothing is mapped, FOLL_FORCE, MMF_HAS_PINNED (it is set before the fast path), the smp_rmb() of gup_must_unshare() (ptl is held), large folios",
    },
  );
};

/** What drops the reference again, mm/gup.c: put_page() or unpin_user_page(). */
export const gupReleaseFolio = (i: VmaIndex, gup: FolioGup) =>
  kernel.path(
    gup.pin ? "unpin_user_page" : "folio_put",
    { page: ref(Page) },
    {
      "gup_put_folio(): atomic_sub(refs, &folio->_pincount)":
        gup.pin && gup.large === true && dropPincount.when((_, { page }) => page !== null),
      "gup_put_folio(): folio_put_refs()": gupPutFolio(gup.pin && !gup.large)
        .when((_, { page }) => page !== null)
        .then((k, { page }) => {
          if (!page) return;
          k.mm[i].got = null;
          k.mm[i].pinned = false;
        }),
    },
    {
      file: "mm/gup.c",
      release: gup.release,
      notInSource: "gup_put_folio(), whoever calls it",
      leavesOut: "freeing the folio (alloc-page.ts takes it from here)",
    },
  );
