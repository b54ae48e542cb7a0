import type { Flow, SourceEvent } from "./events.ts";
import { lastName } from "./names.ts";

/** What decides in the source where a step leads. */
export interface Decision {
  readonly event: SourceEvent;
  /** A step asks just this; otherwise it may ask more, as a page whose references are counted may have pins. */
  readonly isExact: boolean;
  /** By what a path asks, and finds, on a way: what the test says there; nothing if it cannot be told. */
  readonly says: (way: Asked) => boolean | undefined;
}

/** What is known of a way of a path. */
interface Asked {
  readonly when: readonly (readonly string[])[];
  readonly found?: boolean;
}

/** What is asked of an operation, or by it, to decide where to go on. */
export interface Test {
  readonly event: SourceEvent;
  /** False for `a != b` and `!a`, which go where `a == b` and `a` do not. */
  readonly isPlain: boolean;
}

/** The test that an operation is, or that compares what it has found. */
export function testAt({ events, next, sides }: Flow, event: SourceEvent): Test | undefined {
  const decides = ({ index }: SourceEvent): boolean => sides[index]!.some((side) => side !== undefined);
  if (event.kind === "call" && decides(event)) return { event, isPlain: true };
  const [after, ...others] = next[event.index]!;
  const test = event.kind === "test" ? event : others.length === 0 && after !== undefined ? events[after]! : undefined;
  if (test?.kind !== "test" || !test.text.includes(event.text) || !decides(test)) return undefined;
  return { event: test, isPlain: !/^!|!=/.test(test.text) };
}

/**
 * The decision that an operation makes: a call that is asked for its truth, whose result is that of the step; or a comparison,
 * of a field or of what a call returns, where the step compares a field, too.
 */
export function decisionAt(flow: Flow, operation: SourceEvent, ways: readonly Asked[]): Decision | undefined {
  const event = testAt(flow, operation)?.event;
  if (!event) return undefined;
  if (event.kind === "call") return { event, isExact: true, says: ({ found }) => found };
  const test = comparisonOf(event.text);
  const asked = test && fieldAsked(ways);
  if (!asked || asked.isNull !== test.isNull) return undefined;
  if (test.isNull ? bare(lastName(test.left)) !== bare(asked.field) : isOther(test.right, asked.value))
    return undefined;
  return {
    event,
    isExact: false,
    says: ({ when }) => {
      const equal = new Set(when.map(([first]) => equalityIn(first!)!.isEqual));
      return equal.size === 1 ? equal.has(test.isEqual) : undefined;
    },
  };
}

interface Comparison {
  readonly left: string;
  readonly right: string;
  /** Compared with nothing: NULL, 0, false. */
  readonly isNull: boolean;
  readonly isEqual: boolean;
}

/** `a == b`, `a != b`, `a`, `!a` as they are written in C. */
function comparisonOf(text: string): Comparison | undefined {
  const [, left, operator, right] = /^([^=!<>&|]+)([=!]=)([^=<>]+)$/.exec(text.replaceAll("->", ".")) ?? [];
  if (operator !== undefined) {
    const value = right!.trim();
    return { left: left!.trim(), right: value, isNull: /^(?:NULL|0|false)$/.test(value), isEqual: operator === "==" };
  }
  const [, not, name] = /^(!?)([\w.\->]+)$/.exec(text) ?? [];
  return name === undefined ? undefined : { left: name, right: "0", isNull: true, isEqual: not === "!" };
}

interface Equality {
  readonly field: string;
  readonly value: string;
  readonly isNull: boolean;
  readonly isEqual: boolean;
}

/** `page->refcount != 1`, as conditions of a path are written. */
function equalityIn(test: string): Equality | undefined {
  const [, field, operator, value] = /^(\S+) ([=!]=|<=|>=) (\S+)$/.exec(test) ?? [];
  if (field === undefined) return undefined;
  if (operator === "<=" || operator === ">=") {
    const isEqual = operator === "<=";
    return value === (isEqual ? "0" : "1") ? { field, value: "0", isNull: true, isEqual } : undefined;
  }
  const isNull = /^(?:NULL|0|false|true)$/.test(value!);
  return { field, value: value!, isNull, isEqual: (operator === "==") !== (value === "true") };
}

/** The field that all ways ask first, and the one value that they compare it with. */
function fieldAsked(ways: readonly Asked[]): Equality | undefined {
  const all = ways.flatMap(({ when }) => when).map(([first]) => (first === undefined ? undefined : equalityIn(first)));
  const [one] = all;
  const isSame = (other: Equality | undefined): boolean =>
    other !== undefined &&
    other.field === one!.field &&
    other.isNull === one!.isNull &&
    (other.isNull || other.value === one!.value);
  return one && all.every(isSame) && all.some((other) => other!.isEqual !== one.isEqual) ? one : undefined;
}

const bare = (name: string): string =>
  name
    .replace(/^.*(?:\.|->)/, "")
    .replaceAll("_", "")
    .toLowerCase();

/** Two numbers, which are not the same. */
const isOther = (one: string, other: string): boolean => /^\d+$/.test(one) && /^\d+$/.test(other) && one !== other;
