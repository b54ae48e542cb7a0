/** The parts of the search that are the same for every model, but for the number of words in a state. */
import {
  add,
  and,
  atomicLoad,
  below,
  block,
  br,
  brIf,
  compareExchange,
  eq,
  get,
  isZero,
  load,
  loop,
  mul,
  or,
  select,
  set,
  shl,
  shr,
  store,
  tee,
  when,
  whileDo,
  wide,
  xor,
  type Code,
  type Func,
  type Operand,
} from "./assembler.ts";

import type { Field } from "./pack.ts";

/** An entry of the table: the tag, taken from the hash, above the state's index in the arena. 0 is an empty entry. */
export const TAG_BITS = 5;
/** The arena's indices are 1 to MOST_STATES. */
export const MOST_STATES = 2 ** (32 - TAG_BITS) - 1;

const TAG_MASK = ~MOST_STATES;

// Two odd constants with their bits spread evenly, from the fractional parts of the golden ratio and of sqrt(2).
const SPREAD = 0x9e3779b97f4a7c15n;
const FINISH = 0x6a09e667f3bcc909n;

/** Of a word of a packed state: the bits that tell states apart. `marks` do not. */
const stateBits = (word: number, marks: Field | undefined): number =>
  marks?.word === word ? ~(marks.mask << marks.shift) : -1;

/** Leaves the hash of `words` words in the 64-bit local `h`; its upper half is the one to use. */
function hash(words: number, marks: Field | undefined, address: Operand, h: number): Code {
  const pairs = Array.from({ length: Math.ceil(words / 2) }, (_, i) => i);
  const mixed = (operand: readonly Code[]): Code => [
    set(h, wide.mul(wide.xor(get(h), operand), wide.constant(SPREAD))),
    set(h, wide.xor(get(h), wide.shr(get(h), wide.constant(32n)))),
  ];
  const pair = (i: number): readonly Code[] => {
    const bits = [2 * i, 2 * i + 1].map((word) => BigInt.asUintN(32, BigInt(stateBits(word, marks))));
    const value = 2 * i + 1 < words ? wide.load(address, 8 * i) : wide.of(load(address, 8 * i));
    const both = bits[0]! | (bits[1]! << 32n);
    return both === BigInt.asUintN(64, -1n) ? value : wide.and(value, wide.constant(both));
  };
  return [set(h, wide.constant(0n)), pairs.map((i) => mixed(pair(i))), set(h, wide.mul(get(h), wide.constant(FINISH)))];
}

const upper = (h: number): Operand => wide.low(wide.shr(get(h), wide.constant(32n)));
// But for the largest table, the lowest bits of a hash say nothing that its place says, too.
const tagOf = (h: number): Operand => shl(get(h), 32 - TAG_BITS);
/** The byte offset of a hash's place among `slots` entries: as far in the table as the hash is among all hashes. */
const placeOf = (h: Operand, slots: Operand): Operand =>
  shl(wide.low(wide.shr(wide.mul(wide.of(h), wide.of(slots)), wide.constant(32n))), 2);
/** The byte offset of the place behind; the first one behind the last. `size`: bytes of the table. */
const placeBehind = (place: number, size: number): Code => [
  set(place, add(get(place), 4)),
  when(eq(get(place), get(size)), set(place, 0)),
];

/** `hash(from, to, hashes)`: one word of hash for every packed state of the addresses from..to. */
export const hashFunction = (words: number, marks?: Field): Func => hashing(words, marks, false);

/**
 * `assign(from, to, hashes, shards)`: as `hash`, and for every state a second word, of which the uppermost bits choose
 * the shard. They tell states apart that have the same place and tag.
 */
export const assignFunction = (words: number, marks?: Field): Func => hashing(words, marks, true);

function hashing(words: number, marks: Field | undefined, hasShards: boolean): Func {
  const params = hasShards ? 4 : 3;
  const [from, to, hashes, shards, h] = [0, 1, 2, 3, params] as const;
  const next = (address: number): Code => set(address, add(get(address), 4));
  return {
    params,
    wideLocals: 1,
    body: [
      whileDo(below(get(from), get(to)), [
        hash(words, marks, get(from), h),
        store(get(hashes), upper(h)),
        hasShards ? store(get(shards), wide.low(get(h))) : [],
        set(from, add(get(from), 4 * words)),
        next(hashes),
        hasShards ? next(shards) : [],
      ]),
      0x41,
      0,
    ],
  };
}

/** `touch(hashes, end, table, slots, arena)`: starts the cache misses of a batch, first the table's, then the arena's. */
export function touchFunction(words: number): Func {
  const [hashes, end, table, slots, arena] = [0, 1, 2, 3, 4] as const;
  const [at, sum] = [5, 6] as const;
  const entry = load(add(get(table), placeOf(load(get(at)), get(slots))));
  const each = (value: Operand): Code => [
    set(at, get(hashes)),
    whileDo(below(get(at), get(end)), [set(sum, xor(get(sum), value)), set(at, add(get(at), 4))]),
  ];
  return {
    params: 5,
    locals: 2,
    body: [each(entry), each(load(add(get(arena), mul(and(entry, MOST_STATES), 4 * words)))), get(sum)],
  };
}

