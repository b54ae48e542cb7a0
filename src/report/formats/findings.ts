import type { JudgedSpec, Judgement } from "../../result/judgement.ts";
import type { Result, SpecResult, Verdict } from "../../result/result.ts";
import { detailOf, titleOf } from "../text/summary.ts";

/** A run as machines are told about it. */
export interface Reported {
  readonly result: Result;
  readonly judgement: Judgement;
}

/** The scenario, its parameters and its memory model. */
export const titleOfRun = ({ scenario, set, search: { memory } }: Result): string => titleOf(scenario, set, memory);

/** One thing that was checked, and what is wrong with it, if anything is. */
export interface Finding {
  readonly name: string;
  readonly sentence: string;
  /** Absent for what is said of the run as a whole. */
  readonly spec?: SpecResult;
  readonly problem?: Problem;
  /** A verdict other than `holds` that is pinned. */
  readonly pinned?: string;
}

export interface Problem {
  readonly kind: Exclude<Verdict, "holds"> | "unexpected" | "never-taken";
  readonly message: string;
}

/**
 * All that was checked in a run. There is a problem among it exactly if `check` does not end with 0: machines must not
 * call good what the exit code calls bad.
 */
export function findingsOf({ judgement: { specs, differences, open, isPinned } }: Reported): readonly Finding[] {
  const ofSpecs = specs.map((judged): Finding => {
    const { spec } = judged;
    const { name, sentence } = spec;
    const problem = isPinned ? unexpected(judged) : problemOf(spec);
    const isGood = isPinned && problem === undefined && spec.verdict !== "holds";
    return { name, sentence, spec, ...(problem && { problem }), ...(isGood && { pinned: spec.verdict }) };
  });
  const ofAll = isPinned
    ? [
        ofTheRun("pinned-facts", "the run is as pinned", "unexpected", differences),
        ofTheRun("search-complete", "everything is seen that the pinned facts are about", "undecided", open),
      ]
    : [ofTheRun("steps-taken", "every step is taken, or declared not to be", "never-taken", differences)];
  return [...ofSpecs, ...ofAll].filter(isSaid);
}

const isSaid = ({ spec, problem }: Finding): boolean => spec !== undefined || problem !== undefined;

const ofTheRun = (name: string, sentence: string, kind: Problem["kind"], messages: readonly string[]): Finding => ({
  name,
  sentence,
  ...(messages.length > 0 && { problem: { kind, message: messages.join("; ") } }),
});

function problemOf(spec: SpecResult): Problem | undefined {
  if (spec.verdict === "holds") return undefined;
  return { kind: spec.verdict, message: [spec.verdict, detailOf(spec)].filter(Boolean).join(" ") };
}

function unexpected({ spec, expected, standing }: JudgedSpec): Problem | undefined {
  if (standing === "as expected") return undefined;
  const kind = standing === "open" && spec.verdict !== "holds" ? spec.verdict : "unexpected";
  return { kind, message: `${[spec.verdict, detailOf(spec)].filter(Boolean).join(" ")}; pinned: ${expected}` };
}
