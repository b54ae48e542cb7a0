const FREE = -1;

/** A function of two numbers, none of them negative, that remembers what it has given. */
export class Memo {
  private readonly compute: (a: number, b: number) => number;
  private keys = new Int32Array(2 << 12).fill(FREE);
  private values = new Int32Array(1 << 12);
  private count = 0;

  constructor(compute: (a: number, b: number) => number) {
    this.compute = compute;
  }

  of(a: number, b: number): number {
    const at = this.find(a, b);
    if (this.keys[2 * at] !== FREE) return this.values[at]!;
    const value = this.compute(a, b);
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
