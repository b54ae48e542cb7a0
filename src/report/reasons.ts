import { showValue } from "../model/layout.ts";
import type { Result } from "../result/result.ts";
import type { Conflict, NearMiss, Ordered, Trace, TraceStep, Why } from "../machine/trace.ts";
import { TIE } from "./text/wrap.ts";
import { cpuOf, numberOf } from "./phrases.ts";

// More than that is a list, not an explanation; all of them are in the Result.
const MOST_CONFLICTS = 3;

/** Sentences, and the steps that they speak of, by number from 0: a reader must find these, so that they are shown. */
export interface Told {
  readonly sentences: readonly string[];
  readonly steps: ReadonlySet<number>;
}

/** Why a spec is violated, a sentence each: the decisive pair of accesses, who got in between, and what would be fine. */
export function reasonsOf(result: Result, trace: Trace): Told {
  const told = new Set<number>();
  if (!trace.why) return { sentences: [], steps: told };
  const name: Namer = (step) => {
    told.add(step);
    return `${quoted(trace.steps[step]!.label)}${TIE}${numberOf(step)}`;
  };
  const shown = chosen(trace, trace.why.conflicts);
  // It is spoken of by its number alone.
  if (trace.why.nearMiss) told.add(trace.why.nearMiss.differs);
  const sentences = [
    ...shown.map((conflict) => conflictText(result, trace, conflict, name)),
    ...(trace.forbidding ? forbiddingText(result, trace, trace.forbidding, name) : []),
    ...nearMissText(result, trace, name),
  ];
  return { sentences, steps: told };
}

/** Names a step in a sentence: by its label, which may occur twice, and its number. */
type Namer = (step: number) => string;

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
  const different = ranked.filter((one, i) => ranked.findIndex((other) => place(other) === place(one)) === i);
  return different.filter((one, i) => !isToldBy(different.slice(0, i), one)).slice(0, MOST_CONFLICTS);
}

/** Every order of two steps that a conflict is about, others about the same field have said already. */
function isToldBy(others: readonly Conflict[], one: Conflict): boolean {
  const orders = ({ field, first, second, closes }: Conflict): readonly string[] =>
    [[first, second], ...(closes === undefined ? [] : [[second, closes]])].map((pair) => [field, ...pair].join());
  const told = new Set(others.flatMap(orders));
  return orders(one).every((order) => told.has(order));
}

/** The load comes after the store and does not see it. */
const isUnseen = ({ first, second }: Conflict): boolean => first > second;

const quoted = (label: string): string => `'${label}'`;

function conflictText(result: Result, { steps }: Trace, conflict: Conflict, name: Namer): string {
  const { field, first, second, closes } = conflict;
  const [a, b] = [steps[first]!, steps[second]!];
  const [own, other] = [cpuOf(result, a.thread), cpuOf(result, b.thread)];
  const change = b.changes.find((one) => one.field === field);
  const read = a.reads.find((one) => one.field === field);
  if (isUnseen(conflict) && read && change)
    return (
      `${own} saw ${field} == ${showValue(read.value)} in ${name(first)}: that ${other} had changed it to ` +
      `${showValue(change.to)} in ${name(second)} was not visible yet.`
    );
  const seen = b.reads.find((one) => one.field === field);
  const did = (what: string): string => {
    if (change) return `${other} changed ${what} to ${showValue(change.to)} in ${name(second)}`;
    if (seen) return `${other} saw ${what} == ${showValue(seen.value)} in ${name(second)}`;
    return `${other} wrote ${what} in ${name(second)}`;
  };
  if (closes !== undefined) return `${did(field)}, between ${name(first)} and ${name(closes)} of ${own}.`;
  const earlier = a.changes.find((one) => one.field === field);
  if (earlier && change)
    return `${own} changed ${field} to ${showValue(earlier.to)} in ${name(first)} before ${did("it")}.`;
  if (read && (change || !seen))
    return `${own} saw ${field} == ${showValue(read.value)} in ${name(first)} before ${did("it")}.`;
  return `${did(field)}, after ${name(first)} of ${own}.`;
}

