import { ModelError } from "./error.ts";

// What the text of a function says, as far as it is certain: types are not checked where a model runs.

/** What a text says, looked for once: a model is built again for each run of it, of functions with the same texts. */
function once<T>(look: (source: string) => T): (source: string) => T {
  const known = new Map<string, T>();
  return (source) => {
    let said = known.get(source);
    if (said === undefined) known.set(source, (said = look(source)));
    return said;
  };
}

/** The names that a function's parameters bind: whole ones, and those that destructuring takes out of them. */
interface Bound {
  readonly whole: ReadonlySet<string>;
  /** By name in the function: the field it is taken from. */
  readonly taken: ReadonlyMap<string, string>;
  readonly body: string;
}

function boundIn(source: string): Bound | undefined {
  const text = withoutTexts(source);
  const single = /^(?:async\s+)?([\w$]+)\s*=>/.exec(text);
  if (single) return { whole: new Set([single[1]!]), taken: new Map(), body: source.slice(single[0].length) };
  const open = text.indexOf("(");
  const close = closingOf(text, open);
  if (open < 0 || close < 0) return undefined;
  const whole = new Set<string>();
  const taken = new Map<string, string>();
  for (const parameter of partsOf(text.slice(open + 1, close))) {
    if (parameter.startsWith("{")) takeFrom(parameter, taken);
    else whole.add(/^[\w$]*/.exec(parameter)![0]);
  }
  return { whole, taken, body: source.slice(close + 1) };
}

/** `{ page, n: count, vma: { ptl } }`: what it takes, and from which field. */
function takeFrom(pattern: string, taken: Map<string, string>): void {
  for (const part of partsOf(pattern.slice(1, closingOf(pattern, 0)))) {
    const [, field, rest] = /^([\w$]+)\s*(?::\s*([\s\S]*))?/.exec(part) ?? [];
    if (field === undefined) continue;
    if (rest?.startsWith("{") === true) takeFrom(rest, taken);
    else taken.set(/^[\w$]+/.exec(rest ?? field)?.[0] ?? field, field);
  }
}

const OPEN = "([{";
const CLOSE = ")]}";

function closingOf(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i >= 0 && i < text.length; i++) {
    if (OPEN.includes(text[i]!)) depth++;
    if (CLOSE.includes(text[i]!) && --depth === 0) return i;
  }
  return -1;
}

/** Splits at the commas that are in no brackets. */
function partsOf(text: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i <= text.length; i++) {
    if (i < text.length && OPEN.includes(text[i]!)) depth++;
    if (i < text.length && CLOSE.includes(text[i]!)) depth--;
    if (i < text.length && (text[i] !== "," || depth > 0)) continue;
    parts.push(text.slice(from, i).trim());
    from = i + 1;
  }
  return parts.filter((part) => part !== "");
}

/** Blanks in place of comments and of what is quoted, so that positions stay. */
const withoutTexts = (source: string): string =>
  source.replaceAll(
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\$]|\\.)*`/g,
    (found) => " ".repeat(found.length),
  );

/**
 * Names that a function takes out of a parameter and then only assigns, as in `({ n }) => { n++; }`: that changes a copy,
 * and no field.
 */
export const assignedCopies = once((source): readonly { readonly name: string; readonly field: string }[] => {
  const bound = boundIn(source);
  if (!bound) return [];
  const body = withoutTexts(bound.body);
  return [...bound.taken].flatMap(([name, field]) => {
    const uses = [...body.matchAll(new RegExp(`(?<![\\w$.])${escaped(name)}(?![\\w$])(?!\\s*:)`, "g"))];
    if (uses.length !== 1) return [];
    const [before, after] = [body.slice(0, uses[0]!.index), body.slice(uses[0]!.index + name.length)];
    const isAssigned = /^\s*(?:\*\*|<<|>>>?|&&|\|\||\?\?|[-+*/%&|^])?=(?![=>])/.test(after);
    const isCounted = /^\s*(?:\+\+|--)/.test(after) || /(?:\+\+|--)\s*$/.test(before);
    const isAlone = /(?:[{};]|=>|\bvoid|\belse|\))\s*(?:\+\+|--)?\s*\(?$/.test(before);
    return isAssigned || (isCounted && isAlone) ? [{ name, field }] : [];
  });
});

/** Throws a ModelError for a function that assigns to such a copy; `what` names it in a sentence. */
export function refuseCopies(body: unknown, what: string, where: string): void {
  if (typeof body !== "function") return;
  for (const { name, field } of assignedCopies(Function.prototype.toString.call(body)))
    throw new ModelError(`${what} assigns to '${name}', which changes no field`, {
      where,
      cause: `{ ${name === field ? name : `${field}: ${name}`} } in its parameters makes a copy of the value`,
      remedy: `take the whole parameter, and assign to its field, as in (k) => { k.${field} = ...; }`,
    });
}

/** A field that a function compares with a value that is written out. */
export interface Comparison {
  /** As it is written: `k.state`. */
  readonly shown: string;
  readonly field: string;
  readonly value: string | number;
}

const CHAIN = String.raw`(?<![\w$.\])])([A-Za-z_$][\w$]*)((?:\??\.[A-Za-z_$][\w$]*|\[[^\][]*\])*)`;
const LITERAL = String.raw`(?:"([^"\\\n]*)"|'([^'\\\n]*)'|(-?\d+)(?![\w.]))`;
const COMPARED = new RegExp(`${CHAIN}\\s*[!=]==?\\s*${LITERAL}`, "g");
const REVERSED = new RegExp(`${LITERAL}\\s*[!=]==?\\s*${CHAIN}`, "g");

/** Comparisons of what a function reaches through its parameters, which for a step are the world and its locals. */
export const comparisonsIn = once((source): readonly Comparison[] => {
  const bound = boundIn(source);
  if (!bound) return [];
  const found: Comparison[] = [];
  const add = (root: string, rest: string, text: string | undefined, number: string | undefined): void => {
    const field = [...rest.matchAll(/\.([\w$]+)/g)].at(-1)?.[1] ?? bound.taken.get(root);
    if (field === undefined || !(bound.taken.has(root) || bound.whole.has(root))) return;
    found.push({ shown: root + rest, field, value: text ?? Number(number) });
  };
  for (const [, root, rest, one, two, number] of bound.body.matchAll(COMPARED)) add(root!, rest!, one ?? two, number);
  for (const [, one, two, number, root, rest] of bound.body.matchAll(REVERSED)) add(root!, rest!, one ?? two, number);
  return found;
});

/** A text as a part of a regular expression that means this text. */
export const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
