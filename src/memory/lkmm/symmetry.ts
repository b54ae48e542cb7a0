import { valuesOf } from "../../analysis/constants.ts";
import type { DetailOf } from "../../analysis/renaming.ts";
import { alikeIn } from "../../analysis/alike.ts";
import { mayBeAlike, type Labels } from "../../analysis/kin.ts";
import type { Group } from "../../analysis/symmetry.ts";
import { LIFE, type Cell } from "../../model/access.ts";
import type { Lkmm } from "./lkmm.ts";
import type { Layout } from "./layout.ts";
import { Exchange, type Moves } from "./exchange.ts";

/** One state for all that symmetric threads make of it by being one another. */
export class LkmmSymmetry {
  readonly names: readonly string[];
  private readonly lkmm: Lkmm;
  private readonly families: readonly Family[];
  /** By how the members compare: the ways to put them in order, several where some compare equal. */
  private readonly orders = new Map<number, readonly Exchange[]>();
  private readonly exchanges = new Map<string, Exchange>();
  private readonly movesOf: (from: readonly (readonly number[])[]) => Moves;
  /** By size of a state: where two are compared. */
  private readonly rooms: [Int32Array, Int32Array][] = [];
  private last: Exchange | undefined;

  /** Throws a ModelError if threads that are declared symmetric are not, and may not be told apart. */
  constructor(lkmm: Lkmm, mayReduce: boolean) {
    const { layout } = lkmm;
    const { program, trees } = layout;
    this.lkmm = lkmm;
    const { groups, labels, names } =
      mayReduce && mayBeAlike(program)
        ? alikeIn(program, trees, valuesOf(program, trees), detailOf(layout))
        : { groups: [], labels: undefined, names: [] };
    this.names = names;
    this.families = labels ? labelled(layout, labels) : groups.map((group) => grouped(layout, group));
    this.movesOf = labels ? (from) => movesByLabels(labels, from) : (from) => movesInGroups(groups, from);
  }

  /** The threads that this one may be exchanged with, itself included. */
  alike(thread: number): readonly number[] {
    const threads = this.families.map((members) => members.flatMap((member) => member.thread ?? []));
    return threads.find((group) => group.includes(thread)) ?? [thread];
  }

  /** Of all states that exchanges make of this one, always the same. It is there until the next one is asked for. */
  canonical(state: Int32Array): Int32Array {
    if (this.families.length === 0) return state;
    const rooms = (this.rooms[state.length] ??= [new Int32Array(state.length), new Int32Array(state.length)]);
    let best: Int32Array | undefined;
    this.last = undefined;
    for (const exchange of this.ordersOf(state)) {
      const room = best === rooms[0] ? rooms[1] : rooms[0];
      const other = exchange.isIdentity ? state : exchange.apply(state, room);
      if (!best || isLess(other, best)) {
        best = other;
        this.last = exchange;
      }
    }
    return best!;
  }

  /** By thread: whose place it has in the state that was asked for last; nothing if every thread has its own. */
  get lastPlaces(): readonly number[] | undefined {
    return this.last?.isIdentity === false ? this.last.to : undefined;
  }

  private ordersOf(state: Int32Array): readonly Exchange[] {
    let key = 0;
    for (const members of this.families) {
      for (const { fresh } of members) if (fresh) key = 2 * key + Number(isFresh(state, fresh));
      for (let i = 1; i < members.length; i++)
        for (let j = 0; j < i; j++) key = 3 * key + compare(state, members[j]!, members[i]!) + 1;
    }
    const known = this.orders.get(key);
    if (known) return known;
    const orders = this.families.reduce<readonly (readonly (readonly number[])[])[]>(
      (before, members) => {
        const all = [...members.keys()];
        const moving = all.filter((m) => !members[m]!.fresh || !isFresh(state, members[m]!.fresh));
        const sorted = sortings(moving, (a, b) => compare(state, members[a]!, members[b]!));
        const placed = sorted.map((one) => all.map((m) => one[moving.indexOf(m)] ?? m));
        return before.flatMap((order) => placed.map((one) => [...order, one]));
      },
      [[]],
    );
    const exchanges = orders.map((order) => this.exchange(order));
    this.orders.set(key, exchanges);
    return exchanges;
  }

  private exchange(from: readonly (readonly number[])[]): Exchange {
    const key = from.join(";");
    const exchange = this.exchanges.get(key) ?? new Exchange(this.lkmm, this.movesOf(from));
    this.exchanges.set(key, exchange);
    return exchange;
  }
}

/** One of those that may take each other's place, and where a state says how far it is, in the same order for all. */
interface Member {
  readonly thread?: number;
  /** Of an object: where a state says that nobody has ever had it, and by which value. It stays in its place then. */
  readonly fresh?: readonly [at: number, value: number];
  readonly places: readonly number[];
}

