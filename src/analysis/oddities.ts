import { access, inOrder, withAccess, type Access, type Cell } from "../model/access.ts";
import { showValue } from "../model/layout.ts";
import { partsOf, type AnyStep } from "../model/path.ts";
import { textOf } from "../model/running.ts";
import { isQualifier, ORDERS, type Order } from "../model/order.ts";
import { questionsOf } from "../model/spec.ts";
import { comparisonsIn } from "../model/source.ts";
import type { Program, ProgramThread } from "../machine/program.ts";
import { waysThrough, type Leaf } from "./decision-tree.ts";
import { unsafeInInterrupts } from "./irq-locks.ts";
import { lockInversions } from "./lock-order.ts";
import { waysIn } from "./reachable.ts";
import { unusedParams } from "./unused-params.ts";

/**
 * What is odd about a model and changes no verdict: steps that were taken and do nothing, comparisons that can only come
 * out one way, parameters that nothing reads, locks that are taken in a circle, or in interrupts and
 * with interrupts on. A clause each.
 */
export function oddities(program: Program, taken: readonly (readonly number[])[]): readonly string[] {
  const { steps, others } = known.get(program) ?? oddIn(program);
  const odd = new Set<string>();
  for (const { thread, point, name, isNothing, compares } of steps) {
    if (taken[thread]![point]! > 0 && isNothing()) odd.add(`this step changes nothing and decides nothing: ${name}`);
    for (const clause of compares) odd.add(clause);
  }
  for (const clause of others) odd.add(clause);
  return [...odd];
}

/** What is odd about a program whatever steps are taken: it is searched under several memory models. */
interface Odd {
  readonly steps: readonly OddStep[];
  readonly others: readonly string[];
}

interface OddStep {
  readonly thread: number;
  readonly point: number;
  readonly name: string;
  /** It does nothing. Asked only of those that are taken. */
  readonly isNothing: () => boolean;
  readonly compares: readonly string[];
}

const known = new WeakMap<Program, Odd>();

function oddIn(program: Program): Odd {
  const fields = byField(program.cells);
  const compares = (source: string, where: string): readonly string[] =>
    neverEqual(fields, source).map((clause) => `${clause}: ${where}`);
  const steps = program.threads.flatMap(({ points }, thread) =>
    points.map(({ frame, label, step }, point): OddStep => {
      const name = `${frame.path.name}: ${label}`;
      let nothing: boolean | undefined;
      return {
        thread,
        point,
        name,
        isNothing: () => (nothing ??= doesNothing(program, thread, point)),
        compares: partsOf(step).flatMap((part) => compares(part.toString(), name)),
      };
    }),
  );
  const questions = [...program.scenario.specs, ...program.scenario.progress.flatMap(questionsOf)];
  const others = [
    ...questions.flatMap(({ name, holds }) => compares(textOf(holds), `spec ${name}`)),
    ...unusedParams(program.scenario).map((name) => `nothing reads parameter '${name}', which changes nothing`),
    ...lockInversions(program),
    ...unsafeInInterrupts(program),
  ];
  const odd = { steps, others };
  known.set(program, odd);
  return odd;
}

/** Loads with an order are there for the order, as fences and what belongs to RCU are. */
const isForOrder = (order: Order): boolean => !isQualifier(order) || ORDERS[order].acquires || ORDERS[order].releases;

/** It writes nothing, never waits, fails no check, and goes on with the next step whatever it reads. */
function doesNothing(program: Program, t: number, point: number): boolean {
  const thread = program.threads[t]!;
  const { step, leadsTo } = thread.points[point]!;
  if (leadsTo !== undefined || isForOrder(step.order)) return false;
  const ways = waysIn(program, t, point);
  // A check that no run fails is there for the values that would fail it: only then are all of them looked at.
  return (
    changesNothing(ways) &&
    !decides(thread, point, ways) &&
    changesNothing(waysThrough(thread, point)) &&
    !acts(thread, point)
  );
}

/** On no way that comes to an end anything is written; resets of locals aside. */
function changesNothing(ways: readonly Leaf[]): boolean {
  const ends = ways.filter(({ kind }) => kind !== "broken");
  return ends.length > 0 && ends.every((leaf) => leaf.kind === "moved" && leaf.assigned.size === 0);
}

/** Two ways lead to different steps; and not for what the end of a call makes of its locals. */
function decides({ points }: ProgramThread, point: number, ways: readonly Leaf[]): boolean {
  const { frame, label } = points[point]!;
  if (frame.path.labels.at(-1) === label) return false;
  const next = new Set<number>();
  for (const leaf of ways) if (leaf.kind === "moved") next.add(leaf.next);
  return next.size > 1;
}

/** Some way through the step writes a field, or says itself where the thread goes, even if that is where it would go anyway. */
function acts(thread: ProgramThread, point: number): boolean {
  const points = [...thread.points];
  const { step } = points[point]!;
  let isActing = false;
  const run: AnyStep["run"] = (k, me) => {
    const outer = access();
    const watched: Access = {
      ...outer,
      write: (cell, value) => {
        isActing = true;
        outer.write(cell, value);
      },
    };
    const flow = withAccess(watched, () => step.run(k, me));
    isActing ||= flow !== undefined;
    return flow;
  };
  points[point] = { ...points[point]!, step: { ...step, run } };
  waysThrough({ ...thread, points }, point);
  return isActing;
}

/** By the name of a cell: many programs have cells of the same names. */
const fieldNames = new Map<string, string>();

function fieldNameOf({ name }: Cell): string {
  const field = name
    .replace(/(\[\d+\])+$/, "")
    .split(/[.\]]+/)
    .at(-1)!;
  fieldNames.set(name, field);
  return field;
}

/** By the name of a field: all cells that are one. */
function byField(cells: readonly Cell[]): ReadonlyMap<string, readonly Cell[]> {
  const fields = new Map<string, Cell[]>();
  for (const cell of cells) {
    const field = fieldNames.get(cell.name) ?? fieldNameOf(cell);
    const same = fields.get(field);
    if (same) same.push(cell);
    else fields.set(field, [cell]);
  }
  return fields;
}

/** Comparisons with a value that no field of this name can hold. */
function neverEqual(fields: ReadonlyMap<string, readonly Cell[]>, source: string): readonly string[] {
  return comparisonsIn(source).flatMap(({ shown, field, value }) => {
    const named = fields.get(field) ?? [];
    // A pointer is a struct or null, whatever it is called.
    const canBe = named.some(({ isPointer, values }) => isPointer !== true && values.includes(value));
    if (named.length === 0 || canBe) return [];
    // Several fields may have the name.
    const values = [...new Set(named.flatMap((cell) => (cell.isPointer === true ? [] : inOrder(cell))))];
    const domain =
      values.length === 0
        ? named.some(({ values: [first] }) => first === null)
          ? "it points at a struct, or is null"
          : "it points at a struct"
        : values.length > 8
          ? `its values are ${showValue(values[0]!)} to ${showValue(values.at(-1)!)}`
          : `its values are ${values.map(showValue).join(", ")}`;
    return [`${shown} is never ${typeof value === "string" ? `'${value}'` : value}, ${domain}`];
  });
}
