import { childrenOf, oneLine, type ParseC, type Syntax } from "./grammar.ts";
import { lastName, type NameTable } from "./names.ts";
import type { Decision } from "./flow.ts";
import type { CFunction } from "./functions.ts";
import { bodyOf, hasCalls, isArithmetic, loopsWritten, operatorOf, unwrapped } from "./syntax.ts";

/** A place in the code that jumps lead to. */
export interface Mark {
  readonly name: string;
}

/** An operation of C that becomes a step, or decides where to go on. */
export interface Operation {
  /** `local`: it looks at, or changes, what no other CPU sees. */
  readonly kind: "call" | "write" | "read" | "test" | "local";
  /** As it is written, on one line. */
  readonly text: string;
  readonly callee?: string;
  readonly args: readonly string[];
  /** The variable that its result goes into. */
  readonly into?: string;
  /** Of a call that was not followed: what its body does that another CPU may see. */
  readonly within: readonly string[];
  /** Its result is compared with something, which the test is about. */
  readonly isCompared?: true;
  /** Of a write to a variable: what it is set to. */
  readonly value?: string;
}

/** A function as a list: operations one after the other, with marks, jumps, and tests that lead to one mark or another. */
export type Item =
  | { readonly kind: "mark"; readonly mark: Mark }
  | { readonly kind: "jump"; readonly to: Mark }
  | { readonly kind: "do"; readonly op: Operation }
  | { readonly kind: "test"; readonly op: Operation; readonly yes: Mark; readonly no: Mark };

export interface CodeOptions {
  readonly parse: ParseC;
  readonly names: NameTable;
  decide(callee: string, chain: readonly string[], isIndirect: boolean): Decision;
}

/** The end of the function. */
export const END: Mark = { name: "end" };

/** A function as a list of what it does, with the functions in place that `decide` follows. */
export const codeOf = (fn: CFunction, options: CodeOptions): readonly Item[] => {
  const reader = new CodeReader(options);
  reader.read(fn, [], END);
  return reader.items;
};

interface Around {
  readonly breaks?: Mark;
  readonly again?: Mark;
}

class CodeReader {
  readonly items: Item[] = [];
  readonly #options: CodeOptions;
  #chain: readonly string[] = [];
  #labels = new Map<string, Mark>();
  #end = END;

  constructor(options: CodeOptions) {
    this.#options = options;
  }

  read(fn: CFunction, chain: readonly string[], end: Mark): void {
    const outer = [this.#chain, this.#labels, this.#end] as const;
    [this.#chain, this.#labels, this.#end] = [[...chain, fn.name], new Map(), end];
    const body = bodyOf(this.#options.parse(`void f(void)\n${loopsWritten(fn.body)}`));
    for (const one of body ? childrenOf(body) : []) this.#statement(one, {});
    [this.#chain, this.#labels, this.#end] = outer;
  }

  #mark(mark: Mark): void {
    this.items.push({ kind: "mark", mark });
  }

  #jump(to: Mark): void {
    this.items.push({ kind: "jump", to });
  }

  #do(op: Operation): void {
    this.items.push({ kind: "do", op });
  }

  #label(name: string): Mark {
    const known = this.#labels.get(name) ?? { name };
    this.#labels.set(name, known);
    return known;
  }

