import { parse } from "acorn";
import { isMutator } from "../model/owned.ts";
import {
  declarationOf,
  headOf,
  isFunction,
  isOptional,
  nameOf,
  partsOf,
  restsOf,
  Scopes,
  targetsOf,
  type Body,
  type Node,
  type Scope,
} from "./scopes.ts";

/** What src/model/owned.ts exports, under a name that no model has. */
export const OWN = "faultline$";

interface Edit {
  readonly at: number;
  readonly text: string;
}

interface Wrap {
  readonly before: string;
  readonly after: string;
}

/** Methods of built-in objects that return a new one. */
const FRESH = new Set(
  (
    "map filter slice concat flat flatMap split toSorted toReversed toSpliced with entries keys values from of fromEntries " +
    "create assign match matchAll groupBy exec splice"
  ).split(" "),
);
const FRESH_ALL = new Set(["parse", "structuredClone"]);
const LOOPS = new Set(["ForStatement", "ForInStatement", "ForOfStatement", "WhileStatement", "DoWhileStatement"]);

/** The guards of a program, as text that is added to it. */
export class Guards {
  /** In the order in which those at one position follow each other. */
  readonly edits: Edit[] = [];
  private readonly code: string;
  private readonly scopes: Scopes;
  private readonly wraps = new Map<Node, Wrap[]>();

  constructor(code: string) {
    this.code = code;
    const program = parse(code, {
      ecmaVersion: "latest",
      sourceType: "module",
      allowHashBang: true,
    }) as unknown as Node;
    this.scopes = new Scopes(program);
    const scope = this.scopes.of(program)!;
    // First what each guard has to ask, then the functions that have to note it.
    this.find(program, scope);
    this.visit(program, scope);
  }

  private wrap(node: Node, before: string, after: string): void {
    this.wraps.set(node, [...(this.wraps.get(node) ?? []), { before, after }]);
  }

  /** `f((x))`, or `f(first, (x))`. */
  private pass(node: Node, guard: string, more = ""): void {
    this.wrap(node, `${OWN}.${guard}((`, `)${more})`);
  }

  private insert(at: number, text: string): void {
    this.edits.push({ at, text });
  }

  private shown({ start, end }: Node): string {
    const text = this.code.slice(start, end).replaceAll(/\s+/g, " ");
    return JSON.stringify(text.length > 40 ? `${text.slice(0, 37)}...` : text);
  }

  // Decides on the guards of a node and of all its parts.

  private find(node: Node, scope: Scope): void {
    const { body } = scope;
    switch (node.type) {
      case "AssignmentExpression":
        this.assignment(node, scope);
        break;
      case "UpdateExpression":
        this.targets(node, [node["argument"] as Node], scope);
        break;
      case "ForInStatement":
      case "ForOfStatement":
        this.forLoop(node, scope);
        break;
      case "UnaryExpression":
        if (node["operator"] === "delete") this.deletion(node["argument"] as Node);
        break;
      case "CallExpression":
        this.call(node, scope);
        break;
      case "MemberExpression":
        this.memberRead(node);
        break;
      case "ObjectExpression":
      case "ArrayExpression":
        this.pass(node, "made");
        break;
      case "NewExpression":
        this.isTarget.add(node["callee"] as Node);
        this.pass(node, "made");
        break;
      case "Literal":
        if (/[gy]/.test((node["regex"] as { flags: string } | undefined)?.flags ?? "")) this.pass(node, "made");
        break;
      case "SpreadElement":
        if (body) this.iterable(node["argument"] as Node);
        break;
      case "TaggedTemplateExpression":
        this.isTarget.add(node["tag"] as Node);
        break;
      case "ClassDeclaration":
      case "ClassExpression":
        this.class(node);
        break;
      case "VariableDeclarator":
        if (body && node["init"]) this.declarator(node);
        break;
      case "ThrowStatement":
        this.pass(node["argument"] as Node, "throws");
        break;
      case "YieldExpression":
        if (body) {
          body.isAsked = true;
          this.wrap(node, `${OWN}.resumes(${ownerOf(body)},(`, "))");
        }
        break;
      case "Identifier":
        if (nameOf(node) === "Function" && body && !declarationOf("Function", scope)) this.pass(node, "evaluates");
        break;
      default:
    }
    for (const part of partsOf(node)) this.find(part, this.scopeIn(node, part, scope));
  }

