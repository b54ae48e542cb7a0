import { valuesOf } from "../../analysis/constants.ts";
import type { Cell } from "../../model/access.ts";
import type { Value } from "../../model/domain.ts";
import type { Spec } from "../../model/spec.ts";
import { Paused } from "../../model/explained.ts";
import { endRun } from "../../model/running.ts";
import type { Lkmm } from "./lkmm.ts";
import type { LkmmEffect } from "./transitions.ts";
import type { Word } from "../../analysis/words.ts";
import { positionIn } from "./word-encoding.ts";
import { isDisputed, presentValue, type Layout } from "./layout.ts";
import { contentAt } from "./messages.ts";
import { askSpec, specTreeOf, type Tree } from "../../analysis/decision-tree.ts";
import { GrowingTree, type Body, type PositionsOf } from "../../analysis/growing-tree.ts";

/** An `always` or `sometimes` spec, asked of a run under LKMM whether it is violated, or met. */
export interface LkmmSpec {
  /** Of a state; or the fields that it cannot be judged for. */
  readonly ask: (state: Int32Array) => boolean | readonly string[];
  /** Of the store of an effect of a state, wherever it is put. */
  readonly askOfStore: (state: Int32Array, effect: LkmmEffect) => boolean;
}

/**
 * No word that is overwritten has a value that all CPUs agree on, but each has its stores: a spec that a single word
 * decides, whatever the others hold, is asked of every store. All others are asked of every state, and may not look at
 * such words.
 */
export function lkmmSpecs(lkmm: Lkmm): (spec: Spec) => LkmmSpec {
  const { layout } = lkmm;
  const positionsOf = valuesOf(layout.program, layout.trees);
  const known = new Map<Spec, LkmmSpec>();
  return (spec) => {
    const old = known.get(spec);
    if (old) return old;
    const stores = decidingStores(layout, spec, positionsOf);
    const made = stores ? askOfStores(lkmm, stores) : { ask: askOfStates(layout, spec), askOfStore: () => false };
    known.set(spec, made);
    return made;
  };
}

type IsContent = (content: number) => boolean;

/** By list, the contents of which each alone decides the spec; and the values of cells that a lock keeps in order. */
interface Deciding {
  readonly lists: ReadonlyMap<number, IsContent>;
  readonly cells: ReadonlyMap<Cell, ReadonlySet<Value>>;
}

/** What a spec has read on one way through it. */
type Reads = ReadonlyMap<Cell, Value>;

/** Nothing, if the spec looks at several words together, or at one together with what CPUs agree on. */
function decidingStores(layout: Layout, spec: Spec, positionsOf: PositionsOf): Deciding | undefined {
  const tree = specTreeOf(layout.program, spec, positionsOf);
  if (!tree || tree.kind === "hit" || tree.kind === "miss") return undefined;
  const { lists, listOf } = layout;
  const [hits, misses]: [Reads[], Reads[]] = [[], []];
  const way = new Map<Cell, Value>();
  const visit = (node: Tree): boolean => {
    // Where it throws it must not count as true: that it does is told once some store brings it there.
    if (node.kind !== "branch") return (node.kind === "miss" ? misses : hits).push(new Map(way)) > 0;
    const { cell, arms } = node;
    if (!listOf.has(cell) && !isDisputed(layout, cell)) return false;
    const isOfWords = arms.every((arm, i) => {
      way.set(cell, cell.values[i]!);
      return visit(arm);
    });
    way.delete(cell);
    return isOfWords;
  };
  if (!visit(tree)) return undefined;
  if (![...hits, ...misses].some((reads) => [...reads.keys()].some((cell) => isDisputed(layout, cell))))
    return undefined;
  const wordOf = (cell: Cell): number | Cell => listOf.get(cell) ?? cell;
  const deciding = { contents: new Map<number, IsContent[]>(), cells: new Map<Cell, Set<Value>>() };
  const partOf = (reads: Reads, word: number | Cell) => [...reads].filter(([cell]) => wordOf(cell) === word);
  // Most ways differ in other words.
  const missesOf = keepingEach((word: number | Cell) => distinct(misses.map((miss) => partOf(miss, word))));
  for (const hit of hits) {
    const word = [...new Set([...hit.keys()].map(wordOf))].find((one) => {
      const part = partOf(hit, one);
      return !missesOf(one).some((miss) => isWithin(part, (cell) => miss.get(cell)));
    });
    if (word === undefined) return undefined;
    if (typeof word !== "number") deciding.cells.set(word, new Set(deciding.cells.get(word)).add(hit.get(word)!));
    else
      deciding.contents.set(word, [...(deciding.contents.get(word) ?? []), isContent(lists[word]!, partOf(hit, word))]);
  }
  return {
    lists: new Map([...deciding.contents].map(([list, tests]) => [list, anyOf(tests)])),
    cells: deciding.cells,
  };
}

