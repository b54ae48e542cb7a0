import type { Scenario } from "faultline";
import madvFreeByRelease from "./madv-free-by-release.ts";
import migrationVsDontneed from "./migration-vs-dontneed.ts";
import mremapByRelease from "./mremap-by-release.ts";
import memoryFailureAnon from "./memory-failure-anon.ts";
import poisonedEntry from "./poisoned-entry.ts";
import poisonedPageFault from "./poisoned-page-fault.ts";
import memoryFailureTwice from "./races/memory-failure-twice.ts";
import unpoisonByRelease from "./unpoison-by-release.ts";
import exclusiveEntryByRelease from "./exclusive-entry-by-release.ts";
import deviceFaultByRelease from "./device-fault-by-release.ts";
import makeExclusiveByRelease from "./make-exclusive-by-release.ts";
import memoryFailureByRelease from "./memory-failure-by-release.ts";
import retractPageTables from "./retract-page-tables.ts";
import mprotectByRelease from "./mprotect-by-release.ts";
import pairsAlone59 from "./pairs-alone.ts";
import pairsAnon from "./pairs-anon.ts";
import pairs from "./pairs.ts";
import pairsSwap from "./pairs-swap.ts";
import pairsToday from "./pairs-today.ts";
import pairsAlone from "./pairs-alone-today.ts";
import pairsAnonToday from "./pairs-anon-today.ts";
import cowFaultVsTruncate from "./cow-fault-vs-truncate.ts";
import faultsByRelease from "./faults-by-release.ts";
import faultAround from "./fault-around.ts";
import faultAroundOrders from "./fault-around-orders.ts";
import faultAroundVsCollapse from "./fault-around-vs-collapse.ts";
import faultAroundVsInvalidate from "./fault-around-vs-invalidate.ts";
import faultAroundVsMigrate from "./fault-around-vs-migrate.ts";
import faultAroundVsPunch from "./fault-around-vs-punch.ts";
import faultAroundVsReclaim from "./fault-around-vs-reclaim.ts";
import faultAroundVsSplit from "./fault-around-vs-split.ts";
import faultAroundVsTruncate from "./fault-around-vs-truncate.ts";
import faultUnderPageLock from "./fault-under-page-lock.ts";
import lockPageUnderPtl from "./lock-page-under-ptl.ts";
import mapPagesUnderLock from "./map-pages-under-lock.ts";
import pageLock from "./page-lock.ts";
import recheckBarriers from "./recheck-barriers.ts";
import collectSplitsUnflushed from "./questions/collect-splits-unflushed.ts";
import pmdClearBeforeFlush from "./questions/pmd-clear-before-flush.ts";
import staleFileEnd from "./questions/stale-file-end.ts";
import unlockWithoutReference from "./questions/unlock-without-reference.ts";
import collectVsDontneed from "./races/collect-vs-dontneed.ts";
import munlockStrandsFolio from "./questions/munlock-strands-folio.ts";
import ext4FaultVsPunch from "./races/ext4-fault-vs-punch.ts";
import folioAcrossEof from "./races/folio-across-eof.ts";
import hugetlbFaultVsPunch from "./races/hugetlb-fault-vs-punch.ts";
import mkcleanVsBuffers from "./races/mkclean-vs-buffers.ts";
import mremapVsMkclean from "./races/mremap-vs-mkclean.ts";
import mremapVsRemove from "./races/mremap-vs-remove.ts";
import uffdCopyVsTruncate from "./races/uffd-copy-vs-truncate.ts";
import mremapVsTruncate from "./races/mremap-vs-truncate.ts";
import nopageVsInvalidate from "./races/nopage-vs-invalidate.ts";
import newTableVsWalk from "./races/new-table-vs-walk.ts";
import populateVsInvalidate from "./races/populate-vs-invalidate.ts";
import pageLockStarvation from "./races/page-lock-starvation.ts";
import pfnmapUnlink from "./races/pfnmap-unlink.ts";
import mprotectVsBatchedFlush from "./races/mprotect-vs-batched-flush.ts";
import reclaimBatchedFlush from "./races/reclaim-batched-flush.ts";
import splitVsZap from "./races/split-vs-zap.ts";
import twoDaxFaults from "./races/two-dax-faults.ts";
import numaVsDontneed from "./races/numa-vs-dontneed.ts";
import twoDontneed from "./races/two-dontneed.ts";
import twoUnmaps from "./races/two-unmaps.ts";
import zapFlushesLate from "./races/zap-flushes-late.ts";
import zapHugePmdVsTruncate from "./races/zap-huge-pmd-vs-truncate.ts";
import zapVsMkclean from "./races/zap-vs-mkclean.ts";
import sharedAndReadFault from "./shared-and-read-fault.ts";
import sharedFaultVsTruncate from "./shared-fault-vs-truncate.ts";
import twoFaults from "./two-faults.ts";
import cowVsVmsplice from "./cow-vs-vmsplice.ts";
import forkVsStore from "./fork-vs-store.ts";
import gupFastVsMunmap from "./gup-fast-vs-munmap.ts";
import pinVsFork from "./pin-vs-fork.ts";
import lazyfreeVsPin from "./races/lazyfree-vs-pin.ts";
import dirtyCow from "./races/dirty-cow.ts";
import expandVsVmaFault from "./races/expand-vs-vma-fault.ts";
import forkVsVmaFault from "./races/fork-vs-vma-fault.ts";
import gupFastVsFork from "./races/gup-fast-vs-fork.ts";
import pinForkWrite from "./races/pin-fork-write.ts";
import reaperVsFault from "./races/reaper-vs-fault.ts";
import shmemDirtyCow from "./races/shmem-dirty-cow.ts";
import shmemFaultVsPunch from "./races/shmem-fault-vs-punch.ts";
import softDirtyVsPin from "./races/soft-dirty-vs-pin.ts";
import swapCacheVsPin from "./races/swap-cache-vs-pin.ts";
import uffdWpVsCopy from "./races/uffd-wp-vs-copy.ts";
import vmspliceChild from "./races/vmsplice-child.ts";
import vmspliceByRelease from "./vmsplice-by-release.ts";
import pinVsForkByRelease from "./pin-vs-fork-by-release.ts";
import readPinByRelease from "./read-pin-by-release.ts";
import anonFaultsByRelease from "./anon-faults-by-release.ts";
import writeFaultsByRelease from "./write-faults-by-release.ts";
import exclusiveVsGupFast from "./races/exclusive-vs-gup-fast.ts";
import forkVsPin from "./questions/fork-vs-pin.ts";
import lazyfreeBatchVsPin from "./questions/lazyfree-batch-vs-pin.ts";
import largeFolioReuse from "./questions/large-folio-reuse.ts";
import uffdMoveVsPin from "./questions/uffd-move-vs-pin.ts";
import truncateVsSwapSplit from "./races/truncate-vs-swap-split.ts";
import swapFreeVsSwapoff from "./races/swap-free-vs-swapoff.ts";
import swapinSkipsCache from "./races/swapin-skips-cache.ts";
import uffdMoveSwapCache from "./races/uffd-move-swap-cache.ts";
import writeFaults from "./write-faults.ts";
import twoReadFaults from "./two-read-faults.ts";
import storesVsTruncate from "./stores-vs-truncate.ts";
import readInVsRead from "./races/read-in-vs-read.ts";
import faultsFillTable from "./faults-fill-table.ts";
import mappingMovesVsScan from "./mapping-moves-vs-scan.ts";
import hugeDirtyCow from "./races/huge-dirty-cow.ts";
import sharedWrite from "./shared-write.ts";
import wpFaultVsTruncate from "./races/wp-fault-vs-truncate.ts";
import wpFaultVsWriteback from "./races/wp-fault-vs-writeback.ts";
import mmLockSeqOrder from "./races/mm-lock-seq-order.ts";
import vmaLockAnonVma from "./races/vma-lock-anon-vma.ts";
import stackrot from "./races/stackrot.ts";
import whoseMmIsWoken from "./questions/whose-mm-is-woken.ts";
import mapsMissesATail from "./questions/maps-misses-a-tail.ts";
import pmdCheckVsDontneed from "./questions/pmd-check-vs-dontneed.ts";
import vmaLockVsMunmap from "./vma-lock-vs-munmap.ts";
import vmaRefcntUaf from "./races/vma-refcnt-uaf.ts";
import vmRefcntValues from "./questions/vm-refcnt-values.ts";
import vmaStartWriteVsEndRead from "./questions/vma-start-write-vs-end-read.ts";
import collapseVsPtReclaim from "./races/collapse-vs-pt-reclaim.ts";
import gupFastVsCollapse from "./races/gup-fast-vs-collapse.ts";
import gupFastVsDeposit from "./races/gup-fast-vs-deposit.ts";
import hugetlbShareByRelease from "./hugetlb-share-by-release.ts";
import hugetlbSplitVsShare from "./races/hugetlb-split-vs-share.ts";
import pmdShareCount from "./races/pmd-share-count.ts";
import pmdShareLock from "./races/pmd-share-lock.ts";
import hugetlbShareVsTeardown from "./races/hugetlb-share-vs-teardown.ts";
import pmdUnshareVsGupFast from "./races/pmd-unshare-vs-gup-fast.ts";
import tlbGenVsSwitch from "./tlb-gen-vs-switch.ts";
import mremapVsRetract from "./races/mremap-vs-retract.ts";
import mremapPmdVsTruncate from "./races/mremap-pmd-vs-truncate.ts";
import unshareVsLazyTlb from "./questions/unshare-vs-lazy-tlb.ts";
import ptReclaimVsFault from "./pt-reclaim-vs-fault.ts";
import tableSync from "./questions/table-sync.ts";
import removeMappingVsGup from "./races/remove-mapping-vs-gup.ts";
import splitMigrationPmdVsGupFast from "./races/split-migration-pmd-vs-gup-fast.ts";
import swapCacheIsTheLock from "./questions/swap-cache-is-the-lock.ts";
import collapseNonePmdVsRmap from "./questions/collapse-none-pmd-vs-rmap.ts";
import xfsPunch from "./xfs-punch.ts";