function forbiddingText(
  result: Result,
  { steps, sequential, litmus }: Trace,
  orders: readonly Ordered[],
  name: Namer,
): readonly string[] {
  if (sequential) return ["No barrier forbids this run: it is one of sc, too."];
  if (orders.length === 0)
    return [
      "LKMM allows this run even with smp_mb() between any two steps of a CPU.",
      // A barrier is of no use against them, and a reader would look for one.
      ...(litmus && litmus.threads.length > litmus.cpus
        ? [
            "What a CPU does before a page-table walk is in no order with it, but for a flush of the entry that the walk fills, such as a load of CR3 or TTBR0.",
          ]
        : []),
    ];
  const said = orders.map(
    ({ before, after }) => `between ${name(before)} and ${name(after)} of ${cpuOf(result, steps[before]!.thread)}`,
  );
  return [`LKMM forbids this run with smp_mb() ${said.join(", and ")}.`];
}

function nearMissText(result: Result, trace: Trace, name: Namer): readonly string[] {
  const { steps, why, sequential } = trace;
  if (why?.isInevitable) return [inevitableText(result, trace, why.otherwise)];
  const miss = why?.nearMiss;
  if (!miss) return [];
  const decisive = why.conflicts.find((conflict) => conflict.decisive);
  const { first, second = miss.late } = decisive ?? { first: miss.differs };
  const [early, late] = [steps[first]!, second === undefined ? miss.steps[miss.earlier]! : steps[second]!];
  const isLast = miss.differs + 1 === steps.length;
  const until = isLast ? "" : `after step ${miss.differs + 1} of ${steps.length} it is too late`;
  const tail = until === "" ? (sequential ? ", under sc" : "") : `; ${sequential ? "under sc, " : ""}${until}`;
  const before = `before ${name(first)} of ${cpuOf(result, early.thread)}${tail}.`;
  const own = cpuOf(result, late.thread);
  if (late.thread === early.thread && late.visible === undefined)
    return [`Fine if ${own} goes another way in step ${miss.differs + 1}${tail}.`];
  if (second === undefined) return [`Fine if ${insteadText(own, trace, miss)} ${before}`];
  return [`Fine if ${name(second)} of ${own} comes ${before}`];
}

/** What a CPU does in the near miss that it does not do in the run, or not as often. */
function insteadText(own: string, { steps }: Trace, { differs, earlier, steps: others }: NearMiss): string {
  const step = others[earlier]!;
  const nameIn = ({ calls, label }: TraceStep, isWhole: boolean): string =>
    quoted(isWhole ? [...calls, label].join(" > ") : label);
  const isOwn = ({ thread }: TraceStep): boolean => thread === step.thread;
  if (!steps.some(isOwn)) {
    const before = others.slice(differs, earlier).filter(isOwn).length;
    const first = before > 0 ? `its first ${before === 1 ? "step" : `${before} steps`} and then ` : "";
    return `${own}, which takes no step here, takes ${first}${nameIn(step, true)}`;
  }
  const isSame = (one: TraceStep): boolean => isOwn(one) && nameIn(one, true) === nameIn(step, true);
  const here = steps.filter(isSame).length;
  // The same label may stand in a function that is called elsewhere, too.
  const name = nameIn(
    step,
    steps.some((one) => isOwn(one) && one.label === step.label && !isSame(one)),
  );
  if (here === 0) return `${own} takes ${name}, which it does not here,`;
  const isMore = others.slice(0, earlier + 1).filter(isSame).length > here;
  return `${own} ${isMore ? `takes ${name} again` : `comes to ${name} another way than here, and`}`;
}

/** What is to be said where no run that ends avoids it. */
function inevitableText(result: Result, { sequential }: Trace, otherwise: Why["otherwise"]): string {
  const schedule = `${sequential ? "sc " : ""}schedule`;
  const { stuck, isEndless } = otherwise ?? {};
  const waits = (stuck ?? [])
    .map(({ thread, calls, label }) => `${cpuOf(result, thread)} waits in ${quoted([...calls, label].join(" > "))}`)
    .join(", ");
  if (stuck) return `Every ${schedule} that avoids it gets stuck${isEndless ? " or never ends" : ""}: ${waits}.`;
  return isEndless ? `No ${schedule} that avoids it ends.` : `No ${schedule} avoids it.`;
}
