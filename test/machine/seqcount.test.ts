import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bool,
  bugOn,
  done,
  guarded,
  inWord,
  lock,
  mightSleep,
  mutex,
  once,
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
  rwsem,
  seqcount,
  seqcountFor,
  seqlock,
  sequence,
  smpMb,
  spinlock,
  unlock,
  world,
  writeSeqcountBegin,
  writeSeqcountEnd,
  writeSeqcountInvalidate,
  writeSeqlock,
  writeSequnlock,
} from "faultline";
import type { StateOf } from "faultline";
import { searched } from "../search/searched.ts";
import { saidOf } from "./said.ts";
import { check, modelError, toy } from "./toy.ts";

const w = world({
  a: spinlock,
  m: mutex,
  plain: seqcount,
  seq: guarded("a", seqcount),
  ofMutex: guarded("m", seqcount),
  twice: seqcountFor(2),
  sl: seqlock,
  x: bool,
  y: bool,
});
type K = StateOf<typeof w>;
type Steps = Readonly<Record<string, unknown>>;
interface Me {
  seq: number;
  x: boolean;
}

const pathOf = (name: string, steps: Steps) => w.path(name, { seq: sequence, x: bool }, steps as { step: () => void });
const programOf = (...threads: readonly Steps[]) =>
  toy({ world: w, threads: { t: threads.map((steps, t) => pathOf(`p${t}`, steps)) } });
const said = (...threads: readonly Steps[]): Promise<string> => saidOf(programOf(...threads));

const a = (k: K): boolean => k.a;
const seq = (k: K): number => k.seq;
const keep = (_: K, me: Me, now: number): void => void (me.seq = now);
const began = (_: K, me: Me): number => me.seq;
const underLock = (steps: Steps): Steps => ({ lock: lock(a), ...steps, unlock: unlock(a) });
const writer = underLock({
  begin: writeSeqcountBegin(seq),
  "x = 1": once((k: K) => void (k.x = true)),
  "y = 1": once((k: K) => void (k.y = true)),
  end: writeSeqcountEnd(seq),
});
const looks = {
  x: once((k: K, me: Me) => void (me.x = k.x)),
  y: once((k: K, me: Me) => void (me.x = me.x !== k.y)),
};
const alike = { "x == y?": (_: K, me: Me) => bugOn(me.x, "half of it") };

test("a reader sees all of what a write section does, or nothing, under every memory model", async () => {
  const reader = {
    begin: readSeqcountBegin(seq, keep),
    ...looks,
    retry: readSeqcountRetry(seq, began, "begin"),
    ...alike,
  };
  assert.equal(await said(writer, reader), "");
  assert.equal(await said(writer, { ...reader, begin: rawSeqcountBegin(seq, keep) }), "");
  const fallsBack = {
    begin: rawReadSeqcount(seq, (_: K, me: Me, now: number) => {
      me.seq = now;
      return now % 2 === 1 ? done : undefined;
    }),
    ...looks,
    retry: readSeqcountRetry(seq, began, (_: K, __: Me, changed: boolean) => (changed ? done : undefined)),
    ...alike,
  };
  assert.equal(await said(writer, fallsBack), "");
  const tries = { begin: rawSeqcountTryBegin(seq, keep, done) };
  assert.equal(await said(writer, { ...fallsBack, ...tries }), "");
  assert.match(await said(writer, { ...looks, ...alike }), /^no-bug: half of it/);
});

test("a seqlock_t is a sequence count and its lock", async () => {
  const sl = (k: K) => k.sl;
  const write = {
    lock: writeSeqlock(sl),
    "x = 1": once((k: K) => void (k.x = true)),
    "y = 1": once((k: K) => void (k.y = true)),
    unlock: writeSequnlock(sl),
  };
  const reader = { begin: readSeqbegin(sl, keep), ...looks, retry: readSeqretry(sl, began, "begin"), ...alike };
  assert.equal(await said(write, reader), "");
});

test("without its smp_rmb() a reader takes half of it for all, under lkmm", async () => {
  const reader = (retry: unknown): Steps => ({ begin: readSeqcountBegin(seq, keep), ...looks, retry, ...alike });
  const found = async (retry: unknown): Promise<readonly string[]> => {
    const { found: all } = await searched(programOf(writer, reader(retry)), { memory: "lkmm" });
    return [...all.keys()];
  };
  assert.deepEqual(await found(readSeqcountRetry(seq, began, "begin")), []);
  assert.deepEqual(await found(readSeqcountRetryOnce(seq, began, "begin")), ["no-bug"]);
});

test("writers that nothing keeps apart are told, and those that end what they have not begun", async () => {
  const raw = { begin: rawWriteSeqcountBegin(seq), end: rawWriteSeqcountEnd(seq) };
  const apart = /^locking: seq, a seqcount, is written while another CPU writes it: nothing keeps its writers apart$/;
  assert.equal(await said(raw), "");
  assert.match(await said(raw, raw), apart);
  assert.match(await said(raw, { more: writeSeqcountInvalidate(seq) }), apart);
  assert.equal(await said(underLock(raw), underLock(raw)), "");
  assert.equal(
    await said({ end: writeSeqcountEnd(seq) }),
    "locking: the write section of seq is ended, which this CPU has not begun",
  );
  assert.equal(
    await said(underLock({ begin: writeSeqcountBegin(seq), again: writeSeqcountBegin(seq) })),
    "locking: seq, a seqcount, is written again by who writes it",
  );
  assert.equal(await said({ begin: rawWriteSeqcountBegin(seq) }), "locking: the thread ends while it holds a lock");
  assert.equal(
    await said(underLock({ begin: writeSeqcountBegin(seq), read: readSeqcountBegin(seq, keep) })),
    "locking: seq is read by who writes it, and so waits for itself",
  );
});