type Family = readonly Member[];

const grouped = (layout: Layout, { members }: Group): Family =>
  members.map(({ thread, cells }) => {
    const plain = cells.flatMap((cell) => layout.plainAt.get(cell) ?? []);
    return { thread, places: [layout.points + thread, layout.pending + thread, ...plain] };
  });

/** Of what may point at members, nothing can be said that does not depend on who is who. */
const labelled = (layout: Layout, labels: Labels): readonly Family[] =>
  labels.kin.map(({ members }, k) =>
    members.map(({ thread, life }, m) => {
      const own = layout.plain.flatMap((cell) => {
        const { pattern, roles } = labels.of(cell);
        const isOwn = roles.length === 1 && roles[0]![0] === k && roles[0]![1] === m;
        return isOwn && cell.isPointer !== true ? [{ pattern, at: layout.plainAt.get(cell)! }] : [];
      });
      const plain = own.toSorted((a, b) => (a.pattern < b.pattern ? -1 : 1)).map(({ at }) => at);
      const fresh = life && ([layout.plainAt.get(life)!, life.values.indexOf(LIFE.fresh)] as const);
      return thread === undefined
        ? { places: plain, ...(fresh && { fresh }) }
        : { thread, places: [layout.points + thread, layout.pending + thread, ...plain] };
    }),
  );

/** By group and member: who takes its place. */
function movesInGroups(groups: readonly Group[], from: readonly (readonly number[])[]): Moves {
  const cells = new Map<Cell, Cell>();
  const threads = new Map<number, number>();
  for (const [g, { members }] of groups.entries())
    for (const [m, member] of members.entries()) {
      const other = members[from[g]![m]!]!;
      threads.set(member.thread, other.thread);
      for (const [i, cell] of member.cells.entries()) cells.set(cell, other.cells[i]!);
    }
  return {
    isIdentity: isInOrder(from),
    cellFrom: (cell) => cells.get(cell) ?? cell,
    threadFrom: (thread) => threads.get(thread) ?? thread,
    renamed: (_, value) => value,
  };
}

function movesByLabels(labels: Labels, from: readonly (readonly number[])[]): Moves {
  const to = from.map((order) => order.map((_, m) => order.indexOf(m)));
  const [forth, back] = [labels.exchange(to), labels.exchange(from)];
  return {
    isIdentity: isInOrder(from),
    cellFrom: (cell) => back.cell(cell),
    threadFrom: (thread) => back.thread(thread),
    renamed: (cell, value) => forth.value(cell, value),
  };
}

const isFresh = (state: Int32Array, [at, value]: readonly [number, number]): boolean => state[at] === value;

const isInOrder = (orders: readonly (readonly number[])[]): boolean =>
  orders.every((order) => order.every((one, i) => one === i));

/** -1, 0 or 1: how far two members are, as far as it does not depend on who is who. */
function compare(state: Int32Array, { places: left }: Member, { places: right }: Member): number {
  for (let i = 0; i < left.length; i++) {
    const difference = state[left[i]!]! - state[right[i]!]!;
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}

/** All ways to put these in ascending order. */
function sortings(threads: readonly number[], compare: (a: number, b: number) => number): readonly number[][] {
  if (threads.length === 0) return [[]];
  const least = threads.filter((a) => threads.every((b) => compare(a, b) <= 0));
  return least.flatMap((first) =>
    sortings(
      threads.filter((thread) => thread !== first),
      compare,
    ).map((rest) => [first, ...rest]),
  );
}

function isLess(a: Int32Array, b: Int32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! < b[i]!;
  return false;
}

/** What LKMM asks of a step beyond its effect: which word it uses how, in what order, and what depends on what. */
function detailOf({ threads }: Layout): DetailOf {
  const known = new Map(
    threads.flatMap(({ points }) =>
      points.flatMap(({ order, ways }) => ways.leaves.map((leaf) => [leaf, { order, ways }] as const)),
    ),
  );
  return (leaf, rename) => {
    const detail = known.get(leaf);
    if (!detail || leaf.kind === "blocked") return "";
    const { order, ways } = detail;
    const way = ways.sortOf(leaf);
    const names = (cells: Iterable<Cell>): string =>
      [...cells]
        .map((cell) => rename(cell).name)
        .toSorted()
        .join(" ");
    const locals = [...way.locals].map(
      ([cell, { from, byRead }]) => `${rename(cell).name}=${names(from)}${byRead ? "+" : ""}`,
    );
    return [
      "",
      order,
      way.deed,
      names(way.word?.cells ?? []),
      names(way.address),
      names(way.data),
      names(way.control),
      way.controlsByRead,
      ...locals.toSorted(),
    ].join("; ");
  };
}
