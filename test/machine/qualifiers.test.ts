import assert from "node:assert/strict";
import { test } from "node:test";
import {
  acquire,
  atomic,
  bool,
  full,
  noreturn,
  once,
  relaxed,
  release,
  smpMb,
  smpMbAfterAtomic,
  smpMbAfterSpinlock,
  smpMbAfterUnlockLock,
  smpMbBeforeAtomic,
  smpRmb,
  smpWmb,
  world,
} from "faultline";
import { check, specOf, toy } from "./toy.ts";

const w = world({ x: bool, end: bool });
const nothing = (): void => {};

const path = w.path(
  "path",
  {},
  {
    plain: nothing,
    full: full(nothing),
    once: once(nothing),
    acquire: acquire(nothing),
    release: release(nothing),
    relaxed: relaxed(nothing),
    noreturn: noreturn(nothing),
    mb: smpMb,
    rmb: smpRmb,
    wmb: smpWmb,
    "before-atomic": smpMbBeforeAtomic,
    "after-atomic": smpMbAfterAtomic,
    "after-spinlock": smpMbAfterSpinlock,
    "after-unlock-lock": smpMbAfterUnlockLock,
    both: atomic("one store", acquire(nothing)),
    "both the other way": acquire(atomic("one store", nothing)),
    last: (k) => {
      k.end = true;
    },
  },
);

test("a trace says of each step what its operation promises", () => {
  const result = check(toy({ world: w, threads: { path }, specs: [w.sometimes("end", "it ends", (k) => k.end)] }));
  const promised = specOf(result, "end").trace!.steps.map(({ label, order, atomic }) => [label, order, atomic]);
  const named = path.labels.slice(1, 14).map((label) => [label, label, undefined]);
  assert.deepEqual(promised, [
    ["plain", "full", undefined],
    ...named,
    ["both", "acquire", "one store"],
    ["both the other way", "acquire", "one store"],
    ["last", "full", undefined],
  ]);
});

test("under sequential consistency the qualifiers change nothing", () => {
  const store = (k: { x: boolean }): void => {
    k.x = !k.x;
  };
  const count = (qualify: (step: typeof store) => ReturnType<typeof once<{ x: boolean }, unknown, void>>) => {
    const flips = w.path("flips", {}, { one: qualify(store), two: qualify(store) });
    const { states, transitions, depth } = check(toy({ world: w, threads: { a: flips, b: flips } })).search;
    return { states, transitions, depth };
  };
  const strongest = count(full);
  for (const qualifier of [once, acquire, release, relaxed, noreturn]) assert.deepEqual(count(qualifier), strongest);
});