  private declarator(node: Node): void {
    const [id, init] = [node["id"] as Node, node["init"] as Node];
    if (id.type === "ArrayPattern") this.iterable(init);
    const rests = restsOf(id);
    if (rests.length > 0) this.wrap(node, "", `,${OWN}at${node.end}=[${rests.map(noteMade).join()}]`);
  }

  /** The scope that a part of a node is in. */
  private scopeIn(node: Node, part: Node, scope: Scope): Scope {
    // A computed name is worked out around the class or the object.
    if (node.type === "PropertyDefinition" && part === node["key"]) return scope;
    return this.scopes.of(node) ?? scope;
  }

  private assignment(node: Node, scope: Scope): void {
    const [left, right] = [node["left"] as Node, node["right"] as Node];
    if (left.type === "ArrayPattern" && scope.body) this.iterable(right);
    // `x ??= y` assigns only if it comes to y.
    if (/^(\?\?|\|\||&&)=$/.test(node["operator"] as string)) {
      this.isTarget.add(left);
      const [before] = this.asks([left], scope);
      if (before !== undefined) this.wrap(right, `(${before},(`, "))");
      else if (left.type === "MemberExpression") {
        const object = left["object"] as Node;
        if (object.type === "Identifier" || object.type === "ThisExpression")
          this.wrap(right, `(${OWN}.changes(${this.code.slice(object.start, object.end)},${this.shown(left)}),(`, "))");
        else this.members([left], "changes");
      }
      return;
    }
    this.targets(node, targetsOf(left), scope);
    const rests = restsOf(left);
    // What is assigned stays the value of the whole.
    if (rests.length > 0) this.wrap(node, "[(", `),${rests.map(noteMade).join()}][0]`);
  }

  /** Guards an expression that assigns to these. */
  private targets(node: Node, targets: readonly Node[], scope: Scope): void {
    this.members(targets, "changes");
    const asks = this.asks(targets, scope);
    if (asks.length > 0) this.wrap(node, `(${asks.join()},`, ")");
  }

  private members(targets: readonly Node[], guard: string): void {
    for (const target of targets) {
      this.isTarget.add(target);
      const object = target["object"] as Node | undefined;
      if (target.type !== "MemberExpression" || !object || object.type === "Super") continue;
      // It is made anew for each call.
      if (object.type === "Identifier" && nameOf(object) === "arguments") continue;
      this.pass(object, guard, `,${this.shown(target)}`);
    }
  }

  /** The guards of the names among these that are declared in another function than the one they are assigned in. */
  private asks(targets: readonly Node[], scope: Scope): readonly string[] {
    return targets.flatMap((target) => {
      if (target.type !== "Identifier") return [];
      const there = declarationOf(nameOf(target), scope);
      if (!there || there.body === scope.body) return [];
      const owner = there.body;
      // What stands among the parameters comes before the function can note anything.
      if (owner && (owner.node.type === "PropertyDefinition" || target.start < startOf(owner.node))) return [];
      if (owner) owner.isAsked = true;
      return [`${OWN}.assigns(${ownerOf(owner)},${JSON.stringify(nameOf(target))})`];
    });
  }

  private forLoop(node: Node, scope: Scope): void {
    const [left, right] = [node["left"] as Node, node["right"] as Node];
    if (node.type === "ForOfStatement" && scope.body) this.iterable(right);
    if (left.type === "VariableDeclaration") return;
    const targets = targetsOf(left);
    this.members(targets, "changes");
    const asks = this.asks(targets, this.scopes.of(node) ?? scope);
    if (asks.length > 0) this.wrap(right, `(${asks.join()},(`, "))");
  }

