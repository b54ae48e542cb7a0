import { tablesOf, WORDS_A_POINT, type Alone, type AlonePoint } from "./alone.ts";
import {
  add,
  below,
  br,
  brIf,
  get,
  load,
  loop,
  mul,
  or,
  set,
  store,
  switchOn,
  when,
  whileDo,
  wide,
  type Code,
  type Func,
  type Operand,
} from "./assembler.ts";
import { changedBy, emit, extract, type Region, type Writer } from "./codegen.ts";
import type { Footprint, Footprints } from "./footprints.ts";
import type { Node } from "./graph.ts";
import type { Packing } from "./pack.ts";

const ROW = 8 * WORDS_A_POINT;

/**
 * `settle(from, to, region)`: takes, in the packed states of the addresses from..to, all steps that may be taken alone, one
 * after the other, until no thread has one; what is left there is where that leads. Counts the steps; returns 0 if there are none.
 */
export function settleFunction(
  packing: Packing,
  nodes: readonly (readonly Node[])[],
  region: Region,
  alone: Alone,
  footprints: Footprints,
): Func {
  const [from, to, base] = [0, 1, 2] as const;
  const [row, went, moved, any] = [3, 4, 5, 6] as const;
  const writer: Writer = { packing, wordAt: (index) => 7 + index, footprints };
  const firstWide = 7 + packing.words;
  const [othersTouch, othersWrite] = [firstWide, firstWide + 1] as const;
  // What a thread can still do.
  const touches = (thread: number): number => firstWide + 2 + 2 * thread;
  const writes = (thread: number): number => firstWide + 3 + 2 * thread;
  const words = Array.from({ length: packing.words }, (_, i) => i);
  const starts = tablesOf(nodes);
  const point = (thread: number): Operand => extract(writer, packing.points[thread]!);
  const all = (locals: readonly number[]): readonly Code[] =>
    locals.map((local) => get(local)).reduce((a, b) => wide.or(a, b), wide.constant(0n));

  /** Looks up the row of where a thread is, and what it can do from there on. */
  const look = (thread: number): Code => [
    set(row, add(get(base), mul(point(thread), ROW))),
    [touches(thread), writes(thread)].map((local, i) =>
      set(local, wide.load(get(row), region.alone + ROW * starts[thread]! + 8 * i)),
    ),
  ];
  const rowWord = (thread: number, i: number): readonly Code[] =>
    wide.load(get(row), region.alone + ROW * starts[thread]! + 8 * i);
  const step = (node: Node, { least, mayGo }: AlonePoint, taken: number): Code => {
    if (!least) return [];
    const own: Writer = { ...writer, leavesOut: (inner) => !mayGo(inner) };
    return emit(own, node, (leaf, way) => {
      if (leaf.kind !== "moved") return [];
      const go: Code = [
        leaf.changes.map((change) =>
          set(writer.wordAt(change.word), changedBy(change, get(writer.wordAt(change.word)))),
        ),
        wide.store(get(base), wide.add(wide.load(get(base), taken), wide.constant(1n)), taken),
        set(went, 1),
      ];
      return isSame(way, least) ? go : when(isClear(way, othersTouch, othersWrite), go);
    });
  };
  let count = -1;
  const threads = nodes.map((points, t) => {
    const others = nodes.flatMap((_, other) => (other === t ? [] : [other]));
    const bodies = points.map((node, p) => {
      count++;
      return { values: [p + 1], body: step(node, alone.points[t]![p]!, region.taken + 8 * count) };
    });
    return [
      set(othersTouch, all(others.map(touches))),
      set(othersWrite, all(others.map(writes))),
      loop([
        look(t),
        when(
          wide.isZero(wide.or(wide.and(get(othersTouch), rowWord(t, 3)), wide.and(get(othersWrite), rowWord(t, 2)))),
          [set(went, 0), switchOn(point(t), bodies), when(get(went), [set(moved, 1), br(2)])],
        ),
      ]),
    ];
  });
  return {
    params: 3,
    locals: 4 + packing.words,
    wideLocals: 2 + 2 * nodes.length,
    body: [
      whileDo(below(get(from), get(to)), [
        words.map((i) => set(writer.wordAt(i), load(get(from), 4 * i))),
        nodes.map((_, t) => look(t)),
        loop([set(moved, 0), threads, set(any, or(get(any), get(moved))), brIf(get(moved), 0)]),
        words.map((i) => store(get(from), get(writer.wordAt(i)), 4 * i)),
        set(from, add(get(from), 4 * packing.words)),
      ]),
      get(any),
    ],
  };
}

const isSame = (a: Footprint, b: Footprint): boolean => a.touched === b.touched && a.written === b.written;

/** Nothing that the others can still do crosses a way. */
const isClear = (way: Footprint, othersTouch: number, othersWrite: number): Operand =>
  wide.isZero(
    wide.or(
      wide.and(get(othersTouch), wide.constant(way.written)),
      wide.and(get(othersWrite), wide.constant(way.touched)),
    ),
  );
