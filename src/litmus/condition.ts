import { InternalError } from "../model/error.ts";
import { addressOf, type Datum } from "./expression.ts";
import type { Cursor, Token } from "./tokens.ts";

/** What a condition may look at once all threads are done: a register of a thread, or a location. */
export type Observed =
  | { readonly kind: "register"; readonly thread: number; readonly name: string }
  | { readonly kind: "location"; readonly name: string };

type Term = Observed | { readonly kind: "value"; readonly value: Datum; readonly shown: string };

export type Proposition =
  | { readonly kind: "constant"; readonly holds: boolean }
  | { readonly kind: "equal" | "differ"; readonly left: Observed; readonly right: Term }
  | { readonly kind: "not"; readonly operand: Proposition }
  | { readonly kind: "and" | "or"; readonly operands: readonly Proposition[] };

export type Quantifier = "exists" | "~exists" | "forall";

/** What is asked of the outcomes of a test. */
export interface Condition {
  readonly quantifier: Quantifier;
  readonly proposition: Proposition;
  /** Outcomes that do not meet it do not count. */
  readonly filter: Proposition | undefined;
  /** What an outcome consists of: everything that is named in the condition and in `locations`, registers first. */
  readonly observed: readonly Observed[];
  /** What the filter looks at. */
  readonly filtered: readonly Observed[];
}

/** An observed place as herd7 shows it: `0:r1` or `[x]`. */
export const showObserved = (place: Observed): string =>
  place.kind === "register" ? `${place.thread}:${place.name}` : `[${place.name}]`;

export function holds(proposition: Proposition, read: (place: Observed) => Datum): boolean {
  const termOf = (term: Term): Datum => (term.kind === "value" ? term.value : read(term));
  switch (proposition.kind) {
    case "constant":
      return proposition.holds;
    case "equal":
      return read(proposition.left) === termOf(proposition.right);
    case "differ":
      return read(proposition.left) !== termOf(proposition.right);
    case "not":
      return !holds(proposition.operand, read);
    case "and":
      return proposition.operands.every((operand) => holds(operand, read));
    case "or":
      return proposition.operands.some((operand) => holds(operand, read));
    default:
      throw new InternalError("there is no such proposition");
  }
}

/** A proposition as a condition is written; inner ones in brackets where they need them. */
export function showProposition(proposition: Proposition, isInner = false): string {
  switch (proposition.kind) {
    case "constant":
      return String(proposition.holds);
    case "equal":
    case "differ": {
      const { left, right } = proposition;
      const sign = proposition.kind === "equal" ? "=" : "!=";
      return `${showObserved(left)}${sign}${right.kind === "value" ? right.shown : showObserved(right)}`;
    }
    case "not":
      return `not (${showProposition(proposition.operand)})`;
    case "and":
    case "or": {
      const sign = proposition.kind === "and" ? " /\\ " : " \\/ ";
      const inner = proposition.operands.map((operand) => showProposition(operand, true)).join(sign);
      return isInner ? `(${inner})` : inner;
    }
    default:
      throw new InternalError("there is no such proposition");
  }
}

/** What the reader of a condition knows of the test it belongs to. */
export interface Known {
  readonly threads: number;
  /** The register that a name stands for. */
  registerOf(name: string): string;
  /** The index of a location. */
  locationOf(name: string): number | undefined;
  /** Makes a location, if there is none: to be shown, it need not be used. */
  addLocation(name: string): number;
}

/** Reads everything after the threads: `locations`, `filter`, and the condition, in any order, to the end of the file. */
export function readCondition(cursor: Cursor, known: Known): Condition {
  const observed = new Map<string, Observed>();
  const filtered = new Map<string, Observed>();
  let filter: Proposition | undefined;
  let asked: Pick<Condition, "quantifier" | "proposition"> | undefined;

  const ask = (quantifier: Quantifier): void => {
    if (asked) cursor.fail("there are two conditions", undefined, "leave one");
    asked = { quantifier, proposition: readProposition(cursor, known, observed) };
    cursor.take(";");
  };
  while (cursor.peek().kind !== "end") {
    if (cursor.take("locations")) readLocations(cursor, known, observed);
    else if (cursor.take("filter")) filter = readProposition(cursor, known, filtered);
    else if (cursor.take("exists")) ask("exists");
    else if (cursor.take("forall")) ask("forall");
    else if (cursor.sees("~") && cursor.sees("exists", 1)) {
      cursor.next();
      cursor.next();
      ask("~exists");
    } else cursor.fail(`a condition is expected before '${cursor.peek().text}'`);
  }
  // A test that asks for nothing still says whether any run comes to its end.
  const { quantifier, proposition } = asked ?? { quantifier: "exists", proposition: { kind: "constant", holds: true } };
  return {
    quantifier,
    proposition,
    filter,
    observed: [...observed.values()].toSorted(byPlace),
    filtered: [...filtered.values()],
  };
}

