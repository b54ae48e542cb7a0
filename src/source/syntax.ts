import { closingOf } from "./functions.ts";
import { childrenOf, type Syntax } from "./grammar.ts";

export const bodyOf = (root: Syntax): Syntax | undefined =>
  childrenOf(root)
    .filter(({ type }) => type === "function_definition")
    .map((one) => one.childForFieldName("body"))
    .find((one) => one !== null) ?? undefined;

export const operatorOf = (node: Syntax): string =>
  (node.childForFieldName("operator") as Syntax | null)?.text ?? node.text[0]!;

/** `(x)` and `unlikely(x)` as x. */
export function unwrapped(node: Syntax): Syntax {
  if (node.type === "parenthesized_expression") return childrenOf(node)[0] ? unwrapped(childrenOf(node)[0]!) : node;
  if (node.type === "call_expression" && /^(?:un)?likely$/.test(node.childForFieldName("function")!.text)) {
    const inner = childrenOf(node.childForFieldName("arguments")!)[0];
    return inner ? unwrapped(inner) : node;
  }
  return node;
}

export const isArithmetic = (node: Syntax): boolean =>
  node.type === "binary_expression" && !/^(?:==|!=|<|>|<=|>=|&&|\|\|)$/.test(operatorOf(node));

/** Whether an expression makes an event by itself, when it is negated. */
export const isDeciding = (node: Syntax): boolean =>
  node.type === "call_expression" ||
  (node.type === "binary_expression" && !isArithmetic(node)) ||
  (node.type === "unary_expression" &&
    operatorOf(node) === "!" &&
    isDeciding(unwrapped(node.childForFieldName("argument")!)));

export const hasCalls = (node: Syntax): boolean => /\(/.test(node.text) && /\w\s*\(/.test(node.text);

export const namesIn = (node: Syntax): readonly string[] => [...new Set(node.text.match(/[A-Za-z_]\w*/g) ?? [])];

/** A condition that is never true, as it is written. */
export const isNever = (node: Syntax): boolean => /^(?:0|false)$/.test(unwrapped(node).text.trim());

/** The names of types as the kernel forms them; any other name in brackets that is called is a function. */
export const isTypeName = (name: string): boolean =>
  /_t$|^_*(?:[us]|[lb]e)\d+$|^(?:u?int|u(?:char|short|long))$/.test(name);

/** Macros that are loops, written as such, on the same lines: `xas_for_each(xas, page, last) {` as `for (;xas_for_each(...);) {`. */
export function loopsWritten(body: string): string {
  let text = body;
  const starts = [...body.matchAll(/^([ \t]*)(\w*for_?each\w*)[ \t]*\(/gm)].toReversed();
  for (const { 0: all, 1: indent, 2: name, index } of starts) {
    const open = index + all.length - 1;
    const close = closingOf(text, open);
    if (close < 0 || text[close + 1] === ";") continue;
    text = `${text.slice(0, index)}${indent}for (;${name}${text.slice(open, close + 1)};)${text.slice(close + 1)}`;
  }
  return text;
}
