/** Everything a model or a spec file may import, and nothing else. */
export {
  array,
  bool,
  ghost,
  guarded,
  hardware,
  inWord,
  int,
  oneOf,
  oneOfMany,
  ref,
  spinlock,
  struct,
} from "./model/domain.ts";
export type { Draft, Drafts, Field, Fields } from "./model/domain.ts";
export { claim } from "./model/claim.ts";
export type { MemoryModel } from "./model/memory.ts";
export type { Case, Claim, ClaimedVerdict, ClaimVerdict, Condition } from "./model/claim.ts";
export { bugOn, choose } from "./model/access.ts";
export {
  acquire,
  atomic,
  condition,
  call,
  done,
  full,
  noreturn,
  once,
  rcuReadLock,
  rcuReadUnlock,
  relaxed,
  release,
  smpMb,
  smpMbAfterAtomic,
  smpMbAfterSpinlock,
  smpMbAfterUnlockLock,
  smpMbBeforeAtomic,
  smpRmb,
  smpWmb,
  synchronizeRcu,
  wait,
} from "./model/path.ts";
export type { About, Operation, Path, Testing } from "./model/path.ts";
export type { NeverTaken } from "./model/never-taken.ts";
export { scenario, symmetric } from "./model/scenario.ts";
export type { Scenario } from "./model/scenario.ts";
export type { ProgressSpec, Spec } from "./model/spec.ts";
export { world } from "./model/world.ts";
export type { StateOf, World } from "./model/world.ts";
