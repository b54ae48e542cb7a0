import { showValue } from "../model/layout.ts";
import type { Conflict, Ordered, Result, Trace } from "../trace/result.ts";
import { cpuOf } from "./wording.ts";

// More than that is a list, not an explanation; all of them are in the Result.
const MOST_CONFLICTS = 3;

/** Why a spec is violated, a sentence each: the decisive pair of accesses, who got in between, and what would be fine. */
export function reasonsOf(result: Result, trace: Trace): readonly string[] {
  if (!trace.why) return [];
  const shown = chosen(trace, trace.why.conflicts);
  return [
    ...shown.map((conflict) => conflictText(result, trace, conflict)),
    ...(trace.forbidding ? forbiddingText(result, trace, trace.forbidding) : []),
    ...nearMissText(result, trace),
  ];
}

/** The decisive one; then those with a store that was not visible yet; then those about the same field, and those about what the spec read; of like ones the first. */
function chosen({ steps, ending }: Trace, conflicts: readonly Conflict[]): readonly Conflict[] {
  const [first] = conflicts;
  const judged = new Set(ending.reads.map(({ field }) => field));
  const rank = (conflict: Conflict): number => {
    if (conflict.decisive) return 0;
    if (isUnseen(conflict)) return 1;
    const about = conflict.field === first?.field ? 2 : judged.has(conflict.field) ? 3 : 4;
    return about + (conflict.closes === undefined ? 3 : 0);
  };
  const ranked = conflicts.toSorted((a, b) => rank(a) - rank(b));
  // Two fields that one CPU changes in the same window are one story.
  const place = ({ first, second, closes = -1 }: Conflict): string =>
    [steps[first]!.thread, steps[second]!.thread, closes].join();
  return ranked
    .filter((one, i) => ranked.findIndex((other) => place(other) === place(one)) === i)
    .slice(0, MOST_CONFLICTS);
}

/** The load comes after the store and does not see it. */
const isUnseen = ({ first, second }: Conflict): boolean => first > second;

const quoted = (label: string): string => `'${label}'`;

function conflictText(result: Result, { steps }: Trace, conflict: Conflict): string {
  const { field, first, second, closes } = conflict;
  const [a, b] = [steps[first]!, steps[second]!];
  const [own, other] = [cpuOf(result, a.thread), cpuOf(result, b.thread)];
  const change = b.changes.find((one) => one.field === field);
  const read = a.reads.find((one) => one.field === field);
  if (isUnseen(conflict) && read && change)
    return (
      `${own} saw ${field} == ${showValue(read.value)} in ${quoted(a.label)}: that ${other} had changed it to ` +
      `${showValue(change.to)} in ${quoted(b.label)} was not visible yet.`
    );
  const seen = b.reads.find((one) => one.field === field);
  const did = (what: string): string => {
    if (change) return `${other} changed ${what} to ${showValue(change.to)} in ${quoted(b.label)}`;
    if (seen) return `${other} saw ${what} == ${showValue(seen.value)} in ${quoted(b.label)}`;
    return `${other} wrote ${what} in ${quoted(b.label)}`;
  };
  if (closes !== undefined)
    return `${did(field)}, between ${quoted(a.label)} and ${quoted(steps[closes]!.label)} of ${own}.`;
  const earlier = a.changes.find((one) => one.field === field);
  if (earlier && change)
    return `${own} changed ${field} to ${showValue(earlier.to)} in ${quoted(a.label)} before ${did("it")}.`;
  if (read && (change || !seen))
    return `${own} saw ${field} == ${showValue(read.value)} in ${quoted(a.label)} before ${did("it")}.`;
  return `${did(field)}, after ${quoted(a.label)} of ${own}.`;
}

function forbiddingText(result: Result, { steps, sequential }: Trace, orders: readonly Ordered[]): readonly string[] {
  if (sequential) return ["No barrier forbids this run: it is one of sc, too."];
  if (orders.length === 0) return ["LKMM allows this run even with smp_mb() between any two steps of a CPU."];
  const said = orders.map(({ before, after }) => {
    const [a, b] = [steps[before]!, steps[after]!];
    return `between ${quoted(a.label)} and ${quoted(b.label)} of ${cpuOf(result, a.thread)}`;
  });
  return [`LKMM forbids this run with smp_mb() ${said.join(", and ")}.`];
}

function nearMissText(result: Result, { steps, why, sequential }: Trace): readonly string[] {
  if (why?.isInevitable) return [`No ${sequential ? "sc " : ""}schedule that ends avoids it.`];
  const miss = why?.nearMiss;
  if (!miss) return [];
  const decisive = why.conflicts.find((conflict) => conflict.decisive);
  const late = decisive ? steps[decisive.second]! : miss.steps[miss.earlier]!;
  const early = steps[decisive ? decisive.first : miss.differs]!;
  const after = `${sequential ? "under sc, " : ""}after step ${miss.differs + 1} of ${steps.length} it is too late`;
  if (late.thread === early.thread && late.visible === undefined)
    return [`Fine if ${cpuOf(result, late.thread)} goes another way in step ${miss.differs + 1}; ${after}.`];
  return [
    `Fine if ${quoted(late.label)} of ${cpuOf(result, late.thread)} comes before ${quoted(early.label)} of ` +
      `${cpuOf(result, early.thread)}; ${after}.`,
  ];
}
