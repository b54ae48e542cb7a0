import type { Scenario } from "faultline";
import cowFaultVsTruncate from "./cow-fault-vs-truncate.ts";
import faultAroundVsInvalidate from "./fault-around-vs-invalidate.ts";
import faultAroundVsPunch from "./fault-around-vs-punch.ts";
import faultAroundVsReclaim from "./fault-around-vs-reclaim.ts";
import faultAroundVsTruncate from "./fault-around-vs-truncate.ts";
import twoFaults from "./two-faults.ts";

/** Every bundled scenario, in the order in which `faultline check` runs them. */
export const scenarios: readonly Scenario[] = [
  faultAroundVsPunch,
  faultAroundVsTruncate,
  faultAroundVsInvalidate,
  faultAroundVsReclaim,
  twoFaults,
  cowFaultVsTruncate,
];
