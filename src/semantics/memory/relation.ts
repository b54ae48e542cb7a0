/** A relation over the events 0..n-1, as a set of bits for each event. */
export class Relation {
  readonly rows: readonly bigint[];

  constructor(rows: readonly bigint[]) {
    this.rows = rows;
  }

  static of(size: number, holds: (a: number, b: number) => boolean): Relation {
    return new Relation(
      Array.from({ length: size }, (_, a) => {
        let row = 0n;
        for (let b = 0; b < size; b++) if (holds(a, b)) row |= 1n << BigInt(b);
        return row;
      }),
    );
  }

  has(a: number, b: number): boolean {
    return ((this.rows[a]! >> BigInt(b)) & 1n) !== 0n;
  }

  or(...others: readonly Relation[]): Relation {
    return new Relation(this.rows.map((row, a) => others.reduce((all, other) => all | other.rows[a]!, row)));
  }

  and(other: Relation): Relation {
    return new Relation(this.rows.map((row, a) => row & other.rows[a]!));
  }

  /** First this, then `other`. */
  compose(other: Relation): Relation {
    return new Relation(
      this.rows.map((row) => {
        let reached = 0n;
        for (let rest = row, b = 0; rest !== 0n; rest >>= 1n, b++) if ((rest & 1n) !== 0n) reached |= other.rows[b]!;
        return reached;
      }),
    );
  }

  /** This, or nothing. */
  optional(): Relation {
    return new Relation(this.rows.map((row, a) => row | (1n << BigInt(a))));
  }

  /** This any number of times, or not at all. */
  star(): Relation {
    const rows = [...this.optional().rows];
    for (let k = 0; k < rows.length; k++)
      for (let a = 0; a < rows.length; a++) if (((rows[a]! >> BigInt(k)) & 1n) !== 0n) rows[a]! |= rows[k]!;
    return new Relation(rows);
  }

  isAcyclic(): boolean {
    return this.compose(this.star()).isIrreflexive();
  }

  isIrreflexive(): boolean {
    return this.rows.every((row, a) => ((row >> BigInt(a)) & 1n) === 0n);
  }

  isEmpty(): boolean {
    return this.rows.every((row) => row === 0n);
  }
}