  #statement(node: Syntax, around: Around): void {
    const field = (name: string): Syntax | null => node.childForFieldName(name);
    switch (node.type) {
      case "compound_statement":
      case "preproc_if":
      case "preproc_ifdef":
      case "preproc_else":
      case "preproc_elif":
      case "else_clause":
      case "ERROR":
        for (const one of childrenOf(node)) this.#statement(one, around);
        return;
      case "if_statement": {
        const [yes, no, after] = [{ name: "then" }, { name: "else" }, { name: "after if" }];
        this.#condition(field("condition")!, yes, no);
        this.#mark(yes);
        this.#statement(field("consequence")!, around);
        this.#jump(after);
        this.#mark(no);
        if (field("alternative")) this.#statement(field("alternative")!, around);
        return this.#mark(after);
      }
      case "while_statement":
      case "for_statement": {
        const [head, body, again, after] = ["loop", "body", "again", "after loop"].map((name) => ({ name })) as Four;
        if (field("initializer")) this.#expression(field("initializer")!);
        this.#mark(head);
        const condition = field("condition");
        const isForEver = condition === null || /^\(?\s*(?:1|true)\s*\)?$/.test(condition.text);
        if (!isForEver) this.#condition(condition, body, after);
        this.#mark(body);
        if (field("body")) this.#statement(field("body")!, { breaks: after, again });
        this.#mark(again);
        if (field("update")) this.#expression(field("update")!);
        this.#jump(head);
        return this.#mark(after);
      }
      case "do_statement": {
        const [head, again, after] = ["loop", "again", "after loop"].map((name) => ({ name })) as Three;
        const condition = field("condition");
        this.#mark(head);
        this.#statement(field("body")!, { breaks: after, again });
        this.#mark(again);
        if (condition && !/^\(?\s*0\s*\)?$/.test(condition.text)) this.#condition(condition, head, after);
        return this.#mark(after);
      }
      case "switch_statement":
        return this.#switch(node, around);
      case "labeled_statement":
        this.#mark(this.#label(field("label")!.text));
        for (const one of childrenOf(node).slice(1)) this.#statement(one, around);
        return;
      case "goto_statement":
        return this.#jump(this.#label(field("label")!.text));
      case "break_statement":
        return this.#jump(around.breaks ?? this.#end);
      case "continue_statement":
        return this.#jump(around.again ?? this.#end);
      case "return_statement":
        for (const one of childrenOf(node)) this.#expression(one);
        return this.#jump(this.#end);
      default:
        return this.#expression(node);
    }
  }

  #switch(node: Syntax, around: Around): void {
    const subject = unwrapped(node.childForFieldName("condition")!);
    const after = { name: "after switch" };
    if (hasCalls(subject)) this.#expression(subject);
    const cases = childrenOf(node.childForFieldName("body")!);
    const marks = cases.map(() => ({ name: "case" }));
    cases.forEach((one, i) => {
      const value = one.childForFieldName("value");
      if (!value) return;
      const next = { name: "next case" };
      const text = `${oneLine(subject.text)} == ${oneLine(value.text)}`;
      const op: Operation = { kind: "local", text, args: [], within: [], value: oneLine(subject.text) };
      this.items.push({ kind: "test", op, yes: marks[i]!, no: next });
      this.#mark(next);
    });
    const otherwise = cases.findIndex((one) => one.type === "case_statement" && !one.childForFieldName("value"));
    this.#jump(otherwise >= 0 ? marks[otherwise]! : after);
    cases.forEach((one, i) => {
      this.#mark(marks[i]!);
      const rest = childrenOf(one).slice(one.childForFieldName("value") ? 1 : 0);
      for (const statement of rest) this.#statement(statement, { ...around, breaks: after });
    });
    this.#mark(after);
  }

  /** What decides, with a test that leads to one mark or the other. */
  #condition(node: Syntax, yes: Mark, no: Mark): void {
    const inner = unwrapped(node);
    if (inner.type === "unary_expression" && operatorOf(inner) === "!")
      return this.#condition(inner.childForFieldName("argument")!, no, yes);
    if (inner.type === "binary_expression" && /^(?:&&|\|\|)$/.test(operatorOf(inner))) {
      const both = { name: "and then" };
      const [left, right] = [inner.childForFieldName("left")!, inner.childForFieldName("right")!];
      if (operatorOf(inner) === "&&") this.#condition(left, both, no);
      else this.#condition(left, yes, both);
      this.#mark(both);
      return this.#condition(right, yes, no);
    }
    const [op, isTurned] = this.#tested(inner);
    this.items.push({ kind: "test", op, yes: isTurned ? no : yes, no: isTurned ? yes : no });
  }

  /** The operation that a condition is, and whether it is true where the condition is not. */
  #tested(node: Syntax): readonly [Operation, boolean] {
    const plain = (kind: "test" | "local"): Operation => ({ kind, text: oneLine(node.text), args: [], within: [] });
    if (node.type === "call_expression") return [this.#called(node) ?? plain("local"), false];
    if (node.type === "assignment_expression") {
      const right = unwrapped(node.childForFieldName("right")!);
      const into = lastName(node.childForFieldName("left")!.text);
      if (right.type === "call_expression") return [{ ...(this.#called(right) ?? plain("local")), into }, false];
    }
    if (node.type === "binary_expression" && !isArithmetic(node)) {
      const [left, right] = ["left", "right"].map((side) => unwrapped(node.childForFieldName(side)!)) as Two;
      const [call, other] = left.type === "call_expression" ? [left, right] : [right, left];
      const operator = operatorOf(node);
      const isNothing = /^(?:NULL|0|false)$/.test(other.text);
      if (call.type === "call_expression" && isNothing && /^[=!]=$/.test(operator)) {
        const op = this.#called(call);
        if (op) return [op, operator === "=="];
      }
      if (call.type === "call_expression" && !hasCalls(other)) {
        const op = this.#called(call);
        const text = `${oneLine(left.text)} ${operator === "!=" ? "==" : operator} ${oneLine(right.text)}`;
        if (op) return [{ ...op, text, isCompared: true }, operator === "!="];
      }
      if (operator === "!=") {
        const op = this.#compared(node, left, right);
        return [{ ...op, text: `${oneLine(left.text)} == ${oneLine(right.text)}` }, true];
      }
      return [this.#compared(node, left, right), false];
    }
    this.#inside(node);
    return [plain(this.#touches(node) ? "test" : "local"), false];
  }

  #compared(node: Syntax, ...sides: readonly Syntax[]): Operation {
    for (const side of sides) if (hasCalls(side)) this.#expression(side);
    return { kind: this.#touches(node) ? "test" : "local", text: oneLine(node.text), args: [], within: [] };
  }

  #inside(node: Syntax): void {
    for (const one of childrenOf(node)) if (hasCalls(one)) this.#expression(one);
  }

  #expression(node: Syntax): void {
    const field = (name: string): Syntax | null => node.childForFieldName(name);
    switch (node.type) {
      case "call_expression": {
        const op = this.#called(node);
        if (op && op.kind !== "local") this.#do(op);
        return;
      }
      case "assignment_expression":
      case "init_declarator": {
        const [left, right] = [field("left") ?? field("declarator")!, unwrapped(field("right") ?? field("value")!)];
        const into = lastName(left.text);
        if (this.#touches(left)) {
          this.#expression(right);
          return this.#do({
            kind: "write",
            text: oneLine(node.text),
            args: [],
            within: [],
            value: oneLine(right.text),
          });
        }
        if (right.type === "call_expression") {
          const op = this.#called(right);
          if (op && op.kind !== "local") return this.#do({ ...op, text: `${into} = ${op.text}`, into });
        } else this.#expression(right);
        // Whatever it is set to: a variable is a truth value only if all that it is set to are.
        return this.#do({
          kind: "local",
          text: oneLine(node.text),
          args: [],
          within: [],
          into,
          value: oneLine(right.text),
        });
      }
      case "update_expression":
        if (this.#touches(node)) return this.#do({ kind: "write", text: oneLine(node.text), args: [], within: [] });
        return this.#inside(node);
      case "conditional_expression": {
        const [yes, no, after] = ["then", "else", "after"].map((name) => ({ name })) as Three;
        if (!childrenOf(node).some(hasCalls)) return;
        this.#condition(field("condition")!, yes, no);
        this.#mark(yes);
        if (field("consequence")) this.#expression(field("consequence")!);
        this.#jump(after);
        this.#mark(no);
        this.#expression(field("alternative")!);
        return this.#mark(after);
      }
      case "field_expression":
      case "pointer_expression":
        this.#inside(node);
        if (this.#touches(node)) this.#do({ kind: "read", text: oneLine(node.text), args: [], within: [] });
        return;
      case "sizeof_expression":
      case "type_descriptor":
        return;
      case "compound_statement":
        return this.#statement(node, {});
      default:
        for (const one of childrenOf(node)) this.#expression(one);
    }
  }

  /** A call, once its arguments are evaluated; nothing if it was followed, kind `local` if nobody has to account for it. */
  #called(node: Syntax): Operation | undefined {
    const fn = node.childForFieldName("function")!;
    const args = childrenOf(node.childForFieldName("arguments")!);
    // Without types, a grammar takes `(pgoff_t)(start)` for a call.
    if (fn.type === "parenthesized_expression" && unwrapped(fn).type === "identifier") {
      for (const one of args) this.#expression(one);
      return undefined;
    }
    const isIndirect = fn.type !== "identifier";
    const callee = isIndirect ? (fn.childForFieldName("field")?.text ?? oneLine(fn.text)) : fn.text;
    const decision = this.#options.decide(callee, this.#chain, isIndirect);
    if (decision.kind === "event" && /\b(?:BUG|WARN|ASSERT)|assert/.test(callee)) return undefined;
    const isOnce = /^(?:READ|WRITE)_ONCE$/.test(callee);
    const isWhole = isOnce || (decision.kind === "event" && decision.quiet === undefined);
    // What a step looks at itself is no step before it: `*pte` of `pte_none(*pte)`.
    for (const one of args)
      if (isWhole && /^(?:field|pointer)_expression$/.test(one.type)) this.#inside(one);
      else this.#expression(one);
    if (decision.kind === "follow") {
      const after = { name: `after ${callee}()` };
      this.read(decision.into, this.#chain, after);
      this.#mark(after);
      return undefined;
    }
    const isQuiet = isOnce ? !args[0] || !this.#touches(args[0]) : decision.quiet !== undefined;
    return {
      kind: isQuiet ? "local" : "call",
      text: oneLine(node.text),
      callee,
      args: args.map((one) => oneLine(one.text)),
      within: decision.within ?? [],
    };
  }

  /** Whether an expression touches a field of the world, or a page-table entry, outside of its calls. */
  #touches(node: Syntax): boolean {
    const { names } = this.#options;
    if (node.type === "call_expression") return false;
    if (node.type === "field_expression") {
      const [object, member] = [node.childForFieldName("argument")!, node.childForFieldName("field")!];
      if (names.isField(object.text, member.text)) return true;
    }
    if (node.type === "pointer_expression" && operatorOf(node) === "*") {
      if (names.names.entries.includes(lastName(node.childForFieldName("argument")!.text))) return true;
    }
    return childrenOf(node).some((one) => this.#touches(one));
  }
}

type Two = [Syntax, Syntax];
type Three = [Mark, Mark, Mark];
type Four = [Mark, Mark, Mark, Mark];
