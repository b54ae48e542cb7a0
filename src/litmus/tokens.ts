import { ModelError } from "../model/error.ts";

/** A word of a litmus test: a number, a name, an operator, or what ends the file. */
export interface Token {
  readonly kind: "number" | "name" | "operator" | "end";
  readonly text: string;
  /** Counted from 1. */
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

/** Numbers of a test are smaller; from here on there are addresses. */
export const BEYOND_NUMBERS = 0x4000_0000;

/** A mistake in a litmus test, or something that is not read: never passed over, always with its file and line. */
export const unreadable = (file: string, line: number, sentence: string, remedy?: string): ModelError =>
  new ModelError(sentence, { where: `${file}:${line}`, ...(remedy !== undefined && { remedy }) });

/**
 * The text with blanks for its comments, so that places and lines stay. `(*` opens one in the manner of OCaml, but in
 * `READ_ONCE(*x)` and, between braces, in `if (*x)` it is C. `<< ... >>` is what another tool was told.
 */
export function withoutComments(file: string, text: string): string {
  let result = "";
  let depth = 0;
  for (let at = 0; at < text.length;) {
    const closing = closingOf(text, at, depth);
    if (closing === undefined) {
      const character = text[at++]!;
      depth += character === "{" ? 1 : character === "}" ? -1 : 0;
      result += character;
      continue;
    }
    const found = text.indexOf(closing, at + 2);
    if (found < 0 && closing !== "\n") {
      const line = text.slice(0, at).split("\n").length;
      throw unreadable(file, line, "the comment is never closed", `close it with ${closing}`);
    }
    const end = found < 0 ? text.length : found + (closing === "\n" ? 0 : closing.length);
    result += text.slice(at, end).replace(/[^\n]/g, " ");
    at = end;
  }
  return result;
}

/** What closes the comment that opens here, if one does. */
function closingOf(text: string, at: number, depth: number): string | undefined {
  switch (text.slice(at, at + 2)) {
    case "//":
      return "\n";
    case "/*":
      return "*/";
    case "<<":
      return depth === 0 ? ">>" : undefined;
    case "(*": {
      const isCall = /[A-Za-z0-9_]/.test(text[at - 1] ?? "");
      const isCode = depth > 0 && /^\(\*+[A-Za-z_(&]/.test(text.slice(at, at + 9));
      return isCall || isCode ? undefined : "*)";
    }
    default:
      return undefined;
  }
}

const WORD =
  /\s+|(0[xX][0-9a-fA-F]+|\d+)|([A-Za-z_]\w*)|(\/\\|\\\/|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^~!<>=(){}[\];:,.?$@])/y;

/** The words of a text without comments, from `from` on. */
export function tokensOf(file: string, text: string, from: number): readonly Token[] {
  const tokens: Token[] = [];
  let line = text.slice(0, from).split("\n").length;
  for (let at = from; at < text.length;) {
    WORD.lastIndex = at;
    const found = WORD.exec(text);
    if (!found) throw unreadable(file, line, `'${text[at]}' is no part of a litmus test`);
    const [word, number, name, operator] = found;
    const kind = number !== undefined ? "number" : name !== undefined ? "name" : "operator";
    if (number !== undefined || name !== undefined || operator !== undefined)
      tokens.push({ kind, text: word, line, start: at, end: at + word.length });
    line += word.split("\n").length - 1;
    at += word.length;
  }
  return [...tokens, { kind: "end", text: "the end of the file", line, start: text.length, end: text.length }];
}

/** A place in the words of a test. */
export interface Cursor {
  /** The word `ahead` places on. */
  peek(ahead?: number): Token;
  next(): Token;
  /** Whether the word `ahead` places on is this operator or name. */
  sees(text: string, ahead?: number): boolean;
  /** Passes over the operator or name if it is next. */
  take(text: string): boolean;
  /** Passes over the operator or name; an error if it is not next. */
  expect(text: string): Token;
  name(what: string): Token;
  number(what: string): number;
  /** What was written from a word on up to here, in one line. */
  textFrom(start: Token): string;
  /** Reads a part that may have parts of its kind in it. */
  nested<T>(read: () => T): T;
  fail(sentence: string, at?: Token, remedy?: string): never;
}

// What reads a test, and what runs it, is as deep in itself as the test is.
const MOST_NESTED = 200;

export function cursorOver(file: string, text: string, tokens: readonly Token[]): Cursor {
  let at = 0;
  let depth = 0;
  const peek = (ahead = 0): Token => tokens[Math.min(at + ahead, tokens.length - 1)]!;
  const next = (): Token => {
    const token = peek();
    at++;
    return token;
  };
  const sees = (word: string, ahead = 0): boolean => {
    const token = peek(ahead);
    return (token.kind === "operator" || token.kind === "name") && token.text === word;
  };
  const fail = (sentence: string, token: Token = peek(), remedy?: string): never => {
    throw unreadable(file, token.line, sentence, remedy);
  };
  const cursor: Cursor = {
    peek,
    next,
    sees,
    take: (word) => sees(word) && Boolean(next()),
    expect: (word) => (sees(word) ? next() : fail(`'${word}' is expected before '${peek().text}'`)),
    name: (what) => (peek().kind === "name" ? next() : fail(`${what} is expected before '${peek().text}'`)),
    number: (what) => {
      const sign = cursor.take("-") ? -1 : 1;
      if (peek().kind !== "number") fail(`${what} is expected before '${peek().text}'`);
      const token = next();
      if (Number(token.text) >= BEYOND_NUMBERS) fail(`the number ${token.text} is too large`, token, "use a small one");
      return sign * Number(token.text);
    },
    nested: (read) => {
      if (++depth > MOST_NESTED) fail(`parts are nested more than ${MOST_NESTED} deep`, peek(), "write it flatter");
      try {
        return read();
      } finally {
        depth--;
      }
    },
    textFrom: (start) => text.slice(start.start, tokens[at - 1]!.end).replace(/\s+/g, " "),
    fail,
  };
  return cursor;
}
