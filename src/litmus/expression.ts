import { InternalError } from "../model/error.ts";
import { BEYOND_NUMBERS } from "./tokens.ts";

/** A value of a test: an integer, or the address of a location, which is an integer beyond all that a test may use. */
export type Datum = number;

const FIRST_ADDRESS = BEYOND_NUMBERS;

/** The address of the location with this index. */
export const addressOf = (location: number): Datum => FIRST_ADDRESS + location;

/** The index of the location with this address, if there is one. */
export function locationAt(address: Datum, locations: number): number | undefined {
  const index = address - FIRST_ADDRESS;
  return index >= 0 && index < locations ? index : undefined;
}

/** A value as reports show it: an address is the name of its location. */
export const showDatum = (datum: Datum, locations: readonly string[]): string =>
  locations[datum - FIRST_ADDRESS] ?? String(datum);

const truth = (is: boolean): Datum => (is ? 1 : 0);

const BINARY = {
  "||": (a, b) => truth(a !== 0 || b !== 0),
  "&&": (a, b) => truth(a !== 0 && b !== 0),
  "|": (a, b) => a | b,
  "^": (a, b) => a ^ b,
  "&": (a, b) => a & b,
  "==": (a, b) => truth(a === b),
  "!=": (a, b) => truth(a !== b),
  "<": (a, b) => truth(a < b),
  ">": (a, b) => truth(a > b),
  "<=": (a, b) => truth(a <= b),
  ">=": (a, b) => truth(a >= b),
  "<<": (a, b) => a << b,
  ">>": (a, b) => a >> b,
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => (b === 0 ? 0 : Math.trunc(a / b)),
  "%": (a, b) => (b === 0 ? 0 : a % b),
} as const satisfies Record<string, (a: Datum, b: Datum) => Datum>;

const UNARY = {
  "-": (a) => -a,
  "!": (a) => truth(a === 0),
  "~": (a) => ~a,
} as const satisfies Record<string, (a: Datum) => Datum>;

export type BinaryOperator = keyof typeof BINARY;
export type UnaryOperator = keyof typeof UNARY;

/** C's operators from the loosest to the tightest. */
export const PRECEDENCE: readonly (readonly BinaryOperator[])[] = [
  ["||"],
  ["&&"],
  ["|"],
  ["^"],
  ["&"],
  ["==", "!="],
  ["<", ">", "<=", ">="],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "%"],
];

/** What a thread computes from its registers alone. */
export type Expression =
  | { readonly kind: "constant"; readonly value: Datum }
  | { readonly kind: "register"; readonly name: string }
  | { readonly kind: "unary"; readonly operator: UnaryOperator; readonly operand: Expression }
  | { readonly kind: "binary"; readonly operator: BinaryOperator; readonly operands: readonly [Expression, Expression] }
  | { readonly kind: "choice"; readonly operands: readonly [Expression, Expression, Expression] };

export const constant = (value: Datum): Expression => ({ kind: "constant", value });
export const register = (name: string): Expression => ({ kind: "register", name });

export function evaluate(expression: Expression, read: (register: string) => Datum): Datum {
  switch (expression.kind) {
    case "constant":
      return expression.value;
    case "register":
      return read(expression.name);
    case "unary":
      return UNARY[expression.operator](evaluate(expression.operand, read));
    case "binary": {
      const [left, right] = expression.operands;
      return BINARY[expression.operator](evaluate(left, read), evaluate(right, read));
    }
    case "choice": {
      const [test, yes, no] = expression.operands;
      return evaluate(test, read) !== 0 ? evaluate(yes, read) : evaluate(no, read);
    }
  }
}

/** The registers that an expression reads, each once. */
export function registersOf(...expressions: readonly Expression[]): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (expression: Expression): void => {
    switch (expression.kind) {
      case "constant":
        return;
      case "register":
        found.add(expression.name);
        return;
      case "unary":
        return visit(expression.operand);
      case "binary":
      case "choice":
        return expression.operands.forEach(visit);
      default:
        throw new InternalError("there is no such expression");
    }
  };
  expressions.forEach(visit);
  return found;
}
