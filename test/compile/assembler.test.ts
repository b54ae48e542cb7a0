import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import * as asm from "../../src/compile/assembler.ts";
import type { Code, Func, Operand } from "../../src/compile/assembler.ts";

type Run = (...args: readonly number[]) => number;

const newMemory = (): WebAssembly.Memory => new WebAssembly.Memory({ initial: 1, maximum: 65_536, shared: true });

/** The functions of a module, over a memory. */
function instance<F extends string>(functions: Record<F, Func>, memory = newMemory()): Readonly<Record<F, Run>> {
  const module = new WebAssembly.Module(asm.assemble(functions));
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Record<F, Run>;
}
/** The value of an expression over parameters. */
const valueOf = (body: Operand, ...args: readonly number[]): number =>
  instance({ run: { params: args.length, body: typeof body === "number" ? asm.add(body, 0) : body } }).run(...args);

// Where the number of bytes of a constant changes, and both ends of 32 bits.
const EDGES = [
  0,
  1,
  31,
  32,
  63,
  64,
  65,
  127,
  128,
  129,
  8191,
  8192,
  16_383,
  16_384,
  2 ** 20,
  2 ** 27,
  2 ** 30,
  2 ** 31 - 1,
];
const edges = [...EDGES, ...EDGES.map((n) => -n - 1), 2 ** 31, 2 ** 32 - 1];

test("signed constants of 32 bits", () => {
  for (const n of edges) assert.equal(valueOf(n), n | 0, String(n));
});

test("signed constants of 64 bits", () => {
  const { low, shr, constant } = asm.wide;
  for (const n of edges.map(BigInt).flatMap((n) => [n, n << 31n, n << 32n, (n << 32n) - 1n])) {
    const wide = constant(n);
    const words = [valueOf(low(wide)), valueOf(low(shr(wide, constant(32n))))];
    assert.deepEqual(words, [Number(BigInt.asIntN(32, n)), Number(BigInt.asIntN(32, n >> 32n))], String(n));
  }
});

test("unsigned numbers: locals and offsets whose number takes one byte, two or three", () => {
  for (const last of [127, 128, 16_383, 16_384])
    assert.equal(
      instance({ run: { params: 1, locals: last, body: [asm.set(last, asm.get(0)), asm.get(last)] } }).run(42),
      42,
    );
  for (const offset of [0, 124, 128, 16_380, 16_384, 65_532]) {
    const memory = newMemory();
    const functions = {
      put: { params: 2, body: [asm.store(asm.get(0), asm.get(1), offset), ...asm.get(1)] },
      at: { params: 1, body: asm.load(asm.get(0), offset) },
    };
    const { put, at } = instance(functions, memory);
    put(0, -7);
    assert.equal(at(0), -7);
    assert.equal(new Int32Array(memory.buffer)[offset / 4], -7);
  }
});

test("every operation is JavaScript's", () => {
  const word = fc.oneof(fc.integer(), fc.constantFrom(...edges.map((n) => n | 0)));
  const binary: Readonly<
    Record<string, readonly [(a: Operand, b: Operand) => Operand, (a: number, b: number) => number]>
  > = {
    add: [asm.add, (a, b) => (a + b) | 0],
    sub: [asm.sub, (a, b) => (a - b) | 0],
    mul: [asm.mul, Math.imul],
    and: [asm.and, (a, b) => a & b],
    or: [asm.or, (a, b) => a | b],
    xor: [asm.xor, (a, b) => a ^ b],
    shl: [asm.shl, (a, b) => a << b],
    shr: [asm.shr, (a, b) => (a >>> b) | 0],
    eq: [asm.eq, (a, b) => Number(a === b)],
    ne: [asm.ne, (a, b) => Number(a !== b)],
    below: [asm.below, (a, b) => Number(a >>> 0 < b >>> 0)],
    atLeast: [asm.atLeast, (a, b) => Number(a >>> 0 >= b >>> 0)],
    isZero: [(a) => asm.isZero(a), (a) => Number(a === 0)],
    select: [(a, b) => asm.select(7, a, b), (a, b) => (b === 0 ? a : 7)],
  };
  const functions: Record<string, Func> = {};
  for (const [name, [code]] of Object.entries(binary))
    functions[name] = { params: 2, body: code(asm.get(0), asm.get(1)) };
  const run = instance(functions);
  fc.assert(
    fc.property(word, word, (a, b) => {
      for (const [name, [, expected]] of Object.entries(binary)) assert.equal(run[name]!(a, b), expected(a, b), name);
    }),
    { seed: 20_201_014, numRuns: 500 },
  );
});

