import type { Spec } from "../../model/spec.ts";
import { lkmmSpecs } from "../../memory/lkmm/spec.ts";
import { judge } from "../../machine/judge.ts";
import type { Program } from "../../machine/program.ts";
import { brokenAxiom } from "../../memory/lkmm/axioms.ts";
import { Lkmm } from "../../memory/lkmm/machine.ts";
import { presentValue } from "../../memory/lkmm/layout.ts";
import { accountLkmm } from "./account.ts";
import { waitingLkmm, endingLkmm, failureOf, writesOf } from "./ending.ts";
import { heldLkmm } from "../held.ts";
import { recordLkmm } from "./record.ts";
import { stepsOfLkmm } from "./replay.ts";
import { fingerprint } from "../../result/token.ts";
import { toldOf } from "./told.ts";
import type { Option, Walker, WalkJudgement } from "../walk.ts";

/** Takes runs under LKMM. Here anything may be done that the machine allows, also what its search has no need to look at. */
export function lkmmWalker(program: Program): Walker {
  const lkmm = new Lkmm(program);
  const { layout } = lkmm;
  const heldIn = heldLkmm(lkmm);
  const asked = lkmmSpecs(lkmm);
  return (wanted) => {
    const recorder = recordLkmm(lkmm, wanted);
    if ("obstacle" in recorder) return recorder;
    const run = recorder.finish();
    const { final } = run;
    const last = run.steps.at(-1);
    const failed = last && failureOf(layout, last);
    const effects = failed ? [] : recorder.effects();
    const steps = stepsOfLkmm(layout, run);
    const at = run.steps[0]?.before ?? final;
    const judged = (spec: Spec): WalkJudgement => {
      const judgement = judge(program, spec, (cell) => presentValue(layout, final, cell));
      const answer = spec.kind === "atEnd" || asked(spec).ask(final);
      return { ...judgement, disputed: typeof answer === "boolean" ? [] : answer };
    };
    return {
      schedule: { initial: wanted.initial, moves: run.moves },
      steps,
      fingerprint: () => fingerprint(stepsOfLkmm(layout, toldOf(run))),
      failed,
      isDone: lkmm.isDone(final),
      first: (cell) => presentValue(layout, at, cell),
      now: (cell) => presentValue(layout, final, cell),
      held: heldIn(final),
      options: () =>
        effects.map((effect): Option => ({
          move: recorder.moveOf(effect),
          account: accountLkmm(lkmm, final, effect, (list, position) => recorder.threadOf(list, position)),
          writes: writesOf({ effect }),
          fails: effect.taken?.leaf.kind === "violation" ? effect.taken.leaf.check : undefined,
        })),
      blocked: () =>
        program.threads.flatMap((_, thread) =>
          failed || effects.some((effect) => effect.thread === thread)
            ? []
            : waitingLkmm(layout, run, thread).map(({ blocked }) => blocked),
        ),
      endingIn: (spec) => {
        if (spec === "not-stuck" && effects.length > 0) return "some thread can go on";
        if (typeof spec !== "string" && judged(spec).disputed.length > 0)
          return "it reads what CPUs do not agree about";
        const ended = endingLkmm(lkmm, run, spec);
        return typeof ended === "string" ? ended : ended.ending;
      },
      judge: judged,
      forbiddenBy: () => brokenAxiom(run.execution),
      lkmm: { layout, lkmm, run },
    };
  };
}
