import type { Cell } from "../model/access.ts";
import { inOrder } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import type { Condition } from "./condition.ts";
import { kindOf, type Comparison, type Source, type Test } from "./decision.ts";

/** How a language writes what conditions and assignments are made of. */
export interface Notation {
  field(cell: Cell): string;
  value(value: Value): string;
  readonly and: string;
  readonly or: string;
  readonly not: string;
  readonly equal: string;
  readonly unequal: string;
  readonly yes: string;
  readonly no: string;
}

/** A condition as a language writes it; `isInner`: as a part of another one. */
export function written(condition: Condition, notation: Notation, isInner = false): string {
  if (typeof condition === "boolean") return condition ? notation.yes : notation.no;
  const inner = (part: Condition): string => written(part, notation, true);
  const both = (parts: readonly Condition[], by: string): string => {
    const text = parts.map(inner).join(` ${by} `);
    return isInner ? `(${text})` : text;
  };
  if ("all" in condition) return both(condition.all, notation.and);
  if ("any" in condition) return both(condition.any, notation.or);
  const tests = testOf(condition, notation);
  const isOne = tests.length === 1 && !tests[0]!.includes(` ${notation.and} `);
  return isOne || !isInner ? tests.join(` ${notation.or} `) : `(${tests.join(` ${notation.or} `)})`;
}

/** The tests one of which holds where a field has one of these values. */
function testOf(test: Test, notation: Notation): readonly string[] {
  const name = notation.field(test.cell);
  const comparison = (is: Comparison): string => (is === "==" ? notation.equal : is === "!=" ? notation.unequal : is);
  if ("other" in test) return [`${name} ${comparison(test.is)} ${notation.field(test.other)}`];
  const { cell, values, among } = test;
  if (values.length === among.length) return [notation.yes];
  const compared = (is: string, value: Value): string => `${name} ${is} ${notation.value(value)}`;
  if (kindOf(cell) === "bool") return [values[0] === true ? name : `${notation.not}${name}`];
  const others = among.filter((value) => !values.includes(value));
  if (values.length === 1) return [compared(notation.equal, values[0]!)];
  if (cell.isInt) {
    const all = inOrder({ values: among, isInt: true });
    const some = inOrder({ values, isInt: true });
    const first = all.indexOf(some[0]!);
    if (some.every((value, i) => value === all[first + i])) {
      if (first === 0) return [compared("<=", some.at(-1)!)];
      if (first + some.length === all.length) return [compared(">=", some[0]!)];
      if (some.length > 2) return [`${compared(">=", some[0]!)} ${notation.and} ${compared("<=", some.at(-1)!)}`];
    }
  }
  if (others.length === 1) return [compared(notation.unequal, others[0]!)];
  return values.map((value) => compared(notation.equal, value));
}

export function sourceText(source: Source, notation: Notation): string {
  if ("to" in source) return notation.value(source.to);
  const { from, plus } = source;
  const name = notation.field(from);
  return plus === 0 ? name : `${name} ${plus < 0 ? "-" : "+"} ${Math.abs(plus)}`;
}

const JOINS = /^(&&|\|\||\\\/|\/\\|->|,|;)$/;
const COMPARES = /^([=!<>]=|[<>=+#-]|\|->|\\in|=>)$/;

/**
 * A formula or a statement in lines that end behind an operator: where one ends otherwise, SPIN takes it for the end of a
 * statement. A word, or a string, is never torn apart.
 */
export function foldCode(code: string, width: number, hang: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of wordsOf(code)) {
    const more = line === "" ? word : `${line} ${word}`;
    if (more.length <= width || /^[\s\\/]*$/.test(line)) {
      line = more;
      continue;
    }
    lines.push(line);
    line = " ".repeat(hang) + word;
  }
  return [...lines, line];
}

/** What stays on one line: a comparison with both of its sides, and what joins it to the next. */
function wordsOf(code: string): readonly string[] {
  const words: string[] = [];
  let isOpen = false;
  for (const word of code.match(/(?:"(?:[^"\\]|\\.)*"|[^\s"])+/g) ?? []) {
    const isJoin = JOINS.test(word);
    const isComparison = COMPARES.test(word);
    if ((isOpen || isJoin || isComparison) && words.length > 0) words[words.length - 1] += ` ${word}`;
    else words.push(word);
    isOpen = isComparison;
  }
  return words;
}
