/** An exact set of states of any length, in the order in which they were added. */
export class StateSet {
  private words = new Int32Array(1 << 16);
  private starts = new Float64Array(1 << 10);
  private hashes = new Int32Array(1 << 10);
  /** Positions in `starts`, counted from 1; 0 is a free entry. */
  private table = new Int32Array(1 << 12);
  size = 0;

  /** A copy of the state that was added as number `index`. */
  get(index: number): Int32Array {
    return this.words.slice(this.starts[index]!, this.starts[index + 1]!);
  }

  /** Bytes in use. */
  get bytes(): number {
    return 4 * (this.starts[this.size]! + this.table.length + this.hashes.length) + 8 * this.starts.length;
  }

  /** Adds a state unless it is there; returns its number. */
  add(state: Int32Array): number {
    const hash = hashOf(state);
    const at = this.find(state, hash);
    if (this.table[at] !== 0) return this.table[at]! - 1;
    const start = this.starts[this.size]!;
    if (start + state.length > this.words.length) this.words = enlarged(this.words, start + state.length);
    this.words.set(state, start);
    if (this.size + 2 > this.starts.length) {
      const starts = new Float64Array(2 * this.starts.length);
      starts.set(this.starts);
      this.starts = starts;
      this.hashes = enlarged(this.hashes, 2 * this.hashes.length);
    }
    this.hashes[this.size] = hash;
    this.table[at] = ++this.size;
    this.starts[this.size] = start + state.length;
    if (2 * this.size > this.table.length) this.rehash();
    return this.size - 1;
  }

  private find(state: Int32Array, hash: number): number {
    const mask = this.table.length - 1;
    let at = hash & mask;
    for (; this.table[at] !== 0; at = (at + 1) & mask)
      if (this.hashes[this.table[at]! - 1] === hash && this.equals(this.table[at]! - 1, state)) break;
    return at;
  }

  private equals(index: number, state: Int32Array): boolean {
    const start = this.starts[index]!;
    if (this.starts[index + 1]! - start !== state.length) return false;
    for (let i = 0; i < state.length; i++) if (this.words[start + i] !== state[i]) return false;
    return true;
  }

  private rehash(): void {
    const table = new Int32Array(2 * this.table.length);
    const mask = table.length - 1;
    for (let i = 0; i < this.size; i++) {
      let at = this.hashes[i]! & mask;
      while (table[at] !== 0) at = (at + 1) & mask;
      table[at] = i + 1;
    }
    this.table = table;
  }
}

function hashOf(state: Int32Array): number {
  let hash = state.length;
  for (let i = 0; i < state.length; i++) hash = Math.imul(hash ^ state[i]!, 0x9e3779b1) ^ (hash >>> 15);
  return hash ^ (hash >>> 13);
}

function enlarged(old: Int32Array<ArrayBuffer>, atLeast: number): Int32Array<ArrayBuffer> {
  const words = new Int32Array(Math.max(2 * old.length, atLeast));
  words.set(old);
  return words;
}
