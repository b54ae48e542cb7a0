import assert from "node:assert/strict";
import { test } from "node:test";
import {
  interrupt,
  irqsOn,
  lock,
  lockIrq,
  lockShared,
  rwlock,
  spinlock,
  trylock,
  unlock,
  unlockIrq,
  unlockShared,
  world,
} from "faultline";
import type { StateOf } from "faultline";
import { unsafeInInterrupts } from "../../src/analysis/irq-locks.ts";
import { check, toy } from "../machine/toy.ts";

const w = world({ a: spinlock, rw: rwlock });
type K = StateOf<typeof w>;
type Steps = Readonly<Record<string, unknown>>;

const a = (k: K): boolean => k.a;
const rw = (k: K): number => k.rw;
const pathOf = (name: string, steps: Steps) => w.path(name, {}, steps as { go: () => void });
/** The lock is taken by one thread, and in an interrupt of another, which does not take it: no schedule gets stuck. */
const programOf = (thread: Steps, handler: Steps) =>
  toy({
    world: w,
    threads: {
      fault: pathOf("fault", thread),
      other: pathOf("other", { go: () => {} }),
      irq: interrupt("other", pathOf("handler", handler)),
    },
  });
const said = (thread: Steps, handler: Steps): readonly string[] => unsafeInInterrupts(programOf(thread, handler));
const section: Steps = { "spin_lock(&a)": lock(a), "spin_unlock(&a)": unlock(a) };

test("a lock that is taken in an interrupt, and with interrupts on, is told with both", () => {
  const result = check(programOf(section, section));
  assert.ok(result.specs.every(({ verdict }) => verdict === "holds"));
  assert.deepEqual(result.oddities, [
    "a is taken in an interrupt, in 'spin_lock(&a)' of irq, and with interrupts on, in 'spin_lock(&a)' of fault: " +
      "an interrupt that comes there waits for its own CPU",
  ]);
});

test("with interrupts off, by trying, and among readers it is not told", () => {
  const off = { "spin_lock_irqsave(&a)": lockIrq(a), "spin_unlock_irqrestore(&a)": unlockIrq(a) };
  assert.deepEqual(said(off, section), []);
  assert.deepEqual(said(section, { try: trylock(a)("end"), unlock: unlock(a), end: () => {} }), []);
  const read = { read: lockShared(rw), up: unlockShared(rw) };
  assert.deepEqual(said(read, read), []);
  assert.equal(said({ write: lock(rw), up: unlock(rw) }, read).length, 1);
});

test("interrupts that are turned on while the lock is held are seen", () => {
  const early: Steps = { "spin_lock_irq(&a)": lockIrq(a), "local_irq_enable()": irqsOn, "spin_unlock(&a)": unlock(a) };
  assert.equal(said(early, section).length, 1);
});
