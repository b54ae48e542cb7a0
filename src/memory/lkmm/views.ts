import { ModelError } from "../../model/error.ts";
import { Memo } from "./memo.ts";

/** The longest list of stores to one word that a search keeps apart. */
const MOST_STORES = 200;
const DROPS = MOST_STORES + 2;

/**
 * Views, each under a number: a view gives every word a position in the list of stores to it. 0 is the view of nothing.
 * Equal views have equal numbers; what is computed of two of them is remembered.
 */
export class Views {
  private readonly size: number;
  private rows = new Uint8Array(1024);
  private count = 0;
  private readonly known = new Map<string, number>();
  private readonly joins = new Memo((a, b) => this.map((x) => Math.max(this.at(a, x), this.at(b, x))));
  private readonly excesses = new Memo((view, known) =>
    this.map((x) => (this.at(view, x) > this.at(known, x) ? this.at(view, x) : 0)),
  );
  private readonly insertions = new Memo((view, word) => this.map((x) => this.at(view, x) + (x === word ? 1 : 0)));
  /** The first `count` stores of a word, both in one number. */
  private readonly drops = new Memo((view, dropped) => {
    const [word, count] = [Math.floor(dropped / DROPS), dropped % DROPS];
    return this.map((x) => (x === word ? Math.max(0, this.at(view, x) - count) : this.at(view, x)));
  });
  /** By word and position; 0 where it has not been asked for. */
  private readonly points: Int32Array;

  constructor(words: number) {
    this.size = words;
    this.points = new Int32Array(words * (MOST_STORES + 1));
    this.intern(new Uint8Array(words));
  }

  /** The position at one word. */
  at(view: number, word: number): number {
    return this.rows[view * this.size + word]!;
  }

  /** It is 0 at every word but this one. */
  tellsOnlyOf(view: number, word: number): boolean {
    const at = view * this.size;
    for (let x = 0; x < this.size; x++) if (x !== word && this.rows[at + x] !== 0) return false;
    return true;
  }

  /** The view that is `position` at `word` and 0 elsewhere. */
  point(word: number, position: number): number {
    if (position === 0) return 0;
    if (position > MOST_STORES)
      throw new ModelError(`more than ${MOST_STORES} stores to one word may still be read`, {
        cause: "a loop stores again and again, and some thread never looks",
        remedy: "bound the loop, or limit the search with --max-states",
      });
    const key = word * (MOST_STORES + 1) + position;
    return (this.points[key] ||= this.map((x) => (x === word ? position : 0)));
  }

  /** The later position of two views, word by word. */
  join(a: number, b: number): number {
    if (a === b || b === 0) return a;
    if (a === 0) return b;
    return a < b ? this.joins.of(a, b) : this.joins.of(b, a);
  }

  /** Only those positions of `view` that are later than in `known`. */
  excess(view: number, known: number): number {
    return view === 0 || known === 0 ? view : this.excesses.of(view, known);
  }

  /** The view after a store was put at `position` into the list of `word`: what was there is one further. */
  inserted(view: number, word: number, position: number): number {
    if (view === 0 || this.at(view, word) < position) return view;
    return this.insertions.of(view, word);
  }

  /** The view after the first `count` stores of `word` were dropped. */
  dropped(view: number, word: number, count: number): number {
    return view === 0 || this.at(view, word) === 0 ? view : this.drops.of(view, word * DROPS + count);
  }

  /** Only its positions of these words. */
  only(view: number, words: ReadonlySet<number>): number {
    return view === 0 ? 0 : this.map((x) => (words.has(x) ? this.at(view, x) : 0));
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
