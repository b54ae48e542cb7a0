import { standingOf } from "../../result/judgement.ts";
import type { Result, SpecResult, Verdict } from "../../result/result.ts";
import { detailOf, titleOf } from "../text/summary.ts";

/** A run as machines are told about it. */
export interface Reported {
  readonly result: Result;
  /** The pinned verdicts by spec, if it is judged by them. */
  readonly expected?: ReadonlyMap<string, Verdict>;
  /** What else is not as pinned, one sentence each. */
  readonly differences: readonly string[];
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
export function findingsOf(reported: Reported): readonly Finding[] {
  const { result, expected, differences } = reported;
  const specs = result.specs.map((spec): Finding => {
    const { name, sentence } = spec;
    const problem = expected ? unexpected(spec, expected.get(name) ?? "holds") : problemOf(spec);
    const isPinned = expected !== undefined && problem === undefined && spec.verdict !== "holds";
    return { name, sentence, spec, ...(problem && { problem }), ...(isPinned && { pinned: spec.verdict }) };
  });
  if (expected)
    return [
      ...specs,
      ofTheRun("pinned-facts", "the run is as pinned", "unexpected", differences),
      ofTheRun("search-complete", "everything is seen that the pinned facts are about", "undecided", cutOf(result)),
    ].filter(isSaid);
  const missed = result.search.cut === null ? result.neverTaken.filter(({ declared }) => !declared) : [];
  const steps = missed.map(({ path, label }) => `never taken: ${path}: ${label}`);
  return [...specs, ofTheRun("steps-taken", "every step is taken, or declared not to be", "never-taken", steps)].filter(
    isSaid,
  );
}

const cutOf = ({ search: { cut } }: Result): readonly string[] => (cut === null ? [] : [`the search was cut: ${cut}`]);

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

function unexpected(spec: SpecResult, expected: Verdict): Problem | undefined {
  const standing = standingOf(spec.verdict, expected);
  if (standing === "as expected") return undefined;
  const kind = standing === "open" && spec.verdict !== "holds" ? spec.verdict : "unexpected";
  return { kind, message: `${[spec.verdict, detailOf(spec)].filter(Boolean).join(" ")}; pinned: ${expected}` };
}
