import type { SourceTree } from "./tree.ts";

/** A function of the kernel, as it is written. */
export interface CFunction {
  readonly name: string;
  readonly file: string;
  /** Of the file: where its body begins. */
  readonly line: number;
  /** From `{` to `}`. */
  readonly body: string;
  /** The names of its parameters. */
  readonly params: readonly string[];
}

/**
 * The definitions of a name in a file. They are found by the text alone: to parse whole files would take most of the time,
 * and a kernel file is full of macros that no grammar knows.
 */
export function definitionsIn(text: string, name: string, file: string): readonly CFunction[] {
  const found: CFunction[] = [];
  for (let at = text.indexOf(`${name}(`); at >= 0; at = text.indexOf(`${name}(`, at + 1)) {
    if (at > 0 && /\w/.test(text[at - 1]!)) continue;
    const start = text.lastIndexOf("\n", at - 1) + 1;
    // A definition begins in the first column, its return type on the same line or on the one before.
    if (!/^(?:[A-Za-z_][\w\s*]*)?$/.test(text.slice(start, at))) continue;
    const close = closingOf(text, at + name.length);
    if (close < 0) continue;
    const after = /^\s*(?:__\w+(?:\([^)]*\))?\s*)*\{/.exec(text.slice(close + 1, close + 200));
    if (!after) continue;
    const open = close + after[0].length;
    // A stub for another configuration has its body on one line: `{ }`, `{ return false; }`.
    const oneLine = /^\{[^\n{}]*\}/.exec(text.slice(open, open + 200));
    const end = oneLine ? open + oneLine[0].length - 2 : text.indexOf("\n}", open);
    if (end < 0) continue;
    const params = text.slice(at + name.length + 1, close).split(",");
    found.push({
      name,
      file,
      line: lineOf(text, open),
      body: text.slice(open, text.indexOf("}", end) + 1),
      params: params.map((param) => /(\w+)(?:\[\w*\])?\s*$/.exec(param)?.[1] ?? ""),
    });
  }
  return found;
}

export function closingOf(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === "(") depth++;
    if (text[i] === ")" && --depth === 0) return i;
  }
  return -1;
}

const lineOf = (text: string, at: number): number => {
  let line = 1;
  for (let i = text.indexOf("\n"); i >= 0 && i < at; i = text.indexOf("\n", i + 1)) line++;
  return line;
};

/** Names of functions that a file defines, for who has misspelt one. */
export const functionsIn = (text: string): readonly string[] =>
  [...text.matchAll(/^[A-Za-z_][\w\s*]*?\b(\w+)\([^;{}]*\)\s*\{/gm)].map(([, name]) => name!);

/** Functions by name, out of files that are looked at in turn, each once. */
export class Functions {
  readonly #tree: SourceTree;
  readonly #files: readonly string[];
  readonly #found = new Map<string, CFunction | undefined>();
  readonly #texts = new Map<string, string | undefined>();

  /** `files`: those of the path first, then headers in which inline functions may stand. */
  constructor(tree: SourceTree, files: readonly string[]) {
    this.#tree = tree;
    this.#files = files;
  }

  text(file: string): string | undefined {
    if (!this.#texts.has(file)) this.#texts.set(file, this.#tree.read(file));
    return this.#texts.get(file);
  }

  /** Of several, under different CONFIG options, the first that does something. */
  find(name: string): CFunction | undefined {
    if (this.#found.has(name)) return this.#found.get(name);
    let stub: CFunction | undefined;
    let found: CFunction | undefined;
    for (const file of this.#files) {
      const text = this.text(file);
      if (!text?.includes(`${name}(`)) continue;
      const all = definitionsIn(text, name, file);
      stub ??= all[0];
      found = all.find(({ body }) => !isStub(body));
      if (found) break;
    }
    this.#found.set(name, found ?? stub);
    return found ?? stub;
  }
}

const isStub = (body: string): boolean =>
  /^\{\s*(?:return (?:\w+|-\w+|NULL|\(?\w+\)?\{?\}?);\s*|BUILD_BUG\(\);\s*)*\}$/.test(body);
