import assert from "node:assert/strict";
import { test } from "node:test";
import { bool, done, lock, lockShared, mutex, once, rwsem, trylock, unlock, unlockShared, world } from "faultline";
import type { StateOf } from "faultline";
import { lockInversions } from "../../src/analysis/lock-order.ts";
import { check, toy } from "../machine/toy.ts";

const w = world({ a: mutex, b: mutex, c: mutex, sem: rwsem, go: bool, x: bool });
type K = StateOf<typeof w>;
type Name = "a" | "b" | "c";
type Steps = Readonly<Record<string, unknown>>;

const take = (...names: readonly Name[]): Steps => ({
  ...Object.fromEntries(names.map((name) => [`lock ${name}`, lock((k: K) => k[name])])),
  ...Object.fromEntries(names.toReversed().map((name) => [`unlock ${name}`, unlock((k: K) => k[name])])),
});
/** What runs before the others do. */
const first = (steps: Steps): Steps => ({ ...steps, "go = true": once((k: K) => void (k.go = true)) });
const later = (steps: Steps): Steps => ({ "go?": once((k: K) => (k.go ? undefined : "go?")), ...steps });

const programOf = (...threads: readonly Steps[]) =>
  toy({
    world: w,
    threads: Object.fromEntries(
      threads.map((steps, t) => [`t${t}`, w.path(`p${t}`, { got: bool }, steps as { go: () => void })]),
    ),
  });
const said = (...threads: readonly Steps[]): readonly string[] => lockInversions(programOf(...threads));

test("locks that are taken in a circle are told with each chain, though no schedule gets stuck", () => {
  const program = programOf(first(take("a", "b")), later(take("b", "a")));
  const result = check(program);
  assert.ok(result.specs.every(({ verdict }) => verdict === "holds"));
  assert.deepEqual(result.oddities, [
    "locks are taken in a circle, which may become a deadlock: t0 takes a in 'lock a', then b in 'lock b'; " +
      "t1 takes b in 'lock b', then a in 'lock a'",
  ]);
  assert.equal(said(first(take("a", "b")), later(take("b", "c")), later(take("c", "a"))).length, 1);
});

test("readers count: a writer may wait in between", () => {
  const reader = {
    "down_read(&sem)": lockShared((k: K) => k.sem),
    ...take("a"),
    "up_read(&sem)": unlockShared((k: K) => k.sem),
  };
  const other = {
    "lock a": lock((k: K) => k.a),
    read: lockShared((k: K) => k.sem),
    up: unlockShared((k: K) => k.sem),
    "unlock a": unlock((k: K) => k.a),
  };
  assert.equal(said(first(reader), later(other)).length, 1);
});

test("one order, one lock after the other, and a lock around both are no circle", () => {
  assert.deepEqual(said(take("a", "b"), take("a", "b")), []);
  assert.deepEqual(said(take("a"), { ...take("b"), ...take("a") }), []);
  assert.deepEqual(said(take("c", "a", "b"), take("c", "b", "a")), []);
});

test("who only tries waits for nothing, and what was not got is not held", () => {
  const tries = {
    "lock b": lock((k: K) => k.b),
    "try a": trylock((k: K) => k.a)("unlock b"),
    "unlock a": unlock((k: K) => k.a),
    "unlock b": unlock((k: K) => k.b),
  };
  assert.deepEqual(said(take("a", "b"), tries), []);
  // It takes a only where it has not got b.
  const either = {
    "try b": trylock((k: K) => k.b).then((_: K, me: { got: boolean }, got) => void (me.got = got)),
    "lock a": lock((k: K) => k.a).when((_: K, { got }: { got: boolean }) => !got),
    "unlock a": unlock((k: K) => k.a).when((_: K, { got }: { got: boolean }) => !got),
    "unlock b": unlock((k: K) => k.b).when((_: K, { got }: { got: boolean }) => got),
  };
  assert.deepEqual(said(take("a", "b"), either), []);
  const both = { ...either, "lock a": lock((k: K) => k.a), "unlock a": unlock((k: K) => k.a) };
  assert.equal(said(take("a", "b"), both).length, 1);
  assert.deepEqual(said({ end: () => done }), []);
});
