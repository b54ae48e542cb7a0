import { reachedFrom, type Flow, type SourceEvent } from "./events.ts";
import { fieldsIn } from "./fields.ts";
import type { CFunction } from "./functions.ts";
import { childrenOf, oneLine, type ParseC, type Syntax } from "./grammar.ts";
import { lastName, type NameTable } from "./names.ts";
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

type Ends = readonly number[];

/** One function that is being read: where it is left, and where its labels are. */
interface Activation {
  readonly fn: CFunction;
  readonly chain: readonly string[];
  readonly isInLoop: boolean;
  readonly under: readonly string[];
  readonly labels: Map<string, number>;
  label: string | undefined;
  leaves: Ends;
}

interface Around {
  readonly under: readonly string[];
  readonly isInLoop: boolean;
  /** Where `break` and `continue` lead. */
  readonly breaks?: number[];
  readonly again?: number;
  readonly assertion?: string;
}

/** The events of functions that run one after the other, and of what they call, as a graph. */
export function flowOf(roots: readonly CFunction[], options: FlowOptions): Flow {
  const reader = new FlowReader(options);
  const starts: number[] = [];
  let ends: Ends = [];
  for (const root of roots) {
    starts.push(reader.events.length);
    ends = reader.run(root, [], { under: [], isInLoop: false }, ends);
  }
  const { next, functions } = reader;
  const reached = reachedFrom(starts, next);
  // What stands behind a jump, and no label leads to, is never done: it is no step, and nothing new.
  const events = reader.events.map((event): SourceEvent =>
    reached.has(event.index) ? event : { ...event, kind: "join", text: "", quiet: "is never done" },
  );
  return { events, next, functions };
}

class FlowReader implements Flow {
  readonly events: SourceEvent[] = [];
  readonly next: number[][] = [];
  readonly functions: string[] = [];
  readonly #options: FlowOptions;
  readonly #fields: (node: Syntax, deep?: boolean) => readonly string[];

  constructor(options: FlowOptions) {
    this.#options = options;
    this.#fields = (node, deep = true) => fieldsIn(node, options.names, deep);
  }

  run(fn: CFunction, chain: readonly string[], around: Around, ends: Ends): Ends {
    this.functions.push(fn.name);
    const act: Activation = {
      fn,
      chain: [...chain, fn.name],
      isInLoop: around.isInLoop,
      under: around.under,
      labels: new Map(),
      label: undefined,
      leaves: [],
    };
    const root = this.#options.parse(`void f(void)\n${loopsWritten(fn.body)}`);
    const body = bodyOf(root);
    const start = this.#join(act, body ?? root, ends);
    const through = body
      ? this.#statements(childrenOf(body), act, { under: act.under, isInLoop: act.isInLoop }, [start])
      : [start];
    return [...act.leaves, ...through];
  }

