import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import type { BuiltIn } from "../model/spec.ts";
import type { Leaf, Tree } from "../analysis/decision-tree.ts";
import type { PositionsOf } from "../analysis/growing-tree.ts";

/** What a field becomes: a value, or what another field held before the step, or so much more. */
export type Source = { readonly to: Value } | { readonly from: Cell; readonly plus: number };

export type Write = readonly [cell: Cell, source: Source];

/** Whether a field has one of some values, among those that it can have here; or how it compares with another. */
export type Test = { readonly cell: Cell } & (
  | { readonly values: readonly Value[]; readonly among: readonly Value[] }
  | { readonly is: Comparison; readonly other: Cell }
);

export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=";

/** A step that breaks a rule of the language. */
export const BROKEN = "broken-rule";
export type Check = BuiltIn | typeof BROKEN;

export type End =
  | { readonly kind: "moved"; readonly next: number; readonly writes: readonly Write[] }
  | { readonly kind: "fails"; readonly check: Check }
  | { readonly kind: "blocked" | "hit" | "miss" };

/**
 * A decision tree in which equal parts are one, a test that decides nothing is gone, and what is written is said by what
 * was there: `refcount + 1`, or the page that a field pointed at. Of its arms exactly one is taken.
 */
export type Decision = { readonly key: string } & (
  | { readonly end: End }
  | { readonly on: Cell; readonly arms: readonly Arm[] }
);

export interface Arm {
  readonly test: Test;
  readonly then: Decision;
}

/** The decision trees, one for each way to choose, that a tree is made of: none of them chooses, and each transition is in one. */
export function withoutChoices(tree: Tree): readonly Tree[] {
  if (tree.kind === "choice") return tree.options.flatMap(withoutChoices);
  if (tree.kind !== "branch") return [tree];
  const arms = tree.arms.map(withoutChoices);
  const count = Math.max(...arms.map(({ length }) => length));
  return Array.from({ length: count }, (_, i) => ({
    ...tree,
    arms: arms.map((ways) => ways[i] ?? (ways[0]!.kind === "never" ? NEVER : BLOCKED)),
  }));
}

const NEVER: Leaf = { kind: "never" };
const BLOCKED: Leaf = { kind: "blocked", reads: new Map(), assigned: new Map(), named: new Set() };

/** Makes decisions of trees that do not choose, over the values that are reached; nothing where no state leads. */
export function decider(positionsOf: PositionsOf): (tree: Tree) => Decision | undefined {
  const known = new Map<Tree, Decision | undefined>();
  const valuesOf: ValuesOf = (cell) => positionsOf(cell).map((position) => cell.values[position]!);
  const decide = (tree: Tree): Decision | undefined => {
    if (tree.kind === "never") return undefined;
    if (tree.kind !== "branch") return endOf(tree as Leaf, positionsOf);
    const { cell } = tree;
    const members = positionsOf(cell).flatMap((position): Member[] => {
      const act = decideOnce(tree.arms[position]!);
      return act ? [{ value: cell.values[position]!, act }] : [];
    });
    return members.length === 0 ? undefined : branchOn(cell, members, valuesOf);
  };
  const decideOnce = (tree: Tree): Decision | undefined => {
    if (!known.has(tree)) known.set(tree, decide(tree));
    return known.get(tree);
  };
  return decideOnce;
}

function endOf(leaf: Leaf, positionsOf: PositionsOf): Decision {
  switch (leaf.kind) {
    case "moved": {
      // A field that has always the same value is not there.
      const writes = [...leaf.writes].filter(([cell]) => positionsOf(cell).length > 1);
      return ending({ kind: "moved", next: leaf.next, writes: writes.map(([cell, to]) => [cell, { to }]) });
    }
    case "violation":
      return ending({ kind: "fails", check: leaf.check });
    case "broken":
      return ending({ kind: "fails", check: BROKEN });
    case "never":
      return ending({ kind: "blocked" });
    default:
      return ending({ kind: leaf.kind });
  }
}

export const ending = (end: End): Decision => ({ key: keyOf(end), end });

/** Equal for ends that are the same. */
export const keyOf = (end: End): string => keyOfEnd(end, keyOfSource);

export const keyOfSource = (source: Source): string =>
  "to" in source ? `${typeof source.to} ${String(source.to)}` : `[${source.from.index}]${source.plus}`;

