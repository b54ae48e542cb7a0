/** A blank that `fold` breaks at only when nothing else helps: it keeps `1 -> 2` together. */
export const TIE = "\u00a0";

const TYPED: ReadonlyMap<string, string> = new Map([
  ["\u2010", "-"],
  ["\u2013", "-"],
  ["\u2014", "-"],
  ["\u2018", "'"],
  ["\u2019", "'"],
  ["\u201c", '"'],
  ["\u201d", '"'],
  ["\u2026", "..."],
  ["\u2190", "<-"],
  ["\u2192", "->"],
  ["\u2264", "<="],
  ["\u2265", ">="],
  ["\u2260", "!="],
]);

const codePoint = (char: string): string => `U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;

/**
 * The text as 7-bit ASCII on one line: what mail might mangle is written as one types it, or as its code point. Ties
 * stay.
 */
export const ascii = (text: string): string =>
  text
    .replaceAll(/[^\S\u00a0]+/g, " ")
    .replaceAll(/[^\x20-\x7e\u00a0]/gu, (char) => TYPED.get(char) ?? codePoint(char));

/** `ascii` for a text that is not going to be folded. */
export const plain = (text: string): string => ascii(text).replaceAll(TIE, " ");

/**
 * Folds a text at its blanks into lines of at most `width` characters; all but the first begin with `hang` blanks. A
 * word that is longer than a line is broken behind punctuation, so that nothing is ever cut off.
 */
export function fold(text: string, width: number, hang = 0): readonly string[] {
  const lines: string[] = [];
  const room = width - hang;
  let line = "";
  let isEmpty = true;
  const end = (): void => {
    lines.push(line);
    line = " ".repeat(hang);
    isEmpty = true;
  };
  for (const word of text.split(" ").filter(Boolean)) {
    let rest = word;
    while (rest !== "") {
      const left = width - line.length - (isEmpty ? 0 : 1);
      if (rest.length > left && !isEmpty && (rest.length <= room || breakAt(rest, left) === 0)) {
        end();
        continue;
      }
      const length = rest.length <= left ? rest.length : breakAt(rest, left) || left;
      line += (isEmpty ? "" : " ") + rest.slice(0, length);
      isEmpty = false;
      rest = rest.slice(length);
      if (rest !== "") end();
    }
  }
  if (!isEmpty || lines.length === 0) lines.push(line);
  return lines.map((folded) => folded.replaceAll(TIE, " ").trimEnd());
}

/** Where to break a word so that the first part has at most `limit` characters; 0 if there is no good place. */
function breakAt(word: string, limit: number): number {
  for (const places of [/\u00a0/, /[,;:(>)\]]/, /[._/-]/])
    for (let i = Math.min(limit, word.length - 1); i > limit / 4; i--)
      if (places.test(word[i - 1]!) && !places.test(word[i]!) && !/[-=]>/.test(word.slice(i - 1, i + 1))) return i;
  return 0;
}
