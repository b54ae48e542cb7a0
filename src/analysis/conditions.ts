import { inOrder, type Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { showValue } from "../model/layout.ts";
import type { Tree, Leaf } from "./decision-tree.ts";

/** What a test of a decision tree is about, as a reader calls it. */
export interface Naming {
  /** The name of a cell. `known` has the references that were followed to get there, by the names of their targets. */
  name(cell: Cell, known: ReadonlyMap<string, string>): string;
  /** True for a reference whose target is named after it: `page->locked` for what it points at. */
  isPointer(cell: Cell): boolean;
}

/** A decision tree in which only what decides between targets is left. */
type Decision =
  | { readonly kind: "target"; readonly target: string }
  | { readonly kind: "test"; readonly key: string; readonly arms: readonly Arm[] };

interface Arm {
  readonly condition: string;
  readonly leads: Decision;
  /** Where it is a test of a field: which, and the values it may have here. */
  readonly field?: string;
  readonly values?: readonly Value[];
}

/**
 * Under which conditions a step leads where: for each target in the order it is found, the ways to get there, each as
 * tests that all hold; no tests, if it always leads there. `targetOf` names where a leaf leads, or says that it is
 * nothing to look at: then the tests that lead only there are left out, too.
 */
export function conditionsOf(
  tree: Tree,
  targetOf: (leaf: Leaf) => string | undefined,
  naming: Naming,
): ReadonlyMap<string, readonly (readonly string[])[]> {
  const found = new Map<string, (readonly string[])[]>();
  const collect = (decision: Decision, tests: readonly string[]): void => {
    if (decision.kind === "target") {
      found.set(decision.target, [...(found.get(decision.target) ?? []), tests]);
      return;
    }
    for (const { condition, leads } of decision.arms) collect(leads, [...tests, condition]);
  };
  const decision = simplified(tree, targetOf, naming, new Map());
  if (decision) collect(decision, []);
  return found;
}

function simplified(
  tree: Tree,
  targetOf: (leaf: Leaf) => string | undefined,
  naming: Naming,
  known: ReadonlyMap<string, string>,
): Decision | undefined {
  if (tree.kind === "choice") {
    const arms = tree.options.map((option, i) => ({
      condition: `choice ${i + 1} of ${tree.options.length}`,
      leads: simplified(option, targetOf, naming, known),
    }));
    return decided(arms, (group) => ({
      condition: group.map((i) => arms[i]!.condition).join(" or "),
    }));
  }
  if (tree.kind !== "branch") {
    const target = targetOf(tree);
    return target === undefined ? undefined : { kind: "target", target };
  }
  const { cell } = tree;
  const name = naming.name(cell, known);
  const arms = cell.values.map((value, i) => {
    const follows = naming.isPointer(cell) && typeof value === "string" && !known.has(value);
    const inner = follows ? new Map([...known, [value, name]]) : known;
    return { value, leads: simplified(tree.arms[i]!, targetOf, naming, inner) };
  });
  const equal = equalityOf(name, arms);
  if (equal) return equal;
  const ordered = (some: readonly Value[]): readonly Value[] => inOrder({ values: some, isInt: cell.isInt });
  const there = arms.filter(({ leads }) => leads).map(({ value }) => value);
  return decided(arms, (group) => {
    const values = group.map((i) => arms[i]!.value);
    return { condition: testOf(name, ordered(values), ordered(there), cell.isInt), field: name, values };
  });
}

/** `slot == page`, where each value of `page` is followed by the test whether `slot` has that value. */
function equalityOf(
  name: string,
  arms: readonly { readonly value: Value; readonly leads: Decision | undefined }[],
): Decision | undefined {
  let found: { readonly field: string; readonly same: Decision; readonly other: Decision } | undefined;
  for (const { value, leads } of arms) {
    if (!leads) continue;
    if (leads.kind !== "test" || leads.arms.length !== 2) return undefined;
    const same = leads.arms.find(({ values }) => values?.length === 1 && values[0] === value);
    const other = leads.arms.find((arm) => arm !== same);
    if (!same || !other || same.field === undefined) return undefined;
    found ??= { field: same.field, same: same.leads, other: other.leads };
    if (
      found.field !== same.field ||
      keyOf(found.same) !== keyOf(same.leads) ||
      keyOf(found.other) !== keyOf(other.leads)
    )
      return undefined;
  }
  if (!found || arms.filter(({ leads }) => leads).length < 2) return undefined;
  const { field, same, other } = found;
  return test([
    { condition: `${field} == ${name}`, leads: same },
    { condition: `${field} != ${name}`, leads: other },
  ]);
}

/** Puts arms with the same decision together, and leaves out a test that decides nothing. */
function decided(
  arms: readonly { readonly leads: Decision | undefined }[],
  testFor: (group: readonly number[]) => Omit<Arm, "leads">,
): Decision | undefined {
  const groups = new Map<string, { readonly leads: Decision; readonly members: number[] }>();
  for (const [i, { leads }] of arms.entries()) {
    if (!leads) continue;
    const key = keyOf(leads);
    const group = groups.get(key) ?? { leads, members: [] };
    group.members.push(i);
    groups.set(key, group);
  }
  const all = [...groups.values()];
  if (all.length <= 1) return all[0]?.leads;
  return test(all.map(({ leads, members }) => ({ leads, ...testFor(members) })));
}

const test = (arms: readonly Arm[]): Decision => ({
  kind: "test",
  key: `{${arms.map(({ condition, leads }) => `${condition} ${keyOf(leads)}`).join("|")}}`,
  arms,
});

const keyOf = (decision: Decision): string => (decision.kind === "target" ? `=${decision.target}` : decision.key);

/** `page->refcount >= 1`: that a field has one of `values`, where it can have those of `all`, both in the domain's order. */
function testOf(name: string, values: readonly Value[], all: readonly Value[], isInt: boolean): string {
  const one = (value: Value): string => `${name} == ${showValue(value)}`;
  const others = all.filter((value) => !values.includes(value));
  if (others.length === 1 && others[0] === null) return `${name} != NULL`;
  if (values.length === 1) return one(values[0]!);
  const first = all.indexOf(values[0]!);
  const isRun = values.every((value, i) => value === all[first + i]);
  if (isInt && isRun) {
    if (first + values.length === all.length) return `${name} >= ${showValue(values[0]!)}`;
    return first === 0
      ? `${name} <= ${showValue(values.at(-1)!)}`
      : `${showValue(values[0]!)} <= ${name} <= ${showValue(values.at(-1)!)}`;
  }
  if (others.length === 1) return `${name} != ${showValue(others[0]!)}`;
  return values.map(one).join(" or ");
}
