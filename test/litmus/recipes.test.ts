import assert from "node:assert/strict";
import { test } from "node:test";
import { answer } from "../../src/litmus/answer.ts";
import { readLitmus } from "../../src/litmus/read.ts";

/*
 * What examples/recipes rest on under LKMM, as litmus tests: there every execution is gone through, by the axioms alone. What a
 * recipe leaves out where it is broken makes them possible.
 */

const verdict = async (body: string): Promise<string> => {
  const { observation, undecided } = await answer(readLitmus("t.litmus", `C t\n{ }\n${body}\n`), "lkmm");
  assert.equal(undecided.length, 0);
  return observation;
};

interface Shape {
  readonly what: string;
  /** With the step that the recipe leaves out where it is broken. */
  readonly body: (step: string) => string;
  readonly step: string;
}

const SHAPES: readonly Shape[] = [
  {
    what: "seqlock: smp_rmb() in front of the second look at the count",
    step: "smp_rmb();",
    body: (step) => `
P0(int *seq, int *a, int *b) { WRITE_ONCE(*seq, 1); smp_wmb(); WRITE_ONCE(*a, 1); WRITE_ONCE(*b, 1); smp_wmb(); WRITE_ONCE(*seq, 2); }
P1(int *seq, int *a, int *b) { int r0 = smp_load_acquire(seq); int r1 = READ_ONCE(*a); int r2 = READ_ONCE(*b); ${step} int r3 = READ_ONCE(*seq); }
exists (1:r0=0 /\\ 1:r1=1 /\\ 1:r2=0 /\\ 1:r3=0)`,
  },
  {
    what: "rcu-list: a grace period between taking out and freeing",
    step: "synchronize_rcu();",
    body: (step) => `
P0(int *gone, int *freed) { WRITE_ONCE(*gone, 1); ${step} WRITE_ONCE(*freed, 1); }
P1(int *gone, int *freed) { rcu_read_lock(); int r0 = READ_ONCE(*gone); int r1 = READ_ONCE(*freed); rcu_read_unlock(); }
exists (1:r0=0 /\\ 1:r1=1)`,
  },
  {
    what: "wait-event: the barrier of set_current_state()",
    step: "smp_mb();",
    body: (step) => `
P0(int *queued, int *ready) { WRITE_ONCE(*queued, 1); ${step} int r0 = READ_ONCE(*ready); }
P1(int *queued, int *ready) { WRITE_ONCE(*ready, 1); smp_mb(); int r0 = READ_ONCE(*queued); }
exists (0:r0=0 /\\ 1:r0=0)`,
  },
  {
    what: "percpu-ref: a grace period between the flag and the sum",
    step: "synchronize_rcu();",
    body: (step) => `
P0(int *dead, int *count) { rcu_read_lock(); int r0 = READ_ONCE(*dead); WRITE_ONCE(*count, 1); rcu_read_unlock(); }
P1(int *dead, int *count) { WRITE_ONCE(*dead, 1); ${step} int r0 = READ_ONCE(*count); }
exists (0:r0=0 /\\ 1:r0=0)`,
  },
];

for (const { what, step, body } of SHAPES)
  test(what, async () => {
    assert.equal(await verdict(body(step)), "Never");
    assert.equal(await verdict(body("")), "Sometimes");
  });

test("a grace period need not come behind a critical section that ended before it began, if only time says so", async () => {
  const body = (load: string): string => `
P0(int *x, int *y) { int r0 = READ_ONCE(*y); synchronize_rcu(); int r1 = READ_ONCE(*x); }
P1(int *x) { rcu_read_lock(); WRITE_ONCE(*x, 1); rcu_read_unlock(); }
P2(int *x, int *y) { int r0 = ${load}; WRITE_ONCE(*y, 1); }
exists (0:r0=1 /\\ 0:r1=0 /\\ 2:r0=1)`;
  assert.equal(await verdict(body("READ_ONCE(*x)")), "Sometimes");
  assert.equal(await verdict(body("smp_load_acquire(x)")), "Never");
});
