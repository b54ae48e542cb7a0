import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bool,
  bugOn,
  done,
  finishWait,
  inWord,
  int,
  lock,
  once,
  prepareToWait,
  prepareToWaitExclusive,
  schedule,
  setCurrentState,
  setRunning,
  spinlock,
  struct,
  symmetric,
  task,
  unlock,
  waitEvent,
  waitEventExclusive,
  waitQueue,
  wakeUp,
  wakeUpAll,
  wakeUpProcess,
  world,
} from "faultline";
import type { StateOf } from "faultline";
import { saidOf } from "./said.ts";
import { check, modelError, toy } from "./toy.ts";

const w = world({ wq: waitQueue, sleeper: task, a: spinlock, c: bool, n: int(0, 2), page: struct({ wq: waitQueue }) });
type K = StateOf<typeof w>;
type Steps = Readonly<Record<string, unknown>>;

const wq = (k: K): number => k.wq;
const isSet = (k: K): boolean => k.c;
const set = once((k: K) => void (k.c = true));
const pathOf = (name: string, steps: Steps) => w.path(name, {}, steps as { step: () => void });
const said = (...threads: readonly Steps[]): Promise<string> =>
  saidOf(toy({ world: w, threads: { t: threads.map((steps, t) => pathOf(`p${t}`, steps)) } }));
const waiter = { wait: waitEvent(wq, isSet), "c?": once((k: K) => bugOn(!k.c, "woken too early")) };
const byHand: Steps = {
  prepare: prepareToWait(wq),
  "c?": once((k: K) => (k.c ? "finish" : undefined)),
  sleep: schedule(wq),
  again: () => "prepare",
  finish: finishWait(wq),
};

test("who waits for an event is woken, however the waker comes in between", async () => {
  assert.equal(await said(waiter, { set, wake: wakeUp(wq) }), "");
  assert.equal(await said(byHand, { set, wake: wakeUp(wq) }), "");
  // The wake-up of another event changes nothing.
  assert.equal(await said(waiter, { early: wakeUp(wq), set, wake: wakeUp(wq) }), "");
});

test("a wake-up is lost that comes before what is waited for, or while nobody has got ready to sleep", async () => {
  assert.match(await said(waiter, { wake: wakeUp(wq), set }), /^not-stuck/);
  const tooLate: Steps = {
    "c?": once((k: K) => (k.c ? done : undefined)),
    prepare: prepareToWait(wq),
    sleep: schedule(wq),
    finish: finishWait(wq),
  };
  assert.match(await said(tooLate, { set, wake: wakeUp(wq) }), /^not-stuck/);
});

test("of those that wait exclusively one is woken, and all others", async () => {
  const alone = { wait: waitEventExclusive(wq, isSet) };
  assert.match(await said(alone, alone, { set, wake: wakeUp(wq) }), /^not-stuck/);
  assert.equal(await said(alone, alone, { set, wake: wakeUpAll(wq) }), "");
  assert.equal(await said(alone, waiter, { set, wake: wakeUp(wq) }), "");
  const passesOn = { ...alone, next: wakeUp(wq) };
  assert.match(await said(alone, passesOn, { set, wake: wakeUp(wq) }), /^not-stuck/);
  assert.equal(await said(passesOn, passesOn, { set, wake: wakeUp(wq) }), "");
});

test("waiters may be symmetric", () => {
  const threads = {
    waiter: symmetric(3, () => pathOf("waiter", waiter)),
    waker: pathOf("waker", { set, wake: wakeUp(wq) }),
  };
  const program = toy({ world: w, threads });
  const { specs } = check(program);
  assert.deepEqual(
    specs.filter(({ trace }) => trace),
    [],
  );
});

test("a task sleeps until it is woken", async () => {
  const sleeper = (k: K): boolean => k.sleeper;
  const kthread: Steps = {
    state: setCurrentState(sleeper),
    "c?": once((k: K) => (k.c ? "run" : undefined)),
    sleep: schedule(sleeper),
    again: () => "state",
    run: setRunning(sleeper),
  };
  assert.equal(await said(kthread, { set, wake: wakeUpProcess(sleeper) }), "");
  assert.match(await said(kthread, { wake: wakeUpProcess(sleeper), set }), /^not-stuck/);
});

test("to wait in a queue sleeps, and nothing but its operations changes it", async () => {
  const a = (k: K): boolean => k.a;
  assert.equal(
    await said({ lock: lock(a), wait: waitEvent(wq, isSet), unlock: unlock(a) }, { set, wake: wakeUp(wq) }),
    "locking: wait_event() may sleep while this CPU holds a lock that others spin for",
  );
  assert.equal(
    await said({ prepare: prepareToWaitExclusive(wq), lock: lock(a), sleep: schedule(wq) }),
    "locking: schedule() sleeps while this CPU holds a lock that others spin for",
  );
  const errorOf = (step: unknown): string =>
    modelError(() => check(toy({ world: w, threads: { p: pathOf("p", { step }) } }))).message;
  assert.match(
    errorOf((k: { wq: number }) => void (k.wq = 1)),
    /'wq' is a wait queue, and cannot be assigned/,
  );
  assert.match(
    errorOf((k: { sleeper: boolean }) => void (k.sleeper = true)),
    /'sleeper' is a task, and cannot be/,
  );
  assert.match(errorOf(wakeUp(a as never)), /wakeUp\(\) was given what is no waitQueue/);
  assert.match(errorOf(setCurrentState(wq as never)), /setCurrentState\(\) was given what is no task/);
  assert.match(errorOf(schedule(a as never)), /schedule\(\) was given neither a waitQueue nor a task/);
  assert.match(modelError(() => world({ q: inWord("w", waitQueue) })).message, /cannot be a part of a word/);
});
