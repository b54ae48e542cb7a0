/** Everything a model or a spec file may import, and nothing else. */
export {
  array,
  bitLock,
  bool,
  completion,
  ghost,
  guarded,
  hardware,
  inWord,
  int,
  mutex,
  oneOf,
  oneOfMany,
  pointer,
  ref,
  rwlock,
  rwsem,
  seqcount,
  seqcountFor,
  seqlock,
  sequence,
  slab,
  spinlock,
  struct,
  task,
  waitQueue,
} from "./model/domain.ts";
export { alloc, allocated, free, freeRcu, isAllocated } from "./model/slab.ts";
export type { Draft, Drafts, Field, Fields } from "./model/domain.ts";
export {
  complete,
  completeAll,
  downgrade,
  lock,
  lockShared,
  mightSleep,
  reinitCompletion,
  trylock,
  trylockShared,
  tryWaitForCompletion,
  unlock,
  unlockShared,
  waitForCompletion,
} from "./model/locks.ts";
export {
  rawReadSeqcount,
  rawSeqcountBegin,
  rawSeqcountTryBegin,
  rawWriteSeqcountBegin,
  rawWriteSeqcountEnd,
  readSeqbegin,
  readSeqcountBegin,
  readSeqcountRetry,
  readSeqcountRetryOnce,
  readSeqretry,
  writeSeqcountBegin,
  writeSeqcountEnd,
  writeSeqcountInvalidate,
  writeSeqlock,
  writeSequnlock,
} from "./model/seqcount.ts";
export {
  finishWait,
  prepareToWait,
  prepareToWaitExclusive,
  schedule,
  setCurrentState,
  setCurrentStateOnce,
  setRunning,
  waitEvent,
  waitEventExclusive,
  waitqueueActive,
  wakeUp,
  wakeUpAll,
  wakeUpProcess,
  wqHasSleeper,
} from "./model/wait-queue.ts";
export { interrupt, ipiAll, irqsOff, irqsOn, lockIrq, preemptOff, preemptOn, unlockIrq } from "./model/contexts.ts";
export { claim } from "./model/claim.ts";
export type { MemoryModel } from "./model/memory.ts";
export type { Case, Claim, ClaimedVerdict, ClaimVerdict, Condition } from "./model/claim.ts";
export { bugOn, choose } from "./model/access.ts";
export { call, condition, done, wait } from "./model/path.ts";
export {
  acquire,
  atomic,
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
} from "./model/qualifiers.ts";
export { decAndTest, incNotZero, tryCmpxchg, xchg } from "./model/rmw.ts";
export type { About } from "./model/about.ts";
export type {
  DraftedCall,
  DraftedField,
  DraftedObject,
  Drafting,
  Quiet,
  Renamed,
  SourceNames,
} from "./model/source-names.ts";
export type { Operation, Patch, Path, Testing } from "./model/path.ts";
export type { NeverTaken } from "./model/never-taken.ts";
export { scenario, symmetric } from "./model/scenario.ts";
export { todo } from "./model/todo.ts";
export type { Todo } from "./model/todo.ts";
export type { Scenario } from "./model/scenario.ts";
export type { ProgressSpec, Spec } from "./model/spec.ts";
export { compose, extend, world } from "./model/world.ts";
export type { Extension, Within } from "./model/grown.ts";
export type { Patchable } from "./model/patch.ts";
export type { StateOf, World } from "./model/world.ts";
