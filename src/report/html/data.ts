import type { Value } from "../../model/domain.ts";
import { showValue } from "../../model/layout.ts";
import type { Result, SpecResult } from "../../result/result.ts";
import type { Excerpt } from "../../source/lines.ts";
import type { Blocked, Change, NearMiss, Read, Scope, Trace, TraceStep } from "../../machine/trace.ts";
import { flowsOf, type Flow } from "../picture/arrows.ts";
import { CPUS } from "../picture/palette.ts";
import {
  againAndAgain,
  cpuOf,
  doingWhat,
  functionOf,
  headlineOf,
  isBug,
  isHeldUp,
  isWitness,
  judgedBy,
  localChanges,
  NUMBERED,
  plural,
  reasonOf,
  runOf,
  traceOf,
  verdictOf,
} from "../phrases.ts";

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
  /** The C that steps stand in, and which release it is of; nothing if no kernel tree was read. */
  readonly code?: { readonly tree: string; readonly functions: readonly Excerpt[] };
}

export interface PageThread {
  readonly name: string;
  readonly path: string;
  readonly source: string;
  readonly colour: string;
}

export interface PageField {
  readonly name: string;
  /** Of a local: its name without the thread's. */
  readonly shown: string;
  /** The thread that a local is of. */
  readonly thread?: number;
  readonly scope: Scope;
  readonly initial: string;
}

/** One way to look at a run, or another run to compare it with. */
export interface View {
  readonly name: string;
  readonly note: string;
  /** Its decisive steps are good news. */
  readonly isGood: boolean;
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
  /** The changes of locals, named as the step's function names them. */
  readonly locals: readonly PageChange[];
  /** In this view it is one of a run of steps that are folded into a line. */
  readonly isFolded: boolean;
  readonly isDecisive: boolean;
  /** It is taken again and again: the run never leaves it. */
  readonly isLoop?: true;
  /** Where it stands in the kernel tree that was read. */
  readonly at?: { readonly file: string; readonly line: number };
}

export interface PageRead {
  readonly field: string;
  readonly isLocal: boolean;
  readonly value: string;
}

export interface PageChange {
  readonly field: string;
  readonly isLocal: boolean;
  readonly from: string;
  readonly to: string;
}

/** What the page of a spec's run shows. */
export function pageData(result: Result, spec: SpecResult, excerpts: readonly Excerpt[] = []): PageData {
  const trace = traceOf(spec);
  return {
    title: runOf(result),
    about: result.about,
    verdict: verdictOf(spec),
    isGood: isWitness(spec),
    sentence: headlineOf(spec, trace.ending),
    reason: (isBug(spec) ? undefined : reasonOf(spec, trace.ending)) ?? "",
    consequence: spec.consequence ?? "",
    reproduce: result.command,
    threads: result.threads.map(({ path, file, release }, thread) => ({
      name: cpuOf(result, thread),
      path: functionOf(path),
      source: [file, release].filter((part) => part !== undefined).join(", "),
      colour: CPUS[thread % CPUS.length]!.line,
    })),
    fields: fieldsOf(result, trace),
    views: viewsOf(result, trace, isWitness(spec)),
    ...(result.kernel && excerpts.length > 0 && { code: { tree: result.kernel.tree, functions: excerpts } }),
  };
}

