import { restsOf, type Body, type Node } from "./scopes.ts";

/** What src/model/asked.ts exports, under a name that no model has. */
export const OWN = "faultline$";

export interface Edit {
  readonly at: number;
  readonly text: string;
}

export interface Wrap {
  readonly before: string;
  readonly after: string;
}

/** What methods are called that return something new, if they are the built-in ones. */
export const FRESH = new Set(
  (
    "map filter slice concat flat flatMap split toSorted toReversed toSpliced with entries keys values from of fromEntries " +
    "create match matchAll groupBy exec splice parse structuredClone getOwnPropertyDescriptor getOwnPropertyDescriptors " +
    "getOwnPropertyNames getOwnPropertySymbols ownKeys"
  ).split(" "),
);
export const COLLECTIONS = new Set(["Map", "Set", "WeakMap", "WeakSet"]);
export const LOOPS = new Set([
  "ForStatement",
  "ForInStatement",
  "ForOfStatement",
  "WhileStatement",
  "DoWhileStatement",
]);

export const ownerOf = (body: Body | undefined): string => (body ? `${OWN}${body.number}` : "0");

export const noting = (body: Body): string => (body.isAsked ? `const ${ownerOf(body)}=${OWN}.run();` : "");

export const noteMade = (name: string): string => `${OWN}.made(${name})`;

/** Statements that note the rests which a pattern collects: they are new. */
export const makesRests = (pattern: Node | null): string =>
  restsOf(pattern)
    .map((name) => `${noteMade(name)};`)
    .join("");

/** A function that may use `arguments` has a list of its own; an arrow has that of the function around it. */
export const makesArguments = (node: Node, code: string): string =>
  node.type !== "ArrowFunctionExpression" && /\barguments\b/.test(code.slice(node.start, node.end))
    ? `${OWN}.made(arguments);`
    : "";

/** Where the `.` or `[` behind a position is. */
export function dotBehind(code: string, at: number): number {
  let position = at;
  while (/[\s)]/.test(code[position]!)) position++;
  return position;
}
