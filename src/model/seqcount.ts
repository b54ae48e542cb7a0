import { access, HELD, type Cell, type Holds } from "./access.ts";
import { SEQCOUNT } from "./domain.ts";
import { ModelError } from "./error.ts";
import { group, type Group } from "./group.ts";
import { lock, unlock } from "./locks.ts";
import { A_SEQCOUNT, operation, type Jump, type WhichLock } from "./named-lock.ts";
import { wait, type AnyStep, type Operation } from "./path.ts";
import { smpRmb, smpWmb } from "./qualifiers.ts";
import { watched } from "./running.ts";

/*
 * Sequence counts, as include/linux/seqlock.h of v6.12 has them. Its counting up is a plain ++, a load and a store under `tso`
 * and `lkmm`, with an smp_wmb() beside it.
 */

const fail = (reason: string): never => access().fail!("locking", reason);
const held = (): Holds => access().holds!;
const isWriter = (count: Cell): boolean => access().read(held().by.get(count)!) !== HELD.none;

interface Reading {
  <K, M, const L extends Jump | void>(
    which: WhichLock<K, M>,
    next: (k: K, me: M, seq: number) => L,
  ): Operation<K, M, NoInfer<L> | typeof wait>;
}
const reading = (name: string, act: (count: Cell) => number | typeof wait | Jump): Reading =>
  ((which: WhichLock<unknown, unknown>, next: never) => {
    needs(next, name, "what it has read: (_, me, seq) => { me.seq = seq; }");
    return operation([name, "acquire", A_SEQCOUNT], which, act).then(next);
  }) as Reading;

/**
 * read_seqcount_begin() and raw_read_seqcount_begin(): spins while it is odd; its result is the sequence. smp_load_acquire()
 * since v6.12, before that a load and an smp_rmb().
 */
export const readSeqcountBegin: Reading = reading("readSeqcountBegin", (count) => {
  if (isWriter(count)) fail(`${count.name} is read by who writes it, and so waits for itself`);
  const now = Number(access().read(count));
  return now % 2 === 1 ? wait : now;
});
/** raw_read_seqcount(): the sequence, odd or even. smp_load_acquire() since v6.12, before that a load and an smp_rmb(). */
export const rawReadSeqcount: Reading = reading("rawReadSeqcount", (count) => Number(access().read(count)));
/** raw_seqcount_begin(): does not wait; if it is odd, readSeqcountRetry() says so later. The same order. */
export const rawSeqcountBegin: Reading = reading("rawSeqcountBegin", (count) => {
  const now = Number(access().read(count));
  return now - (now % 2);
});
/** raw_seqcount_try_begin(), newer than v6.12: does not wait; where it is odd, goes on at `otherwise`. The same order. */
export const rawSeqcountTryBegin = <K, M, const N extends Jump | void, const L extends Jump>(
  which: WhichLock<K, M>,
  next: (k: K, me: M, seq: number) => N,
  otherwise: L,
): Operation<K, M, NoInfer<N | L>> => {
  const name = "rawSeqcountTryBegin";
  if (!isJump(otherwise)) needs(undefined, name, "where to go if it is odd: a label");
  const load = reading(name, (count) => {
    const now = Number(access().read(count));
    return now % 2 === 1 ? otherwise : now;
  });
  return load(which, next) as Operation<K, M, NoInfer<N | L>>;
};

const isJump = (next: unknown): boolean => typeof next === "string" || typeof next === "symbol";

type Start<K, M> = (k: K, me: M) => number;
/** `next` is a label where it has changed, or a function that is told whether it has. */
interface Retrying {
  <K, M, const L extends Jump>(
    which: WhichLock<K, M>,
    start: Start<K, M>,
    next: L,
  ): Group<K, M, NoInfer<L> | undefined>;
  <K, M, const L extends Jump | void>(
    which: WhichLock<K, M>,
    start: Start<K, M>,
    next: (k: K, me: M, changed: boolean) => L,
  ): Group<K, M, NoInfer<L>>;
}

