const FREE = -1;

/** What a function of two numbers, none of them negative, has given so far. */
export class Memo {
  private keys = new Int32Array(2 << 12).fill(FREE);
  private values = new Int32Array(1 << 12);
  private count = 0;

  /** What was put under these numbers; -1 if nothing was. */
  get(a: number, b: number): number {
    const at = this.find(a, b);
    return this.keys[2 * at] === FREE ? FREE : this.values[at]!;
  }

  /** Puts what is not there yet; returns it. */
  put(a: number, b: number, value: number): number {
    if (2 * ++this.count > this.values.length) this.grow();
    this.set(this.find(a, b), a, b, value);
    return value;
  }

  private set(at: number, a: number, b: number, value: number): void {
    this.keys[2 * at] = a;
    this.keys[2 * at + 1] = b;
    this.values[at] = value;
  }

  private find(a: number, b: number): number {
    const mask = this.values.length - 1;
    let at = ((Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b)) >>> 7) & mask;
    for (; this.keys[2 * at] !== FREE; at = (at + 1) & mask)
      if (this.keys[2 * at] === a && this.keys[2 * at + 1] === b) break;
    return at;
  }

  private grow(): void {
    const { keys, values } = this;
    this.keys = new Int32Array(2 * keys.length).fill(FREE);
    this.values = new Int32Array(2 * values.length);
    for (const [i, value] of values.entries()) {
      const [a, b] = [keys[2 * i]!, keys[2 * i + 1]!];
      if (a !== FREE) this.set(this.find(a, b), a, b, value);
    }
  }
}
