import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bool,
  bugOn,
  full,
  int,
  interrupt,
  ipiAll,
  irqsOff,
  irqsOn,
  lock,
  lockIrq,
  mightSleep,
  mutex,
  once,
  preemptOff,
  preemptOn,
  rcuReadLock,
  rcuReadUnlock,
  rwsem,
  lockShared,
  seqcount,
  spinlock,
  symmetric,
  synchronizeRcu,
  unlock,
  unlockIrq,
  waitForCompletion,
  completion,
  world,
  writeSeqcountBegin,
  writeSeqcountEnd,
} from "faultline";
import type { StateOf } from "faultline";
import type { Interrupt } from "../../src/model/contexts.ts";
import { MEMORY_MODELS, type MemoryModel } from "../../src/model/memory.ts";
import type { Threads } from "../../src/model/scenario.ts";
import { searched } from "../search/searched.ts";
import { saidOf } from "./said.ts";
import { check, modelError, toy } from "./toy.ts";

const w = world({
  a: spinlock,
  m: mutex,
  sem: rwsem,
  done: completion,
  plain: seqcount,
  x: bool,
  y: bool,
  n: int(0, 3),
});
type K = StateOf<typeof w>;
type Steps = Readonly<Record<string, unknown>>;

const a = (k: K): boolean => k.a;
const pathOf = (name: string, steps: Steps) => w.path(name, {}, steps as { step: () => void });
const programOf = (threads: Readonly<Record<string, Steps>>, interrupts: Readonly<Record<string, Steps>> = {}) =>
  toy({
    world: w,
    threads: {
      ...Object.fromEntries(Object.entries(threads).map(([name, steps]) => [name, pathOf(name, steps)])),
      ...Object.fromEntries(
        Object.entries(interrupts).map(([on, steps]): [string, Interrupt] => [
          `irq of ${on}`,
          interrupt(on, pathOf(`handler of ${on}`, steps)),
        ]),
      ),
    },
  });
const said = (...given: Parameters<typeof programOf>): Promise<string> => saidOf(programOf(...given));

const setX = once((k: K) => void (k.x = true));
const clearX = once((k: K) => void (k.x = false));
const noX = once((k: K) => bugOn(k.x, "x is set"));

test("an interrupt comes where interrupts are on, runs to its end, and its CPU waits meanwhile", async () => {
  const handler = { "x?": noX };
  assert.match(await said({ t: { set: setX, clear: clearX } }, { t: handler }), /^no-bug: x is set/);
  assert.equal(await said({ t: { off: irqsOff, set: setX, clear: clearX, on: irqsOn } }, { t: handler }), "");
  // Another CPU's interrupts are its own.
  assert.match(
    await said({ t: { off: irqsOff, set: setX, clear: clearX, on: irqsOn }, u: { go: () => {} } }, { u: handler }),
    /^no-bug: x is set/,
  );
  const both = { set: setX, clear: clearX };
  assert.equal(await said({ t: { "x?": noX } }, { t: both }), "");
  assert.match(await said({ t: { "x?": noX }, u: { go: () => {} } }, { u: both }), /^no-bug: x is set/);
});

test("turned off twice, interrupts are on again after the second time", async () => {
  const nested = (steps: Steps): Steps => ({
    off: irqsOff,
    "off again": irqsOff,
    on: irqsOn,
    ...steps,
    "on again": irqsOn,
  });
  assert.equal(await said({ t: nested({ set: setX, clear: clearX }) }, { t: { "x?": noX } }), "");
  assert.equal(await said({ t: { on: irqsOn } }), "locking: interrupts are turned on, without having been turned off");
  assert.equal(await said({ t: { off: irqsOff } }), "locking: the thread ends with interrupts off");
  assert.equal(await said({ t: { off: preemptOff } }), "locking: the thread ends with preemption off");
});

test("an interrupt that waits for a lock of the thread on its CPU waits for ever", async () => {
  const section = { lock: lock(a), unlock: unlock(a) };
  const irq = { lock: lockIrq(a), unlock: unlockIrq(a) };
  assert.match(await said({ t: section }, { t: section }), /^not-stuck/);
  assert.equal(await said({ t: irq }, { t: section }), "");
  assert.equal(await said({ t: irq, u: section, v: section }, { t: section }), "");
});

