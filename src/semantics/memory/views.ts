import { ModelError } from "../../model/error.ts";

/** The longest list of stores to one word that a search keeps apart. */
export const MOST_STORES = 200;

/**
 * Views, each under a number: a view gives every word a position in the list of stores to it. 0 is the view of nothing.
 * Equal views have equal numbers; what is computed of two of them is remembered.
 */
export class Views {
  private readonly size: number;
  private rows = new Uint8Array(1024);
  private count = 0;
  private readonly known = new Map<string, number>();
  private readonly joins = new Memo();
  private readonly excesses = new Memo();
  private readonly moves = new Memo();
  private readonly points = new Map<number, number>();

  constructor(words: number) {
    this.size = words;
    this.intern(new Uint8Array(words));
  }

  /** The position at one word. */
  at(view: number, word: number): number {
    return this.rows[view * this.size + word]!;
  }

  /** The view that is `position` at `word` and 0 elsewhere. */
  point(word: number, position: number): number {
    if (position === 0) return 0;
    if (position > MOST_STORES)
      throw new ModelError(`more than ${MOST_STORES} stores to one word may still be read`, {
        cause: "a loop stores again and again, and some thread never looks",
        remedy: "bound the loop, or limit the search with --max-states",
      });
    const key = word * 256 + position;
    const old = this.points.get(key);
    if (old !== undefined) return old;
    const row = new Uint8Array(this.size);
    row[word] = position;
    const view = this.intern(row);
    this.points.set(key, view);
    return view;
  }

  /** The later position of two views, word by word. */
  join(a: number, b: number): number {
    if (a === b || b === 0) return a;
    if (a === 0) return b;
    const [low, high] = a < b ? [a, b] : [b, a];
    return this.joins.get(low, high, () => this.map((x) => Math.max(this.at(low, x), this.at(high, x))));
  }

  /** Only those positions of `view` that are later than in `known`. */
  excess(view: number, known: number): number {
    if (view === 0 || known === 0) return view;
    return this.excesses.get(view, known, () =>
      this.map((x) => (this.at(view, x) > this.at(known, x) ? this.at(view, x) : 0)),
    );
  }

  /** The view after a store was put at `position` into the list of `word`: what was there is one further. */
  inserted(view: number, word: number, position: number): number {
    if (this.at(view, word) < position || view === 0) return view;
    return this.moves.get(view, word * 512 + position, () => this.map((x) => this.at(view, x) + (x === word ? 1 : 0)));
  }

  /** The view after the first `count` stores of `word` were dropped. */
  dropped(view: number, word: number, count: number): number {
    if (this.at(view, word) === 0) return view;
    return this.moves.get(view, word * 512 + 256 + count, () =>
      this.map((x) => (x === word ? Math.max(0, this.at(view, x) - count) : this.at(view, x))),
    );
  }

  /** The view with its words renamed: `from[x]` is the word whose position word x gets. */
  renamed(view: number, from: readonly number[]): number {
    return view === 0 ? 0 : this.map((x) => this.at(view, from[x]!));
  }

  private map(positionAt: (word: number) => number): number {
    const row = new Uint8Array(this.size);
    for (let x = 0; x < this.size; x++) row[x] = positionAt(x);
    return this.intern(row);
  }

  private intern(row: Uint8Array): number {
    const key = String.fromCharCode(...row);
    const old = this.known.get(key);
    if (old !== undefined) return old;
    const view = this.count++;
    this.known.set(key, view);
    if (this.count * this.size > this.rows.length) {
      const rows = new Uint8Array(2 * this.rows.length + this.size);
      rows.set(this.rows);
      this.rows = rows;
    }
    this.rows.set(row, view * this.size);
    return view;
  }
}

/** What a function of two numbers has given so far. */
class Memo {
  private keys = new Int32Array(2 << 12).fill(-1);
  private values = new Int32Array(1 << 12);
  private count = 0;

  get(a: number, b: number, compute: () => number): number {
    const at = this.find(a, b);
    if (this.keys[2 * at] === a && this.keys[2 * at + 1] === b) return this.values[at]!;
    const value = compute();
    this.put(a, b, value);
    return value;
  }

  private find(a: number, b: number): number {
    const mask = this.values.length - 1;
    let at = (Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b)) >>> 7;
    for (at &= mask; this.keys[2 * at] !== -1; at = (at + 1) & mask)
      if (this.keys[2 * at] === a && this.keys[2 * at + 1] === b) break;
    return at;
  }

  private put(a: number, b: number, value: number): void {
    if (2 * ++this.count > this.values.length) this.grow();
    const at = this.find(a, b);
    this.keys[2 * at] = a;
    this.keys[2 * at + 1] = b;
    this.values[at] = value;
  }

  private grow(): void {
    const { keys, values } = this;
    this.keys = new Int32Array(2 * keys.length).fill(-1);
    this.values = new Int32Array(2 * values.length);
    for (const [i, value] of values.entries()) {
      if (keys[2 * i] === -1) continue;
      const at = this.find(keys[2 * i]!, keys[2 * i + 1]!);
      this.keys[2 * at] = keys[2 * i]!;
      this.keys[2 * at + 1] = keys[2 * i + 1]!;
      this.values[at] = value;
    }
  }
}