  private iterable(node: Node): void {
    if (node.type !== "ArrayExpression") this.pass(node, "iterates");
  }

  private deletion(argument: Node): void {
    const member = argument.type === "ChainExpression" ? (argument["expression"] as Node) : argument;
    this.isTarget.add(member);
    if (member.type !== "MemberExpression" || (member["object"] as Node).type === "Super") return;
    this.object(member, "deletes", `,${this.shown(member)}`);
  }

  private call(node: Node, scope: Scope): void {
    const callee = node["callee"] as Node;
    const [first] = node["arguments"] as Node[];
    this.isTarget.add(callee);
    if (callee.type === "Identifier") {
      const name = nameOf(callee);
      if (declarationOf(name, scope)) return;
      if (name === "structuredClone") this.pass(node, "freshAll");
      if (name === "Array" || name === "Object") this.pass(node, "fresh");
      if (name === "eval" && scope.body && first && first.type !== "SpreadElement") this.pass(first, "evaluates");
      return;
    }
    if (callee.type === "Super") {
      this.pass(node, "made");
      return;
    }
    if (callee.type !== "MemberExpression") return;
    const name = propertyOf(callee);
    const object = callee["object"] as Node;
    const isInChain = isOptional(node);
    if (name === undefined) {
      if (this.code.slice((callee["property"] as Node).start, (callee["property"] as Node).end) === "Symbol.iterator") {
        if (!isInChain) this.pass(node, "fresh");
      } else if (object.type !== "Super" && scope.body && !isInChain && callee["optional"] !== true)
        this.computedCall(callee);
      return;
    }
    if (isMutator(name)) {
      if (object.type === "Super") {
        if (first && first.type !== "SpreadElement")
          this.wrap(first, `(${OWN}.mutates(this,${JSON.stringify(name)},"this"),(`, "))");
        else if (!first) this.insert(node.end - 1, `${OWN}.mutates(this,${JSON.stringify(name)},"this")`);
      } else this.object(callee, "mutates", `,${JSON.stringify(name)},${this.shown(object)}`);
    }
    if (isInChain) return;
    if (FRESH.has(name)) this.pass(node, "fresh");
    else if (FRESH_ALL.has(name)) this.pass(node, "freshAll");
  }

  /** What a constructor assigns to is new. */
  private class(node: Node): void {
    for (const member of (node["body"] as Node)["body"] as Node[])
      if (member["kind"] === "constructor") {
        const value = member["value"] as Node;
        if (node["superClass"]) this.derived.add(value);
        else this.constructors.add(value);
      }
  }

  /** `list[name](x)`: whether it changes the list is known when the name is. */
  private computedCall(callee: Node): void {
    const [object, property] = [callee["object"] as Node, callee["property"] as Node];
    if (property.type === "Literal" && typeof property["value"] === "number") return;
    this.wrap(object, `${OWN}.called((`, "))");
    this.wrap(property, `${OWN}.calls((`, `),${this.shown(object)})`);
  }

  /** Passes what a member is of through a guard; what stands behind `?.` stays behind it. */
  private object(member: Node, guard: string, more: string): void {
    const object = member["object"] as Node;
    const isCut = isOptional(object) && member["optional"] !== true;
    this.pass(object, guard, more);
    if (isCut) this.cuts.set(object, member["computed"] === true ? "?." : "?");
  }

  private readonly cuts = new Map<Node, string>();

  /** `list.push` that is not called here and now. */
  private memberRead(node: Node): void {
    const name = propertyOf(node);
    if (name === undefined || !isMutator(name) || this.isTarget.has(node) || isOptional(node)) return;
    if ((node["object"] as Node).type === "Super") return;
    this.pass(node, "method");
  }

  /** Members that are called or assigned, and not read. */
  private readonly isTarget = new Set<Node>();

  // Writes the guards down, in the order of the text.