test("one must not sleep with interrupts or preemption off, nor in an interrupt", async () => {
  const sleeps = { "mutex_lock(&m)": lock((k: K) => k.m), unlock: unlock((k: K) => k.m) };
  const within = (off: unknown, on: unknown, steps: Steps): Steps => ({ off, ...steps, on });
  const taken = "locking: m, a mutex, is taken, which may sleep,";
  assert.equal(await said({ t: within(irqsOff, irqsOn, sleeps) }), `${taken} with interrupts off`);
  assert.equal(await said({ t: within(preemptOff, preemptOn, sleeps) }), `${taken} with preemption off`);
  assert.equal(await said({ t: { go: () => {} } }, { t: sleeps }), `${taken} in an interrupt`);
  assert.equal(
    await said({ t: within(irqsOff, irqsOn, { sleep: mightSleep }) }),
    "locking: a step may sleep with interrupts off",
  );
  assert.match(
    await said({ t: within(irqsOff, irqsOn, { read: lockShared((k: K) => k.sem) }) }),
    /with interrupts off$/,
  );
  assert.match(
    await said({ t: within(preemptOff, preemptOn, { wait: waitForCompletion((k: K) => k.done) }) }),
    /with preemption off$/,
  );
  assert.equal(
    await said({ t: within(irqsOff, irqsOn, { sync: synchronizeRcu }) }),
    "locking: synchronize_rcu() sleeps with interrupts off",
  );
});

test("who has preemption off may write a sequence count", async () => {
  const plain = (k: K): number => k.plain;
  const write = { begin: writeSeqcountBegin(plain), end: writeSeqcountEnd(plain) };
  assert.equal(await said({ t: { off: preemptOff, ...write, on: preemptOn } }), "");
  assert.equal(await said({ t: { off: irqsOff, ...write, on: irqsOn } }), "");
});

test("an IPI is waited for until each CPU that has interrupts off has turned them on", async () => {
  const section = { off: irqsOff, set: setX, clear: clearX, on: irqsOn };
  const sender = { "smp_call_function()": ipiAll(), "x?": noX };
  // Who begins later is not waited for.
  assert.match(await said({ s: sender, t: section }), /^no-bug: x is set/);
  const gate: Steps = {
    off: irqsOff,
    "x = 1": setX,
    "y?": full((k: K) => (k.y ? "on" : undefined)),
    "use it": full((k: K) => bugOn(k.n === 1, "used after it was freed")),
    on: irqsOn,
  };
  const frees = (waits: boolean): Steps => ({
    "y = 1": full((k: K) => void (k.y = true)),
    ...(waits && { "tlb_remove_table_sync_one()": ipiAll() }),
    "free it": full((k: K) => void (k.n = 1)),
  });
  assert.equal(await said({ s: frees(true), t: gate }), "");
  assert.match(await said({ s: frees(false), t: gate }), /^no-bug: used after it was freed/);
  const unprotected = { ...gate, off: () => {}, on: () => {} };
  assert.match(await said({ s: frees(true), t: unprotected }), /^no-bug: used after it was freed/);
});

test("an IPI runs its step once on each other CPU", async () => {
  const sender = {
    "smp_call_function()": ipiAll((k: K, cpu: number) => {
      bugOn(cpu === 0, "on the sender's own");
      k.n += cpu;
    }, "full"),
    "n?": once((k: K) => bugOn(k.n !== 3, `it is not 3`)),
  };
  assert.equal(await said({ s: sender, t: { go: () => {} }, u: { off: irqsOff, on: irqsOn } }), "");
});

test("the step of an IPI knows the sender's locals", async () => {
  const send = w.path(
    "send",
    { generation: int(0, 3) },
    {
      "inc_mm_tlb_gen(mm)": full((k, me) => {
        me.generation = 2;
        k.n = 1;
      }),
      "flush_tlb_func()": ipiAll((k: K, _cpu, { generation }: { generation: number }) => {
        k.n = generation;
      }, "full"),
      "n?": full((k) => bugOn(k.n !== 2, "the handler has not got what the sender remembers")),
    },
  );
  assert.equal(await saidOf(toy({ world: w, threads: { send, other: pathOf("other", { go: () => {} }) } })), "");
});

