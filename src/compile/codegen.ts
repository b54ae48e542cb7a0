import type { Cell } from "../model/access.ts";
import { BUILT_IN_NAMES } from "../model/spec.ts";
import {
  add,
  and,
  block,
  brIf,
  call,
  eq,
  get,
  isZero,
  load,
  loop,
  ne,
  or,
  set,
  shl,
  shr,
  store,
  sub,
  mul,
  switchOn,
  when,
  whileDo,
  below,
  wide,
  br,
  type Code,
  type Func,
  type Operand,
} from "./assembler.ts";
import { ALWAYS, NOTHING, union, type Footprint, type Footprints } from "./footprints.ts";
import type { Node, WordChange } from "./graph.ts";
import type { Loops } from "./loops.ts";
import type { Marks } from "./marks.ts";
import type { Field, Packing } from "./pack.ts";

/** What the memory of WebAssembly is made of, in bytes. */
export const PAGE = 65_536;

/** Offsets in the region of memory that one worker has to itself. */
export interface Region {
  /** How many states of the batch no thread could leave; their indices follow in `terminals`. */
  readonly terminalCount: number;
  /** By built-in check, and last for steps that throw: the first state, plus one, in which a step failed it. */
  readonly failures: number;
  /** By thread and control point: how often its step was taken, in 64 bits. */
  readonly taken: number;
  /** By thread and control point: the `touched` and the `written` of all ways through its step, in 64 bits each. */
  readonly ways: number;
  /** By thread and what its control point is packed as: what may be taken alone there (alone.ts), if anything is. */
  readonly alone: number;
  readonly terminals: number;
  /** By state of the batch: where its successors end. */
  readonly ends: number;
  /** One word a successor. */
  readonly hashes: number;
  /** One word a successor: which shard it belongs to, where there are several. */
  readonly shards: number;
  /** The successors, packed. */
  readonly successors: number;
  readonly size: number;
}

/** What a step can fail in: a built-in check, or by throwing. */
export const FAILURES = [...BUILT_IN_NAMES, "broken"] as const;

/** States that are expanded together, so that the cache misses of their successors overlap. */
export const BATCH = 256;

/** `aloneBytes`: how long the table of what may be taken alone is. */
export function regionFor(packing: Packing, points: number, mostSuccessors: number, aloneBytes = 0): Region {
  let end = 0;
  const room = (bytes: number): number => {
    const start = end;
    end += Math.ceil(bytes / 8) * 8;
    return start;
  };
  return {
    terminalCount: room(4),
    failures: room(4 * FAILURES.length),
    taken: room(8 * points),
    ways: room(16 * points),
    alone: room(aloneBytes),
    terminals: room(4 * BATCH),
    ends: room(4 * BATCH),
    hashes: room(4 * BATCH * mostSuccessors),
    shards: room(4 * BATCH * mostSuccessors),
    successors: room(4 * packing.words * BATCH * mostSuccessors),
    size: Math.ceil(end / PAGE) * PAGE,
  };
}

/** The most successors that one state can have by one tree. */
export function width(node: Node, known = new Map<Node, number>()): number {
  const of = (inner: Node): number => {
    const old = known.get(inner);
    if (old !== undefined) return old;
    const most = width(inner, known);
    known.set(inner, most);
    return most;
  };
  if (node.kind === "choice") return node.options.reduce((sum, option) => sum + of(option), 0);
  if (node.kind === "branch") return Math.max(...node.arms.map(of));
  return node.kind === "moved" ? 1 : 0;
}

export interface Writer {
  readonly packing: Packing;
  /** The local that holds a word of the state. */
  readonly wordAt: (index: number) => number;
  readonly footprints?: Footprints;
  /** Nothing is written for such a node, nor for what is below it. */
  readonly leavesOut?: (node: Node) => boolean;
}

export type Leaf = Exclude<Node, { kind: "branch" | "choice" }>;