/**
 * `insert(from, to, hashes, table, slots, arena, tail, limit)`: adds the packed states of the addresses from..to that
 * are new to the arena, from index `tail` on; returns the new tail. A new state at `limit` stops it: it then returns
 * `limit + 1`. Several threads may insert at once.
 */
export function insertFunction(words: number, marks?: Field): Func {
  const [from, to, hashes, table, slots, arena, tail, limit] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
  const [h, tag, place, entry, copy, size] = [8, 9, 10, 11, 12, 13] as const;
  const slot = add(get(table), get(place));
  const all = Array.from({ length: words }, (_, i) => i);
  const addToArena = [
    when(eq(get(tail), get(limit)), [add(get(limit), 1), 0x0f]),
    set(copy, add(get(arena), mul(get(tail), 4 * words))),
    all.map((i) => store(get(copy), load(get(from), 4 * i), 4 * i)),
  ];
  // The state is written before the entry that makes it visible; who loses the race for the entry compares with the winner.
  const publish = when(isZero(tee(entry, compareExchange(slot, 0, or(get(tag), get(tail))))), [
    set(tail, add(get(tail), 1)),
    br(3),
  ]);
  const isSame = (i: number): Operand => {
    const [held, wanted, bits] = [load(get(copy), 4 * i), load(get(from), 4 * i), stateBits(i, marks)];
    return bits === -1 ? eq(held, wanted) : isZero(and(xor(held, wanted), bits));
  };
  return {
    params: 8,
    locals: 6,
    body: [
      set(size, shl(get(slots), 2)),
      whileDo(below(get(from), get(to)), [
        set(h, load(get(hashes))),
        set(tag, tagOf(h)),
        set(place, placeOf(get(h), get(slots))),
        block(
          loop([
            when(isZero(tee(entry, atomicLoad(slot))), [addToArena, publish]),
            when(isZero(and(xor(get(entry), get(tag)), TAG_MASK)), [
              set(copy, add(get(arena), mul(and(get(entry), MOST_STATES), 4 * words))),
              brIf(
                all.map(isSame).reduce((a, b) => and(a, b)),
                2,
              ),
            ]),
            placeBehind(place, size),
            br(0),
          ]),
        ),
        set(from, add(get(from), 4 * words)),
        set(hashes, add(get(hashes), 4)),
      ]),
      get(tail),
    ],
  };
}

/** `place(hashes, index, end, table, slots)`: enters the states index..end, known to be distinct, into an empty table. */
export function placeFunction(): Func {
  const [hashes, index, end, table, slots] = [0, 1, 2, 3, 4] as const;
  const [h, place, size] = [5, 6, 7] as const;
  const slot = add(get(table), get(place));
  const enter = brIf(isZero(compareExchange(slot, 0, or(tagOf(h), get(index)))), 1);
  return {
    params: 5,
    locals: 3,
    body: [
      set(size, shl(get(slots), 2)),
      whileDo(below(get(index), get(end)), [
        set(h, load(get(hashes))),
        set(place, placeOf(get(h), get(slots))),
        block(loop([enter, placeBehind(place, size), br(0)])),
        set(hashes, add(get(hashes), 4)),
        set(index, add(get(index), 1)),
      ]),
      0x41,
      0,
    ],
  };
}

/**
 * `canon(from, to)`: puts the members of every symmetric group in order, in all packed states of the addresses
 * from..to, so that states that differ in who is who become one. By group and member: the fields that tell it apart,
 * most significant first.
 */
export function canonFunction(words: number, groups: readonly (readonly (readonly Field[])[])[]): Func {
  const [from, to, isAbove, spare] = [0, 1, 2, 3] as const;
  let locals = 4;
  const sort = (members: readonly (readonly Field[])[]): Code => {
    const held = members.map((parts) => parts.map(() => locals++));
    // Exchanges members i and j where i is above j.
    const exchange = (i: number, j: number): Code => {
      const parts = held[i]!.map((local, part) => [local, held[j]![part]!] as const);
      const above = parts.reduceRight<Operand>(
        (rest, [a, b]) => or(below(get(b), get(a)), and(eq(get(a), get(b)), rest)),
        0,
      );
      return [
        set(isAbove, above),
        parts.map(([a, b]) => [
          set(spare, get(a)),
          set(a, select(get(b), get(a), get(isAbove))),
          set(b, select(get(spare), get(b), get(isAbove))),
        ]),
      ];
    };
    const fields = members.flatMap((parts, m) => parts.map((field, part) => ({ ...field, local: held[m]![part]! })));
    return [
      fields.map(({ word, shift, mask, local }) => set(local, and(shr(load(get(from), 4 * word), shift), mask))),
      members.map((_, end) => members.slice(0, members.length - 1 - end).map((__, i) => exchange(i, i + 1))),
      [...new Set(fields.map(({ word }) => word))].map((word) => {
        const mine = fields.filter((field) => field.word === word);
        const others = ~mine.reduce((bits, { mask, shift }) => bits | (mask << shift), 0);
        const merged = mine.reduce<Operand>(
          (value, { shift, local }) => or(value, shl(get(local), shift)),
          and(load(get(from), 4 * word), others),
        );
        return store(get(from), merged, 4 * word);
      }),
    ];
  };
  const sorted = groups.map(sort);
  return {
    params: 2,
    locals: locals - 2,
    body: [whileDo(below(get(from), get(to)), [sorted, set(from, add(get(from), 4 * words))]), 0x41, 0],
  };
}