function looking(name: string, which: never, start: unknown, next: unknown): AnyStep {
  needs(start, name, "what the reader began with: (_, me) => me.seq");
  if (!isJump(next)) needs(next, name, "where to go if it has changed: a label");
  const began = watched(start as Start<never, never>);
  const looks = operation(
    [name, "once", A_SEQCOUNT],
    which,
    (count, k: never, me: never) => access().read(count) !== began(k, me),
  );
  return looks.then((typeof next === "function" ? next : { true: next }) as never);
}
/** read_seqcount_retry(): whether it has changed since `start`. smp_rmb(), then a load. */
export const readSeqcountRetry: Retrying = ((which: never, start: unknown, next: unknown) => {
  const load = looking("readSeqcountRetry", which, start, next);
  return group(() => [smpRmb, ["READ_ONCE(s->sequence)", load]]);
}) as Retrying;
/** __read_seqcount_retry(): the same without the smp_rmb(). */
export const readSeqcountRetryOnce: Retrying = ((which: never, start: unknown, next: unknown) => {
  const load = looking("readSeqcountRetryOnce", which, start, next);
  return group(() => [load]);
}) as Retrying;

interface Writing {
  <K, M>(which: WhichLock<K, M>): Group<K, M, void>;
}
const counting = (name: string, act: (count: Cell) => void) => (which: WhichLock<never, never>) =>
  operation([name, "once", A_SEQCOUNT], which, act) as unknown as AnyStep;
const beginning = (name: string, isRaw: boolean): Writing =>
  ((which: never) => {
    const begin = counting(name, (count) => beginWriting(count, isRaw))(which);
    return group(() => [begin, ["smp_wmb()", smpWmb]]);
  }) as Writing;
const ending = (name: string): Writing =>
  ((which: never) => {
    const end = counting(name, endWriting)(which);
    return group(() => [smpWmb, ["s->sequence++", end]]);
  }) as Writing;

/** write_seqcount_begin(): for one writer at a time, that others do not interrupt. s->sequence++, then smp_wmb(). */
export const writeSeqcountBegin: Writing = beginning("writeSeqcountBegin", false);
/** write_seqcount_end(): smp_wmb(), then s->sequence++. */
export const writeSeqcountEnd: Writing = ending("writeSeqcountEnd");
/** raw_write_seqcount_begin(): the same without lockdep. There still must be one writer at a time, but it may be preempted. */
export const rawWriteSeqcountBegin: Writing = beginning("rawWriteSeqcountBegin", true);
/** raw_write_seqcount_end() */
export const rawWriteSeqcountEnd: Writing = ending("rawWriteSeqcountEnd");
/** write_seqcount_invalidate(): readers that are under way retry. smp_wmb(), then s->sequence += 2. */
export const writeSeqcountInvalidate: Writing = ((which: never) => {
  const skip = counting("writeSeqcountInvalidate", (count) => {
    refuseOthers(count);
    countUp(count, 2);
  })(which);
  return group(() => [smpWmb, ["s->sequence += 2", skip]]);
}) as Writing;

/** A seqlock_t as its operations see it. */
interface Seqlock {
  readonly lock: boolean;
  readonly seqcount: number;
}
type WhichSeqlock<K, M> = (k: K, me: M) => Seqlock;
const countOf = <K, M>(which: WhichSeqlock<K, M>, name: string): WhichLock<K, M> =>
  needs(which, name, "which seqlock: (k) => k.sl") && ((k, me) => which(k, me).seqcount);
const lockOf =
  <K, M>(which: WhichSeqlock<K, M>): WhichLock<K, M> =>
  (k, me) =>
    which(k, me).lock;

/** read_seqbegin(): read_seqcount_begin() of a seqlock_t. */
export const readSeqbegin = <K, M, const L extends Jump | void>(
  which: WhichSeqlock<K, M>,
  next: (k: K, me: M, seq: number) => L,
): Operation<K, M, NoInfer<L> | typeof wait> => readSeqcountBegin(countOf(which, "readSeqbegin"), next);
/** read_seqretry(): read_seqcount_retry() of a seqlock_t. */
export const readSeqretry = <K, M, const L extends Jump>(
  which: WhichSeqlock<K, M>,
  start: Start<K, M>,
  next: L,
): Group<K, M, NoInfer<L> | undefined> => readSeqcountRetry(countOf(which, "readSeqretry"), start, next);