export const extract = ({ wordAt }: Writer, { word, shift, mask }: Field): Operand =>
  and(shift === 0 ? get(wordAt(word)) : shr(get(wordAt(word)), shift), mask);

/** The code of a decision tree; `leaf` writes that of its ends, each with the way there, or with all ways of a choice. */
export function emit(
  writer: Writer,
  node: Node,
  leaf: (node: Leaf, way: Footprint) => Code,
  before: Footprint = NOTHING,
): Code {
  const { footprints } = writer;
  if (writer.leavesOut?.(node)) return [];
  let way = footprints ? union(before, node.kind === "choice" ? footprints.below(node) : footprints.of(node)) : before;
  // How many steps it is, nobody knows who does not take it.
  if (footprints && node.kind === "choice") way = { ...way, written: way.written | ALWAYS };
  if (node.kind === "choice") return node.options.map((option) => emit(writer, option, leaf, way));
  if (node.kind !== "branch") return leaf(node, way);
  const groups = new Map<Node, number[]>();
  for (const [value, arm] of node.arms.entries()) groups.set(arm, [...(groups.get(arm) ?? []), value]);
  const [first, second] = [...groups];
  const field = fieldOf(writer.packing, node.cell);
  if (groups.size === 2 && (first![1].length === 1 || second![1].length === 1)) {
    const [[one, [only]], [rest]] = first![1].length === 1 ? [first!, second!] : [second!, first!];
    const test = and(get(writer.wordAt(field.word)), field.mask << field.shift);
    const isOnly = only === 0 ? isZero(test) : eq(test, only! << field.shift);
    return when(isOnly, emit(writer, one, leaf, way), emit(writer, rest, leaf, way));
  }
  return switchOn(
    extract(writer, field),
    [...groups].map(([arm, values]) => ({ values, body: emit(writer, arm, leaf, way) })),
  );
}

/** A word of the state as a step leaves it. */
export function changedBy(change: WordChange | undefined, word: Operand): Operand {
  let value = word;
  if (change && change.and !== -1) value = and(value, change.and);
  if (change && change.or !== 0) value = or(value, change.or);
  if (change && change.add !== 0) value = add(value, change.add);
  return value;
}

const fieldOf = (packing: Packing, cell: Cell): Field => packing.cells.get(cell)!;

/**
 * `expand(arena, from, to, region, marking)`: writes every successor of the states from..to into the region, counts the
 * steps taken, notes failed checks and states that no thread can leave; returns the end of the successors. Where `marking`
 * is -1, not 0, it only counts the steps that the marks of a state say, takes its marks away, and marks its successors.
 * `settle`: the place of that function in the module, where steps are taken alone behind each of them.
 */