const byPlace = (a: Observed, b: Observed): number => {
  const [left, right] = [a, b].map((place) => (place.kind === "register" ? place.thread : Number.MAX_SAFE_INTEGER));
  return left! - right! || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
};

function readLocations(cursor: Cursor, known: Known, observed: Map<string, Observed>): void {
  cursor.expect("[");
  while (!cursor.take("]")) {
    cursor.take("*");
    readObserved(cursor, { ...known, locationOf: (name) => known.addLocation(name) }, observed);
    if (!cursor.sees("]")) cursor.expect(";");
  }
}

const isRegister = (cursor: Cursor): boolean =>
  (cursor.peek().kind === "number" && cursor.sees(":", 1)) ||
  (/^P\d+$/.test(cursor.peek().text) && cursor.sees(":", 1));

function readObserved(cursor: Cursor, known: Known, observed: Map<string, Observed>): Observed {
  const place = isRegister(cursor) ? readRegister(cursor, known) : readLocation(cursor, known);
  observed.set(showObserved(place), place);
  return place;
}

function readRegister(cursor: Cursor, known: Known): Observed {
  const token = cursor.next();
  const thread = Number(token.text.replace(/^P/, ""));
  if (thread >= known.threads)
    cursor.fail(`there is no thread P${thread}`, token, `threads: P0 to P${known.threads - 1}`);
  cursor.expect(":");
  cursor.take("%");
  return { kind: "register", thread, name: known.registerOf(cursor.name("a register").text) };
}

function readLocation(cursor: Cursor, known: Known): Observed {
  const isInBrackets = cursor.take("[");
  cursor.take("*");
  const token = cursor.name("a location");
  if (isInBrackets) cursor.expect("]");
  indexOf(cursor, known, token);
  return { kind: "location", name: token.text };
}

const indexOf = (cursor: Cursor, known: Known, token: Token): number =>
  known.locationOf(token.text) ??
  cursor.fail(
    `there is no location '${token.text}'`,
    token,
    "name one that a thread uses, or that has an initial value",
  );

function readProposition(cursor: Cursor, known: Known, observed: Map<string, Observed>): Proposition {
  const chain = (kind: "and" | "or", signs: readonly string[], operand: () => Proposition): Proposition => {
    const operands = [operand()];
    while (signs.some((sign) => cursor.take(sign))) operands.push(operand());
    return operands.length === 1 ? operands[0]! : { kind, operands };
  };
  const disjunction = (): Proposition => chain("or", ["\\/", "||"], conjunction);
  const conjunction = (): Proposition => chain("and", ["/\\", "&&"], atom);
  const atom = (): Proposition => cursor.nested(readAtom);
  const readAtom = (): Proposition => {
    if (cursor.take("~") || cursor.take("not") || cursor.take("!")) return { kind: "not", operand: atom() };
    if (cursor.take("true")) return { kind: "constant", holds: true };
    if (cursor.take("false")) return { kind: "constant", holds: false };
    if (cursor.take("(")) {
      const inner = disjunction();
      cursor.expect(")");
      return inner;
    }
    const left = readObserved(cursor, known, observed);
    if (cursor.take("!=")) return { kind: "differ", left, right: readTerm(cursor, known, observed) };
    if (!cursor.take("==")) cursor.expect("=");
    return { kind: "equal", left, right: readTerm(cursor, known, observed) };
  };
  return disjunction();
}

function readTerm(cursor: Cursor, known: Known, observed: Map<string, Observed>): Term {
  if (isRegister(cursor)) return readObserved(cursor, known, observed);
  if (cursor.sees("-") || cursor.peek().kind === "number") {
    const value = cursor.number("a value");
    return { kind: "value", value, shown: String(value) };
  }
  cursor.take("&");
  const token = cursor.name("a value");
  return { kind: "value", value: addressOf(indexOf(cursor, known, token)), shown: token.text };
}
