/** `low`, ..., `high`: all values for a `choose`. */
export const range = (low: number, high: number): readonly [number, ...number[]] => [
  low,
  ...Array.from({ length: high - low }, (_, i) => low + i + 1),
];

/** `count` threads called `name0`, `name1`, ... that are not interchangeable. */
export const numbered = <T>(name: string, count: number, make: (i: number) => T): Readonly<Record<string, T>> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${name}${i}`, make(i)]));
