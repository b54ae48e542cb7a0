import assert from "node:assert/strict";
import { test } from "node:test";
import { bool, bugOn, complete, completeAll, completion, lock, once, reinitCompletion, spinlock } from "faultline";
import { tryWaitForCompletion, unlock, waitForCompletion, world } from "faultline";
import type { StateOf } from "faultline";
import { saidOf } from "./said.ts";
import { check, modelError, toy } from "./toy.ts";

const w = world({ done: completion, a: spinlock, x: bool });
type K = StateOf<typeof w>;
type Steps = Readonly<Record<string, unknown>>;
const done = (k: K): number => k.done;
const seeX = once((k: K) => bugOn(!k.x, "it comes too early"));
const setX = once((k: K) => void (k.x = true));

async function said(...threads: readonly Steps[]): Promise<string> {
  const paths = threads.map((steps, t) => w.path(`p${t}`, {}, steps as { go: () => void }));
  const program = toy({ world: w, threads: { t: paths } });
  return saidOf(program);
}

test("who waits for a completion sees what came before it, once for each complete()", async () => {
  const waiter = { wait: waitForCompletion(done), "x?": seeX };
  assert.equal(await said(waiter, { "x = 1": setX, complete: complete(done) }), "");
  assert.equal(await said(waiter, waiter, { "x = 1": setX, all: completeAll(done) }), "");
  assert.match(await said(waiter, waiter, { "x = 1": setX, complete: complete(done) }), /^not-stuck/);
  assert.match(await said(waiter, { complete: complete(done), "x = 1": setX }), /^no-bug: it comes too early/);
  const again = {
    wait: waitForCompletion(done),
    reinit: reinitCompletion(done),
    "wait again": waitForCompletion(done),
  };
  assert.match(await said(again, { all: completeAll(done) }), /^not-stuck/);
  const tries = { try: tryWaitForCompletion(done)("end"), "x?": seeX, end: () => {} };
  assert.equal(await said(tries, { "x = 1": setX, complete: complete(done) }), "");
});

test("to wait for a completion sleeps, and nothing but its operations changes it", async () => {
  assert.equal(
    await said(
      { lock: lock((k: K) => k.a), wait: waitForCompletion(done), unlock: unlock((k: K) => k.a) },
      { c: complete(done) },
    ),
    "locking: done, a completion, is waited for while this CPU holds a lock that others spin for",
  );
  const errorOf = (step: unknown): string =>
    modelError(() => check(toy({ world: w, threads: { p: w.path("p", {}, { step } as { step: () => void }) } })))
      .message;
  assert.match(
    errorOf((k: { done: number }) => void (k.done = 1)),
    /'done' is a completion, and cannot be assigned/,
  );
  assert.match(errorOf(lock(done)), /lock\(\) was given what is no lock/);
  assert.match(errorOf(complete((k: K) => k.a)), /complete\(\) was given what is no completion/);
});
