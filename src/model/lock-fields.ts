import type { Cell } from "./access.ts";
import {
  COMPLETION,
  isHeldKind,
  SEQCOUNT,
  TASK,
  WAIT_QUEUE,
  type Field,
  type Fields,
  type LockKind,
} from "./domain.ts";
import { ModelError } from "./error.ts";
import type { MembersOf } from "./fields.ts";

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

/** What a `guarded` field may name: a bool, or a lock that knows who holds it. */
const mayGuard = (field: Field | undefined): boolean =>
  field !== undefined && (field.kind === "bool" || ("lock" in field && isHeldKind(field.lock)));

/**
 * Fields in the order in which they are laid out: that in which they are declared, but a lock comes before what it guards. A
 * world that grows has its locks behind the structs that it adds guarded fields to. `known`: locks around, which are meant first.
 */
export function locksFirst(
  members: Fields,
  membersOf: MembersOf,
  known: { readonly has: (name: string) => boolean },
): readonly (readonly [string, Field])[] {
  const order = new Map<string, Field>();
  for (const [key, field] of Object.entries(members)) {
    for (const lock of guardsIn(field, membersOf))
      if (lock !== key && !known.has(lock) && Object.hasOwn(members, lock) && mayGuard(members[lock]))
        order.set(lock, members[lock]!);
    order.set(key, field);
  }
  return [...order];
}

/** The locks that a field names, or what is in it, and that are not in it themselves. */
function guardsIn(field: Field, membersOf: MembersOf): ReadonlySet<string> {
  const guards = new Set<string>();
  if (field.kind === "array") for (const guard of guardsIn(field.element, membersOf)) guards.add(guard);
  if (field.kind === "struct") {
    const inside = membersOf(field);
    for (const member of Object.values(inside))
      for (const guard of guardsIn(member, membersOf)) if (!mayGuard(inside[guard])) guards.add(guard);
  }
  if (field.guard !== undefined) guards.add(field.guard);
  return guards;
}
