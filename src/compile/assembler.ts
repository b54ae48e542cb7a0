/**
 * A small WebAssembly assembler: instructions are nested lists of bytes, flattened once. Every function of a module
 * takes and returns 32-bit integers; addresses are byte offsets into the one imported memory.
 */
export type Code = number | readonly Code[] | Uint8Array;

const unsigned = (n: number): number[] => {
  const bytes: number[] = [];
  let rest = n >>> 0;
  do {
    const low = rest & 127;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 128);
  } while (rest !== 0);
  return bytes;
};

/** As `signed`, of 32 bits: most constants. */
const signed32 = (n: number): number[] => {
  const bytes: number[] = [];
  for (let rest = n | 0; ; rest >>= 7) {
    const low = rest & 127;
    const isLast = low & 64 ? rest >> 7 === -1 : rest >> 7 === 0;
    bytes.push(isLast ? low : low | 128);
    if (isLast) return bytes;
  }
};

const signed = (n: bigint): number[] => {
  const bytes: number[] = [];
  for (let rest = n; ;) {
    const low = Number(rest & 127n);
    rest >>= 7n;
    if ((rest === 0n && !(low & 64)) || (rest === -1n && low & 64)) return [...bytes, low];
    bytes.push(low | 128);
  }
};

/** Where bytes are put one behind the other; what was put together once is copied as a whole. */
let room = new Uint8Array(65_536);

function flatten(code: Code): Uint8Array<ArrayBuffer> {
  let length = 0;
  const makeRoom = (count: number): void => {
    if (length + count <= room.length) return;
    const larger = new Uint8Array(2 * room.length + count);
    larger.set(room);
    room = larger;
  };
  const visit = (part: Code): void => {
    if (typeof part === "number") {
      makeRoom(1);
      room[length++] = part;
    } else if (part instanceof Uint8Array) {
      makeRoom(part.length);
      room.set(part, length);
      length += part.length;
    } else for (let i = 0; i < part.length; i++) visit(part[i]!);
  };
  visit(code);
  return room.slice(0, length);
}

const vector = (items: readonly Code[]): Code => [unsigned(items.length), items];
const sized = (code: Code): Code => {
  const bytes = flatten(code);
  return [unsigned(bytes.length), bytes];
};
const text = (name: string): Code => vector([...Buffer.from(name)]);

/** A number stands for the constant of that value. */
export type Operand = number | readonly Code[];
const value = (operand: Operand): Code => (typeof operand === "number" ? [0x41, signed32(operand)] : operand);

const unary =
  (opcode: number) =>
  (a: Operand): readonly Code[] => [value(a), opcode];
const binary =
  (opcode: number) =>
  (a: Operand, b: Operand): readonly Code[] => [value(a), value(b), opcode];

export const isZero = unary(0x45);
export const eq = binary(0x46);
export const ne = binary(0x47);
export const below = binary(0x49);
export const atLeast = binary(0x4f);
export const add = binary(0x6a);
export const sub = binary(0x6b);
export const mul = binary(0x6c);
export const and = binary(0x71);
export const or = binary(0x72);
export const xor = binary(0x73);
export const shl = binary(0x74);
export const shr = binary(0x76);

/** 64-bit operations: their operands are 64-bit values. */
export const wide = {
  constant: (n: bigint): readonly Code[] => [0x42, signed(BigInt.asIntN(64, n))],
  isZero: unary(0x50),
  mul: binary(0x7e),
  and: binary(0x83),
  or: binary(0x84),
  xor: binary(0x85),
  shr: binary(0x88),
  add: binary(0x7c),
  low: unary(0xa7),
  of: unary(0xad),
  load: (address: Operand, offset = 0): readonly Code[] => [value(address), 0x29, 0, unsigned(offset)],
  store: (address: Operand, operand: readonly Code[], offset = 0): readonly Code[] => [
    value(address),
    operand,
    0x37,
    0,
    unsigned(offset),
  ],
};