test("64-bit arithmetic, loads and stores", () => {
  const { add, mul, xor, shr, of, constant, load, store, low } = asm.wide;
  const mixed = (a: Operand, b: Operand): Code =>
    xor(mul(add(of(a), constant(2n ** 40n + 3n)), constant(0x9e3779b97f4a7c15n)), shr(of(b), constant(3n)));
  const memory = newMemory();
  const { run, high } = instance(
    {
      run: { params: 2, body: [store(64, mixed(asm.get(0), asm.get(1)) as readonly Code[], 8), ...low(load(72))] },
      high: { params: 0, body: asm.load(76) },
    },
    memory,
  );
  fc.assert(
    fc.property(fc.integer(), fc.integer(), (a, b) => {
      const unsigned = (n: number): bigint => BigInt(n >>> 0);
      const expected = ((unsigned(a) + 2n ** 40n + 3n) * 0x9e3779b97f4a7c15n) ^ (unsigned(b) >> 3n);
      assert.equal(run(a, b), Number(BigInt.asIntN(32, expected)));
      assert.equal(high(), Number(BigInt.asIntN(32, expected >> 32n)));
    }),
    { seed: 20_201_014, numRuns: 200 },
  );
});

test("when, block, loop, whileDo and branches out of them", () => {
  const [n, sum] = [0, 1];
  const { factorial, firstSquareAbove } = instance({
    factorial: {
      params: 1,
      locals: 1,
      body: [
        asm.set(sum, 1),
        asm.whileDo(asm.get(n), [asm.set(sum, asm.mul(asm.get(sum), asm.get(n))), asm.set(n, asm.sub(asm.get(n), 1))]),
        asm.get(sum),
      ],
    },
    firstSquareAbove: {
      params: 1,
      locals: 1,
      body: [
        asm.block(
          asm.loop([
            asm.when(
              asm.below(asm.get(n), asm.mul(asm.get(sum), asm.get(sum))),
              asm.br(2),
              asm.set(sum, asm.add(asm.get(sum), 1)),
            ),
            asm.brIf(asm.eq(asm.get(sum), 100), 1),
            asm.br(0),
          ]),
        ),
        asm.get(sum),
      ],
    },
  });
  assert.deepEqual(
    [0, 1, 5, 10].map((n) => factorial(n)),
    [1, 1, 120, 3_628_800],
  );
  assert.deepEqual(
    [0, 8, 9, 9800, 9801].map((n) => firstSquareAbove(n)),
    [1, 3, 4, 99, 100],
  );
});

test("switchOn: several values of a case, gaps, values above all, and none at all", () => {
  const [, result] = [0, 1];
  const switched = (cases: readonly (readonly number[])[], otherwise?: Code): Run => {
    const bodies = cases.map((values, i) => ({ values, body: asm.set(result, 10 + i) }));
    const body = [asm.switchOn(asm.get(0), bodies, otherwise), ...asm.get(result)];
    return instance({ run: { params: 1, locals: 1, body } }).run;
  };
  const run = switched([[1, 4], [0], [9]], asm.set(result, 99));
  assert.deepEqual(
    [0, 1, 2, 3, 4, 8, 9, 10, -1].map((n) => run(n)),
    [11, 10, 99, 99, 10, 99, 12, 99, 99],
  );
  const withoutDefault = switched([[2], [3]]);
  assert.deepEqual(
    [0, 2, 3, 4].map((n) => withoutDefault(n)),
    [0, 10, 11, 0],
  );
  assert.deepEqual(
    [0, 1].map((n) => switched([], asm.set(result, 5))(n)),
    [5, 5],
  );
  const thousands = switched(Array.from({ length: 20_000 }, (_, i) => [2 * i]));
  assert.deepEqual(
    [0, 1, 2, 39_998, 39_999, 40_000].map((n) => thousands(n)),
    [10, 0, 11, 20_009, 0, 0],
  );
});

test("modules share the memory they are given", () => {
  const memory = newMemory();
  assert.ok(memory.buffer instanceof SharedArrayBuffer);
  const functions = {
    put: { params: 2, body: [asm.store(asm.get(0), asm.get(1)), ...asm.get(1)] },
    at: { params: 1, body: asm.atomicLoad(asm.get(0)) },
    exchange: { params: 3, body: asm.compareExchange(asm.get(0), asm.get(1), asm.get(2)) },
  };
  const [one, other] = [instance(functions, memory), instance(functions, memory)];
  one.put(8, 7);
  assert.equal(other.at(8), 7);
  assert.deepEqual([other.exchange(8, 0, 1), one.at(8)], [7, 7]);
  assert.deepEqual([other.exchange(8, 7, 9), one.at(8)], [7, 9]);
  memory.grow(1);
  one.put(65_536, 5);
  assert.equal(other.at(65_536), 5);
});
