import type * as acorn from "acorn";

/** A node of the syntax tree, as one looks at it without knowing its kind. */
export type Node = acorn.Node & { readonly [key: string]: unknown };

/** A function, or what is run like one: the initial value of a class's field, a static block. */
export interface Body {
  readonly node: Node;
  readonly number: number;
  /** Something needs to know in which run it was entered. */
  isAsked: boolean;
}

/** Where names are declared: in no function, that is in the module itself, or in one. */
export interface Scope {
  readonly body: Body | undefined;
  readonly outer: Scope | undefined;
  readonly names: Set<string>;
}

const FUNCTIONS = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);
const BLOCKS = new Set([
  "BlockStatement",
  "ForStatement",
  "ForInStatement",
  "ForOfStatement",
  "CatchClause",
  "SwitchStatement",
  "ClassExpression",
  "ClassDeclaration",
]);

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";

export const isFunction = (node: Node): boolean => FUNCTIONS.has(node.type);

/** The parts of a node, in the order of the text. */
export function partsOf(node: Node): readonly Node[] {
  if (/^(Import|Export).*(Declaration|Specifier)$/.test(node.type) && !node["declaration"]) return [];
  const parts: Node[] = [];
  for (const [key, value] of Object.entries(node)) {
    // A name that is written down is no expression.
    if ((key === "key" || key === "property") && node["computed"] !== true) continue;
    if (key === "label" || key === "meta") continue;
    for (const part of Array.isArray(value) ? (value as unknown[]) : [value]) if (isNode(part)) parts.push(part);
  }
  return parts.toSorted((a, b) => a.start - b.start || b.end - a.end);
}

/** The identifiers and members that a pattern assigns to. */
export function targetsOf(pattern: Node | null): readonly Node[] {
  switch (pattern?.type) {
    case undefined:
      return [];
    case "ObjectPattern":
      return (pattern["properties"] as Node[]).flatMap((property) =>
        targetsOf((property.type === "RestElement" ? property["argument"] : property["value"]) as Node),
      );
    case "ArrayPattern":
      return (pattern["elements"] as (Node | null)[]).flatMap(targetsOf);
    case "AssignmentPattern":
      return targetsOf(pattern["left"] as Node);
    case "RestElement":
      return targetsOf(pattern["argument"] as Node);
    default:
      return [pattern!];
  }
}

/** The names that a pattern collects the rest in. */
export function restsOf(pattern: Node | null): readonly string[] {
  switch (pattern?.type) {
    case "ObjectPattern":
      return (pattern["properties"] as Node[]).flatMap((property) =>
        restsOf(property.type === "RestElement" ? property : (property["value"] as Node)),
      );
    case "ArrayPattern":
      return (pattern["elements"] as (Node | null)[]).flatMap(restsOf);
    case "AssignmentPattern":
      return restsOf(pattern["left"] as Node);
    case "RestElement": {
      const argument = pattern["argument"] as Node;
      return argument.type === "Identifier" ? [nameOf(argument)] : restsOf(argument);
    }
    default:
      return [];
  }
}

/** What each round of a loop assigns to, or declares, before its body. */
export function headOf({ type, left }: Node): Node | null {
  if (type !== "ForInStatement" && type !== "ForOfStatement") return null;
  const head = left as Node;
  return head.type === "VariableDeclaration" ? (head["declarations"] as { readonly id: Node }[])[0]!.id : head;
}

/** Whether a chain up to here has a `?.` in it, so that it may end early. */
export function isOptional(node: Node): boolean {
  if (node["optional"] === true) return true;
  if (node.type === "MemberExpression") return isOptional(node["object"] as Node);
  return node.type === "CallExpression" && isOptional(node["callee"] as Node);
}

export const nameOf = (identifier: Node): string => identifier["name"] as string;

export const isSuper = (target: Node): boolean =>
  target.type === "MemberExpression" && (target["object"] as Node).type === "Super";

/** The name of a property that is written down. */
export function propertyOf(member: Node): string | undefined {
  const property = member["property"] as Node;
  if (member["computed"] !== true) return property.type === "Identifier" ? nameOf(property) : undefined;
  return property.type === "Literal" && typeof property["value"] === "string" ? property["value"] : undefined;
}

/** Where what a function does begins. */
export const startOf = (node: Node): number =>
  node.type === "StaticBlock" ? node.start : (node["body"] as Node).start;

/** A pattern takes the stack out of what may be an error. */
export const takesStack = (pattern: Node): boolean =>
  pattern.type === "ObjectPattern" &&
  (pattern["properties"] as Node[]).some((one) => one.type === "Property" && nameOf(one["key"] as Node) === "stack");

/** By node that declares names: its scope. */
export class Scopes {
  private readonly scopes = new Map<Node, Scope>();
  private bodies = 0;

  constructor(program: Node) {
    const scope: Scope = { body: undefined, outer: undefined, names: new Set() };
    this.scopes.set(program, scope);
    for (const part of partsOf(program)) this.declare(part, scope, scope);
  }

  /** The scope that a node opens, if it opens one. */
  of(node: Node): Scope | undefined {
    return this.scopes.get(node);
  }

  /** Notes the names that a node declares; those of `var` go to the function's scope. */
  private declare(node: Node, scope: Scope, functionScope: Scope): void {
    if (isFunction(node)) {
      if (node.type === "FunctionDeclaration" && node["id"]) scope.names.add(nameOf(node["id"] as Node));
      const own = this.open(node, scope, true);
      if (node.type === "FunctionExpression" && node["id"]) own.names.add(nameOf(node["id"] as Node));
      for (const param of node["params"] as Node[])
        for (const target of targetsOf(param)) own.names.add(nameOf(target));
      for (const part of partsOf(node)) this.declare(part, own, own);
      return;
    }
    if (node.type === "PropertyDefinition" || node.type === "StaticBlock") {
      if (node["computed"] === true) this.declare(node["key"] as Node, scope, functionScope);
      const own = this.open(node, scope, true);
      for (const part of partsOf(node)) if (part !== node["key"]) this.declare(part, own, own);
      return;
    }
    if (node.type === "ImportDeclaration") {
      for (const one of node["specifiers"] as Node[]) scope.names.add(nameOf(one["local"] as Node));
      return;
    }
    if (node.type === "ClassDeclaration" && node["id"]) scope.names.add(nameOf(node["id"] as Node));
    if (node.type === "VariableDeclaration") {
      const into = node["kind"] === "var" ? functionScope : scope;
      for (const one of node["declarations"] as Node[])
        for (const target of targetsOf(one["id"] as Node)) into.names.add(nameOf(target));
    }
    const inner = BLOCKS.has(node.type) ? this.open(node, scope, false) : scope;
    if (node.type === "CatchClause")
      for (const target of targetsOf(node["param"] as Node | null)) inner.names.add(nameOf(target));
    if (node.type === "ClassExpression" && node["id"]) inner.names.add(nameOf(node["id"] as Node));
    for (const part of partsOf(node)) this.declare(part, inner, functionScope);
  }

  private open(node: Node, outer: Scope, isBody: boolean): Scope {
    const body = isBody ? { node, number: ++this.bodies, isAsked: false } : outer.body;
    const scope: Scope = { body, outer, names: new Set() };
    this.scopes.set(node, scope);
    return scope;
  }
}

/** Where a name is declared; nothing if it is global. */
export function declarationOf(name: string, scope: Scope): Scope | undefined {
  for (let at: Scope | undefined = scope; at; at = at.outer) if (at.names.has(name)) return at;
  return undefined;
}
