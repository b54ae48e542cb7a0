/** Text that was put into a file in front of what stood at a position. */
interface Insertion {
  /** Counted from 0. */
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/**
 * The mappings of a source map (version 3) after text without line breaks was put into the file that they are about.
 * What was inserted maps to where what comes behind it maps.
 */
export function shifted(mappings: string, insertions: readonly Insertion[]): string {
  const byLine = new Map<number, Insertion[]>();
  for (const one of insertions) byLine.set(one.line, [...(byLine.get(one.line) ?? []), one]);
  return mappings
    .split(";")
    .map((line, number) => {
      const here = (byLine.get(number) ?? []).toSorted((a, b) => a.column - b.column);
      if (here.length === 0 || line === "") return line;
      let column = 0;
      let before = 0;
      let [next, shift] = [0, 0];
      const segments: string[] = [];
      const put = (at: number, rest: readonly number[]): void => {
        segments.push([at - before, ...rest].map(encoded).join(""));
        before = at;
      };
      for (const segment of line.split(",")) {
        const [moved = 0, ...rest] = decoded(segment);
        column += moved;
        while (next < here.length && here[next]!.column < column) shift += here[next++]!.length;
        const first = column + shift;
        while (next < here.length && here[next]!.column === column) shift += here[next++]!.length;
        put(first, rest);
        // The same place again, behind what was inserted: all but the column counts from the last segment.
        if (column + shift > first && rest.length > 0)
          put(
            column + shift,
            rest.map(() => 0),
          );
      }
      return segments.join(",");
    })
    .join(";");
}

function decoded(segment: string): readonly number[] {
  const numbers: number[] = [];
  let [value, shift] = [0, 0];
  for (const letter of segment) {
    const digit = DIGITS.indexOf(letter);
    value += (digit & 31) << shift;
    shift += 5;
    if (digit & 32) continue;
    numbers.push(value & 1 ? -(value >>> 1) : value >>> 1);
    [value, shift] = [0, 0];
  }
  return numbers;
}

function encoded(number: number): string {
  let rest = number < 0 ? (-number << 1) | 1 : number << 1;
  let text = "";
  do {
    const digit = rest & 31;
    rest >>>= 5;
    text += DIGITS[rest > 0 ? digit | 32 : digit];
  } while (rest > 0);
  return text;
}
