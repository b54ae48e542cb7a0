import { escaped } from "./source.ts";

/** Where something is defined: a place in a file. Lines and columns count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/**
 * The line of a step in the text of its path's file: that of its label as a key, within the call that defines the path at
 * `place`. Nothing if it is not written there: steps may come from elsewhere, and labels may be put together.
 */
export function lineOfStep(text: string, place: Place, label: string): number | undefined {
  const lines = linesIn(text);
  const key = `${place.line}:${place.column} ${label}`;
  if (!lines.has(key)) lines.set(key, lineIn(text, place, label));
  return lines.get(key);
}

/** By text, and there by place and label: many runs ask for the steps of the same paths. */
const known = new Map<string, Map<string, number | undefined>>();
const MOST_TEXTS = 500;

function linesIn(text: string): Map<string, number | undefined> {
  const lines = known.get(text) ?? new Map<string, number | undefined>();
  // A model that is watched has a text for each time it was saved.
  if (known.size > MOST_TEXTS) known.clear();
  known.set(text, lines);
  return lines;
}

function lineIn(text: string, place: Place, label: string): number | undefined {
  const { begin, call } = callAt(text, place) ?? {};
  if (begin === undefined || call === undefined) return undefined;
  const written = escaped(label);
  const at =
    placeOfKey(call, String.raw`(["'\`])${written}\1|${/^[\w$]+$/.test(label) ? `(?<![\\w$.])${written}` : "(?!)"}`) ??
    placeOfKey(call, constantsFor(text, written));
  return at === undefined ? undefined : text.slice(0, begin + at).split("\n").length;
}

interface CallText {
  readonly begin: number;
  readonly call: string;
}

/** The call that was asked about last: as a rule there are several steps of one path. */
let last: { readonly text: string; readonly place: Place; readonly found: CallText | undefined } | undefined;

/** The call that begins at a place, without its comments. */
function callAt(text: string, place: Place): CallText | undefined {
  const isLast = last?.text === text && last.place.line === place.line && last.place.column === place.column;
  if (!isLast) last = { text, place, found: callFrom(text, offsetOf(text, place)) };
  return last!.found;
}

function callFrom(text: string, begin: number | undefined): CallText | undefined {
  const end = begin === undefined ? undefined : endOfCall(text, begin);
  if (begin === undefined || end === undefined) return undefined;
  const call = text.slice(begin, end).replaceAll(TOKEN, (token) => (/^\/[/*]/.test(token) ? blank(token) : token));
  return { begin, call };
}

/** As long, and with as many lines: a comment may name a label, too. */
const blank = (comment: string): string => comment.replaceAll(/[^\n]/g, " ");

/** `[FREE]`, where the file says `const FREE = "free the page"`. */
function constantsFor(text: string, written: string): string {
  const names = text.matchAll(new RegExp(String.raw`\bconst\s+(\w+)[^=\n]*=\s*(["'\`])${written}\2`, "g"));
  return String.raw`\[(?:${["(?!)", ...[...names].map(([, name]) => name!)].join("|")})\]`;
}

const placeOfKey = (call: string, key: string): number | undefined =>
  new RegExp(String.raw`(?:${key})\s*:`).exec(call)?.index;

function offsetOf(text: string, { line, column }: Place): number | undefined {
  let offset = 0;
  for (let i = 1; i < line; i++) {
    offset = text.indexOf("\n", offset) + 1;
    if (offset === 0) return undefined;
  }
  return offset + column - 1;
}

const TOKEN = /\/\/.*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|[()]/g;

/** Where the brackets of the call close that begins here. */
function endOfCall(text: string, begin: number): number | undefined {
  TOKEN.lastIndex = begin;
  let depth = 0;
  for (let token = TOKEN.exec(text); token; token = TOKEN.exec(text)) {
    if (token[0] === "(") depth++;
    else if (token[0] === ")" && --depth <= 0) return depth === 0 ? token.index : undefined;
  }
  return undefined;
}