function viewsOf(result: Result, trace: Trace, isGood: boolean): readonly View[] {
  const { steps, slice, switches, ending, why, schedule } = trace;
  const counts = `${plural(steps.length, "step")}${againAndAgain(trace)}, ${plural(switches, "context switch")}`;
  const last = ending.blocked.some(isHeldUp) ? -1 : steps.length - 1;
  const waiting = ending.blocked.map(pageBlocked);
  const judged = judgedBy(ending).map(({ field }) => field);
  const folded = steps.length - slice.length;
  const full: View = {
    name: "full",
    note: `${counts}; ${NUMBERED}`,
    isGood,
    steps: steps.map((step, i) => ({
      ...pageStep(result, step, i === last, false),
      ...(schedule.loop !== undefined && i >= schedule.loop && { isLoop: true }),
    })),
    waiting,
    flows: flowsOf(trace),
    judged,
  };
  const minimal: View = {
    ...full,
    name: "minimal",
    note: `${counts}; ${folded} of them have no part in it and are folded; ${NUMBERED}`,
    steps: steps.map((step, i) => pageStep(result, step, i === last, i !== last && !slice.includes(i))),
  };
  const views = folded > 0 ? [minimal, full] : [full];
  return why?.nearMiss ? [...views, nearMiss(result, why.nearMiss)] : views;
}

function nearMiss(result: Result, { steps, differs }: NearMiss): View {
  return {
    name: "near miss",
    note: `the closest run that is fine: the same up to step ${differs}, another way from step ${differs + 1} on`,
    isGood: true,
    steps: steps.map((step, i) => pageStep(result, step, i === differs, false)),
    waiting: [],
    flows: [],
    judged: [],
  };
}

const pageStep = (result: Result, step: TraceStep, isDecisive: boolean, isFolded: boolean): PageStep => ({
  thread: step.thread,
  calls: step.calls,
  label: step.label,
  reads: step.reads.map(pageRead),
  changes: step.changes.map(pageChange),
  locals: localChanges(result, step).map(pageChange),
  isFolded,
  isDecisive,
  ...placeIn(result, step),
});

function placeIn({ kernel }: Result, { path, label }: TraceStep): Pick<PageStep, "at"> {
  const place = kernel?.places[path]?.[label];
  return place ? { at: { file: place.file, line: place.line } } : {};
}

const pageBlocked = (blocked: Blocked): PageStep => ({
  thread: blocked.thread,
  calls: blocked.calls,
  label: doingWhat(blocked, []),
  reads: blocked.waitsFor.map(pageRead),
  changes: [],
  locals: [],
  isFolded: false,
  isDecisive: isHeldUp(blocked),
});

const pageRead = ({ field, scope, value }: Read): PageRead => ({
  field,
  isLocal: scope === "local",
  value: showValue(value),
});

const pageChange = ({ field, scope, from, to }: Change): PageChange => ({
  field,
  isLocal: scope === "local",
  from: showValue(from),
  to: showValue(to),
});

/** The shared fields and ghosts, then the locals that a run uses, with what each held when it was first used. */
function fieldsOf({ threads }: Result, { initial, steps, why }: Trace): readonly PageField[] {
  const all = [...steps, ...(why?.nearMiss?.steps ?? [])];
  const fields = new Map<string, PageField>();
  const add = (name: string, scope: Scope, value: Value): void => {
    if (fields.has(name)) return;
    const initial = showValue(value);
    const thread = scope === "local" ? threads.findIndex((one) => name.startsWith(`${one.name}.`)) : -1;
    if (thread < 0) return void fields.set(name, { name, shown: name, scope, initial });
    fields.set(name, { name, shown: localName(name, threads[thread]!.name, all), scope, initial, thread });
  };
  for (const { field, scope, value } of initial) add(field, scope, value);
  for (const { reads, changes } of all) {
    for (const { field, scope, value } of reads) add(field, scope, value);
    for (const { field, scope, from } of changes) add(field, scope, from);
  }
  return [...fields.values()];
}

/** A local by its own name and the call it belongs to: `page, of zap_page_range_single()`. */
function localName(name: string, thread: string, steps: readonly TraceStep[]): string {
  const chains = steps.map(({ calls }) => calls).filter((calls) => name.startsWith(`${[thread, ...calls].join(".")}.`));
  const longest = chains.toSorted((a, b) => b.length - a.length)[0] ?? [];
  const own = name.slice([thread, ...longest].join(".").length + 1);
  return longest.length === 0 ? own : `${own}, of ${longest.at(-1)}`;
}
