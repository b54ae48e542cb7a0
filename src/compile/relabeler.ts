import { valueAt } from "./pack.ts";
import type { PackedExchange, Relabel } from "./relabel.ts";

// With more ways to put members in order than this, the first one is taken: then some states that are alike stay two.
const MOST_ORDERS = 120;

/** What moves in a packed state where each member takes the place of another one. */
interface Plan {
  /** By place: the place where its value goes to, and what becomes of it. */
  readonly to: Int32Array;
  readonly values: readonly (readonly number[] | undefined)[];
}

/** By member: the member whose place it takes. */
export type Order = readonly number[];

/**
 * Makes one of all packed states that differ in who is who, pointers at what belongs to whom renamed with it. Members are
 * put in order by what is said of them, and of those who are named with them, and so on, as far as it does not depend on
 * who is who; where that leaves several ways, the least state of all is taken.
 */
export class Relabeler {
  private readonly relabel: Relabel;
  private readonly plans = new Map<string, Plan>();
  private readonly marks: Int32Array;
  private readonly sums: Int32Array;
  private readonly values: Int32Array;

  constructor(relabel: Relabel) {
    this.relabel = relabel;
    const count = relabel.kin.flat().length;
    this.marks = new Int32Array(count);
    this.sums = new Int32Array(count);
    this.values = new Int32Array(relabel.places.length);
  }

  /** Puts the packed state at `words[at]` in order. */
  reduce(words: Int32Array, at: number, size: number): void {
    const orders = this.ordersOf(words, at);
    const old = words.slice(at, at + size);
    let best: Int32Array | undefined;
    for (const order of orders) {
      const other = this.apply(old, order);
      if (!best || isLess(other, best)) best = other;
    }
    words.set(best!, at);
  }

  /** In which order it puts the members of the packed state at `words[at]`. */
  orderOf(words: Int32Array, at: number, size: number): Order {
    const old = words.slice(at, at + size);
    let best: { readonly order: Order; readonly words: Int32Array } | undefined;
    for (const order of this.ordersOf(words, at)) {
      const other = this.apply(old, order);
      if (!best || isLess(other, best.words)) best = { order, words: other };
    }
    return best!.order;
  }

  private ordersOf(words: Int32Array, at: number): readonly Order[] {
    this.describe(words, at);
    const { kin, fresh } = this.relabel;
    let orders: Order[] = [[...this.marks.keys()]];
    for (const members of kin) {
      const moving = members.filter((m) => {
        const never = fresh[m];
        return !never || valueAt(words, at, never) !== never.value;
      });
      const ways = sortings(moving, this.marks, MOST_ORDERS / orders.length);
      orders = orders.flatMap((order) =>
        ways.map((sorted) => {
          const other = [...order];
          for (const [i, m] of sorted.entries()) other[m] = moving[i]!;
          return other;
        }),
      );
    }
    return orders;
  }

  /** Gives each member a mark that is the same for all who cannot be told apart by what is said of them. */
  private describe(words: Int32Array, at: number): void {
    const { places } = this.relabel;
    const { marks, sums, values } = this;
    for (let p = 0; p < places.length; p++) values[p] = valueAt(words, at, places[p]!);
    marks.fill(1);
    // What is said of one is known to all who are named with it after a round.
    for (let round = 0; round < 3; round++) {
      sums.fill(0);
      for (let p = 0; p < places.length; p++) {
        const { kind, members, kinds, named } = places[p]!;
        const value = values[p]!;
        const others = named[value]!;
        let sign = mix(mix(kind, kinds[value]!), round);
        for (const m of members) sign = mix(sign, marks[m]!);
        for (const m of others) sign = mix(sign, marks[m]!);
        let which = 0;
        for (const m of members) sums[m] = (sums[m]! + mix(sign, ++which)) | 0;
        for (const m of others) sums[m] = (sums[m]! + mix(sign, ++which)) | 0;
      }
      // A member that points at itself is another one than two that point at each other.
      for (let p = 0; p < places.length; p++) {
        const { members, named, kind } = places[p]!;
        for (const m of named[values[p]!]!) if (members.includes(m)) sums[m] = (sums[m]! + mix(kind, 77)) | 0;
      }
      for (let m = 0; m < marks.length; m++) marks[m] = mix(marks[m]!, sums[m]!);
      if (areDifferent(marks, this.relabel.kin)) return;
    }
  }

  private apply(old: Int32Array, order: Order): Int32Array {
    const { places } = this.relabel;
    const { to, values } = this.planOf(order);
    const out = old.slice();
    for (const { word, shift, mask } of places) out[word]! &= ~(mask << shift);
    for (let p = 0; p < places.length; p++) {
      const value = valueAt(old, 0, places[p]!);
      const { word, shift } = places[to[p]!]!;
      out[word]! |= (values[p] ? values[p]![value]! : value) << shift;
    }
    return out;
  }

  private planOf(order: Order): Plan {
    const key = order.join();
    const known = this.plans.get(key);
    if (known) return known;
    const { kin, places, exchanges } = this.relabel;
    let plan: Plan = { to: Int32Array.from(places.keys()), values: places.map(() => undefined) };
    for (const [k, members] of kin.entries()) {
      const row = members.map((m) => order[m]!);
      // Neighbours are exchanged until everybody is where he belongs.
      for (let end = row.length - 1; end > 0; end--)
        for (let i = 0; i < end; i++)
          if (row[i]! > row[i + 1]!) {
            [row[i], row[i + 1]] = [row[i + 1]!, row[i]!];
            plan = then(plan, exchanges[k]![i]!);
          }
    }
    this.plans.set(key, plan);
    return plan;
  }
}

function then({ to, values }: Plan, exchange: PackedExchange): Plan {
  return {
    to: to.map((place) => exchange.to[place]!),
    values: values.map((before, p) => {
      const after = exchange.values[to[p]!];
      return before && after ? before.map((value) => after[value]!) : (before ?? after);
    }),
  };
}

/** Spreads the bits of two numbers over one. */
function mix(a: number, b: number): number {
  let h = Math.imul(a ^ Math.imul(b, 0x9e3779b1), 0x85ebca6b);
  h ^= h >>> 15;
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

const areDifferent = (marks: Int32Array, kin: readonly (readonly number[])[]): boolean =>
  kin.every((members) => members.every((m, i) => members.every((other, j) => j <= i || marks[m] !== marks[other])));

/** The ways to put these in ascending order of their marks; the first one alone if there are more than so many. */
function sortings(members: readonly number[], marks: Int32Array, most: number): readonly (readonly number[])[] {
  const sorted = members.toSorted((a, b) => marks[a]! - marks[b]! || a - b);
  let ways = 1;
  for (let from = 0, to = 0; from < sorted.length; from = to)
    for (to = from; to < sorted.length && marks[sorted[to]!] === marks[sorted[from]!]; to++) ways *= to - from + 1;
  if (ways === 1 || ways > most) return [sorted];
  const all = (left: readonly number[]): readonly (readonly number[])[] => {
    if (left.length === 0) return [[]];
    const first = left.filter((m) => marks[m] === marks[left[0]!]);
    return first.flatMap((m) => all(left.filter((other) => other !== m)).map((rest) => [m, ...rest]));
  };
  return all(sorted);
}

function isLess(a: Int32Array, b: Int32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! < b[i]!;
  return false;
}