export const get = (local: number): readonly Code[] => [0x20, unsigned(local)];
export const set = (local: number, a: Operand): readonly Code[] => [value(a), 0x21, unsigned(local)];
export const tee = (local: number, a: Operand): readonly Code[] => [value(a), 0x22, unsigned(local)];
export const load = (address: Operand, offset = 0): readonly Code[] => [value(address), 0x28, 2, unsigned(offset)];
export const store = (address: Operand, a: Operand, offset = 0): readonly Code[] => [
  value(address),
  value(a),
  0x36,
  2,
  unsigned(offset),
];
export const atomicLoad = (address: Operand): readonly Code[] => [value(address), 0xfe, 0x10, 2, 0];
/** Stores `replacement` if memory holds `expected`; the result is what it held. */
export const compareExchange = (address: Operand, expected: Operand, replacement: Operand): readonly Code[] => [
  value(address),
  value(expected),
  value(replacement),
  0xfe,
  0x48,
  2,
  0,
];
/** Calls the function of the module that comes at this place. */
export const call = (place: number, ...operands: readonly Operand[]): readonly Code[] => [
  operands.map(value),
  0x10,
  unsigned(place),
];
/** `condition ? a : b` without a branch. */
export const select = (a: Operand, b: Operand, condition: Operand): readonly Code[] => [
  value(a),
  value(b),
  value(condition),
  0x1b,
];

export const when = (condition: Operand, then: Code, otherwise?: Code): readonly Code[] => [
  value(condition),
  0x04,
  0x40,
  then,
  otherwise === undefined ? [] : [0x05, otherwise],
  0x0b,
];
export const block = (body: Code): readonly Code[] => [0x02, 0x40, body, 0x0b];
export const loop = (body: Code): readonly Code[] => [0x03, 0x40, body, 0x0b];
/** Leaves the `depth`-th enclosing block, or repeats the loop there; 0 is the innermost. */
export const br = (depth: number): readonly Code[] => [0x0c, unsigned(depth)];
export const brIf = (condition: Operand, depth: number): readonly Code[] => [value(condition), 0x0d, unsigned(depth)];

/** Inside the body, `br(0)` goes on with the next round and `br(1)` leaves the loop. */
export const whileDo = (condition: Operand, body: Code): readonly Code[] =>
  block(loop([brIf(isZero(condition), 1), body, br(0)]));

/** Runs the body that lists the value of `selector`, or `otherwise`. */
export function switchOn(
  selector: Operand,
  cases: readonly { readonly values: readonly number[]; readonly body: Code }[],
  otherwise: Code = [],
): readonly Code[] {
  const last = cases.length;
  const targets: number[] = new Array<number>(1 + Math.max(-1, ...cases.flatMap(({ values }) => values))).fill(last);
  for (const [i, { values }] of cases.entries()) for (const v of values) targets[v] = i;
  // A block around all, and in it one that ends before each body; written flat, as there may be thousands.
  const bodies = [...cases.map(({ body }) => body), otherwise];
  return [
    [0, ...bodies].map(() => [0x02, 0x40]),
    [value(selector), 0x0e, vector(targets.map(unsigned)), unsigned(last)],
    bodies.map((body, i) => [0x0b, body, br(last - i)]),
    0x0b,
  ];
}

export interface Func {
  readonly params: number;
  /** 32-bit locals behind the parameters, then 64-bit ones. */
  readonly locals?: number;
  readonly wideLocals?: number;
  /** Leaves its result on the stack. */
  readonly body: Code;
}

/** A module that imports its memory as `env.memory`, shared and at most 4 GiB, and exports every function by its name. */
export function assemble(functions: Readonly<Record<string, Func>>): Uint8Array<ArrayBuffer> {
  const I32 = 0x7f;
  const I64 = 0x7e;
  const list = Object.entries(functions);
  const section = (id: number, body: Code): Code => [id, sized(body)];
  return flatten([
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    section(
      1,
      vector(list.map(([, { params }]) => [0x60, vector(new Array<number>(params).fill(I32)), vector([I32])])),
    ),
    section(2, vector([[text("env"), text("memory"), 2, 3, unsigned(1), unsigned(65_536)]])),
    section(3, vector(list.map((_, i) => unsigned(i)))),
    section(7, vector(list.map(([name], i) => [text(name), 0, unsigned(i)]))),
    section(
      10,
      vector(
        list.map(([, { locals = 0, wideLocals = 0, body }]) =>
          sized([vector([[unsigned(locals), I32] as Code, [unsigned(wideLocals), I64] as Code]), body, 0x0b]),
        ),
      ),
    ),
  ]);
}