export function expandFunction(
  packing: Packing,
  nodes: readonly (readonly Node[])[],
  region: Region,
  marks: Marks,
  footprints: Footprints,
  settle?: number,
): Func {
  const [arena, from, to, base, marking] = [0, 1, 2, 3, 4] as const;
  const [out, acted, batchStart, first, state, asleep] = [5, 6, 7, 8, 9, 10] as const;
  const words = Array.from({ length: packing.words }, (_, i) => i);
  const firstWide = 11 + packing.words;
  // What the way through the step of a thread that is taken has to do with.
  const touched = (thread: number): number => firstWide + 2 * thread;
  const written = (thread: number): number => firstWide + 2 * thread + 1;
  const hasMarks = marks.threads > 0;
  const writer: Writer = {
    packing,
    wordAt: (index) => 11 + index,
    ...(hasMarks && { footprints }),
  };
  const bytes = 4 * packing.words;
  const markBits = marks.field.mask << marks.field.shift;
  const markedWord = writer.wordAt(marks.field.word);

  const step = (thread: number, node: Node, taken: number): Code => {
    const count = wide.store(get(base), wide.add(wide.load(get(base), taken), wide.constant(1n)), taken);
    return emit(writer, node, (leaf, way) => {
      switch (leaf.kind) {
        case "moved": {
          const changed = new Map(leaf.changes.map((change) => [change.word, change]));
          return [
            words.map((i) => store(get(out), changedBy(changed.get(i), get(writer.wordAt(i))), 4 * i)),
            set(out, add(get(out), bytes)),
            hasMarks ? wentBy(thread, way) : [],
            count,
          ];
        }
        case "violation":
        case "broken": {
          const at = region.failures + 4 * FAILURES.indexOf(leaf.kind === "violation" ? leaf.check : "broken");
          return [when(isZero(load(get(base), at)), store(get(base), add(get(from), 1), at)), set(acted, 1), count];
        }
        default:
          return [];
      }
    });
  };
  const wentBy = (thread: number, way: Footprint): Code => [
    set(touched(thread), wide.constant(way.touched)),
    set(written(thread), wide.constant(way.written)),
  ];
  /** Marks what a thread has led to, from `first` on, with the threads before it whose ways its own does not cross. */
  const mark = (thread: number, place: number): Code => {
    const others = marks.order.slice(0, Math.min(place, marks.threads));
    if (others.length === 0) return [];
    const bits = others.map((other, bit) => {
      const crossing = wide.or(
        wide.and(get(written(other)), get(touched(thread))),
        wide.and(get(touched(other)), get(written(thread))),
      );
      return shl(wide.isZero(crossing), marks.field.shift + bit);
    });
    const all = and(
      bits.reduce((a, b) => or(a, b)),
      get(marking),
    );
    return [
      set(touched(thread), wide.or(get(touched(thread)), wide.constant(ALWAYS))),
      set(state, get(first)),
      loop([
        store(get(state), or(load(get(state), 4 * marks.field.word), all), 4 * marks.field.word),
        set(state, add(get(state), bytes)),
        brIf(below(get(state), get(out)), 0),
      ]),
    ];
  };

  const starts = nodes.map((_, thread) => nodes.slice(0, thread).reduce((sum, { length }) => sum + length, 0));
  const point = (thread: number): Operand => extract(writer, packing.points[thread]!);
  const take = (thread: number, place: number): Code => [
    set(first, get(out)),
    hasMarks ? wentBy(thread, { touched: 0n, written: ALWAYS }) : [],
    switchOn(
      point(thread),
      nodes[thread]!.map((node, i) => ({
        values: [i + 1],
        body: step(thread, node, region.taken + 8 * (starts[thread]! + i)),
      })),
    ),
    when(ne(get(out), get(first)), [
      set(acted, 1),
      settle === undefined ? mark(thread, place) : settled(settle, thread, place),
    ]),
  ];
  /** Where steps were taken alone behind it, other orders lead elsewhere. What is marked is settled, too: those steps are counted. */
  const settled = (place: number, thread: number, at: number): Code => [
    when(
      call(place, get(first), get(out), get(base)),
      hasMarks ? set(written(thread), wide.constant(ALWAYS)) : [],
      mark(thread, at),
    ),
    at < marks.threads ? when(and(get(asleep), 1 << (marks.field.shift + at)), set(out, get(first))) : [],
  ];
  /** Where it leads is known: it is one step, and taken as well. */
  const count = (thread: number): Code => {
    const taken = region.taken + 8 * (starts[thread]! - 1);
    const ways = region.ways + 16 * (starts[thread]! - 1);
    return [
      set(state, add(get(base), mul(point(thread), 8))),
      wide.store(get(state), wide.add(wide.load(get(state), taken), wide.constant(1n)), taken),
      set(state, add(get(base), mul(point(thread), 16))),
      set(touched(thread), wide.load(get(state), ways)),
      set(written(thread), wide.load(get(state), ways + 8)),
      set(acted, 1),
    ];
  };
  const steps = marks.order.map((thread, place) =>
    place < marks.threads && settle === undefined
      ? when(and(get(asleep), 1 << (marks.field.shift + place)), count(thread), take(thread, place))
      : take(thread, place),
  );
  const address = add(get(arena), mul(get(from), bytes));
  return {
    params: 5,
    locals: 6 + packing.words,
    wideLocals: hasMarks ? 2 * nodes.length : 0,
    body: [
      set(out, add(get(base), region.successors)),
      store(get(base), 0, region.terminalCount),
      set(batchStart, get(from)),
      whileDo(below(get(from), get(to)), [
        words.map((i) => set(writer.wordAt(i), load(address, 4 * i))),
        hasMarks
          ? [
              set(asleep, and(and(get(markedWord), markBits), get(marking))),
              set(markedWord, and(get(markedWord), ~markBits)),
              store(address, get(markedWord), 4 * marks.field.word),
            ]
          : [],
        set(acted, 0),
        steps,
        when(isZero(get(acted)), [
          store(add(get(base), mul(load(get(base), region.terminalCount), 4)), get(from), region.terminals),
          store(get(base), add(load(get(base), region.terminalCount), 1), region.terminalCount),
        ]),
        store(add(get(base), mul(sub(get(from), get(batchStart)), 4)), get(out), region.ends),
        set(from, add(get(from), 1)),
      ]),
      get(out),
    ],
  };
}

