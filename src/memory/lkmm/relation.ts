/** A relation over the events 0..n-1, as a set of bits for each event. */
export class Relation {
  private readonly size: number;
  /** Words that a set takes. */
  private readonly width: number;
  private readonly bits: Int32Array;

  private constructor(size: number, bits?: Int32Array) {
    this.size = size;
    this.width = (size + 31) >> 5;
    this.bits = bits ?? new Int32Array(size * this.width);
  }

  static of(size: number, holds: (a: number, b: number) => boolean): Relation {
    const made = new Relation(size);
    for (let a = 0; a < size; a++) for (let b = 0; b < size; b++) if (holds(a, b)) made.add(a, b);
    return made;
  }

  static pairs(size: number, pairs: Iterable<readonly [number, number]>): Relation {
    const made = new Relation(size);
    for (const [a, b] of pairs) made.add(a, b);
    return made;
  }

  /** Each of these events with itself. */
  static same(size: number, holds: (a: number) => boolean): Relation {
    const made = new Relation(size);
    for (let a = 0; a < size; a++) if (holds(a)) made.add(a, a);
    return made;
  }

  has(a: number, b: number): boolean {
    return ((this.bits[a * this.width + (b >> 5)]! >> (b & 31)) & 1) !== 0;
  }

  or(...others: readonly Relation[]): Relation {
    return this.map((bits, i) => others.reduce((all, other) => all | other.bits[i]!, bits));
  }

  and(other: Relation): Relation {
    return this.map((bits, i) => bits & other.bits[i]!);
  }

  except(other: Relation): Relation {
    return this.map((bits, i) => bits & ~other.bits[i]!);
  }

  /** First this, then `other`. */
  compose(other: Relation): Relation {
    const made = new Relation(this.size);
    for (let a = 0; a < this.size; a++)
      for (let word = 0; word < this.width; word++)
        // The lowest bit that is left is the next event.
        for (let bits = this.bits[a * this.width + word]!; bits !== 0; bits &= bits - 1)
          made.addRow(a, other, 32 * word + 31 - Math.clz32(bits & -bits));
    return made;
  }

  /** The other way round. */
  inverse(): Relation {
    return Relation.of(this.size, (a, b) => this.has(b, a));
  }

  /** This, or nothing. */
  optional(): Relation {
    return this.or(Relation.same(this.size, () => true));
  }

  /** Any number of times. */
  star(): Relation {
    const made = this.optional();
    for (let k = 0; k < this.size; k++) for (let a = 0; a < this.size; a++) if (made.has(a, k)) made.addRow(a, made, k);
    return made;
  }

  isAcyclic(): boolean {
    return this.compose(this.star()).isIrreflexive();
  }

  isIrreflexive(): boolean {
    for (let a = 0; a < this.size; a++) if (this.has(a, a)) return false;
    return true;
  }

  isEmpty(): boolean {
    return this.bits.every((bits) => bits === 0);
  }

  equals(other: Relation): boolean {
    return this.bits.every((bits, i) => bits === other.bits[i]);
  }

  private map(change: (bits: number, i: number) => number): Relation {
    return new Relation(this.size, this.bits.map(change));
  }

  private add(a: number, b: number): void {
    this.bits[a * this.width + (b >> 5)]! |= 1 << (b & 31);
  }

  private addRow(a: number, from: Relation, b: number): void {
    for (let i = 0; i < this.width; i++) this.bits[a * this.width + i]! |= from.bits[b * this.width + i]!;
  }
}