/** Every bundled scenario, in the order in which `faultline check` runs them. */
export const scenarios: readonly Scenario[] = [
  faultAroundVsPunch,
  faultAroundVsTruncate,
  faultAroundVsInvalidate,
  faultAroundVsReclaim,
  faultAround,
  faultAroundOrders,
  recheckBarriers,
  faultAroundVsCollapse,
  faultAroundVsMigrate,
  faultAroundVsSplit,
  mappingMovesVsScan,
  mapPagesUnderLock,
  xfsPunch,
  twoFaults,
  twoReadFaults,
  faultsFillTable,
  cowFaultVsTruncate,
  cowVsVmsplice,
  writeFaults,
  pinVsFork,
  forkVsStore,
  gupFastVsMunmap,
  vmspliceByRelease,
  pinVsForkByRelease,
  readPinByRelease,
  anonFaultsByRelease,
  writeFaultsByRelease,
  mprotectByRelease,
  madvFreeByRelease,
  migrationVsDontneed,
  mremapByRelease,
  memoryFailureByRelease,
  memoryFailureAnon,
  poisonedEntry,
  poisonedPageFault,
  deviceFaultByRelease,
  exclusiveEntryByRelease,
  makeExclusiveByRelease,
  unpoisonByRelease,
  memoryFailureTwice,
  sharedFaultVsTruncate,
  sharedAndReadFault,
  sharedWrite,
  storesVsTruncate,
  pageLock,
  lockPageUnderPtl,
  faultUnderPageLock,
  nopageVsInvalidate,
  populateVsInvalidate,
  twoUnmaps,
  readInVsRead,
  wpFaultVsWriteback,
  wpFaultVsTruncate,
  mkcleanVsBuffers,
  ext4FaultVsPunch,
  twoDaxFaults,
  hugetlbFaultVsPunch,
  shmemFaultVsPunch,
  zapHugePmdVsTruncate,
  splitVsZap,
  newTableVsWalk,
  pageLockStarvation,
  folioAcrossEof,
  zapFlushesLate,
  zapVsMkclean,
  mremapVsMkclean,
  mremapVsRemove,
  uffdCopyVsTruncate,
  mremapVsTruncate,
  reclaimBatchedFlush,
  mprotectVsBatchedFlush,
  twoDontneed,
  numaVsDontneed,
  collectVsDontneed,
  pfnmapUnlink,
  reaperVsFault,
  dirtyCow,
  hugeDirtyCow,
  shmemDirtyCow,
  vmspliceChild,
  pinForkWrite,
  gupFastVsFork,
  softDirtyVsPin,
  removeMappingVsGup,
  swapCacheVsPin,
  uffdWpVsCopy,
  pairs,
  pairsAnon,
  pairsAlone59,
  pairsToday,
  pairsSwap,
  pairsAnonToday,
  pairsAlone,
  faultsByRelease,
  unlockWithoutReference,
  staleFileEnd,
  munlockStrandsFolio,
  collectSplitsUnflushed,
  pmdClearBeforeFlush,
  vmaLockVsMunmap,
  mmLockSeqOrder,
  vmaLockAnonVma,
  forkVsVmaFault,
  expandVsVmaFault,
  stackrot,
  vmaRefcntUaf,
  whoseMmIsWoken,
  vmaStartWriteVsEndRead,
  vmRefcntValues,
  pmdCheckVsDontneed,
  collapseNonePmdVsRmap,
  mapsMissesATail,
  gupFastVsCollapse,
  gupFastVsDeposit,
  collapseVsPtReclaim,
  pmdUnshareVsGupFast,
  hugetlbShareByRelease,
  hugetlbSplitVsShare,
  pmdShareCount,
  pmdShareLock,
  hugetlbShareVsTeardown,
  splitMigrationPmdVsGupFast,
  mremapPmdVsTruncate,
  mremapVsRetract,
  retractPageTables,
  tlbGenVsSwitch,
  ptReclaimVsFault,
  tableSync,
  unshareVsLazyTlb,
  exclusiveVsGupFast,
  lazyfreeVsPin,
  swapinSkipsCache,
  swapFreeVsSwapoff,
  truncateVsSwapSplit,
  uffdMoveSwapCache,
  swapCacheIsTheLock,
  forkVsPin,
  uffdMoveVsPin,
  largeFolioReuse,
  lazyfreeBatchVsPin,
];
