import { valuesOf } from "../../analysis/constants.ts";
import type { DetailOf } from "../../analysis/renaming.ts";
import { symmetryOf, type Group } from "../../analysis/symmetry.ts";
import type { Cell } from "../../model/access.ts";
import type { Lkmm } from "./lkmm.ts";
import type { Layout } from "./layout.ts";
import { Exchange } from "./exchange.ts";

/** One state for all that symmetric threads make of it by being one another. */
export class LkmmSymmetry {
  readonly groups: readonly Group[];
  private readonly lkmm: Lkmm;
  /** By member: where a state says how far it is, in the same order for all of a group. */
  private readonly places: ReadonlyMap<number, readonly number[]>;
  /** By how the members compare: the ways to put them in order, several where some compare equal. */
  private readonly orders = new Map<number, readonly Exchange[]>();
  private readonly exchanges = new Map<string, Exchange>();
  /** By size of a state: where two are compared. */
  private readonly rooms: [Int32Array, Int32Array][] = [];
  private last: Exchange | undefined;

  /** Throws a ModelError if threads that are declared symmetric are not, and may not be told apart. */
  constructor(lkmm: Lkmm, mayReduce: boolean) {
    const { layout } = lkmm;
    const { program, trees } = layout;
    this.lkmm = lkmm;
    this.groups = mayReduce ? symmetryOf(program, trees, valuesOf(program, trees), detailOf(layout)) : [];
    this.places = new Map(
      this.groups.flatMap(({ members }) =>
        members.map(({ thread, cells }) => {
          const plain = cells.flatMap((cell) => layout.plainAt.get(cell) ?? []);
          return [thread, [layout.points + thread, layout.pending + thread, ...plain]] as const;
        }),
      ),
    );
  }

  /** The threads that this one may be exchanged with, itself included. */
  alike(thread: number): readonly number[] {
    const threads = this.groups.map(({ members }) => members.map((member) => member.thread));
    return threads.find((group) => group.includes(thread)) ?? [thread];
  }

  /** Of all states that exchanges make of this one, always the same. It is there until the next one is asked for. */
  canonical(state: Int32Array): Int32Array {
    if (this.groups.length === 0) return state;
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
    for (const { members } of this.groups)
      for (let i = 1; i < members.length; i++)
        for (let j = 0; j < i; j++) key = 3 * key + this.compare(state, members[j]!.thread, members[i]!.thread) + 1;
    const known = this.orders.get(key);
    if (known) return known;
    const compare = (a: number, b: number): number => this.compare(state, a, b);
    const orders = this.groups.reduce<readonly Map<number, number>[]>(
      (before, { members }) => {
        const threads = members.map(({ thread }) => thread);
        const sorted = sortings(threads, compare).map((from) => threads.map((t, i) => [t, from[i]!] as const));
        return before.flatMap((order) => sorted.map((one) => new Map([...order, ...one])));
      },
      [new Map<number, number>()],
    );
    const exchanges = orders.map((order) => this.exchange(order));
    this.orders.set(key, exchanges);
    return exchanges;
  }

  private exchange(from: ReadonlyMap<number, number>): Exchange {
    const key = [...from.values()].join();
    const exchange = this.exchanges.get(key) ?? new Exchange(this.lkmm, this.groups, from);
    this.exchanges.set(key, exchange);
    return exchange;
  }

  /** -1, 0 or 1: how far two members are, as far as it does not depend on who is who. */
  private compare(state: Int32Array, a: number, b: number): number {
    const [left, right] = [this.places.get(a)!, this.places.get(b)!];
    for (let i = 0; i < left.length; i++) {
      const difference = state[left[i]!]! - state[right[i]!]!;
      if (difference !== 0) return Math.sign(difference);
    }
    return 0;
  }
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
      points.flatMap(({ order, ways }) => ways.map(([leaf, way]) => [leaf, { order, way }] as const)),
    ),
  );
  return (leaf, rename) => {
    const detail = known.get(leaf);
    if (!detail || leaf.kind === "blocked") return "";
    const { order, way } = detail;
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