test("a writer holds the lock that the count is tied to, or cannot be preempted", async () => {
  assert.equal(
    await said({ begin: writeSeqcountBegin(seq), end: writeSeqcountEnd(seq) }),
    "locking: seq, a seqcount, is written by who does not hold a",
  );
  const section = (which: (k: K) => number, inside: Steps = {}): Steps => ({
    begin: writeSeqcountBegin(which),
    ...inside,
    end: writeSeqcountEnd(which),
  });
  assert.match(
    await said(section((k) => k.plain)),
    /^locking: plain, a seqcount, is written while this CPU can be preempted/,
  );
  assert.equal(await said(underLock(section((k) => k.plain))), "");
  const ofMutex = { lock: lock((k: K) => k.m), ...section((k) => k.ofMutex, { sleep: mightSleep }) };
  // That of a mutex disables preemption by itself.
  assert.match(await said(ofMutex), /^locking: a step may sleep/);
});

test("a count never comes round to what a reader has begun with", async () => {
  const again: Steps = {
    lock: lock(a),
    begin: rawWriteSeqcountBegin((k: K) => k.twice),
    end: rawWriteSeqcountEnd((k: K) => k.twice),
    unlock: unlock(a),
    again: () => "lock",
  };
  assert.match(await said(again), /^in-range: twice would become 5, and counts to 4: .* seqcountFor/);
  assert.match(
    await said(underLock({ more: writeSeqcountInvalidate(seq), "smp_mb()": smpMb, again: () => "more" })),
    /^in-range: seq would become 4, and counts to 2/,
  );
});

test("a sequence count is used as one", () => {
  const errorOf = (step: unknown): string => modelError(() => check(programOf({ step }))).message;
  const thrown = (body: () => unknown): string => modelError(body).message;
  assert.match(
    thrown(() => writeSeqcountBegin(undefined as never)),
    /was given no function/,
  );
  assert.match(
    thrown(() => readSeqcountBegin(seq, undefined as never)),
    /was not told what it has read/,
  );
  assert.match(
    thrown(() => rawSeqcountTryBegin(seq, keep, undefined as never)),
    /was not told where to go if it is odd/,
  );
  assert.match(
    thrown(() => readSeqcountRetry(seq, began, undefined as never)),
    /was not told where to go/,
  );
  assert.match(
    thrown(() => seqcountFor(0)),
    /is no number of write sections/,
  );
  assert.match(
    thrown(() => world({ s: inWord("w", seqcount) })),
    /cannot be a part of a word/,
  );
  assert.match(
    thrown(() => world({ sem: rwsem, s: guarded("sem", seqcount) })),
    /'s' is a seqcount, and cannot be guarded by 'sem'/,
  );
  assert.match(
    errorOf((k: { seq: number }) => void (k.seq = 1)),
    /'seq' is a seqcount, and cannot be assigned/,
  );
  assert.match(errorOf(lock((k: K) => k.seq)), /lock\(\) was given what is no lock/);
  assert.match(errorOf(rawReadSeqcount(a as never, keep)), /rawReadSeqcount\(\) was given what is no seqcount/);
});

test("a patch takes a group of steps as one", () => {
  const path = w.path(
    "write",
    {},
    {
      first: () => {},
      begin: rawWriteSeqcountBegin((k) => k.seq),
      end: rawWriteSeqcountEnd((k) => k.seq),
    },
  );
  const begin = ["begin", "begin: smp_wmb()"];
  const end = ["end", "end: s->sequence++"];
  assert.deepEqual(path.labels, ["first", ...begin, ...end]);
  const labelsOf = (patch: Parameters<typeof path.with>[0]): readonly string[] => path.with(patch as never).labels;
  assert.deepEqual(labelsOf({ drop: ["begin"] }), ["first", ...end]);
  assert.deepEqual(labelsOf({ replace: { end: () => {} } }), ["first", ...begin, "end"]);
  assert.deepEqual(labelsOf({ replace: { first: rawWriteSeqcountEnd((k: K) => k.seq) as never } }).slice(0, 3), [
    "first",
    "first: s->sequence++",
    "begin",
  ]);
  const more = path.with({ after: { begin: { more: rawWriteSeqcountBegin((k) => k.seq) } } });
  assert.deepEqual(more.labels, ["first", ...begin, "more", "more: smp_wmb()", ...end]);
  assert.deepEqual(more.with({ drop: ["more"] }).labels, path.labels);
  assert.deepEqual(
    w.path("sequence", {}, { a: () => {}, b: rawWriteSeqcountEnd((k) => k.seq) }, { sequence: ["b", "a"] }).labels,
    ["b", "b: s->sequence++", "a"],
  );
});