function keepingEach<K, V>(make: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    const value = known.get(key) ?? make(key);
    known.set(key, value);
    return value;
  };
}

const distinct = (parts: readonly (readonly (readonly [Cell, Value])[])[]): readonly Reads[] => [
  ...new Map(
    parts.map((part) => [
      part.map(([cell, value]) => `${cell.index} ${cell.values.indexOf(value)}`).join(),
      new Map(part),
    ]),
  ).values(),
];

/** What was once found is kept: a word has few contents in a search, of the many that it could have. */
function anyOf(tests: readonly IsContent[]): IsContent {
  const known = new Map<number, boolean>();
  return (content) => {
    const answer = known.get(content) ?? tests.some((test) => test(content));
    known.set(content, answer);
    return answer;
  };
}

/** These values are there, as far as it is known what is. */
const isWithin = (part: readonly (readonly [Cell, Value])[], valueOf: (cell: Cell) => Value | undefined): boolean =>
  part.every(([cell, value]) => {
    const other = valueOf(cell);
    return other === undefined || other === value;
  });

/** Whether a word with this content has these values. */
function isContent(word: Word, part: readonly (readonly [Cell, Value])[]): IsContent {
  const wanted = part.map(([cell, value]) => ({
    positionOf: positionIn(word, cell),
    position: cell.values.indexOf(value),
  }));
  return (content) => wanted.every(({ positionOf, position }) => positionOf(content) === position);
}

function askOfStores(lkmm: Lkmm, { lists, cells }: Deciding): LkmmSpec {
  const lastOf = (state: Int32Array, list: number): number =>
    contentAt(lkmm, state, list, lkmm.lengthOf(state, list) - 1);
  return {
    ask: (state) =>
      [...lists].some(([list, isDeciding]) => isDeciding(lastOf(state, list))) ||
      [...cells].some(([cell, values]) => values.has(presentValue(lkmm.layout, state, cell))),
    askOfStore(state, { inserted, at, taken }) {
      const isDeciding = inserted === undefined ? undefined : lists.get(taken!.way.list);
      if (!isDeciding) return false;
      const { list, deed, store } = taken!.way;
      return isDeciding(store!(deed === "rmw" ? contentAt(lkmm, state, list, at!) : 0));
    },
  };
}

/** The spec is run once for each combination of values that it ever reads, until it reads what CPUs may disagree about. */
function askOfStates(layout: Layout, spec: Spec): LkmmSpec["ask"] {
  const judged = askSpec(layout.program, spec);
  const body: Body<ReturnType<typeof judged> | Disputed> = (base, script) => {
    let disputed: Cell | undefined;
    try {
      return judged((cell) => {
        if (!isDisputed(layout, cell)) return base(cell);
        disputed = cell;
        return endRun(new Paused());
      }, script);
    } catch (error) {
      if (!disputed) throw error;
      return { kind: "disputed", fields: [disputed.name] };
    }
  };
  const tree = new GrowingTree(body);
  return (state) => {
    const leaf = tree.endAt((cell) => {
      const at = layout.plainAt.get(cell);
      return at === undefined ? cell.values.indexOf(presentValue(layout, state, cell)) : state[at]!;
    });
    return leaf.kind === "disputed" ? leaf.fields : leaf.kind === "hit";
  };
}

/** It cannot be judged: CPUs may disagree about what it reads. */
interface Disputed {
  readonly kind: "disputed";
  readonly fields: readonly string[];
}
