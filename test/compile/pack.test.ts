import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { List } from "immutable";
import { array, bool, choose, int, oneOf, ref, struct, world } from "faultline";
import type { Field as ModelField, StateOf } from "faultline";
import type { BoolField } from "../../src/model/domain.ts";
import { allPositions } from "../../src/analysis/growing-tree.ts";
import { pack, type Packing } from "../../src/compile/pack.ts";
import { compile, decode, encode } from "../../src/compile/compiled.ts";
import { initialStates, type Program } from "../../src/machine/program.ts";
import { DONE, State } from "../../src/machine/state.ts";
import { toy } from "../machine/toy.ts";

const Page = struct({ locked: bool, count: int(0, 6) });

/** A machine with these fields, and threads of so many steps. */
function machineOf(fields: Readonly<Record<string, ModelField>>, steps: readonly number[] = [1]): Program {
  // The types of fields that are not known here would be endless.
  const w = world(fields as unknown as Readonly<Record<string, BoolField>>);
  const paths = steps.map((count, i) =>
    w.path(`path ${i}`, {}, Object.fromEntries(Array.from({ length: count }, (_, s) => [`s${s}`, () => {}]))),
  );
  return toy({ world: w, threads: { path: paths } });
}

/** By word: the bits that are taken. Asserts that no two fields share one. */
function bitsOf({ words, cells, points }: Packing): readonly number[] {
  const taken = new Array<number>(words).fill(0);
  for (const { word, shift, mask } of [...cells.values(), ...points]) {
    const bits = mask << shift;
    assert.equal(bits >>> shift, mask >>> 0, "the field leaves its word");
    assert.equal(taken[word]! & bits, 0, "two fields overlap");
    taken[word]! |= bits;
  }
  return taken;
}
const count = (bits: number): number => (bits >>> 0).toString(2).replaceAll("0", "").length;

test("a field has the bits its values need, and a point one value more for done", () => {
  const program = machineOf(
    { one: int(7, 7), two: bool, three: int(0, 2), four: int(-3, 0), five: int(0, 4) },
    [1, 2, 3, 4],
  );
  const packing = pack(program);
  const widths = program.cells.map((cell) => count(packing.cells.get(cell)!.mask));
  assert.deepEqual(widths, [0, 1, 2, 2, 3]);
  assert.deepEqual(
    packing.points.map(({ mask }) => mask),
    [1, 3, 3, 7],
  );
  assert.equal(packing.bits, 8 + 1 + 2 + 2 + 3);
  assert.equal(packing.words, 1);
});

test("words are filled to the last bit before the next one begins", () => {
  const packing = pack(machineOf({ bits: array(63, bool) }));
  assert.deepEqual(bitsOf(packing), [-1, -1]);
  assert.equal(pack(machineOf({ bits: array(64, bool) })).words, 3);
});

test("a later, smaller field fills the room that a larger one left", () => {
  const program = machineOf({ wide: array(3, int(0, 65_535)), small: array(14, bool) });
  assert.deepEqual(bitsOf(pack(program)).map(count), [31, 32]);
});

test("a unit lies side by side in one word, and can be the whole of it", () => {
  const program = machineOf({ first: bool, pair: array(2, int(0, 65_535)), mixed: array(2, int(0, 4)) });
  const [first, low, high, a, b] = program.cells;
  const whole = [low!, high!];
  const some = [b!, { thread: 0 }, first!];
  const packing = pack(program, allPositions, [whole, some]);
  assert.deepEqual(packing.units.get(whole), { word: 0, shift: 0, mask: -1 });
  assert.deepEqual(packing.units.get(some), { word: 1, shift: 0, mask: 31 });
  assert.deepEqual(packing.cells.get(high!), { word: 0, shift: 16, mask: 65_535 });
  assert.deepEqual(packing.cells.get(b!), { word: 1, shift: 0, mask: 7 });
  assert.deepEqual(packing.points, [{ word: 1, shift: 3, mask: 1 }]);
  assert.deepEqual(packing.cells.get(first!), { word: 1, shift: 4, mask: 1 });
  assert.deepEqual(packing.cells.get(a!), { word: 1, shift: 5, mask: 7 });
  bitsOf(packing);
});

test("a field has room for the values that are reached, and comes back with its value", () => {
  const w = world({ fixed: int(0, 99), moving: int(0, 99), chosen: int(0, 99) });
  const path = w.path("path", {}, { "moving = fixed": (k) => void (k.moving = k.fixed) });
  const init = (k: StateOf<typeof w>): void => {
    k.fixed = 42;
    k.chosen = choose(7, 8);
  };
  const program = toy({ world: w, threads: { path }, init });
  const compiled = compile(program, false);
  const { cells, positionsOf } = compiled.packing;
  assert.deepEqual(
    program.cells.map((cell) => [cell.name, positionsOf(cell), cells.get(cell)!.mask]),
    [
      ["fixed", [42], 0],
      ["moving", [0, 42], 1],
      ["chosen", [7, 8], 1],
    ],
  );
  for (const state of initialStates(program)) assert.ok(decode(compiled, encode(compiled, state)).equals(state));
});

const scalar: fc.Arbitrary<ModelField> = fc.oneof(
  fc.constant(bool),
  fc.constant(ref(Page)),
  fc.constant(oneOf("idle", "busy", "gone")),
  fc
    .tuple(fc.integer({ min: -70_000, max: 70_000 }), fc.nat({ max: 65_535 }))
    .map(([low, size]) => int(low, low + size)),
  fc.tuple(fc.integer({ min: -3, max: 3 }), fc.nat({ max: 9 })).map(([low, size]) => int(low, low + size)),
);
const shape = fc.record({
  fields: fc.array(fc.tuple(scalar, fc.integer({ min: 1, max: 5 })), { maxLength: 8 }),
  steps: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
});

test("any state comes back from its packed form, and different states have different ones", () => {
  let words = 0;
  fc.assert(
    fc.property(shape, fc.infiniteStream(fc.nat()), ({ fields, steps }, numbers) => {
      const arrays = Object.fromEntries(fields.map(([field, length], i) => [`f${i}`, array(length, field)]));
      const program = machineOf({ page: array(2, Page), ...arrays }, steps);
      const compiled = { ...compile(program, false), packing: pack(program) };
      words += compiled.packing.words;
      bitsOf(compiled.packing);
      const pick = (): number => numbers.next().value!;
      const states = Array.from({ length: 5 }, () =>
        State({
          cells: List(program.cells.map(({ values }) => values[pick() % values.length]!)),
          points: List(program.threads.map(({ points }) => (pick() % (points.length + 1)) + DONE)),
        }),
      );
      for (const state of states) {
        assert.ok(decode(compiled, encode(compiled, state)).equals(state));
        for (const other of states)
          assert.equal(encode(compiled, other).join() === encode(compiled, state).join(), other.equals(state));
      }
    }),
    { seed: 20_201_014, numRuns: 80 },
  );
  assert.ok(words > 150, `${words} words: the states are not all small`);
});
