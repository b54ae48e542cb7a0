import type { Cell } from "../model/access.ts";
import { InternalError } from "../model/error.ts";
import type { Spec } from "../model/spec.ts";
import { judge } from "../machine/judge.ts";
import type { Schedule } from "../search/explore.ts";
import { isDone } from "../machine/finish.ts";
import type { Program } from "../machine/program.ts";
import { effectsOf } from "../machine/step.ts";
import { readerOf, stateKey, type State } from "../machine/state.ts";
import { decidersOf } from "./deciders.ts";
import { doomOf, type Ground } from "./doom.ts";
import { endingInDoom, type Waiting } from "./doomed.ts";
import { pastOf, type Past } from "./history.ts";
import type { Ending, Trace, TraceStep, Why } from "../result/result.ts";
import { enabledIn } from "../machine/replay-failure.ts";
import { runSchedule, switchesIn, type Run } from "../machine/run.ts";
import { sliceOf, type Seed, type Slice } from "./slice.ts";
import { fieldValue, positionsOf, readsAt, stepsOf } from "../machine/tell.ts";
import { blockedIn, tellWaiting, waitingIn } from "./stuck.ts";
import { causeOf, whyOf, type Cause } from "./cause.ts";

/** How the runs of a machine are told. */
export interface Teller {
  /** Fields that a reader knows; locals among them do not count. */
  readonly cells: readonly Cell[];
  readonly steps: (run: Run) => readonly TraceStep[];
}

/**
 * Runs a schedule again through the semantics, and checks that it ends where the search said: in a state that
 * violates `spec` (meets it, if it is a `sometimes` spec), or in a failed built-in check. Throws an InternalError if not.
 */
export function replay(
  program: Program,
  schedule: Schedule,
  spec: Spec | string,
  { cells, steps: tell }: Teller = { cells: program.cells, steps: stepsOf },
): Omit<Trace, "minimal"> {
  const run = runSchedule(program, schedule, nameOf(spec));
  const steps = tell(run);
  const { ending, reads } = endedIn(program, run, spec);
  const isViolation = typeof spec === "string" || spec.kind !== "sometimes";
  const past = pastOf(program, run);
  const cause = isViolation ? causeOf(past, run, schedule.initial, { spec, reads }, tell) : undefined;
  const seeds = [
    ...(run.failed ? [{ step: steps.length - 1 }] : []),
    ...(isViolation ? decidersOf(past, spec, reads) : []),
    ...(cause?.seeds ?? []),
  ];
  const waiting = ending.blocked.flatMap(({ thread, how }) => (how === "is idle" ? [] : thread));
  const { slice, why } = explained(past, seeds, cause, (all) => sliceOf(past, reads, all, waiting));
  return {
    schedule,
    initial: cells
      .filter((cell) => !cell.isLocal)
      .map((cell) => ({ ...fieldValue(cell, run.first.cells.get(cell.index)!), ...(cell.isLock && { isLock: true }) })),
    locals: cells.filter((cell) => cell.isLocal).map((cell) => fieldValue(cell, run.first.cells.get(cell.index)!)),
    steps,
    positions: positionsOf(program, (thread) => run.last.points.get(thread)!),
    switches: switchesIn(steps),
    slice: slice.steps,
    ending,
    ...(why && { why }),
  };
}

/** The slice, and why the run ends so: what is said to be fine speaks of a step that is in it. */
function explained(
  past: Past,
  seeds: readonly Seed[],
  cause: Cause | undefined,
  slice: (seeds: readonly Seed[]) => Slice,
): { readonly slice: Slice; readonly why?: Why } {
  const first = slice(seeds);
  if (!cause) return { slice: first };
  const why = whyOf(past, first, cause);
  const late = why.nearMiss?.late;
  if (late === undefined || why.conflicts[0]?.decisive || first.steps.includes(late)) return { slice: first, why };
  const second = slice([...seeds, { step: late }]);
  return { slice: second, why: whyOf(past, second, cause) };
}

const nameOf = (spec: Spec | string): string => (typeof spec === "string" ? spec : spec.name);

/** How a run ends, and what of the last state that depends on. */
export interface Ended {
  readonly ending: Ending;
  readonly reads: readonly Cell[];
}

/** Throws an InternalError for a run that does not end in the spec. */
function endedIn(program: Program, run: Run, spec: Spec | string): Ended {
  const ended = endingIn(program, run, spec);
  if (typeof ended !== "string") return ended;
  throw new InternalError(`a schedule for '${nameOf(spec)}' does not end in it: ${ended}`);
}

/** How a run ends in a spec: in its violation, or for a `sometimes` spec where it is met. If it does not: why not. */
export function endingIn(program: Program, run: Run, spec: Spec | string): Ended | string {
  const { moments, last, failed } = run;
  if (typeof spec !== "string") {
    if (failed) return `it ends in ${failed.check}: ${failed.reason}`;
    if (spec.kind === "atEnd" && !isDone(program, last)) return "some thread is not done";
    const judgement = judge(program, spec, readerOf(last));
    if (judgement.holds !== (spec.kind === "sometimes"))
      return judgement.holds ? "it holds" : "its last state does not meet it";
    const reason = spec.kind === "sometimes" ? spec.sentence : judgement.reason;
    const reads = readsAt(moments, moments.length)(judgement.reads);
    const blocked = spec.kind === "atEnd" ? blockedIn(program, run) : [];
    return { ending: { reason, reads, blocked }, reads: [...judgement.reads.keys()] };
  }
  if (spec === "not-stuck") {
    if (failed) return `it ends in ${failed.check}`;
    if (isDone(program, last)) return "all threads are done";
    if (enabledIn(program, last).length > 0) return "some thread can go on";
    const waiting = waitingIn(program, last);
    const reason = "no thread can go on, and not all are done";
    return {
      ending: { reason, reads: [], blocked: blockedIn(program, run) },
      reads: waiting.flatMap(({ reads }) => [...reads.keys()]),
    };
  }
  if (spec === "never-finishes") {
    if (failed) return `it ends in ${failed.check}`;
    const waiting = (thread: number): Waiting | undefined => {
      const effect = waitingIn(program, last).find(({ move }) => move.thread === thread);
      return effect && { blocked: tellWaiting(program, run)(effect), reads: [...effect.reads.keys()] };
    };
    const doom = doomOf(program, groundOf(program), last);
    return endingInDoom(program, doom, { waiting, now: readerOf(last), readsIn: readsAt(moments, moments.length) });
  }
  if (failed?.check !== spec) return failed ? `it ends in ${failed.check}` : "its last step fails no check";
  return { ending: { reason: failed.reason, reads: [], blocked: [] }, reads: [] };
}

/** The states of a machine, as one asks what can follow on one of them. */
const groundOf = (program: Program): Ground<State> => ({
  initial: [],
  key: stateKey(program.cells),
  pointOf: ({ points }, thread) => points.get(thread)!,
  ways: (state) =>
    program.threads.flatMap((_, thread) =>
      effectsOf(program, state, thread).flatMap(({ outcome, reads }) =>
        outcome.kind === "blocked"
          ? []
          : [
              {
                thread,
                to: outcome.kind === "moved" ? outcome.state : undefined,
                point: state.points.get(thread)!,
                reads,
              },
            ],
      ),
    ),
});
