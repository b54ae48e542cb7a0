import { InternalError } from "../model/error.ts";
import { isProgress, type ProgressSpec, type Spec } from "../model/spec.ts";
import { judge, type Judgement } from "../machine/judge.ts";
import { stepsFrom, type Run } from "../machine/machine.ts";
import { doomOf } from "./doom.ts";
import { endingInDoom, type Ended, type Waiting } from "./doomed.ts";
import { endingInLasso } from "./lasso.ts";
import { blockedIn, readsAt, tellWaiting, waitingIn } from "./waiting.ts";

export const nameOf = (spec: Spec | ProgressSpec | string): string => (typeof spec === "string" ? spec : spec.name);

/** Throws an InternalError for a run that does not end in the spec. */
export function endedIn<S>(run: Run<S>, spec: Spec | ProgressSpec | string): Ended {
  const ended = endingIn(run, spec);
  if (typeof ended !== "string") return ended;
  throw new InternalError(`a run for '${nameOf(spec)}' does not end in it: ${ended}`);
}

/** How a run ends in a spec: in its violation, or for a `sometimes` spec where it is met. If it does not: why not. */
export function endingIn<S>(run: Run<S>, spec: Spec | ProgressSpec | string): Ended | string {
  const { machine, failed } = run;
  const last = run.states.at(-1)!;
  if (isProgress(spec)) return endingInLasso(run, spec);
  if (typeof spec !== "string") return endingInSpec(run, spec);
  const later = machine.eventually?.(last);
  const end = later ?? last;
  if (spec === "not-stuck") {
    if (failed) return `it ends in ${failed.check}`;
    if (machine.isDone(end)) return "all threads are done";
    if (stepsFrom(machine, end, "all").length > 0) return "some thread can go on";
    const waiting = waitingIn(machine, end);
    const when = later === undefined ? "" : " once all stores have become visible";
    return {
      ending: {
        reason: `no thread can go on${when}, and not all are done`,
        reads: [],
        blocked: waiting.map(tellWaiting(run)),
      },
      reads: waiting.flatMap(({ reads }) => [...reads.keys()]),
    };
  }
  if (spec === "never-finishes") {
    if (failed) return `it ends in ${failed.check}`;
    const waits = waitingIn(machine, end);
    const waiting = (thread: number): Waiting | undefined => {
      const one = waits.find((other) => other.thread === thread);
      return one && { blocked: tellWaiting(run)(one), reads: [...one.reads.keys()] };
    };
    return endingInDoom(machine.running, doomOf(machine, end), {
      waiting,
      now: (cell) => machine.read(end, cell),
      readsIn: readsAt(run, run.taken.length),
    });
  }
  if (failed?.check !== spec) return failed ? `it ends in ${failed.check}` : "its last step fails no check";
  return { ending: { reason: failed.reason, reads: [], blocked: [] }, reads: [] };
}

/** The fields that a spec reads at the end of a run and CPUs may not agree about: then what it says does not count. */
export function disputedIn<S>({ machine, states }: Run<S>, spec: Spec): readonly string[] {
  const answer = spec.kind === "atEnd" || machine.ask(spec, states.at(-1)!);
  return typeof answer === "boolean" ? [] : answer;
}

/** What a spec says of memory as it is at the end of a run. */
export const judgedAtEnd = <S>({ machine, states }: Run<S>, spec: Spec): Judgement =>
  judge(machine.program, spec, (cell) => machine.read(states.at(-1)!, cell));

function endingInSpec<S>(run: Run<S>, spec: Spec): Ended | string {
  const { machine, taken, failed } = run;
  const { program } = machine;
  const last = run.states.at(-1)!;
  if (failed) return `it ends in ${failed.check}: ${failed.reason}`;
  if (spec.kind === "atEnd" && !machine.isDone(last)) return "some thread is not done";
  if (disputedIn(run, spec).length > 0) return "it reads what CPUs do not agree about";
  const isMet = ({ holds }: Judgement): boolean => holds === (spec.kind === "sometimes");
  let judgement = judgedAtEnd(run, spec);
  // What the last step has stored may lie in front of what others have stored.
  const stored = isMet(judgement) || spec.kind === "atEnd" ? undefined : taken.at(-1)?.writes;
  if (stored) judgement = judge(program, spec, (cell) => stored.get(cell) ?? machine.read(last, cell));
  if (!isMet(judgement)) return judgement.holds ? "it holds" : "its last state does not meet it";
  const { reason, reads } = judgement;
  const told = readsAt(run, taken.length)(reads);
  return {
    ending: {
      reason: spec.kind === "sometimes" ? spec.sentence : reason,
      reads: stored
        ? told.map((read, i) => (stored.has([...reads.keys()][i]!) ? { ...read, writtenBy: taken.length - 1 } : read))
        : told,
      blocked: spec.kind === "atEnd" ? blockedIn(run) : [],
    },
    reads: [...reads.keys()],
  };
}