  #event(
    act: Activation,
    node: Syntax,
    around: Around,
    ends: Ends,
    what: Partial<SourceEvent> & Pick<SourceEvent, "kind">,
  ): Ends {
    const index = this.events.length;
    this.events.push({
      index,
      text: oneLine(node.text),
      args: [],
      file: act.fn.file,
      line: act.fn.line + node.startPosition.row - 1,
      chain: act.chain,
      label: act.label,
      under: around.under,
      isInLoop: around.isInLoop,
      fields: [],
      quiet: undefined,
      within: [],
      locals: [],
      ...what,
      ...(around.assertion !== undefined && { quiet: around.assertion }),
    });
    this.next.push([]);
    for (const end of ends) this.next[end]!.push(index);
    return [index];
  }

  #join(act: Activation, node: Syntax, ends: Ends): number {
    return this.#event(act, node, { under: [], isInLoop: false }, ends, {
      kind: "join",
      text: "",
      quiet: "no operation",
    })[0]!;
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
        const yes = option && isNever(option) ? [] : this.#statements(inside, act, around, ends);
        return [...yes, ...(otherwise ? this.#statement(otherwise, act, around, ends) : ends)];
      }
      case "if_statement": {
        const [test, then, otherwise] = [field("condition")!, field("consequence")!, field("alternative")];
        const condition = oneLine(test.text);
        const tested = this.#condition(test, act, around, ends);
        const yes = isNever(test)
          ? []
          : this.#statement(then, act, { ...around, under: [...around.under, `if ${condition}`] }, tested);
        const no = otherwise
          ? this.#statement(otherwise, act, { ...around, under: [...around.under, `else ${condition}`] }, tested)
          : tested;
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
        const head = this.#join(act, node, ends);
        const breaks: number[] = [];
        const condition = field("condition");
        const isOnce = condition !== null && isNever(condition);
        const inside = { ...around, isInLoop: around.isInLoop || !isOnce, breaks, again: head };
        const body = this.#statement(field("body")!, act, inside, [head]);
        const tested = condition ? this.#condition(condition, act, inside, body) : body;
        if (!isOnce) for (const end of tested) this.next[end]!.push(head);
        return [...tested, ...breaks];
      }
      case "labeled_statement": {
        const name = field("label")!.text;
        const place = this.#label(name, act, node);
        for (const end of ends) this.next[end]!.push(place);
        act.label = name;
        return this.#statements(childrenOf(node).slice(1), act, around, [place]);
      }
      case "goto_statement": {
        const place = this.#label(field("label")!.text, act, node);
        for (const end of this.#jump(act, node, around, ends)) this.next[end]!.push(place);
        return [];
      }
      case "break_statement":
        around.breaks?.push(...this.#jump(act, node, around, ends));
        return [];
      case "continue_statement":
        for (const end of this.#jump(act, node, around, ends))
          if (around.again !== undefined) this.next[end]!.push(around.again);
        return [];
      case "return_statement": {
        const after = this.#all(childrenOf(node), act, around, ends);
        act.leaves = [...act.leaves, ...this.#event(act, node, around, after, { kind: "return" })];
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
    return this.#event(act, node, around, ends, { kind: "jump", quiet: "a jump" });
  }

  /** A label's place in the graph, whether it has been come to or only jumped to. */
  #label(name: string, act: Activation, node: Syntax): number {
    const known = act.labels.get(name);
    if (known !== undefined) return known;
    const made = this.#join(act, node, []);
    act.labels.set(name, made);
    return made;
  }

  #switch(node: Syntax, act: Activation, around: Around, ends: Ends): Ends {
    const subject = node.childForFieldName("condition")!;
    const tested = this.#condition(subject, act, around, ends);
    const breaks: number[] = [];
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
    const head = this.#join(act, node, begun);
    const breaks: number[] = [];
    const condition = field("condition");
    const word = node.type === "for_statement" ? "for" : "while";
    const under = condition ? [...around.under, `${word} (${oneLine(unwrapped(condition).text)})`] : around.under;
    const inside = { ...around, under, isInLoop: true, breaks, again: head };
    const tested = condition ? this.#condition(condition, act, { ...inside, under: around.under }, [head]) : [head];
    const body = field("body") ? this.#statement(field("body")!, act, inside, tested) : tested;
    const updated = field("update") ? this.#expression(field("update")!, act, inside, body) : body;
    for (const end of updated) this.next[end]!.push(head);
    const isForEver = condition === null || /^\(?\s*(?:1|true)\s*\)?$/.test(condition.text);
    return isForEver ? breaks : [...tested, ...breaks];
  }

  /** An expression that decides where to go on: its last part is a test, whatever it is. */
  #condition(node: Syntax, act: Activation, around: Around, ends: Ends): Ends {
    const inner = unwrapped(node);
    if (/^(?:binary|call|unary)_expression$/.test(inner.type) && !isArithmetic(inner))
      return this.#expression(inner, act, around, ends);
    const after = this.#expression(inner, act, around, ends);
    return this.#event(act, inner, around, after, {
      kind: "test",
      locals: namesIn(inner),
      fields: this.#fields(inner),
      ...QUIET_TEST,
    });
  }

  #all(nodes: readonly Syntax[], act: Activation, around: Around, ends: Ends): Ends {
    return nodes.reduce((at, one) => this.#expression(one, act, around, at), ends);
  }

  #expression(node: Syntax, act: Activation, around: Around, ends: Ends): Ends {
    const field = (name: string): Syntax | null => node.childForFieldName(name);
    switch (node.type) {
      case "call_expression":
        return this.#call(node, act, around, ends);
      case "assignment_expression":
      case "init_declarator": {
        const [left, value] = [field("left") ?? field("declarator")!, field("right") ?? field("value")!];
        const got = this.#expression(value, act, around, ends);
        const reached = this.#inside(left, act, around, got);
        const fields = this.#fields(left, false);
        return this.#event(act, node, around, reached, {
          kind: "write",
          fields,
          locals: [lastName(left.text)],
          ...(fields.length === 0 && { quiet: "writes a local" }),
        });
      }
      case "update_expression": {
        const fields = this.#fields(node, false);
        return this.#event(act, node, around, this.#inside(field("argument")!, act, around, ends), {
          kind: "write",
          fields,
          ...(fields.length === 0 && { quiet: "writes a local" }),
        });
      }
      case "binary_expression": {
        const operator = operatorOf(node);
        const [left, right] = [field("left")!, field("right")!];
        if (operator === "&&" || operator === "||") {
          const first = this.#condition(left, act, around, ends);
          return [...first, ...this.#condition(right, act, around, first)];
        }
        if (isArithmetic(node)) return this.#all([left, right], act, around, ends);
        const both = this.#all([left, right].map(unwrapped).filter(hasCalls), act, around, ends);
        const fields = this.#fields(node);
        return this.#event(act, node, around, both, {
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
        return this.#event(act, node, around, this.#inside(argument, act, around, ends), {
          kind: "test",
          fields,
          locals: namesIn(node),
          ...(fields.length === 0 && QUIET_TEST),
        });
      }
      case "conditional_expression": {
        const tested = this.#condition(field("condition")!, act, around, ends);
        const branches = [field("consequence"), field("alternative")].map((one) =>
          one ? this.#expression(one, act, around, tested) : tested,
        );
        return branches.flat();
      }
      case "field_expression":
      case "pointer_expression": {
        const inner = this.#inside(node, act, around, ends);
        const fields = this.#fields(node, false);
        return fields.length > 0 ? this.#event(act, node, around, inner, { kind: "read", fields }) : inner;
      }
      case "gnu_asm_expression":
        return this.#event(act, node, around, ends, { kind: "call", callee: "asm" });
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

  #call(node: Syntax, act: Activation, around: Around, ends: Ends): Ends {
    const fn = node.childForFieldName("function")!;
    const args = childrenOf(node.childForFieldName("arguments")!);
    // Without types, a grammar takes `(pgoff_t)(start)` for a call.
    const named = unwrapped(fn);
    if (fn !== named && named.type === "identifier" && isTypeName(named.text))
      return this.#all(args, act, around, ends);
    const callee = named.type === "identifier" ? named.text : (fn.childForFieldName("field")?.text ?? oneLine(fn.text));
    if (/^(?:un)?likely$/.test(callee)) return args[0] ? this.#condition(args[0], act, around, ends) : ends;
    const decision = this.#options.decide(callee, act.chain, named.type !== "identifier");
    const isAssertion = decision.kind === "event" && /(?:^|_)(?:BUG|WARN|ASSERT)|assert/.test(callee);
    const inner = isAssertion ? { ...around, assertion: decision.quiet ?? "asserted" } : around;
    const ready = this.#all(args, act, inner, fn.type === "identifier" ? ends : this.#inside(fn, act, around, ends));
    const isFollowed = decision.kind === "follow";
    if (isFollowed && decision.isStep !== true) return this.run(decision.into, act.chain, around, ready);
    const isOnce = /^(?:READ|WRITE)_ONCE$/.test(callee);
    const fields = isOnce && args[0] ? this.#fields(args[0]) : [];
    const called = this.#event(act, node, around, ready, {
      kind: "call",
      callee,
      args: args.map((one) => oneLine(one.text)),
      fields,
      quiet: isFollowed ? undefined : isOnce && fields.length === 0 ? "of no field of the world" : decision.quiet,
      within: isFollowed ? [] : (decision.within ?? []),
    });
    return isFollowed ? this.run(decision.into, act.chain, around, called) : called;
  }
}

const QUIET_TEST = { quiet: "tests a local" };
