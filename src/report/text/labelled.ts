import { ascii, fold } from "./wrap.ts";

/** Of the reports about a kernel's source. */
export const WIDTH = 72;

const COLUMN = 14;

/** What is said of one thing: a word, and beside it texts, each on lines of its own. */
export function labelledLines(word: string, texts: readonly string[]): readonly string[] {
  const lines = texts.flatMap((one) => fold(ascii(one), WIDTH - COLUMN, 2));
  return lines.map((line, i) => (i === 0 ? `  ${word}`.padEnd(COLUMN) : " ".repeat(COLUMN)) + line);
}
