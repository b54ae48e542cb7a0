import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The package's folder; this file runs as <package>/.build/test/docs/document.js. */
export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

export const README = "README.md";
export const COMMANDS = "docs/commands.md";
/** Every document whose commands are run; `docs/lock-page-series.md` has none, but is made of what commands print. */
export const EXECUTED = [
  README,
  COMMANDS,
  "docs/counterexample.md",
  "docs/explore.md",
  "docs/export.md",
  "docs/fault-around-today.md",
  "docs/language.md",
  "docs/litmus.md",
  "docs/memory.md",
  "docs/recipes.md",
  "docs/result.md",
  "docs/scenarios.md",
  "docs/seven-orders.md",
  "docs/today.md",
  "docs/tutorial.md",
  ...readdirSync(`${ROOT}docs/questions`).map((name) => `docs/questions/${name}`),
];
export const isUpdate = process.env["UPDATE_GOLDEN"] === "1";

/** A fenced block of a document. */
export interface Block {
  readonly language: string;
  readonly lines: readonly string[];
  /** Line of the opening fence, counted from 0. */
  readonly at: number;
  /** What `<!-- exit n -->` on the line above says; 0 without it. */
  readonly exit: number;
  /** What `<!-- file name -->` on the line above says: the file that it shows, which is there. */
  readonly shows?: string;
}

export interface Document {
  readonly name: string;
  readonly lines: readonly string[];
  readonly blocks: readonly Block[];
}

export function readDocument(name: string): Document {
  const lines = readFileSync(ROOT + name, "utf8").split("\n");
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; at++) {
    const language = /^```(\w*)$/.exec(lines[at]!)?.[1];
    if (language === undefined) continue;
    const end = lines.indexOf("```", at + 1);
    const exit = Number(/^<!-- exit (\d+) -->$/.exec(lines[at - 1] ?? "")?.[1] ?? 0);
    const shows = /^<!-- file (\S+) -->$/.exec(lines[at - 1] ?? "")?.[1];
    blocks.push({ language, lines: lines.slice(at + 1, end), at, exit, ...(shows !== undefined && { shows }) });
    at = end;
  }
  return { name, lines, blocks };
}

/** Lines that take the place of those between `from` and `to`, the latter not included. */
export interface Edit {
  readonly from: number;
  readonly to: number;
  readonly lines: readonly string[];
}

export function writeDocument({ name, lines }: Document, edits: readonly Edit[]): void {
  const text = [...lines];
  for (const { from, to, lines: fresh } of edits.toSorted((a, b) => b.from - a.from))
    text.splice(from, to - from, ...fresh);
  writeFileSync(ROOT + name, text.join("\n"));
}

/** The lines between `<!-- generated: name -->` and `<!-- end -->`. */
export function generatedPart({ lines }: Document, name: string): Edit {
  const from = lines.indexOf(`<!-- generated: ${name} -->`) + 1;
  if (from === 0) throw new Error(`there is no part '${name}'`);
  const to = lines.indexOf("<!-- end -->", from);
  return { from, to, lines: lines.slice(from, to) };
}

/** The name of the file that a block asks its reader to make: it begins with it, as in `// my-race.ts`, or `C SB` for a litmus test. */
export function fileOf({ language, lines: [first = ""] }: Block): string | undefined {
  if (language === "ts") return /^\/\/ ([\w-]+\.ts)$/.exec(first)?.[1];
  const litmus = language === "c" ? /^C ([\w+-]+)$/.exec(first)?.[1] : undefined;
  return litmus && `${litmus}.litmus`;
}

/** The files that a document asks its reader to make. */
export const filesOf = ({ blocks }: Document): Readonly<Record<string, string>> =>
  Object.fromEntries(
    blocks.flatMap((block) => {
      const name = fileOf(block);
      return name === undefined ? [] : [[name, `${block.lines.join("\n")}\n`]];
    }),
  );

/** A table as Markdown, its columns as wide as their widest cell; `right` says which are figures. */
export function table(rows: readonly (readonly string[])[], right: readonly boolean[] = []): readonly string[] {
  const widths = rows[0]!.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)));
  const show = (row: readonly string[]): string =>
    `| ${row.map((cell, i) => (right[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))).join(" | ")} |`;
  const rule = widths.map((width, i) => (right[i] ? `${"-".repeat(width - 1)}:` : "-".repeat(width)));
  return [show(rows[0]!), show(rule), ...rows.slice(1).map(show)];
}

const ELISION = /^\s*\.\.\.$/;

/** What the block becomes when it shows these lines; nothing, if it leaves lines out elsewhere than at its beginning. */
export function accepted({ lines }: Block, actual: readonly string[]): readonly string[] | undefined {
  const elisions = lines.filter((line) => ELISION.test(line)).length;
  if (elisions === 0) return actual;
  return elisions === 1 && ELISION.test(lines[0]!) ? [lines[0]!, ...actual.slice(1 - lines.length)] : undefined;
}

/** What a command printed, as the document may show it: how long it took is no promise. */
export const timeless = (line: string): string => line.replaceAll(/\b\d+\.\d s\b/g, "0.0 s");

/** Whether the lines are those of the block, in which a line `...` stands for any number of lines. */
export function isShown({ lines }: Block, actual: readonly string[]): boolean {
  const wanted = lines.map(timeless);
  const given = actual.map(timeless);
  const fits = (w: number, g: number): boolean => {
    for (; w < wanted.length; w++, g++) {
      if (ELISION.test(wanted[w]!)) {
        for (let next = g; next <= given.length; next++) if (fits(w + 1, next)) return true;
        return false;
      }
      if (wanted[w] !== given[g]) return false;
    }
    return g === given.length;
  };
  return fits(0, 0);
}
