import { ORDERS, type Fence } from "../model/order.ts";
import { addressOf, constant, PRECEDENCE, register, type BinaryOperator, type Expression } from "./expression.ts";
import { primitiveOf, type Parameter, type Primitive } from "./primitives.ts";
import type { Instruction } from "./program.ts";
import type { Cursor, Token } from "./tokens.ts";

/** What the body of a C thread can name. */
export interface Scope {
  readonly thread: string;
  /** The index of the location that a parameter of the thread points at. */
  locationOf(name: string): number | undefined;
  /** Registers known so far; declarations and assignments add to them. */
  readonly registers: Set<string>;
  /** Lines of unmarked accesses; the body adds to them. */
  readonly plain: Set<number>;
}

const TYPE_WORDS = new Set(
  (
    "void int long short char volatile unsigned signed const struct intptr_t uintptr_t atomic_t atomic_long_t spinlock_t " +
    "u8 u16 u32 u64 s32 s64 int32_t uint32_t int64_t uint64_t size_t"
  ).split(" "),
);
// Each is one more level of what has to be worked out.
const MOST_OPERATORS = 500;
const NOT_C = new Set(["while", "for", "do", "goto", "switch", "return", "break", "continue"]);

/** Passes over a type, as in `struct foo *`; the stars are passed over too. */
export function skipType(cursor: Cursor): void {
  while (TYPE_WORDS.has(cursor.peek().text)) if (cursor.next().text === "struct") cursor.name("the name of a struct");
  while (cursor.take("*"));
}

export const seesType = (cursor: Cursor, ahead = 0): boolean => TYPE_WORDS.has(cursor.peek(ahead).text);

