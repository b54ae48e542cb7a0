import type { Scenario } from "faultline";
import cowFaultVsTruncate from "./cow-fault-vs-truncate.ts";
import faultAroundOrders from "./fault-around-orders.ts";
import faultAroundVsInvalidate from "./fault-around-vs-invalidate.ts";
import faultAroundVsPunch from "./fault-around-vs-punch.ts";
import faultAroundVsReclaim from "./fault-around-vs-reclaim.ts";
import faultAroundVsTruncate from "./fault-around-vs-truncate.ts";
import mremapVsMkclean from "./races/mremap-vs-mkclean.ts";
import mremapVsTruncate from "./races/mremap-vs-truncate.ts";
import pfnmapUnlink from "./races/pfnmap-unlink.ts";
import reclaimBatchedFlush from "./races/reclaim-batched-flush.ts";
import twoDontneed from "./races/two-dontneed.ts";
import zapFlushesLate from "./races/zap-flushes-late.ts";
import zapVsMkclean from "./races/zap-vs-mkclean.ts";
import twoFaults from "./two-faults.ts";
import cowVsVmsplice from "./cow-vs-vmsplice.ts";
import forkVsStore from "./fork-vs-store.ts";
import gupFastVsMunmap from "./gup-fast-vs-munmap.ts";
import pinVsFork from "./pin-vs-fork.ts";
import dirtyCow from "./races/dirty-cow.ts";
import gupFastVsFork from "./races/gup-fast-vs-fork.ts";
import pinForkWrite from "./races/pin-fork-write.ts";
import shmemDirtyCow from "./races/shmem-dirty-cow.ts";
import softDirtyVsPin from "./races/soft-dirty-vs-pin.ts";
import swapCacheVsPin from "./races/swap-cache-vs-pin.ts";
import uffdWpVsCopy from "./races/uffd-wp-vs-copy.ts";
import vmspliceChild from "./races/vmsplice-child.ts";
import writeFaults from "./write-faults.ts";

/** Every bundled scenario, in the order in which `faultline check` runs them. */
export const scenarios: readonly Scenario[] = [
  faultAroundVsPunch,
  faultAroundVsTruncate,
  faultAroundVsInvalidate,
  faultAroundVsReclaim,
  faultAroundOrders,
  twoFaults,
  cowFaultVsTruncate,
  cowVsVmsplice,
  writeFaults,
  pinVsFork,
  forkVsStore,
  gupFastVsMunmap,
  zapFlushesLate,
  zapVsMkclean,
  mremapVsMkclean,
  mremapVsTruncate,
  reclaimBatchedFlush,
  twoDontneed,
  pfnmapUnlink,
  dirtyCow,
  shmemDirtyCow,
  vmspliceChild,
  pinForkWrite,
  gupFastVsFork,
  softDirtyVsPin,
  swapCacheVsPin,
  uffdWpVsCopy,
];
