import assert from "node:assert/strict";
import { test } from "node:test";
import { array, bool, choose, done, world } from "faultline";
import type { StateOf } from "faultline";
import { compile } from "../../src/compile/compiled.ts";
import { ModelError } from "../../src/model/error.ts";
import { toy } from "../machine/toy.ts";
import { assertAgreement } from "./agreement.ts";

// What depends on the number of these bits cannot be taken apart: there are 2^24 ways to read them.
const BITS = 24;
const w = world({ bits: array(BITS, bool), never: array(BITS, bool) });
const count = (k: StateOf<typeof w>): number => k.bits.filter(Boolean).length;

/** Sets every second bit one after the other, and may end at any time. */
const setter = (first: number) =>
  w.path(
    `setter ${first}`,
    {},
    {
      "set a bit": (k) => {
        if (choose(true, false)) return done;
        for (let i = first; i < BITS; i += 2)
          if (!k.bits[i]) {
            k.bits[i] = true;
            return "set a bit";
          }
      },
    },
  );
const threads = { even: setter(0), odd: setter(1) };

test("specs that read too much to be taken apart are judged state by state", async () => {
  const specs = [
    w.always("below-9", "fewer than 9 bits are set", (k) => count(k) < 9 || `${count(k)} are`),
    w.always("at-most-24", "at most 24 bits are set", (k) => count(k) <= 24),
    w.atEnd("not-7", "it does not end with 7 bits", (k) => count(k) !== 7),
    w.atEnd("at-most-24-at-end", "at most 24 bits are set", (k) => count(k) <= 24),
    w.sometimes("15", "15 bits are set", (k) => count(k) === 15),
    w.sometimes("25", "25 bits are set", (k) => count(k) + k.never.filter(Boolean).length === 25),
    w.sometimes("none", "no bits are set", (k) => count(k) === 0),
  ];
  const program = toy({ world: w, threads, specs });
  assert.deepEqual(new Set(compile(program, false).specs), new Set([undefined]));
  const agreed = await assertAgreement(program, { threads: 2 });
  assert.ok(!(agreed instanceof ModelError));
  const { verdicts } = agreed.verdicts;
  assert.deepEqual(
    specs.map(({ name }) => verdicts.get(name)),
    [
      ["violated", 9],
      ["holds", undefined],
      // 7 bits, and a step of each thread to end with.
      ["violated", 9],
      ["holds", undefined],
      ["holds", 15],
      ["vacuous", undefined],
      ["holds", 0],
    ],
  );
});

test("a spec of this kind that throws in a state that can be reached is an error", async () => {
  const specs = [
    w.always("odd", "it throws at 5", (k) => {
      if (count(k) === 5) throw new Error("five");
      return true;
    }),
  ];
  const refused = await assertAgreement(toy({ world: w, threads, specs }));
  assert.ok(refused instanceof ModelError);
  assert.match(refused.message, /spec 'odd' threw: five/);
});

test("a spec that reads much, but little at a time, is taken apart", async () => {
  const specs = [
    w.always("not-all", "some bit is not set", (k) => !k.bits.every(Boolean)),
    w.sometimes("any", "some bit is set", (k) => k.bits.some(Boolean)),
  ];
  const program = toy({ world: w, threads, specs });
  assert.deepEqual(
    compile(program, false).specs.map((spec) => spec !== undefined),
    [true, true],
  );
  const agreed = await assertAgreement(program);
  assert.ok(!(agreed instanceof ModelError));
  assert.deepEqual([...agreed.verdicts.verdicts].slice(0, 2), [
    ["not-all", ["violated", 24]],
    ["any", ["holds", 1]],
  ]);
});