const keyOfEnd = (end: End, ofSource: (source: Source) => string): string => {
  if (end.kind === "fails") return `fails ${end.check}`;
  if (end.kind !== "moved") return end.kind;
  return `${end.next}: ${end.writes.map(([cell, source]) => `${cell.index}=${ofSource(source)}`).join()}`;
};

export const keyOfTest = (test: Test): string =>
  "values" in test
    ? `${test.cell.index} in ${test.values.join()}`
    : `${test.cell.index} ${test.is} ${test.other.index}`;

export function testing(on: Cell, arms: readonly Arm[]): Decision {
  const key = arms.map(({ test, then }) => `${keyOfTest(test)}?${then.key}`).join("|");
  return { key: `{${key}}`, on, arms };
}

/** The values that runs reach. */
type ValuesOf = (cell: Cell) => readonly Value[];

/** What is decided where a field has a value. */
interface Member {
  readonly value: Value;
  readonly act: Decision;
}

/** Members whose decisions are one, said by what the field holds. */
interface Class {
  readonly values: readonly Value[];
  readonly act: Decision;
}

function branchOn(cell: Cell, members: readonly Member[], valuesOf: ValuesOf): Decision {
  const classes = classesOf(cell, members, valuesOf);
  if (classes.length === 1) return classes[0]!.act;
  const compared = comparedWith(cell, members, valuesOf);
  if (compared) return compared;
  const among = members.map(({ value }) => value);
  return testing(
    cell,
    classes.map(({ values, act }) => ({
      test: { cell, values, among },
      then: values.length === 1 ? withoutWrite(act, cell, values[0]!) : act,
    })),
  );
}

/** Where the field holds that already, it need not be written. */
function withoutWrite(act: Decision, cell: Cell, value: Value): Decision {
  if (!("end" in act))
    return testing(
      act.on,
      act.arms.map(({ test, then }) => ({ test, then: withoutWrite(then, cell, value) })),
    );
  const { end } = act;
  if (end.kind !== "moved") return act;
  const writes = end.writes.filter(([written, source]) => written !== cell || !("to" in source) || source.to !== value);
  return writes.length === end.writes.length ? act : ending({ ...end, writes });
}

function classesOf(cell: Cell, members: readonly Member[], valuesOf: ValuesOf): readonly Class[] {
  return grouped(members, ({ act }) => ("end" in act ? shapeOf(act) : `on ${act.on.index}`)).flatMap((group) => {
    const whole = fit(cell, group) ?? comparedWith(cell, group, valuesOf);
    if (whole) return [{ values: valuesIn(group), act: whole }];
    return grouped(group, ({ act }) => shapeOf(act)).flatMap((alike) => {
      const one = fit(cell, alike);
      if (one) return [{ values: valuesIn(alike), act: one }];
      return grouped(alike, ({ act }) => act.key).map((same) => ({ values: valuesIn(same), act: same[0]!.act }));
    });
  });
}

const valuesIn = (members: readonly Member[]): readonly Value[] => members.map(({ value }) => value);