/** write_seqlock(): spin_lock(), then write_seqcount_begin() without asking again who holds the lock. */
export const writeSeqlock = <K, M>(which: WhichSeqlock<K, M>): Group<K, M, typeof wait | void> => {
  const begin = counting("writeSeqlock", (count) => beginWriting(count, false))(
    countOf(which, "writeSeqlock") as never,
  );
  return group(() => [lock(lockOf(which)) as AnyStep, ["s->sequence++", begin], ["smp_wmb()", smpWmb]]);
};
/** write_sequnlock(): write_seqcount_end(), then spin_unlock(). */
export const writeSequnlock = <K, M>(which: WhichSeqlock<K, M>): Group<K, M, void> => {
  const end = counting("writeSequnlock", endWriting)(countOf(which, "writeSequnlock") as never);
  return group(() => [smpWmb, ["s->sequence++", end], ["spin_unlock()", unlock(lockOf(which)) as AnyStep]]);
};

/** Sequence counts know one writer; to count up is all that it does to memory. */
function beginWriting(count: Cell, isRaw: boolean): void {
  const { by, counted, spinning, count: locks } = held();
  const { name, tied } = count;
  if (isWriter(count)) fail(`${name}, a ${SEQCOUNT}, is written again by who writes it`);
  refuseOthers(count);
  if (!isRaw && tied && access().read(by.get(tied)!) === HELD.none)
    fail(`${name}, a ${SEQCOUNT}, is written by who does not hold ${tied.name}`);
  if (!isRaw && !tied && mayBePreempted())
    fail(`${name}, a ${SEQCOUNT}, is written while this CPU can be preempted: a reader then spins in vain`);
  countUp(count, 1);
  access().write(counted.get(count)!.writing, true);
  access().write(by.get(count)!, HELD.exclusive);
  add(locks, 1);
  if (tied?.lock === "mutex") add(spinning, 1);
}

function endWriting(count: Cell): void {
  const { by, counted, spinning, count: locks } = held();
  if (!isWriter(count)) fail(`the write section of ${count.name} is ended, which this CPU has not begun`);
  countUp(count, 1);
  access().write(counted.get(count)!.writing, false);
  access().write(by.get(count)!, HELD.none);
  add(locks, -1);
  if (count.tied?.lock === "mutex") add(spinning, -1);
}

function mayBePreempted(): boolean {
  const { spinning, context } = held();
  const isZero = (cell: Cell | undefined): boolean => cell === undefined || access().read(cell) === 0;
  return isZero(spinning) && context?.isInterrupt !== true && isZero(context?.off) && isZero(context?.preempt);
}

function refuseOthers(count: Cell): void {
  if (!isWriter(count) && access().read(held().counted.get(count)!.writing) === true)
    fail(`${count.name}, a ${SEQCOUNT}, is written while another CPU writes it: nothing keeps its writers apart`);
}

const add = (cell: Cell, more: number): void => access().write(cell, Number(access().read(cell)) + more);

function countUp(count: Cell, more: number): void {
  const next = Number(access().read(count)) + more;
  const { last } = held().counted.get(count)!;
  // Were it to come round, a reader would take it for unchanged: in the kernel after 2^31 sections, and in no run here.
  if (next > last)
    access().fail!(
      "in-range",
      `${count.name} would become ${next}, and counts to ${last}: where a write section is in a loop, say how often in seqcountFor(...)`,
    );
  access().write(count, next);
}

/** By how much a step counts one up. */
export const countsUp = ({ operation: name = "" }: AnyStep): number =>
  name === "writeSeqcountInvalidate" ? 2 : Number(/^(raw)?w\w*seq/i.test(name));

function needs(given: unknown, name: string, what: string): true {
  if (typeof given === "function") return true;
  throw new ModelError(`${name}() was not told ${what}`, { remedy: "give it as the next argument" });
}