test("an IPI is not sent and waited for with interrupts off, nor in an interrupt", async () => {
  const off = /^locking: an IPI is sent and waited for with interrupts off: two CPUs/;
  assert.match(await said({ s: { off: irqsOff, ipi: ipiAll(), on: irqsOn }, t: { go: () => {} } }), off);
  assert.match(await said({ s: { go: () => {} } }, { s: { ipi: ipiAll() } }), /^locking: .* in an interrupt/);
});

test("who spins with interrupts off for one that waits for its IPI waits for ever", async () => {
  const spinner = { off: irqsOff, lock: lock(a), unlock: unlock(a), on: irqsOn };
  assert.match(await said({ s: { lock: lock(a), ipi: ipiAll(), unlock: unlock(a) }, t: spinner }), /^not-stuck/);
});

test("a grace period waits for those with preemption or interrupts off", async () => {
  const reader = (begin: unknown, end: unknown): Steps => ({
    begin,
    "x?": full((k: K) => (k.x ? "end" : undefined)),
    "use it": full((k: K) => bugOn(k.y, "used after it was freed")),
    end,
  });
  const writer = {
    "x = 1": full((k: K) => void (k.x = true)),
    "synchronize_rcu()": synchronizeRcu,
    "free it": full((k: K) => void (k.y = true)),
  };
  for (const [begin, end] of [
    [irqsOff, irqsOn],
    [preemptOff, preemptOn],
    [rcuReadLock, rcuReadUnlock],
  ])
    assert.equal(await said({ r: reader(begin, end), w: writer }), "");
  const none = (): void => {};
  assert.match(await said({ r: reader(none, none), w: writer }), /^no-bug/);
  // And for interrupts.
  assert.equal(await said({ r: { go: none }, w: writer }, { r: reader(none, none) }), "");
});

test("what turns interrupts or preemption on goes on where it is told, also beside a grace period", async () => {
  for (const [begin, end] of [
    [irqsOff, irqsOn],
    [preemptOff, preemptOn],
    [rcuReadLock, rcuReadUnlock],
  ] as const) {
    const passes = { begin, end: end.then("over"), "not here": full(() => bugOn(true, "it went on")), over: setX };
    const waiter = { "synchronize_rcu()": synchronizeRcu };
    assert.equal(await said({ r: passes, w: waiter }), "");
    const falls = { ...passes, begin: begin.then("not here"), end };
    assert.match(await said({ r: falls, w: waiter }), /^no-bug/);
    assert.match(modelError(() => begin.when(() => false)).message, /^what begins or ends .* has no when\(\)$/);
  }
});

test("an interrupt comes on the CPU of a thread", () => {
  const handler = pathOf("handler", { go: () => {} });
  const errorOf = (body: () => unknown): string => modelError(body).message;
  assert.match(
    errorOf(() => check(toy({ world: w, threads: { fault: handler, irq: interrupt("falt", handler) } }))),
    /an interrupt comes on the CPU of 'falt', which is no thread.*fault/s,
  );
  assert.match(
    errorOf(() => interrupt("t", {} as never)),
    /interrupt\(\.\.\.\) was given an object/,
  );
  assert.match(
    errorOf(() => ipiAll("x" as never)),
    /ipiAll\(\) was given/,
  );
});

test("two senders of IPIs, and an interrupt on the CPU of one of them, do not wait for each other", async () => {
  const sender = { "smp_call_function()": ipiAll((k: K) => void (k.x = true)) };
  const section = { lock: lock(a), unlock: unlock(a) };
  assert.equal(await said({ s: sender, t: sender }), "");
  assert.equal(await said({ s: sender, t: section }, { s: section }), "");
});

test("threads to which IPIs come may be symmetric", async () => {
  const reader = pathOf("reader", { off: irqsOff, "x?": noX, on: irqsOn });
  const idle = pathOf("idle", { go: () => {} });
  const sender = pathOf("sender", { "smp_call_function()": ipiAll(), handler: ipiAll((k: K) => void (k.y = true)) });
  for (const path of [reader, idle]) {
    const states = async (of: Threads[string], memory: MemoryModel): Promise<number> => {
      const { states: count, found } = await searched(toy({ world: w, threads: { of, sender } }), { memory });
      assert.equal(found.size, 0);
      return count;
    };
    for (const memory of MEMORY_MODELS)
      assert.ok(
        (await states(
          symmetric(2, () => path),
          memory,
        )) < (await states([path, path], memory)),
        memory,
      );
  }
});