  private visit(node: Node, scope: Scope): void {
    const wraps = this.wraps.get(node) ?? [];
    for (const { before } of wraps) this.insert(node.start, before);
    const inner = this.scopes.of(node) ?? scope;
    const body = inner.body;
    let end = "";
    if (isFunction(node)) end = this.enter(node, body!);
    if (node.type === "StaticBlock") this.insert(this.code.indexOf("{", node.start) + 1, noting(body!));
    const loop = LOOPS.has(node.type) ? (node["body"] as Node) : undefined;
    for (const part of partsOf(node)) {
      const isBare = part === loop && part.type !== "BlockStatement";
      const round = `${OWN}.round();${makesRests(headOf(node))}`;
      if (isBare) this.insert(part.start, `{${round}`);
      else if (part === loop) this.insert(part.start + 1, round);
      // Neither may hide what has ended the run.
      if (part === node["finalizer"]) this.insert(part.start + 1, `${OWN}.caught();`);
      if (node.type === "CatchClause" && part === node["body"])
        this.insert(part.start + 1, `${OWN}.caught();${makesRests(node["param"] as Node | null)}`);
      this.visit(part, this.scopeIn(node, part, scope));
      if (isBare) this.insert(part.end, "}");
    }
    if (end !== "") this.insert(node.end, end);
    for (const { after } of wraps.toReversed()) this.insert(node.end, after);
    const cut = this.cuts.get(node);
    if (cut !== undefined) this.insert(this.dotBehind(node.end), cut);
  }

  /** Notes at the beginning of a function what its guards ask; returns what has to be put at its end. */
  private enter(node: Node, body: Body): string {
    const params = node["params"] as Node[];
    const block = node["body"] as Node;
    const text = [
      `${OWN}.round();`,
      node["async"] === true ? `if(${OWN}.awaits())return;` : "",
      noting(body),
      ...params.map(makesRests),
    ].join("");
    if (block.type === "BlockStatement") {
      this.insert(block.start + 1, text + this.makesThis(node));
      return "";
    }
    const arrow = this.code.indexOf("=>", params.at(-1)?.end ?? node.start) + "=>".length;
    this.insert(arrow, `{${text}return(`);
    return ")}";
  }

  /** What `new` has made belongs to the run, too. */
  private makesThis(node: Node): string {
    if (node.type === "ArrowFunctionExpression" || node["generator"] === true || node["async"] === true) return "";
    if (this.constructors.has(node)) return `${OWN}.made(this);`;
    // Of a derived class, super() has made it.
    if (this.derived.has(node) || !/\bthis\b/.test(this.code.slice(node.start, node.end))) return "";
    return `if(new.target)${OWN}.made(this);`;
  }

  private readonly constructors = new Set<Node>();
  private readonly derived = new Set<Node>();

  /** Where the `.` or `[` behind a position is. */
  private dotBehind(at: number): number {
    let position = at;
    while (/[\s)]/.test(this.code[position]!)) position++;
    return position;
  }
}

const ownerOf = (body: Body | undefined): string => (body ? `${OWN}${body.number}` : "0");

const noting = (body: Body): string => (body.isAsked ? `const ${ownerOf(body)}=${OWN}.run();` : "");

const noteMade = (name: string): string => `${OWN}.made(${name})`;

/** Statements that note the rests which a pattern collects: they are new. */
const makesRests = (pattern: Node | null): string =>
  restsOf(pattern)
    .map((name) => `${noteMade(name)};`)
    .join("");

/** Where what a function does begins. */
const startOf = (node: Node): number => (node.type === "StaticBlock" ? node.start : (node["body"] as Node).start);

/** The name of a property that is written down. */
function propertyOf(member: Node): string | undefined {
  const property = member["property"] as Node;
  if (member["computed"] !== true) return property.type === "Identifier" ? nameOf(property) : undefined;
  return property.type === "Literal" && typeof property["value"] === "string" ? property["value"] : undefined;
}