/** Reads statements up to the brace that closes the thread. */
export function readBody(cursor: Cursor, scope: Scope): readonly Instruction[] {
  const code: Instruction[] = [];
  let temporaries = 0;
  let operators = 0;
  const temporary = (): string => `$${++temporaries}`;

  const statement = (): void => {
    operators = 0;
    cursor.nested(readStatement);
  };
  const readStatement = (): void => {
    const start = cursor.peek();
    if (cursor.take(";")) return;
    if (cursor.take("{")) {
      while (!cursor.take("}")) statement();
    } else if (cursor.take("if")) conditional(start);
    else if (NOT_C.has(start.text))
      cursor.fail(`'${start.text}' is not supported`, start, "write what it does, unrolled");
    else if (seesType(cursor)) declaration();
    else if (cursor.take("*")) {
      const address = unary();
      cursor.expect("=");
      const value = expression();
      scope.plain.add(start.line);
      emit(start, { kind: "write", order: "once", address, value });
      cursor.expect(";");
    } else if (start.kind === "name" && cursor.sees("=", 1)) {
      cursor.next();
      assignment(start);
      cursor.expect(";");
    } else {
      expression(true);
      cursor.expect(";");
    }
  };

  const conditional = (start: Token): void => {
    cursor.expect("(");
    const test = expression();
    cursor.expect(")");
    const branch = code.length;
    emit(start, { kind: "branch", test, otherwise: -1 });
    const branchTo = (otherwise: number): void => {
      code[branch] = { ...code[branch], otherwise } as Instruction;
    };
    statement();
    if (!cursor.sees("else")) return branchTo(code.length);
    const otherwise = cursor.next();
    const jump = code.length;
    emit(otherwise, { kind: "jump", to: -1 });
    branchTo(code.length);
    statement();
    code[jump] = { ...code[jump], to: code.length } as Instruction;
  };

  const declaration = (): void => {
    skipType(cursor);
    do {
      while (cursor.take("*"));
      const name = cursor.name("the name of a variable");
      if (cursor.sees("[")) cursor.fail("arrays are not supported");
      scope.registers.add(name.text);
      if (cursor.sees("=")) assignment(name);
    } while (cursor.take(","));
    cursor.expect(";");
  };

  const assignment = (name: Token): void => {
    cursor.expect("=");
    if (scope.locationOf(name.text) !== undefined)
      cursor.fail(
        `'${name.text}' is a location; only what it points at can be assigned`,
        name,
        `write *${name.text} = ...`,
      );
    const before = code.length;
    const value = expression();
    scope.registers.add(name.text);
    const last = code.at(-1);
    // `r1 = READ_ONCE(*x)` is one move; what is computed from an access is another.
    if (code.length > before && last && "into" in last && value.kind === "register" && value.name === last.into)
      code[code.length - 1] = { ...last, into: name.text, text: cursor.textFrom(name) };
    else emit(name, { kind: "assign", value, into: name.text });
  };

  const expression = (isStatement = false): Expression => {
    const test = binary(0, isStatement);
    if (!cursor.take("?")) return test;
    const before = code.length;
    const yes = expression();
    cursor.expect(":");
    const no = expression();
    if (code.length > before) cursor.fail("an access in one arm of ?: is not supported", undefined, "use if and else");
    return { kind: "choice", operands: [test, yes, no] };
  };

  const binary = (level: number, isStatement: boolean): Expression => {
    if (level === PRECEDENCE.length) return unary(isStatement);
    let left = binary(level + 1, isStatement);
    for (;;) {
      const operator: BinaryOperator | undefined = PRECEDENCE[level]!.find((sign) => cursor.sees(sign));
      if (!operator) return left;
      if (++operators > MOST_OPERATORS)
        cursor.fail(
          `there are more than ${MOST_OPERATORS} operators in one statement`,
          undefined,
          "make several of it",
        );
      cursor.next();
      const before = code.length;
      const right = binary(level + 1, false);
      if (code.length > before && (operator === "&&" || operator === "||"))
        cursor.fail(`an access to the right of ${operator} is not supported`, undefined, "use if, or & and |");
      left = { kind: "binary", operator, operands: [left, right] };
    }
  };

  const unary = (isStatement = false): Expression => cursor.nested(() => readUnary(isStatement));
  const readUnary = (isStatement: boolean): Expression => {
    const start = cursor.peek();
    if (cursor.sees("(") && seesType(cursor, 1)) {
      cursor.next();
      skipType(cursor);
      cursor.expect(")");
      return unary(isStatement);
    }
    for (const operator of ["-", "!", "~"] as const)
      if (cursor.take(operator)) return { kind: "unary", operator, operand: unary() };
    if (cursor.take("&")) {
      cursor.take("*");
      return unary();
    }
    if (cursor.take("*")) {
      const address = unary();
      scope.plain.add(start.line);
      return into((result) => emit(start, { kind: "read", order: "once", address, into: result }));
    }
    if (cursor.take("(")) {
      const inner = expression();
      cursor.expect(")");
      return inner;
    }
    if (start.kind === "number") return constant(cursor.number("a value"));
    const name = cursor.name("a value");
    if (cursor.sees("(")) return call(name, isStatement);
    if (cursor.sees("->") || cursor.sees(".") || cursor.sees("["))
      cursor.fail(`structs and arrays are not supported: '${name.text}${cursor.peek().text}...'`, name);
    const location = scope.locationOf(name.text);
    if (location !== undefined) return constant(addressOf(location));
    if (!scope.registers.has(name.text))
      cursor.fail(
        `'${name.text}' is neither a parameter nor a variable of ${scope.thread}`,
        name,
        `if it is shared, add 'int *${name.text}' to the parameters of ${scope.thread}`,
      );
    return register(name.text);
  };

  const call = (name: Token, isStatement: boolean): Expression => {
    const primitive = primitiveOf(name.text);
    if (!primitive) return cursor.fail(`${name.text}() is not supported`, name);
    cursor.expect("(");
    const parameters: readonly Parameter[] = primitive.parameters;
    const given = parameters.map((parameter, i): Expression => {
      if (i > 0) cursor.expect(",");
      return parameter === "lvalue" ? lvalue() : expression();
    });
    cursor.expect(")");
    const result = emitPrimitive(name, primitive, given);
    if (!result && !isStatement) cursor.fail(`${name.text}() returns no value`, name);
    return result ?? constant(0);
  };

  const emitPrimitive = (start: Token, primitive: Primitive, given: readonly Expression[]): Expression | undefined => {
    const at = primitive.parameters.findIndex((parameter) => parameter !== "value");
    const address = given[at]!;
    const values = given.filter((_, i) => i !== at);
    switch (primitive.kind) {
      case "read":
        return into((result) => emit(start, { kind: "read", order: primitive.order, address, into: result }));
      case "write":
        emit(start, { kind: "write", order: primitive.order, address, value: values[0]! });
        if (primitive.andThen) fence(start, primitive.andThen);
        return undefined;
      case "rmw": {
        const { order, update } = primitive;
        const result = into((name) =>
          emit(start, { kind: "rmw", order, address, operands: values, update, into: name }),
        );
        return ORDERS[order].returns ? result : undefined;
      }
      case "trylock":
      case "islocked":
        return into((result) => emit(start, { kind: primitive.kind, address, into: result }));
      case "lock":
      case "unlock":
        emit(start, { kind: primitive.kind, address });
        return undefined;
      case "rcu":
        emit(start, { kind: "rcu", rcu: primitive.rcu });
        return undefined;
      case "fence":
        if (primitive.fence) fence(start, primitive.fence);
        return undefined;
    }
  };

  /** The location that `*x`, `*(int *)r1` or `x` stands for, as its address. */
  const lvalue = (): Expression => cursor.nested(readLvalue);
  const readLvalue = (): Expression => {
    const start = cursor.peek();
    if (cursor.sees("(") && !seesType(cursor, 1)) {
      cursor.next();
      const inner = lvalue();
      cursor.expect(")");
      return inner;
    }
    if (cursor.take("*")) return unary();
    const address = unary();
    return address.kind === "constant" ? address : cursor.fail(`'${start.text}' is no location`, start, "write *x");
  };

  const into = (emitTo: (result: string) => void): Expression => {
    const result = temporary();
    emitTo(result);
    return register(result);
  };
  const fence = (start: Token, kind: Fence): void => emit(start, { kind: "fence", fence: kind });
  const emit = (start: Token, instruction: Unplaced): void => {
    code.push({ ...instruction, text: cursor.textFrom(start), line: start.line } as Instruction);
  };

  while (!cursor.take("}")) {
    if (cursor.peek().kind === "end") cursor.fail(`${scope.thread} is never closed`, undefined, "close it with }");
    statement();
  }
  return code;
}

type Unplaced = Instruction extends infer I ? (I extends Instruction ? Omit<I, "text" | "line"> : never) : never;
