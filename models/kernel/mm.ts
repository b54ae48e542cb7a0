import { bool, ghost, inWord, int, ref, rwsem, seqcount, struct } from "faultline";
import { Page } from "./page.ts";

/** struct mm_struct */
export const Mm = struct("Mm", {
  mmapLock: rwsem,
  /** mm->has_pinned */
  hasPinned: bool,
  /** mm->write_protect_seq: odd while fork() write-protects. It is tied to no lock, as the writer has mmap_lock and sleeps. */
  writeProtectSeq: seqcount,
  /** mm->tlb_flush_pending: so many threads have changed PTEs that they have not flushed yet. */
  tlbFlushPending: int(0, 2),
  /** mm->tlb_flush_batched, up to v5.16: reclaim has cleared PTEs and will flush later. */
  tlbFlushBatched: bool,
  /** Since v5.17 mm->tlb_flush_batched is two counts: of what reclaim has cleared, and of what of that was flushed. */
  batchesPending: inWord("tlb_flush_batched", int(0, 3)),
  batchesFlushed: inWord("tlb_flush_batched", int(0, 3)),
  /** MMF_UNSTABLE in mm->flags: the oom reaper has begun, and what it has dropped is not to come back as zeroes. */
  unstable: bool,
  /** The process runs: fork() has woken it. */
  running: bool,
  /** The anonymous pages that mm->rss_stat counts. It can be driven below 0, so that the spec of it can fail. */
  rss: int(-1, 2, 0),
  /** The version of `data` that the process has stored last, where that is asked for. */
  stored: ghost(int(0, 2)),
  /** The page that get_user_pages() gave to a holder in this mm (a pipe, a device), until it is put. */
  got: ghost(ref(Page)),
  /** `got` was taken with FOLL_PIN. */
  pinned: ghost(bool),
});
