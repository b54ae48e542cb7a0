import { reachedFrom, type Flow, type SourceEvent } from "./events.ts";
import { fieldsIn } from "./fields.ts";
import type { CFunction } from "./functions.ts";
import { childrenOf, oneLine, type ParseC, type Syntax } from "./grammar.ts";
import { lastName, type NameTable } from "./names.ts";
import { constantIn, decidedBy, FlowGraph, whatever } from "./flow-graph.ts";
import type { Activation, Around, Decided, End, Ends } from "./flow-graph.ts";
import { bodyOf, hasCalls, isArithmetic, isDeciding, isNever, isTypeName, loopsWritten } from "./syntax.ts";
import { namesIn, operatorOf, unwrapped } from "./syntax.ts";

/** What becomes of a call: its own event, with why nobody has to account for it, or the body of what is called. */
export type Decision =
  | { readonly kind: "event"; readonly quiet?: string; readonly within?: readonly string[] }
  /** `isStep`: the call is an event, too, and its body is read for what else is looked for in it. */
  | { readonly kind: "follow"; readonly into: CFunction; readonly isStep?: boolean };

export interface FlowOptions {
  readonly parse: ParseC;
  readonly names: NameTable;
  decide(callee: string, chain: readonly string[], isIndirect: boolean): Decision;
}

/** The events of functions that run one after the other, and of what they call, as a graph. */
export function flowOf(roots: readonly CFunction[], options: FlowOptions): Flow {
  const reader = new FlowReader(options);
  const starts: number[] = [];
  const exits: number[] = [];
  let ends: Ends = [];
  for (const root of roots) {
    starts.push(reader.events.length);
    const end = reader.run(root, [], ends);
    ends = [{ event: end }];
    exits.push(end);
  }
  const { next, sides, functions } = reader;
  const reached = reachedFrom(starts, next);
  // What stands behind a jump, and no label leads to, is never done: it is no step, and nothing new.
  const events = reader.events.map((event): SourceEvent =>
    reached.has(event.index) ? event : { ...event, kind: "join", text: "", quiet: "is never done" },
  );
  return { events, next, sides, exits, endless: reader.endless, functions };
}

class FlowReader extends FlowGraph {
  readonly functions: string[] = [];
  readonly #options: FlowOptions;
  readonly #fields: (node: Syntax, deep?: boolean) => readonly string[];

  constructor(options: FlowOptions) {
    super();
    this.#options = options;
    this.#fields = (node, deep = true) => fieldsIn(node, options.names, deep);
  }

  /** Reads a function that others do not call: where it ends. */
  run(fn: CFunction, chain: readonly string[], ends: Ends): number {
    const around = { under: [], isInLoop: false };
    const act = activationOf(fn, chain, around);
    return this.join(act, this.#options.parse(""), whatever(this.#body(act, ends)));
  }

  /** The body of a function: where it is left, by what it gives back. */
  #body(act: Activation, ends: Ends): Decided {
    this.functions.push(act.fn.name);
    const root = this.#options.parse(`void f(void)\n${loopsWritten(act.fn.body)}`);
    const body = bodyOf(root);
    const start = [{ event: this.join(act, body ?? root, ends) }];
    const { under, isInLoop } = act;
    const through = body ? this.#statements(childrenOf(body), act, { under, isInLoop }, start) : start;
    const left = (when: boolean): Ends => act.leaves.filter(({ event }) => act.gives.get(event) !== !when);
    return { yes: [...left(true), ...through], no: [...left(false), ...through] };
  }

  #statements(all: readonly Syntax[], act: Activation, around: Around, ends: Ends): Ends {
    return all.reduce((at, one) => this.#statement(one, act, around, at), ends);
  }

