import type { Value } from "../../model/domain.ts";
import { showValue } from "../../model/layout.ts";
import type { Blocked, Read, Result, Scope, SpecResult, Trace, TraceStep } from "../../trace/result.ts";
import { flowsOf, type Flow } from "../arrows.ts";
import { CPUS } from "../palette.ts";
import { cpuOf, functionOf, isWitness, judgedBy, plural, reasonOf, runOf, traceOf, verdictOf } from "../wording.ts";

/** Everything the page of one counterexample shows, as plain data; values are already text. */
export interface PageData {
  readonly title: string;
  readonly about: string;
  readonly verdict: string;
  readonly isGood: boolean;
  readonly sentence: string;
  readonly reason: string;
  readonly consequence: string;
  readonly reproduce: string;
  readonly threads: readonly PageThread[];
  /** Every field that is used or shared, with its value before the first step. */
  readonly fields: readonly PageField[];
  /** The first one is what the page opens with. */
  readonly views: readonly View[];
}

export interface PageThread {
  readonly name: string;
  readonly path: string;
  readonly source: string;
  readonly colour: string;
}

export interface PageField {
  readonly name: string;
  readonly scope: Scope;
  readonly initial: string;
}

/** One way to look at a run, or another run to compare it with. */
export interface View {
  readonly name: string;
  readonly note: string;
  readonly steps: readonly PageStep[];
  readonly waiting: readonly PageStep[];
  readonly flows: readonly Flow[];
  /** What the verdict is about: the fields that the spec read in the end. */
  readonly judged: readonly string[];
}

export interface PageStep {
  readonly thread: number;
  /** The calls it is in, outermost first. */
  readonly calls: readonly string[];
  readonly label: string;
  readonly reads: readonly PageRead[];
  readonly changes: readonly PageChange[];
  /** In this view it is one of a run of steps that are folded into a line. */
  readonly isFolded: boolean;
  readonly isDecisive: boolean;
}

export interface PageRead {
  readonly field: string;
  readonly value: string;
}

export interface PageChange {
  readonly field: string;
  readonly from: string;
  readonly to: string;
}

/** What the page of a spec's run shows. */
export function pageData(result: Result, spec: SpecResult): PageData {
  const trace = traceOf(spec);
  return {
    title: runOf(result),
    about: result.about,
    verdict: verdictOf(spec),
    isGood: isWitness(spec),
    sentence: spec.sentence,
    reason: reasonOf(spec, trace.ending) ?? "",
    consequence: spec.consequence ?? "",
    reproduce: result.command,
    threads: result.threads.map(({ path, file, release }, thread) => ({
      name: cpuOf(result, thread),
      path: functionOf(path),
      source: [file, release].filter((part) => part !== undefined).join(", "),
      colour: CPUS[thread % CPUS.length]!.line,
    })),
    fields: fieldsOf(trace),
    views: viewsOf(trace),
  };
}

function viewsOf(trace: Trace): readonly View[] {
  const { steps, slice, switches, ending, why } = trace;
  const counts = `${plural(steps.length, "step")}, ${plural(switches, "context switch")}`;
  const last = ending.blocked.length > 0 ? -1 : steps.length - 1;
  const waiting = ending.blocked.map(pageBlocked);
  const judged = judgedBy(ending).map(({ field }) => field);
  const folded = steps.length - slice.length;
  const full: View = {
    name: "full",
    note: counts,
    steps: steps.map((step, i) => pageStep(step, i === last, false)),
    waiting,
    flows: flowsOf(trace),
    judged,
  };
  const minimal: View = {
    ...full,
    name: "minimal",
    note: `${counts}; ${folded} of them have no part in it and are folded`,
    steps: steps.map((step, i) => pageStep(step, i === last, i !== last && !slice.includes(i))),
  };
  const views = folded > 0 ? [minimal, full] : [full];
  return why?.nearMiss ? [...views, nearMiss(why.nearMiss)] : views;
}

function nearMiss({ steps, differs }: NonNullable<NonNullable<Trace["why"]>["nearMiss"]>): View {
  return {
    name: "near miss",
    note: `the closest run that is fine: the same up to step ${differs}, another way from step ${differs + 1} on`,
    steps: steps.map((step, i) => pageStep(step, i === differs, false)),
    waiting: [],
    flows: [],
    judged: [],
  };
}

const pageStep = (
  { thread, calls, label, reads, changes }: TraceStep,
  isDecisive: boolean,
  isFolded: boolean,
): PageStep => ({
  thread,
  calls,
  label,
  reads: reads.map(pageRead),
  changes: changes.map(({ field, from, to }) => ({ field, from: showValue(from), to: showValue(to) })),
  isFolded,
  isDecisive,
});

const pageBlocked = ({ thread, calls, label, waitsFor }: Blocked): PageStep => ({
  thread,
  calls,
  label: `waits: ${label}`,
  reads: waitsFor.map(pageRead),
  changes: [],
  isFolded: false,
  isDecisive: true,
});

const pageRead = ({ field, value }: Read): PageRead => ({ field, value: showValue(value) });

/** The shared fields and ghosts, then the locals that a run uses, with what each held when it was first used. */
function fieldsOf({ initial, steps, why }: Trace): readonly PageField[] {
  const fields = new Map(
    initial.map(({ field, scope, value }) => [field, { name: field, scope, initial: showValue(value) }]),
  );
  const add = (field: string, scope: Scope, value: Value): void => {
    if (!fields.has(field)) fields.set(field, { name: field, scope, initial: showValue(value) });
  };
  for (const { reads, changes } of [...steps, ...(why?.nearMiss?.steps ?? [])]) {
    for (const { field, scope, value } of reads) add(field, scope, value);
    for (const { field, scope, from } of changes) add(field, scope, from);
  }
  return [...fields.values()];
}