function grouped<T>(all: readonly T[], keyOf: (one: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return [...groups.values()];
}

/** A decision without the values that it writes. */
function shapeOf(act: Decision): string {
  if ("end" in act) return keyOfEnd(act.end, (source) => ("to" in source ? "?" : keyOfSource(source)));
  return `{${act.arms.map(({ test, then }) => `${keyOfTest(test)}?${shapeOf(then)}`).join("|")}}`;
}

/** The one decision that all members come to, each for its own value of the field; nothing if there is none. */
function fit(cell: Cell, members: readonly Member[]): Decision | undefined {
  const [{ act: first }] = members as readonly [Member, ...Member[]];
  if (members.every(({ act }) => act.key === first.key)) return first;
  if ("end" in first) {
    const ends = members.flatMap(({ act }) => ("end" in act ? [act.end] : []));
    return ends.length === members.length ? fitEnds(cell, valuesIn(members), ends) : undefined;
  }
  const arms: Arm[] = [];
  for (const [i, { test }] of first.arms.entries()) {
    const key = keyOfTest(test);
    const below = members.flatMap(({ value, act }): Member[] => {
      const arm = "end" in act ? undefined : act.arms[i];
      const isSame = arm && !("end" in act) && act.arms.length === first.arms.length && keyOfTest(arm.test) === key;
      return isSame ? [{ value, act: arm.then }] : [];
    });
    const then = below.length === members.length ? fit(cell, below) : undefined;
    if (!then) return undefined;
    arms.push({ test, then });
  }
  return testing(first.on, arms);
}

function fitEnds(cell: Cell, values: readonly Value[], ends: readonly End[]): Decision | undefined {
  const [first] = ends;
  if (first?.kind !== "moved") return undefined;
  const { next } = first;
  if (!ends.every((end) => end.kind === "moved" && end.next === next && end.writes.length === first.writes.length))
    return undefined;
  const writes: Write[] = [];
  for (const [i, [written]] of first.writes.entries()) {
    const sources = ends.flatMap((end): readonly Source[] => {
      const [target, source] = (end.kind === "moved" && end.writes[i]) || [];
      return target === written && source ? [source] : [];
    });
    const source = sources.length === ends.length ? fitSources(cell, values, sources, written) : undefined;
    if (!source) return undefined;
    writes.push([written, source]);
  }
  return ending({ kind: "moved", next, writes });
}

function fitSources(
  cell: Cell,
  values: readonly Value[],
  sources: readonly Source[],
  written: Cell,
): Source | undefined {
  const [first] = sources as readonly [Source, ...Source[]];
  if (sources.every((source) => keyOfSource(source) === keyOfSource(first))) return first;
  const literal = sources.flatMap((source) => ("to" in source ? [source.to] : []));
  if (literal.length < sources.length || !isAlike(cell, written)) return undefined;
  if (literal.every((to, i) => to === values[i])) return { from: cell, plus: 0 };
  if (!cell.isInt) return undefined;
  const plus = Number(literal[0]) - Number(values[0]);
  return literal.every((to, i) => Number(to) - Number(values[i]) === plus) ? { from: cell, plus } : undefined;
}

/** Values of both are of one kind: truth, numbers, or names. */
export const isAlike = (one: Cell, other: Cell): boolean => kindOf(one) === kindOf(other);

export function kindOf({ values: [first], isInt }: Cell): "bool" | "int" | "name" {
  if (typeof first === "boolean") return "bool";
  return isInt ? "int" : "name";
}

const COMPARISONS: readonly (readonly [Comparison, Comparison, (a: Value, b: Value) => boolean])[] = [
  ["==", "!=", (a, b) => a === b],
  ["<", ">=", (a, b) => Number(a) < Number(b)],
  ["<=", ">", (a, b) => Number(a) <= Number(b)],
];

/**
 * One test of how this field compares with another, in place of a test of that field for each value of this one:
 * `slot == page`, or `index < isize`.
 */
function comparedWith(cell: Cell, members: readonly Member[], valuesOf: ValuesOf): Decision | undefined {
  const tests = members.flatMap(({ act }) => ("end" in act ? [] : [act]));
  const [first] = tests;
  if (!first || members.length < 2) return undefined;
  const { on } = first;
  if (on === cell || !isAlike(on, cell) || tests.some((act) => act.on !== on || !act.arms.every(isOfValues)))
    return undefined;
  for (const [is, isNot, holds] of COMPARISONS) {
    if (is !== "==" && !cell.isInt) continue;
    const sides = { yes: [] as Member[], no: [] as Member[] };
    const isClear = members.every(({ value, act }) => {
      const side = (isYes: boolean): Decision | "several" | undefined =>
        sideOf(act, (one) => holds(value, one) === isYes, valuesOf(on));
      const [yes, no] = [side(true), side(false)];
      if (yes === "several" || no === "several") return false;
      if (yes) sides.yes.push({ value, act: yes });
      if (no) sides.no.push({ value, act: no });
      return true;
    });
    if (!isClear || sides.yes.length === 0 || sides.no.length === 0) continue;
    const [then, otherwise] = [fit(cell, sides.yes), fit(cell, sides.no)];
    if (!then || !otherwise || then.key === otherwise.key) continue;
    return testing(cell, [
      { test: { cell, is, other: on }, then },
      { test: { cell, is: isNot, other: on }, then: otherwise },
    ]);
  }
  return undefined;
}

const isOfValues = ({ test }: Arm): boolean => "values" in test;

/** What is decided where the tested field has a value of that side; nothing if it has none there. */
function sideOf(
  act: Decision,
  isThere: (value: Value) => boolean,
  values: readonly Value[],
): Decision | "several" | undefined {
  if ("end" in act) return values.some(isThere) ? act : undefined;
  const there = act.arms.filter(({ test }) => "values" in test && test.values.some(isThere));
  const keys = new Set(there.map(({ then }) => then.key));
  return keys.size > 1 ? "several" : there[0]?.then;
}
