import { isFinished } from "../machine/finish.ts";
import { judge, type Judgement } from "../machine/judge.ts";
import { stepsFrom, type Run } from "../machine/machine.ts";
import { callsOf } from "../machine/tell.ts";
import type { Blocked } from "../machine/trace.ts";
import type { ProgressSpec, Spec } from "../model/spec.ts";
import type { Ended } from "./doomed.ts";
import { blockedIn, readsAt, tellWaiting, waitingIn } from "./waiting.ts";

/**
 * How an endless run violates a progress spec: it comes back to a state, or stays where no thread can step; from where
 * something is waited for it never comes; and the run is fair. If it is not such a run: why not. Everything is asked of
 * the machine anew, whoever has found the run.
 */
export function endingInLasso<S>(run: Run<S>, spec: ProgressSpec): Ended | string {
  const { machine, failed, states, taken } = run;
  const { loop } = run.schedule;
  if (failed) return `it ends in ${failed.check}`;
  const last = states.at(-1)!;
  if (loop === undefined && stepsFrom(machine, last, "all").length > 0) return "it can go on, and does not say how";
  if (loop !== undefined && machine.key(states[loop]!) !== machine.key(last))
    return "its loop does not come back to where it begins";
  const said = (question: Spec, state: S): Judgement =>
    judge(machine.program, question, (cell) => machine.read(state, cell));
  const came = states.findLastIndex((state) => said(spec.to, state).holds);
  // What comes in the loop comes again and again.
  if (came >= (loop ?? states.length - 1)) return `what it waits for comes after step ${came}`;
  const since = states.findIndex((state, i) => i > came && (!spec.from || said(spec.from, state).holds));
  if (since < 0 || (!spec.from && came >= 0)) return "it waits for nothing that does not come";
  const passedOver = loop === undefined ? [] : unfairTo(run, loop, spec);
  if (passedOver.length > 0) {
    const names = passedOver.map((thread) => machine.running.threads[thread]!.name).join(", ");
    return `it is not fair: ${names} can step and never does`;
  }
  const { reason, reads } = said(spec.to, last);
  const why = reason === `not: ${spec.to.sentence}` ? "" : `: ${reason}`;
  return {
    ending: {
      reason: loop === undefined ? `no thread takes a step any more${why}` : `${goesOn(taken.length - loop)}${why}`,
      reads: readsAt(run, taken.length)(reads),
      blocked: loop === undefined ? blockedIn(run) : leftIn(run, loop),
      ...(spec.from && { since }),
    },
    reads: [...reads.keys()],
  };
}

const goesOn = (steps: number): string => `the last ${steps === 1 ? "step" : `${steps} steps`} can go on for ever`;

/** By state of a loop: the threads that can step there. */
const enabledIn = <S>({ machine, states }: Run<S>, loop: number): readonly ReadonlySet<number>[] =>
  states.slice(loop, -1).map((state) => {
    const enabled = new Set<number>();
    machine.forEachStep(state, ({ thread }) => enabled.add(thread), "all");
    return enabled;
  });

function unfairTo<S>(run: Run<S>, loop: number, { fairness }: ProgressSpec): readonly number[] {
  const enabled = enabledIn(run, loop);
  const moving = new Set(run.taken.slice(loop).map(({ thread }) => thread));
  return [...run.machine.running.threads.keys()].filter(
    (thread) =>
      !moving.has(thread) &&
      (fairness === "weak"
        ? enabled.every((threads) => threads.has(thread))
        : enabled.some((threads) => threads.has(thread))),
  );
}

/** The threads that a loop leaves behind: they wait all the time, or others are faster whenever they could go on. */
function leftIn<S>(run: Run<S>, loop: number): readonly Blocked[] {
  const { machine, states, taken } = run;
  const last = states.at(-1)!;
  const moving = new Set(taken.slice(loop).map(({ thread }) => thread));
  const able = new Set(enabledIn(run, loop).flatMap((threads) => [...threads]));
  const waiting = new Map(waitingIn(machine, last).map((one) => [one.thread, tellWaiting(run)(one)]));
  return machine.running.threads.flatMap((thread, t): readonly Blocked[] => {
    const at = machine.pointOf(last, t);
    const point = thread.points[at];
    if (!point || thread.buffer || moving.has(t)) return [];
    if (!able.has(t)) return [waiting.get(t)!];
    const place = { thread: t, calls: callsOf(point.frame), path: point.frame.path.name, label: point.label };
    return [{ ...place, waitsFor: [], how: isFinished(thread, at) ? "is idle" : "is passed over" }];
  });
}
