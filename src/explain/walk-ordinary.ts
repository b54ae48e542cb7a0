import { judge } from "../machine/judge.ts";
import { isDone } from "../machine/finish.ts";
import type { Program } from "../machine/program.ts";
import type { TsoProgram } from "../memory/tso/machine.ts";
import { readerOf } from "../machine/state.ts";
import { effectsOf, type Effect } from "../machine/step.ts";
import { accountTso, storeOf } from "./tso/account.ts";
import { heldTso } from "./held.ts";
import { endingIn } from "./explain.ts";
import { blockedIn } from "./stuck.ts";
import { stepsOfTso } from "./tso/replay.ts";
import { retrace, type Run } from "../machine/run.ts";
import { accountOf, stepsOf } from "../machine/tell.ts";
import { fingerprint } from "../result/token.ts";
import type { Option, Walk, Walker } from "./walk.ts";

/** Takes runs under sequential consistency. */
export const scWalker =
  (program: Program): Walker =>
  (schedule) => {
    const run = retrace(program, schedule);
    if ("obstacle" in run) return run;
    return {
      ...walkOf(program, run),
      steps: stepsOf(run),
      held: [],
      options: () =>
        enabledAfter(program, run).map((effect) => ({
          ...optionOf(effect),
          account: accountOf(effect, run.last),
          writes: effect.writes,
        })),
    };
  };

/** Takes runs on a machine with store buffers; what its hardware does is told as steps of the CPUs. */
export const tsoWalker =
  (program: TsoProgram): Walker =>
  (schedule) => {
    const run = retrace(program, schedule);
    if ("obstacle" in run) return run;
    return {
      ...walkOf(program, run),
      steps: stepsOfTso(program, run),
      held: heldTso(program, run.last),
      options: () =>
        enabledAfter(program, run)
          .map((effect) => ({
            ...optionOf(effect),
            account: accountTso(program, effect, run.last),
            writes: new Map([...effect.writes, ...(storeOf(program, effect) ?? [])]),
          }))
          .toSorted((a, b) => a.account.thread - b.account.thread),
    };
  };

/** What is the same with and without store buffers. */
function walkOf(program: Program, run: Run): Omit<Walk, "steps" | "held" | "options"> {
  const { schedule, first, last, failed } = run;
  return {
    schedule,
    fingerprint: () => fingerprint(stepsOf(run)),
    failed,
    isDone: isDone(program, last),
    first: readerOf(first),
    now: readerOf(last),
    blocked: () => (failed ? [] : blockedIn(program, run)),
    endingIn: (spec) => {
      const ended = endingIn(program, run, spec);
      return typeof ended === "string" ? ended : ended.ending;
    },
    judge: (spec) => ({ ...judge(program, spec, readerOf(last)), disputed: [] }),
    forbiddenBy: () => undefined,
  };
}

const optionOf = ({ move, outcome }: Effect): Pick<Option, "move" | "fails"> => ({
  move,
  fails: outcome.kind === "violation" ? outcome.check : undefined,
});

const enabledAfter = (program: Program, { last, failed }: Run): readonly Effect[] =>
  failed
    ? []
    : program.threads
        .flatMap((_, thread) => effectsOf(program, last, thread))
        .filter(({ outcome }) => outcome.kind !== "blocked");
