/** In words. */
const PAGE = 1 << 18;
/** In front of each state: how many words it has. */
const HEAD = 1;

/** An exact set of states of any length, in the order in which they were added. */
export class StateSet {
  /** States one after the other; none lies in two pages. */
  private readonly pages: Int32Array[] = [];
  private end = 0;
  /** By state: its page and where in it, as one number. */
  private starts = new Float64Array(1 << 10);
  /** Pairs of a state's hash and its number, counted from 1; 0 is a free pair. */
  private table = new Int32Array(2 << 12);
  size = 0;

  /** The state that was added as number `index`; not to be written to. */
  get(index: number): Int32Array {
    const start = this.starts[index]!;
    const page = this.pages[Math.floor(start / PAGE)]!;
    const at = start % PAGE;
    return page.subarray(at, at + page[at - HEAD]!);
  }

  /** Bytes in use. */
  get bytes(): number {
    return 4 * (this.end + this.table.length) + 8 * this.starts.length;
  }

  /** How full the table is. */
  get load(): number {
    return (2 * this.size) / this.table.length;
  }

  /** Adds a state unless it is there; returns its number. */
  add(state: Int32Array): number {
    const hash = hashOf(state);
    const at = this.find(state, hash);
    const { table } = this;
    if (table[at + 1] !== 0) return table[at + 1]! - 1;
    this.append(state);
    table[at] = hash;
    table[at + 1] = this.size;
    if (4 * this.size > table.length) this.rehash();
    return this.size - 1;
  }

  private append(state: Int32Array): void {
    const words = state.length + HEAD;
    if (words > PAGE) throw new RangeError(`a state of ${words} words has no room in a page`);
    const left = PAGE - (this.end % PAGE);
    if (left < words) this.end += left;
    const page = (this.pages[Math.floor(this.end / PAGE)] ??= new Int32Array(PAGE));
    const at = this.end % PAGE;
    page[at] = state.length;
    // Not by set(), which is asked what it changes while a model of the user is loaded, as is push() elsewhere.
    for (let i = 0; i < state.length; i++) page[at + HEAD + i] = state[i]!;
    if (this.size === this.starts.length) {
      const starts = new Float64Array(2 * this.starts.length);
      starts.set(this.starts);
      this.starts = starts;
    }
    this.starts[this.size++] = this.end + HEAD;
    this.end += words;
  }

  private find(state: Int32Array, hash: number): number {
    const { table } = this;
    const mask = table.length - 1;
    let at = (2 * hash) & mask;
    for (; table[at + 1] !== 0; at = (at + 2) & mask)
      if (table[at] === hash && this.equals(table[at + 1]! - 1, state)) break;
    return at;
  }

  private equals(index: number, state: Int32Array): boolean {
    const start = this.starts[index]!;
    const page = this.pages[Math.floor(start / PAGE)]!;
    const at = start % PAGE;
    if (page[at - HEAD] !== state.length) return false;
    for (let i = 0; i < state.length; i++) if (page[at + i] !== state[i]) return false;
    return true;
  }

  private rehash(): void {
    const old = this.table;
    const table = new Int32Array(2 * old.length);
    const mask = table.length - 1;
    for (let i = 0; i < old.length; i += 2) {
      if (old[i + 1] === 0) continue;
      let at = (2 * old[i]!) & mask;
      while (table[at + 1] !== 0) at = (at + 2) & mask;
      table[at] = old[i]!;
      table[at + 1] = old[i + 1]!;
    }
    this.table = table;
  }
}

function hashOf(state: Int32Array): number {
  // Two lanes: each step of one waits for the step before.
  let [left, right] = [state.length, 0];
  for (let i = 1; i < state.length; i += 2) {
    left = Math.imul(left ^ state[i - 1]!, 0x9e3779b1) ^ (left >>> 15);
    right = Math.imul(right ^ state[i]!, 0x85ebca6b) ^ (right >>> 13);
  }
  if (state.length % 2 === 1) left = Math.imul(left ^ state[state.length - 1]!, 0x9e3779b1) ^ (left >>> 15);
  const hash = Math.imul(left ^ (right >>> 16) ^ (right << 16), 0x9e3779b1);
  return hash ^ (hash >>> 15);
}
