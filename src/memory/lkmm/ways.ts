import type { Cell } from "../../model/access.ts";
import { interruptedBy } from "../../model/contexts.ts";
import type { Leaf, Tree } from "../../analysis/decision-tree.ts";
import type { Way } from "../../analysis/dependencies.ts";
import type { Word } from "../../analysis/words.ts";
import { positionIn, storeTo, type StoreTo } from "./word-encoding.ts";

/** What ways through a step have in common that differ in what they write alone, with its parts by their places in a state. */
export interface SortOfWay extends Way {
  readonly addressAt: readonly number[];
  readonly dataAt: readonly number[];
  readonly controlAt: readonly number[];
  readonly localsAt: readonly { readonly at: number; readonly from: readonly number[]; readonly byRead: boolean }[];
  /** The list or the lock that it uses; -1 for none. */
  readonly list: number;
  readonly lock: number;
  readonly entriesAt: readonly number[];
}

/** One way through a step. */
export interface PlacedWay extends SortOfWay {
  /** Pairs of a place and what is written there: cells that have one value for all. */
  readonly writesAt: readonly number[];
  /** The CPUs that it interrupts. */
  readonly interrupts: readonly number[];
  /** If it stores. */
  readonly store: StoreTo | undefined;
}

/**
 * A step's tree with its cells by where they lie in a state. It is of all values, most of which no run finds: `arm` places
 * what lies behind one when somebody comes there first, by the position of a cell's value, or by a word's content.
 */
export type PlacedTree =
  | { readonly kind: "choice"; readonly options: readonly PlacedTree[] }
  /** A cell with one value for all; `lock` is the lock that the step looks at in it, -1 if none. */
  | { readonly kind: "plain"; readonly at: number; readonly lock: number; readonly arm: Arm }
  | { readonly kind: "list"; readonly list: number; readonly arm: Arm }
  | { readonly kind: "end"; readonly leaf: Leaf; readonly way: PlacedWay };

type Arm = (found: number) => PlacedTree;

/** Where in a state the parts of steps lie. */
export interface Places {
  readonly lists: readonly Word[];
  readonly listOf: ReadonlyMap<Cell, number>;
  readonly lockOf: ReadonlyMap<Cell, number>;
  readonly plainAt: ReadonlyMap<Cell, number>;
  readonly constants: ReadonlyMap<Cell, number>;
  readonly localViewAt: ReadonlyMap<Cell, number>;
  readonly keepsHolders: boolean;
}

/** All ways through a step. Some steps have thousands, of which runs take few. */
export class PlacedWays {
  /** Each sort once. */
  readonly sorts: readonly SortOfWay[];
  private readonly ways: ReadonlyMap<Leaf, Way>;
  private readonly sortOfWay: ReadonlyMap<Way, SortOfWay>;
  private readonly places: Places;
  private readonly known = new Map<Leaf, PlacedWay>();

  /** `sorts` has each of the ways once. */
  constructor(ways: ReadonlyMap<Leaf, Way>, sorts: Iterable<Way>, places: Places) {
    // They share most of their sets. What no step changes has no view: it comes from no load.
    const lists = new Map<ReadonlySet<Cell>, readonly number[]>();
    const at = (cells: ReadonlySet<Cell>): readonly number[] => {
      let list = lists.get(cells);
      if (!list) lists.set(cells, (list = [...cells].flatMap((cell) => places.localViewAt.get(cell) ?? [])));
      return list;
    };
    this.ways = ways;
    this.sortOfWay = new Map(Array.from(sorts, (way) => [way, sortOf(way, places, at)] as const));
    this.sorts = [...this.sortOfWay.values()];
    this.places = places;
  }

  /** Where they end, in the order of the step's tree. */
  get leaves(): readonly Leaf[] {
    return [...this.ways.keys()];
  }

  sortOf(leaf: Leaf): SortOfWay {
    return this.sortOfWay.get(this.ways.get(leaf)!)!;
  }

  /** The way that ends there, the same one each time. */
  of(leaf: Leaf): PlacedWay {
    let way = this.known.get(leaf);
    if (!way) this.known.set(leaf, (way = placedWay(leaf, this.sortOf(leaf), this.places)));
    return way;
  }
}

function sortOf(
  { deed, word, entries, address, data, control, controlsByRead, locals }: Way,
  { listOf, lockOf, localViewAt }: Places,
  at: (cells: ReadonlySet<Cell>) => readonly number[],
): SortOfWay {
  const cell = word?.cells[0];
  return {
    deed,
    word,
    entries,
    address,
    data,
    control,
    controlsByRead,
    locals,
    addressAt: at(address),
    dataAt: at(data),
    controlAt: at(control),
    localsAt: Array.from(locals, ([local, { from, byRead }]) => ({
      at: localViewAt.get(local)!,
      from: at(from),
      byRead,
    })),
    list: (cell && listOf.get(cell)) ?? -1,
    lock: (cell && lockOf.get(cell)) ?? -1,
    entriesAt: Array.from(entries, ({ index }) => index),
  };
}

function placedWay(leaf: Leaf, sort: SortOfWay, { lists, plainAt }: Places): PlacedWay {
  const writesAt: number[] = [];
  if (leaf.kind === "moved")
    for (const [cell, value] of leaf.writes) {
      const at = plainAt.get(cell);
      if (at !== undefined) writesAt.push(at, cell.values.indexOf(value));
    }
  const stores = leaf.kind === "moved" && (sort.deed === "write" || sort.deed === "rmw");
  return {
    ...sort,
    writesAt,
    interrupts: interruptedIn(leaf),
    store: stores ? storeTo(lists[sort.list]!, leaf.writes) : undefined,
  };
}

/** The CPUs that one way through a step interrupts. */
export function interruptedIn(leaf: Leaf): readonly number[] {
  let cpus: Set<number> | undefined;
  if (leaf.kind === "moved")
    for (const [cell, value] of leaf.writes) {
      const cpu = interruptedBy(cell, value);
      if (cpu !== undefined) (cpus ??= new Set()).add(cpu);
    }
  return cpus ? [...cpus] : NO_CPUS;
}

const NO_CPUS: readonly number[] = [];

/** `words` has the words that the step itself may use. */
export function placedTree(
  tree: Tree,
  words: ReadonlySet<Word>,
  ways: PlacedWays,
  { lists, listOf, lockOf, plainAt, constants, keepsHolders }: Places,
): PlacedTree {
  // The step itself looks at the lock, and not the check of a guarded field.
  const looksAt = (cell: Cell): boolean => keepsHolders && [...words].some(({ cells }) => cells.includes(cell));
  const place = (node: Tree): PlacedTree => {
    if (node.kind === "choice") return { kind: "choice", options: node.options.map(place) };
    if (node.kind !== "branch") return { kind: "end", leaf: node, way: ways.of(node) };
    const { cell } = node;
    const constant = constants.get(cell);
    if (constant !== undefined) return place(node.arms[constant]!);
    const arms: PlacedTree[] = [];
    const arm: Arm = (position) => (arms[position] ??= place(node.arms[position]!));
    const list = listOf.get(cell);
    if (list === undefined) {
      const lock = lockOf.has(cell) && looksAt(cell) ? lockOf.get(cell) : undefined;
      return { kind: "plain", at: plainAt.get(cell)!, lock: lock ?? -1, arm };
    }
    const position = positionIn(lists[list]!, cell);
    return { kind: "list", list, arm: (content) => arm(position(content)) };
  };
  return place(tree);
}