/** `scan(arena, from, to)`: the first state of from..to for which `look` sets the local `hit`, or `to`. */
function scanFunction(packing: Packing, look: (writer: Writer, hit: number) => Code): Func {
  const [arena, from, to] = [0, 1, 2] as const;
  const writer: Writer = { packing, wordAt: (index) => 4 + index };
  const hit = 3;
  const words = Array.from({ length: packing.words }, (_, i) => i);
  return {
    params: 3,
    locals: 1 + packing.words,
    body: [
      whileDo(below(get(from), get(to)), [
        words.map((i) => set(writer.wordAt(i), load(add(get(arena), mul(get(from), 4 * packing.words)), 4 * i))),
        look(writer, hit),
        when(ne(get(hit), 0), br(2)),
        set(from, add(get(from), 1)),
      ]),
      get(from),
    ],
  };
}

/** The first state in which the spec has something to say. */
export const specFunction = (packing: Packing, node: Node): Func =>
  scanFunction(packing, (writer, hit) =>
    block(
      emit(writer, node, (leaf) =>
        // A spec that throws is asked again by whoever looks at the state, and says then what is wrong with it.
        leaf.kind === "hit" || leaf.kind === "broken" ? set(hit, 1) : [],
      ),
    ),
  );

/** The first state that may be part of a circle. */
export const circlingFunction = (packing: Packing, { fields, cases }: Loops): Func =>
  scanFunction(packing, (writer, hit) =>
    switchOn(
      fields.reduce<Operand>(
        (sum, { cell, weight }) => add(sum, mul(extract(writer, fieldOf(packing, cell)), weight)),
        0,
      ),
      cases.flatMap(({ hasLoops, leaves }, i) => {
        if (!hasLoops) return [];
        const tests = leaves.flatMap((points, t) =>
          points.includes(1) ? [isOneOf(points, extract(writer, packing.points[t]!))] : [],
        );
        return [{ values: [i], body: [set(hit, isZero(tests.reduce((a, b) => or(a, b), 0)))] }];
      }),
    ),
  );

/** Whether `points` has a 1 at a place: one bit for each, in as many words as it takes. */
const isOneOf = (points: Uint8Array, at: Operand): Operand =>
  Array.from({ length: Math.ceil(points.length / 32) }, (_, i) => {
    const bits = points.slice(32 * i, 32 * (i + 1)).reduce((all, point, bit) => all | (point << bit), 0);
    return and(eq(shr(at, 5), i), and(shr(bits, at), 1));
  }).reduce((a, b) => or(a, b));
