/**
 * A word of a command line, written so that every POSIX shell reads it as it is. It has nothing but 7-bit ASCII: mail
 * and terminals may mangle the rest, so that printf makes it, byte by byte.
 */
export function quoted(word: string): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) return word;
  if (/^[\x20-\x7e]*$/.test(word)) return `'${word.replaceAll("'", String.raw`'\''`)}'`;
  const [, text = "", end = ""] = /^([\s\S]*?)(\n*)$/.exec(word)!;
  // What $(...) gives loses line breaks at its end.
  return (text === "" ? "" : `"$(printf '${[...Buffer.from(text)].map(inPrintf).join("")}')"`) + (end && `'${end}'`);
}

function inPrintf(byte: number): string {
  const char = String.fromCharCode(byte);
  if (char === "%") return "%%";
  return byte < 0x20 || byte > 0x7e || /["'\\]/.test(char) ? `\\${byte.toString(8).padStart(3, "0")}` : char;
}

const WORD = /(?:[^\s'"\\]|\\[\s\S]|'[^']*'|"[^"]*")+/g;

/** The words of a command line as they are written there, quotes and all. */
export const shellWords = (command: string): readonly string[] => command.match(WORD) ?? [];

const PIECE = /"\$\(printf '|'\)"|'\\''|\\[0-7]{3}|%%|[\s\S]/g;

/**
 * A command line in lines of at most `width` characters, with the shell's own mark where a line goes on: it can be
 * copied from a mail as it is. A word that is longer than a line goes on in the next one, at its beginning.
 */
export function shellLines(command: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of shellWords(command)) {
    const more = line === "" ? word : `${line} ${word}`;
    if (more.length <= width - 2) {
      line = more;
      continue;
    }
    if (line !== "") lines.push(`${line} \\`);
    line = "  ";
    let isQuoted = false;
    for (const piece of word.match(PIECE)!) {
      // Room for what ends the line, and for a quote that would come next.
      if (line.length + piece.length > width - 4) {
        lines.push(`${line}${isQuoted ? "'" : ""}\\`);
        line = isQuoted ? "'" : "";
      }
      line += piece;
      if (piece === "'") isQuoted = !isQuoted;
      else if (piece.includes('"')) isQuoted = piece.startsWith('"');
    }
  }
  return [...lines, line];
}
