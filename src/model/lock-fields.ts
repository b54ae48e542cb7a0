import type { Cell } from "./access.ts";
import { COMPLETION, isHeldKind, SEQCOUNT, TASK, WAIT_QUEUE, type LockKind } from "./domain.ts";
import { ModelError } from "./error.ts";

/** A field, and what is said of it. */
interface Tied {
  readonly name: string;
  readonly guard?: Cell;
  readonly word?: string;
}

/** The lock that the writers of a sequence count hold, if it says so. Readers hold nothing. */
export function tiedTo({ name, guard, word }: Tied): Cell | undefined {
  if (word !== undefined)
    throw new ModelError(`'${name}' is a seqcount, and cannot be a part of a word`, {
      cause: "it is counted up by a load and a store of all of its word",
      remedy: "give it a word of its own",
    });
  if (guard && !["spinlock", "rwlock", "mutex"].includes(guard.lock ?? ""))
    throw new ModelError(`'${name}' is a seqcount, and cannot be guarded by '${guard.name}'`, {
      cause: "include/linux/seqlock.h has one for a spinlock, an rwlock and a mutex",
      remedy: 'write guarded("lock", seqcount) for a lock: spinlock, rwlock or mutex',
    });
  return guard;
}

/** Somebody assigns to what only operations change. */
export const assigned = ({ name, lock }: Cell): ModelError =>
  new ModelError(`'${name}' is a ${lock!}, and cannot be assigned`, {
    ...(isHeldKind(lock) && { cause: "a lock knows its owner, and begins free" }),
    remedy: changedBy(lock!, `((k) => k.${name})`),
  });

/** What changes it in place of an assignment. */
function changedBy(lock: LockKind, which: string): string {
  switch (lock) {
    case COMPLETION:
      return `use complete${which}, completeAll or reinitCompletion`;
    case SEQCOUNT:
      return `use writeSeqcountBegin${which} and writeSeqcountEnd`;
    case WAIT_QUEUE:
      return `use waitEvent, prepareToWait${which} and wakeUp${which}`;
    case TASK:
      return `use setCurrentState${which} and wakeUpProcess${which}`;
    default:
      return `take it by lock${which} and release it by unlock${which}`;
  }
}
