import { keyOfTest, type Arm, type Decision, type End, type Test } from "./decision.ts";

export type Condition =
  | boolean
  | Test
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] };

const keyOf = (condition: Condition): string => {
  if (typeof condition === "boolean") return String(condition);
  if ("all" in condition) return `(${condition.all.map(keyOf).join("&")})`;
  if ("any" in condition) return `(${condition.any.map(keyOf).join("|")})`;
  return keyOfTest(condition);
};

/** When a decision comes to such an end. */
export function conditionOf(decision: Decision, isWanted: (end: End) => boolean): Condition {
  const known = new Map<Decision, Condition>();
  const visit = (at: Decision): Condition => {
    if ("end" in at) return isWanted(at.end);
    const old = known.get(at);
    if (old !== undefined) return old;
    const condition = joined(at.arms, visit);
    known.set(at, condition);
    return condition;
  };
  return visit(decision);
}

function joined(arms: readonly Arm[], visit: (at: Decision) => Condition): Condition {
  const groups = new Map<string, { readonly tests: Test[]; readonly below: Condition }>();
  for (const { test, then } of arms) {
    const below = visit(then);
    const key = keyOf(below);
    const group = groups.get(key);
    if (group) group.tests.push(test);
    else groups.set(key, { tests: [test], below });
  }
  if (groups.size === 1) return [...groups.values()][0]!.below;
  // Where it is true anyway, the tests of the others need not say that it is not.
  const isSure = groups.get("true");
  const parts = [...groups.values()].flatMap(({ tests, below }): readonly Condition[] => {
    if (below === false) return [];
    const isOneOfTwo = isSure && below !== true && groups.size === 2;
    return [isOneOfTwo ? below : all([oneOf(tests), below])];
  });
  return any(parts);
}

/** Any of these tests of one field. */
function oneOf(tests: readonly Test[]): Condition {
  const [first] = tests as readonly [Test, ...Test[]];
  if (tests.length === 1 || !("values" in first)) return first;
  return { ...first, values: tests.flatMap((test) => ("values" in test ? test.values : [])) };
}

function all(parts: readonly Condition[]): Condition {
  const some = parts.filter((part) => part !== true).flatMap((part) => (isAll(part) ? part.all : [part]));
  if (some.includes(false)) return false;
  return some.length === 0 ? true : some.length === 1 ? some[0]! : { all: some };
}

export function any(parts: readonly Condition[]): Condition {
  const some = parts.filter((part) => part !== false).flatMap((part) => (isAny(part) ? part.any : [part]));
  if (some.includes(true)) return true;
  return some.length === 0 ? false : some.length === 1 ? some[0]! : { any: some };
}

const isAll = (part: Condition): part is { readonly all: readonly Condition[] } =>
  typeof part === "object" && "all" in part;
const isAny = (part: Condition): part is { readonly any: readonly Condition[] } =>
  typeof part === "object" && "any" in part;

/** The same decision where it comes to such an end: tests that decide nothing of that are gone. */
export function restricted(decision: Decision, isWanted: (end: End) => boolean): Decision | undefined {
  if ("end" in decision) return isWanted(decision.end) ? decision : undefined;
  const arms = decision.arms.flatMap(({ test, then }): Arm[] => {
    const below = restricted(then, isWanted);
    return below ? [{ test, then: below }] : [];
  });
  const [first] = arms;
  if (!first) return undefined;
  if (arms.every(({ then }) => then.key === first.then.key)) return first.then;
  return {
    key: `{${arms.map(({ test, then }) => `${keyOfTest(test)}?${then.key}`).join("|")}}`,
    on: decision.on,
    arms,
  };
}

/** Every end that a decision comes to, each once. */
export function endsOf(decision: Decision): readonly End[] {
  const seen = new Map<string, End>();
  const visit = (at: Decision): void => {
    if ("end" in at) seen.set(at.key, at.end);
    else for (const { then } of at.arms) visit(then);
  };
  visit(decision);
  return [...seen.values()];
}
