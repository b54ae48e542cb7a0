import { parse } from "acorn";
import { notedEarly } from "./early.ts";
import {
  OWN,
  type Edit,
  type Wrap,
  FRESH,
  COLLECTIONS,
  LOOPS,
  ownerOf,
  noting,
  noteMade,
  makesRests,
  dotBehind,
  makesArguments,
} from "./guard-words.ts";
import {
  declarationOf,
  headOf,
  isFunction,
  isOptional,
  isSuper,
  nameOf,
  partsOf,
  propertyOf,
  restsOf,
  Scopes,
  startOf,
  takesStack,
  targetsOf,
  type Body,
  type Node,
  type Scope,
} from "./scopes.ts";

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
    if (text !== "") this.edits.push({ at, text });
  }

  private shown({ start, end }: Node): string {
    const text = this.code.slice(start, end).replaceAll(/\s+/g, " ");
    return JSON.stringify(text.length > 40 ? `${text.slice(0, 37)}...` : text);
  }

  /** Decides on the guards of a node and of all its parts. */
  private find(node: Node, scope: Scope): void {
    const { body } = scope;
    switch (node.type) {
      case "Property":
      case "MethodDefinition":
        if (node["method"] === true || /^(get|set|method)$/.test(node["kind"] as string))
          this.isMethod.add(node["value"]);
        if (node["kind"] === "set") this.isSetter.add(node["value"]);
        break;
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
        this.construction(node, scope);
        break;
      case "Literal":
        if (node["regex"]) this.pass(node, "made");
        break;
      case "ReturnStatement":
        if (node["argument"] && body && this.mayConstruct(body.node))
          this.pass(node["argument"] as Node, "returned", ",new.target");
        break;
      case "ImportExpression":
        this.pass(node["source"] as Node, "imports");
        break;
      case "ClassDeclaration":
      case "ClassExpression":
        this.class(node);
        break;
      case "VariableDeclarator":
        if (node["init"] && takesStack(node["id"] as Node)) this.pass(node["init"] as Node, "looksAtStack");
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
    const rests = restsOf(node["id"] as Node);
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
    // `x ??= y` assigns only if it comes to y.
    if (/^(\?\?|\|\||&&)=$/.test(node["operator"] as string)) {
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
      const object = target["object"] as Node | undefined;
      if (target.type !== "MemberExpression" || !object || object.type === "Super") continue;
      this.pass(object, guard, `,${this.shown(target)}`);
    }
  }

  /** The guards of the names among these that are declared in another function than the one they are assigned in. */
  private asks(targets: readonly Node[], scope: Scope): readonly string[] {
    return targets.flatMap((target) => {
      if (isSuper(target)) return [`${OWN}.changes(this,${this.shown(target)})`];
      if (target.type !== "Identifier") return [];
      const there = declarationOf(nameOf(target), scope);
      if (!there || there.body === scope.body) return [];
      const owner = there.body;
      const name = JSON.stringify(nameOf(target));
      if (owner) owner.isAsked = true;
      if (!owner || target.start >= startOf(owner.node)) return [`${OWN}.assigns(${ownerOf(owner)},${name})`];
      // What stands among the parameters may come before the function has noted anything.
      this.isNotedEarly.add(owner);
      return this.isSetter.has(owner.node)
        ? [`${OWN}.assigns(0,${name})`]
        : [`${OWN}.assignsEarly(()=>${ownerOf(owner)},${name})`];
    });
  }

  private forLoop(node: Node, scope: Scope): void {
    const [left, right] = [node["left"] as Node, node["right"] as Node];
    if (left.type === "VariableDeclaration") return;
    const targets = targetsOf(left);
    this.members(targets, "changes");
    const asks = this.asks(targets, this.scopes.of(node) ?? scope);
    if (asks.length > 0) this.wrap(right, `(${asks.join()},(`, "))");
  }

  private deletion(argument: Node): void {
    const member = argument.type === "ChainExpression" ? (argument["expression"] as Node) : argument;
    if (member.type !== "MemberExpression" || (member["object"] as Node).type === "Super") return;
    this.object(member, "deletes", `,${this.shown(member)}`);
  }

  private call(node: Node, scope: Scope): void {
    const callee = node["callee"] as Node;
    const [first] = node["arguments"] as Node[];
    if (callee.type === "Identifier") {
      const name = nameOf(callee);
      if (declarationOf(name, scope)) return;
      if (name === "structuredClone" || name === "Array") this.pass(node, "fresh", `,${name}`);
      if (name === "Object" && !first) this.pass(node, "made");
      if (name === "eval" && scope.body && first && first.type !== "SpreadElement") this.pass(first, "evaluates");
      return;
    }
    if (callee.type === "Super") {
      this.pass(node, "stamped");
      return;
    }
    if (callee.type !== "MemberExpression" || isOptional(node)) return;
    const property = callee["property"] as Node;
    const written = this.code.slice(property.start, property.end);
    const name = propertyOf(callee) ?? (/^Symbol\.\w+$/.test(written) ? written : undefined);
    // What it is that is called here, nobody can tell: nor whether that is new.
    if (name === undefined || name === "call" || name === "apply") this.pass(node, "returned", ",0");
    if (name === undefined || !(FRESH.has(name) || name.startsWith("Symbol."))) return;
    const key = name.startsWith("Symbol.") ? name : JSON.stringify(name);
    const object = callee["object"] as Node;
    // Whether it is the built-in method can be asked when all else has been worked out.
    const receiver = object.type === "Super" ? "super" : this.kept(object);
    this.pass(node, "fresh", `,${receiver}[${key}]`);
  }

  /** `new X(first)` */
  private construction(node: Node, scope: Scope): void {
    const [first] = node["arguments"] as Node[];
    const callee = node["callee"] as Node;
    const name = callee.type === "Identifier" ? nameOf(callee) : "";
    if (first && first.type !== "SpreadElement" && COLLECTIONS.has(name) && !declarationOf(name, scope)) {
      this.pass(node, "filled", `,${this.kept(first, ",void 0")}`);
      return;
    }
    this.pass(node, "constructed", first && first.type !== "SpreadElement" ? `,${this.kept(first)}` : "");
  }

  /** Keeps the value of an expression in a variable of the module, whose name it returns; what comes `instead` of it is used. */
  private kept(node: Node, instead = ""): string {
    const name = `${OWN}v${this.variables.push(0)}`;
    this.wrap(node, `(${name}=(`, `)${instead})`);
    return name;
  }

  private readonly variables: number[] = [];

  /** What has to stand at the beginning of the module. */
  get declarations(): string {
    return this.variables.length === 0 ? "" : `let ${this.variables.map((_, i) => `${OWN}v${i + 1}`).join()};`;
  }

  /** What a constructor assigns to is new; but the fields of a derived class go into what `super()` returns. */
  private class(node: Node): void {
    const members = (node["body"] as Node)["body"] as Node[];
    const constructor = members.find((member) => member["kind"] === "constructor");
    if (!node["superClass"]) {
      if (constructor) this.constructors.add(constructor["value"] as Node);
      return;
    }
    if (constructor) this.derived.add(constructor["value"] as Node);
    else this.insert((node["body"] as Node).start + 1, `constructor(...a){${OWN}.stamped(super(...a));}`);
  }

  /** Passes what a member is of through a guard; what stands behind `?.` stays behind it. */
  private object(member: Node, guard: string, more: string): void {
    const object = member["object"] as Node;
    const isCut = isOptional(object) && member["optional"] !== true;
    this.pass(object, guard, more);
    if (isCut) this.cuts.set(object, member["computed"] === true ? "?." : "?");
  }

  private readonly cuts = new Map<Node, string>();

  /** Of what may be constructed, what it returns takes the place of what is new. */
  private mayConstruct(node: Node): boolean {
    if (node.type === "ArrowFunctionExpression" || node["generator"] === true || node["async"] === true) return false;
    return isFunction(node) && !this.isMethod.has(node);
  }

  private memberRead(node: Node): void {
    if (propertyOf(node) === "stack" && (node["object"] as Node).type !== "Super")
      this.object(node, "looksAtStack", "");
  }

  /** Functions that cannot be constructed, and those that must have just one parameter. */
  private readonly isMethod = new Set<unknown>();
  private readonly isSetter = new Set<unknown>();
  /** What notes the run among its parameters. */
  private readonly isNotedEarly = new Set<Body>();

  /** Writes the guards down, in the order of the text. */
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
      this.insert(part.end, `${this.tails.get(part) ?? ""}${isBare ? "}" : ""}`);
    }
    if (end !== "") this.insert(node.end, end);
    for (const { after } of wraps.toReversed()) this.insert(node.end, after);
    const cut = this.cuts.get(node);
    if (cut !== undefined) this.insert(dotBehind(this.code, node.end), cut);
  }

  /** Notes at the beginning of a function what its guards ask; returns what has to be put at its end. */
  private enter(node: Node, body: Body): string {
    const params = node["params"] as Node[];
    const block = node["body"] as Node;
    const isGenerator = node["generator"] === true;
    const isEarly = (isGenerator || this.isNotedEarly.has(body)) && !this.isSetter.has(node);
    const list = isEarly ? this.noteEarly(node, body) : "";
    const text = [
      `${OWN}.round();`,
      node["async"] === true ? `if(${OWN}.awaits())return;` : "",
      isEarly ? list : noting(body),
      isGenerator ? `${OWN}.begins(${ownerOf(body)});` : "",
      ...params.map(makesRests),
      makesArguments(node, this.code),
    ].join("");
    if (block.type === "BlockStatement") {
      this.insert(block.start + 1, text + this.makesThis(node));
      return "";
    }
    const arrow = this.code.indexOf("=>", params.at(-1)?.end ?? node.start) + "=>".length;
    this.insert(arrow, `{${text}return(`);
    return ")}";
  }

  /** Notes the run among the parameters; returns what has to be done at the beginning. */
  private noteEarly(node: Node, body: Body): string {
    const { before, behind, atBegin } = notedEarly(this.code, node, `${OWN}:${ownerOf(body)}=${OWN}.run()`);
    if (before) this.insert(before.at, before.text);
    if (behind) this.tails.set(behind.part, behind.text);
    return atBegin;
  }

  /** What comes behind a part when all that is put around it has been. */
  private readonly tails = new Map<Node, string>();

  /** What `new` has made belongs to the run, too. */
  private makesThis(node: Node): string {
    if (node.type === "ArrowFunctionExpression" || node["generator"] === true || node["async"] === true) return "";
    if (this.constructors.has(node)) return `${OWN}.made(this);`;
    // Of a derived class, super() has made it.
    if (this.derived.has(node) || this.isMethod.has(node)) return "";
    return `if(new.target)${OWN}.made(this);`;
  }

  private readonly constructors = new Set<Node>();
  private readonly derived = new Set<Node>();
}
