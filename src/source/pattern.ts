import type { SourceEvent } from "./events.ts";
import { childrenOf, oneLine, type ParseC, type Syntax } from "./grammar.ts";
import { lastName, type NameTable } from "./names.ts";

/** C that is looked for: what a label, an `at` or an `omits` says. */
export interface Pattern {
  /** As it was written. */
  readonly written: string;
  /** `fn():` and `label:` before it: the functions and labels of C that it stands in. */
  readonly contexts: readonly string[];
  /** `#2`: the second of those that are alike. */
  readonly number: number | undefined;
  readonly what: Call | Text | Branch | Section | Name;
}

interface Call {
  readonly kind: "call";
  readonly callee: string;
  readonly args: readonly string[];
}
/** Any other expression, to be compared as it is written. */
interface Text {
  readonly kind: "text";
  readonly text: string;
}
/** All that stands under a condition: `if (write)`, `while (...)`, `else (write)`, `case X`, `default`; `return` alone there. */
interface Branch {
  readonly kind: "branch";
  readonly under: string;
  readonly isReturn: boolean;
}
/** All that stands behind a label of C, up to the next one: `out:`. */
interface Section {
  readonly kind: "section";
  readonly label: string;
}
/** A name alone: every call of it, or access to it. */
interface Name {
  readonly kind: "name";
  readonly name: string;
}

const CONTEXT = /^([A-Za-z_]\w*)(\(\))?:\s+(?=\S)/;

/** Reads what an `at` or `omits` says; nothing for what is no C. */
export function readPattern(written: string, parse: ParseC): Pattern | undefined {
  let rest = written.trim();
  const contexts: string[] = [];
  for (let found = CONTEXT.exec(rest); found && found[1] !== "default"; found = CONTEXT.exec(rest)) {
    contexts.push(found[1]!);
    rest = rest.slice(found[0].length);
  }
  const number = /\s#(\d+)$/.exec(rest);
  if (number) rest = rest.slice(0, number.index);
  const what = whatOf(rest.trim(), parse);
  return what && { written, contexts, number: number ? Number(number[1]) : undefined, what };
}

/**
 * Reads a label as C: without what is said behind it, as in `put_page(page), 2nd pass` or `pmd_none(*pmd)? again`.
 */
export const readLabel = (label: string, parse: ParseC): Pattern | undefined => readBare(bareOf(label), label, parse);

/** The same, with each of the calls that a label joins by `||` or `&&`: all of them have to be there. */
export function readLabelParts(label: string, parse: ParseC): readonly Pattern[] | undefined {
  const bare = bareOf(label);
  const parts = bare.split(/\s*(?:\|\||&&)\s*/).map((one) => (isClosed(one) ? readBare(one, label, parse) : undefined));
  const isOfCalls = parts.length > 1 && parts.every((one) => one?.what.kind === "call");
  const whole = isOfCalls ? undefined : readBare(bare, label, parse);
  return isOfCalls ? (parts as readonly Pattern[]) : whole && [whole];
}

const isClosed = (text: string): boolean => text.split("(").length === text.split(")").length;

