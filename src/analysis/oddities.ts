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
  const odd = new Set<string>();
  const fields = byField(program.cells);
  const compares = (source: string, where: string): void => {
    for (const clause of neverEqual(fields, source)) odd.add(`${clause}: ${where}`);
  };
  for (const [t, thread] of program.threads.entries())
    for (const [p, { frame, label, step }] of thread.points.entries()) {
      const name = `${frame.path.name}: ${label}`;
      if (taken[t]![p]! > 0 && doesNothing(program, t, p))
        odd.add(`this step changes nothing and decides nothing: ${name}`);
      for (const part of partsOf(step)) compares(part.toString(), name);
    }
  for (const { name, holds } of [...program.scenario.specs, ...program.scenario.progress.flatMap(questionsOf)])
    compares(textOf(holds), `spec ${name}`);
  for (const name of unusedParams(program.scenario))
    odd.add(`nothing reads parameter '${name}', which changes nothing`);
  for (const inversion of [...lockInversions(program), ...unsafeInInterrupts(program)]) odd.add(inversion);
  return [...odd];
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

/** By the name of a field: all cells that are one. */
function byField(cells: readonly Cell[]): ReadonlyMap<string, readonly Cell[]> {
  const fields = new Map<string, Cell[]>();
  for (const cell of cells) {
    const field = cell.name
      .replace(/(\[\d+\])+$/, "")
      .split(/[.\]]+/)
      .at(-1)!;
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