  #statement(node: Syntax, act: Activation, around: Around, ends: Ends): Ends {
    const field = (name: string): Syntax | null => node.childForFieldName(name);
    switch (node.type) {
      case "compound_statement":
      case "preproc_else":
      case "ERROR":
        return this.#statements(childrenOf(node), act, around, ends);
      case "preproc_if":
      case "preproc_elif":
      case "preproc_ifdef": {
        // One of the two is compiled: neither follows the other. What `#if 0` hides is no C.
        const [option, otherwise] = [field("condition") ?? field("name"), field("alternative")];
        const inside = childrenOf(node).filter(({ id }) => id !== option?.id && id !== otherwise?.id);
        // What is there by an option alone stands under that, as under a condition.
        const word = node.type === "preproc_ifdef" ? oneLine(node.text).split(" ")[0]! : "#if";
        const asked = { ...around, under: [...around.under, `${word} ${oneLine(option?.text ?? "")}`] };
        const yes = option && isNever(option) ? [] : this.#statements(inside, act, asked, ends);
        return [...yes, ...(otherwise ? this.#statement(otherwise, act, around, ends) : ends)];
      }
      case "if_statement": {
        const [test, then, otherwise] = [field("condition")!, field("consequence")!, field("alternative")];
        const condition = oneLine(test.text);
        const tested = this.#condition(test, act, around, ends);
        const yes = isNever(test)
          ? []
          : this.#statement(then, act, { ...around, under: [...around.under, `if ${condition}`] }, tested.yes);
        const no = otherwise
          ? this.#statement(otherwise, act, { ...around, under: [...around.under, `else ${condition}`] }, tested.no)
          : tested.no;
        return [...yes, ...no];
      }
      case "else_clause":
        return this.#statements(childrenOf(node), act, around, ends);
      case "switch_statement":
        return this.#switch(node, act, around, ends);
      case "while_statement":
      case "for_statement":
        return this.#loop(node, act, around, ends);
      case "do_statement": {
        const head = this.join(act, node, ends);
        const breaks: End[] = [];
        const condition = field("condition");
        const isOnce = condition !== null && isNever(condition);
        // Read after the body, and come to by its `continue`.
        const again = this.join(act, node, []);
        const inside = { ...around, isInLoop: around.isInLoop || !isOnce, breaks, again };
        this.link(this.#statement(field("body")!, act, inside, [{ event: head }]), again);
        const begun: Ends = [{ event: again }];
        const test = { ...inside, isLoopTest: !isOnce };
        const tested = condition ? this.#condition(condition, act, test, begun) : { yes: begun, no: begun };
        if (isOnce) return [...whatever(tested), ...breaks];
        this.link(tested.yes, head);
        return [...tested.no, ...breaks];
      }
      case "labeled_statement": {
        const name = field("label")!.text;
        const place = this.label(name, act, node);
        this.link(ends, place);
        act.label = name;
        return this.#statements(childrenOf(node).slice(1), act, around, [{ event: place }]);
      }
      case "goto_statement": {
        const place = this.label(field("label")!.text, act, node);
        this.link(this.#jump(act, node, around, ends), place);
        return [];
      }
      case "break_statement":
        around.breaks?.push(...this.#jump(act, node, around, ends));
        return [];
      case "continue_statement": {
        const jumped = this.#jump(act, node, around, ends);
        if (around.again !== undefined) this.link(jumped, around.again);
        return [];
      }
      case "return_statement": {
        const after = this.#all(childrenOf(node), act, around, ends);
        const left = this.event(act, node, around, after, { kind: "return" });
        const gives = constantIn(childrenOf(node)[0]?.text ?? "");
        if (gives !== undefined) for (const { event } of left) act.gives.set(event, gives);
        act.leaves = [...act.leaves, ...left];
        return [];
      }
      case "expression_statement":
      case "declaration":
        return this.#all(childrenOf(node), act, around, ends);
      default:
        return this.#expression(node, act, around, ends);
    }
  }

  #jump(act: Activation, node: Syntax, around: Around, ends: Ends): Ends {
    return this.event(act, node, around, ends, { kind: "jump", quiet: "a jump" });
  }

  #switch(node: Syntax, act: Activation, around: Around, ends: Ends): Ends {
    const subject = node.childForFieldName("condition")!;
    const tested = whatever(this.#condition(subject, act, around, ends));
    const breaks: End[] = [];
    let through: Ends = [];
    let hasDefault = false;
    for (const one of childrenOf(node.childForFieldName("body")!)) {
      if (one.type !== "case_statement") {
        through = this.#statement(one, act, { ...around, breaks }, through);
        continue;
      }
      const value = one.childForFieldName("value");
      hasDefault ||= value === null;
      const under = [...around.under, value ? `case ${oneLine(value.text)}` : "default"];
      const rest = childrenOf(one).slice(value ? 1 : 0);
      through = this.#statements(rest, act, { ...around, under, breaks }, [...tested, ...through]);
    }
    return [...through, ...breaks, ...(hasDefault ? [] : tested)];
  }

  #loop(node: Syntax, act: Activation, around: Around, ends: Ends): Ends {
    const field = (name: string): Syntax | null => node.childForFieldName(name);
    const begun = field("initializer") ? this.#statement(field("initializer")!, act, around, ends) : ends;
    const head = this.join(act, node, begun);
    const breaks: End[] = [];
    const condition = field("condition");
    const word = node.type === "for_statement" ? "for" : "while";
    const under = condition ? [...around.under, `${word} (${oneLine(unwrapped(condition).text)})`] : around.under;
    const inside = { ...around, under, isInLoop: true, breaks, again: head };
    const begins: Ends = [{ event: head }];
    const test = { ...inside, under: around.under, isLoopTest: true };
    const tested = condition ? this.#condition(condition, act, test, begins) : { yes: begins, no: begins };
    const body = field("body") ? this.#statement(field("body")!, act, inside, tested.yes) : tested.yes;
    const updated = field("update") ? this.#expression(field("update")!, act, inside, body) : body;
    this.link(updated, head);
    if (condition !== null && !/^\(?\s*(?:1|true)\s*\)?$/.test(condition.text)) return [...tested.no, ...breaks];
    this.endless.set(head, breaks);
    return breaks;
  }

  /** An expression that decides where to go on: its last part is a test, whatever it is. */
  #condition(node: Syntax, act: Activation, around: Around, ends: Ends): Decided {
    const inner = unwrapped(node);
    const operator = operatorOf(inner);
    if (inner.type === "call_expression") return this.#call(inner, act, around, ends);
    if (inner.type === "binary_expression" && (operator === "&&" || operator === "||")) {
      const first = this.#condition(inner.childForFieldName("left")!, act, around, ends);
      const goesOn = operator === "&&" ? first.yes : first.no;
      const { yes, no } = this.#condition(inner.childForFieldName("right")!, act, around, goesOn);
      return operator === "&&" ? { yes, no: [...first.no, ...no] } : { yes: [...first.yes, ...yes], no };
    }
    if (inner.type === "unary_expression" && operator === "!") {
      const argument = unwrapped(inner.childForFieldName("argument")!);
      if (!isDeciding(argument)) return decidedBy(this.#expression(inner, act, around, ends));
      const { yes, no } = this.#condition(argument, act, around, ends);
      return { yes: no, no: yes };
    }
    const after = this.#expression(inner, act, around, ends);
    if (inner.type === "binary_expression" && !isArithmetic(inner)) return decidedBy(after);
    const test = { kind: "test", locals: namesIn(inner), fields: this.#fields(inner), ...QUIET_TEST } as const;
    return decidedBy(this.event(act, inner, around, after, test));
  }

  #all(nodes: readonly Syntax[], act: Activation, around: Around, ends: Ends): Ends {
    return nodes.reduce((at, one) => this.#expression(one, act, around, at), ends);
  }

  #expression(node: Syntax, act: Activation, around: Around, ends: Ends): Ends {
    const field = (name: string): Syntax | null => node.childForFieldName(name);
    switch (node.type) {
      case "call_expression":
        return whatever(this.#call(node, act, around, ends));
      case "assignment_expression":
      case "init_declarator": {
        const [left, value] = [field("left") ?? field("declarator")!, field("right") ?? field("value")!];
        const got = this.#expression(value, act, around, ends);
        const reached = this.#inside(left, act, around, got);
        const fields = this.#fields(left, false);
        return this.event(act, node, around, reached, {
          kind: "write",
          fields,
          locals: [lastName(left.text)],
          ...(fields.length === 0 && { quiet: "writes a local" }),
        });
      }
      case "update_expression": {
        const fields = this.#fields(node, false);
        return this.event(act, node, around, this.#inside(field("argument")!, act, around, ends), {
          kind: "write",
          fields,
          ...(fields.length === 0 && { quiet: "writes a local" }),
        });
      }
      case "binary_expression": {
        const operator = operatorOf(node);
        const [left, right] = [field("left")!, field("right")!];
        if (operator === "&&" || operator === "||") return whatever(this.#condition(node, act, around, ends));
        if (isArithmetic(node)) return this.#all([left, right], act, around, ends);
        const both = this.#all([left, right].map(unwrapped).filter(hasCalls), act, around, ends);
        const fields = this.#fields(node);
        return this.event(act, node, around, both, {
          kind: "test",
          fields,
          locals: namesIn(node),
          ...(fields.length === 0 && QUIET_TEST),
        });
      }
      case "unary_expression": {
        const argument = unwrapped(field("argument")!);
        if (operatorOf(node) !== "!" || isDeciding(argument)) return this.#expression(argument, act, around, ends);
        const fields = this.#fields(node);
        return this.event(act, node, around, this.#inside(argument, act, around, ends), {
          kind: "test",
          fields,
          locals: namesIn(node),
          ...(fields.length === 0 && QUIET_TEST),
        });
      }
      case "conditional_expression": {
        const tested = this.#condition(field("condition")!, act, around, ends);
        const [then, otherwise] = [field("consequence"), field("alternative")];
        return [
          ...(then ? this.#expression(then, act, around, tested.yes) : tested.yes),
          ...(otherwise ? this.#expression(otherwise, act, around, tested.no) : tested.no),
        ];
      }
      case "field_expression":
      case "pointer_expression": {
        const inner = this.#inside(node, act, around, ends);
        const fields = this.#fields(node, false);
        return fields.length > 0 ? this.event(act, node, around, inner, { kind: "read", fields }) : inner;
      }
      case "gnu_asm_expression":
        return this.event(act, node, around, ends, { kind: "call", callee: "asm" });
      case "sizeof_expression":
      case "type_descriptor":
        return ends;
      case "compound_statement":
        return this.#statement(node, act, around, ends);
      default:
        return this.#all(childrenOf(node), act, around, ends);
    }
  }

  /** What is evaluated on the way to a place in memory, without the place itself. */
  #inside(node: Syntax, act: Activation, around: Around, ends: Ends): Ends {
    return this.#all(childrenOf(node).filter(hasCalls), act, around, ends);
  }

  #call(node: Syntax, act: Activation, around: Around, ends: Ends): Decided {
    const fn = node.childForFieldName("function")!;
    const args = childrenOf(node.childForFieldName("arguments")!);
    // Without types, a grammar takes `(pgoff_t)(start)` for a call.
    const named = unwrapped(fn);
    if (fn !== named && named.type === "identifier" && isTypeName(named.text))
      return decidedBy(this.#all(args, act, around, ends));
    const callee = named.type === "identifier" ? named.text : (fn.childForFieldName("field")?.text ?? oneLine(fn.text));
    if (/^(?:un)?likely$/.test(callee) && args[0]) return this.#condition(args[0], act, around, ends);
    const decision = this.#options.decide(callee, act.chain, named.type !== "identifier");
    const isAssertion = decision.kind === "event" && /(?:^|_)(?:BUG|WARN|ASSERT)|assert/.test(callee);
    const inner = isAssertion ? { ...around, assertion: decision.quiet ?? "asserted" } : around;
    const ready = this.#all(args, act, inner, fn.type === "identifier" ? ends : this.#inside(fn, act, around, ends));
    const isFollowed = decision.kind === "follow";
    const follow = (into: CFunction, from: Ends): Decided => this.#body(activationOf(into, act.chain, around), from);
    if (isFollowed && decision.isStep !== true) return follow(decision.into, ready);
    const isOnce = /^(?:READ|WRITE)_ONCE$/.test(callee);
    const fields = isOnce && args[0] ? this.#fields(args[0]) : [];
    const called = this.event(act, node, around, ready, {
      kind: "call",
      callee,
      args: args.map((one) => oneLine(one.text)),
      fields,
      quiet: isFollowed ? undefined : isOnce && fields.length === 0 ? "of no field of the world" : decision.quiet,
      within: isFollowed ? [] : (decision.within ?? []),
    });
    return isFollowed ? follow(decision.into, called) : decidedBy(called);
  }
}

const QUIET_TEST = { quiet: "tests a local" };

const activationOf = (fn: CFunction, chain: readonly string[], { under, isInLoop }: Around): Activation => ({
  fn,
  chain: [...chain, fn.name],
  isInLoop,
  under,
  labels: new Map(),
  label: undefined,
  leaves: [],
  gives: new Map(),
});