const bareOf = (label: string): string =>
  label
    .replace(/\?(?:[\s,].*)?$/, "")
    .replace(/\s\([a-z][\w ]*\)$/, "")
    .replace(/^((?:[^()]|\([^()]*(?:\([^()]*(?:\([^()]*\)[^()]*)*\)[^()]*)*\))*?),\s.*$/, "$1")
    .replace(/^((?:\w+(?:\(\))?:\s+)*\w+\(.*\))\s+(?:[a-z(].*)$/, "$1")
    .replace(/\s+again$/, "");

function readBare(bare: string, label: string, parse: ParseC): Pattern | undefined {
  const read = readPattern(bare, parse);
  // A name alone is a test, if it is C at all.
  return read && (read.what.kind !== "name" || label.includes("?")) ? { ...read, written: label } : undefined;
}

function whatOf(text: string, parse: ParseC): Pattern["what"] | undefined {
  const section = /^(\w+):$/.exec(text);
  if (section && section[1] !== "default") return { kind: "section", label: section[1]! };
  const branch = /^(return )?((?:if|else|while|for) \(.*\)|case .+|default)$/.exec(text);
  if (branch) return { kind: "branch", under: branch[2]!, isReturn: branch[1] !== undefined };
  if (/^return\b/.test(text)) return { kind: "text", text };
  if (/^[A-Za-z_]\w*$/.test(text)) return { kind: "name", name: text };
  const loop = /^while \((.*)\)$/.exec(text);
  const root = parse(`void f(void) { x = (${loop?.[1] ?? text}); }`);
  const plain = root.hasError ? parse(`void f(void) { ${text}; }`) : root;
  if (plain.hasError) return undefined;
  const body = childrenOf(plain)
    .find(({ type }) => type === "function_definition")
    ?.childForFieldName("body");
  const statement = body && childrenOf(body)[0] && childrenOf(childrenOf(body)[0]!)[0];
  if (!statement) return undefined;
  const value = plain === root ? statement.childForFieldName("right")! : statement;
  const call = callIn(value);
  if (!call) return { kind: "text", text: loop?.[1] ?? text };
  const fn = call.childForFieldName("function")!;
  return {
    kind: "call",
    callee: fn.childForFieldName("field")?.text ?? fn.text,
    args: childrenOf(call.childForFieldName("arguments")!).map((one) => oneLine(one.text)),
  };
}

/** The call that an expression is about: the outermost one, of two that are compared the last. */
function callIn(node: Syntax): Syntax | undefined {
  if (node.type === "call_expression") {
    if (!/^(?:un)?likely$/.test(node.childForFieldName("function")!.text)) return node;
    return childrenOf(node.childForFieldName("arguments")!)
      .map(callIn)
      .find((one) => one !== undefined);
  }
  if (/_expression$|^init_declarator$/.test(node.type) && node.type !== "field_expression")
    return childrenOf(node)
      .toReversed()
      .map(callIn)
      .find((one) => one !== undefined);
  return undefined;
}

/** How well an event is what is looked for; 0: not at all. By another name it is 1 less than by its own. */
export function fits(pattern: Pattern, event: SourceEvent, names: NameTable): number {
  const { what } = pattern;
  switch (what.kind) {
    case "call": {
      if (event.kind !== "call" || event.callee === undefined) return 0;
      const how = names.does(event.callee, what.callee);
      if (!how || !argsFit(what.args, event.args, names)) return 0;
      return how === "does" ? 2 : names.normal(event.text) === names.normal(pattern.written) ? 4 : 3;
    }
    case "text":
      if (event.kind === "join" || event.kind === "call") return 0;
      return textFits(what.text, event, names) ? 4 : 0;
    case "name":
      if (event.kind === "call") return names.does(event.callee!, what.name) ? 3 : 0;
      if (event.kind === "test" && plainTest(event.text) === what.name) return 3;
      return event.fields.includes(what.name) ? 3 : 0;
    case "section":
      return event.label === what.label && event.kind !== "join" ? 3 : 0;
    case "branch":
      return (!what.isReturn || event.kind === "return") && branchOf(pattern, event, names) >= 0 ? 3 : 0;
  }
}

/** Which of the conditions that an event stands under is the one that a pattern names; less than 0 if none is. */
export const branchOf = ({ what }: Pattern, { under }: SourceEvent, names: NameTable): number =>
  what.kind === "branch" ? under.findIndex((one) => isCondition(what.under, one, names)) : -1;

const plainTest = (text: string): string =>
  text
    .replaceAll(/\b(?:un)?likely\(((?:[^()]|\([^()]*\))*)\)/g, "$1")
    .replace(/^!\((.*)\)$/, "$1")
    .replace(/^!/, "")
    .replace("!=", "==");

function textFits(text: string, { text: own, kind }: SourceEvent, names: NameTable): boolean {
  const [a, b] = [names.normal(text), names.normal(own)];
  if (a === b) return true;
  if (kind === "test") return plainTest(a) === plainTest(b) || reversed(plainTest(a)) === plainTest(b);
  return kind === "write" && !text.includes("=") ? b.startsWith(`${a}=`) : false;
}

const reversed = (test: string): string => {
  const [left, right] = test.split("==");
  return right === undefined ? test : `${right}==${left}`;
};

/** `if (pmd_trans_huge(*pmd))` is any condition that has it, whatever else is asked. */
function isCondition(wanted: string, under: string, names: NameTable): boolean {
  const [a, b] = [wanted, under].map((one) => names.normal(one.replaceAll(/\b(?:un)?likely\b/g, "")));
  const [word, inner] = [/^[a-z]+/.exec(a!)![0], a!.replace(/^(?:if|else|while|for)\(|\)$/g, "")];
  return (
    a === b ||
    (/^(?:if|else|while|for)$/.test(word) && b!.startsWith(`${word}(`) && b!.slice(word.length).includes(inner))
  );
}

/** A label names arguments as far as they matter: each must be among those of the call. */
function argsFit(wanted: readonly string[], given: readonly string[], names: NameTable): boolean {
  const has = new Set(given.map((one) => names.canonical(lastName(one))));
  return wanted.every((one) => {
    const name = names.canonical(lastName(one));
    return (
      name === "" ||
      /^\d/.test(name) ||
      has.has(name) ||
      given.some((other) => names.normal(other) === names.normal(one))
    );
  });
}
