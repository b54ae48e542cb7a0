import { ModelError } from "../../model/error.ts";
import { whereIn } from "../../model/scenario.ts";
import { foldCode } from "../expression.ts";
import { written } from "../expression.ts";
import { askedOf, type Exported } from "../exported.ts";
import type { Naming } from "./naming.ts";

/** Specs of runs that go on for ever, as temporal formulas. */
export interface Progress {
  readonly names: readonly string[];
  readonly properties: readonly string[];
  readonly fairness: "weak" | "strong" | undefined;
  readonly lines: readonly string[];
}

/** Throws a ModelError where they are asked of different runs: a module of TLA+ says once which are fair. */
export function progressLines(exported: Exported, naming: Naming): Progress {
  const { progress } = exported.program.scenario;
  const [first] = progress;
  if (!first) return { names: [], properties: [], fairness: undefined, lines: [] };
  const other = progress.find(({ fairness }) => fairness !== first.fairness);
  if (other)
    throw new ModelError(`specs '${first.name}' and '${other.name}' do not ask the same runs`, {
      where: whereIn(exported.program.scenario),
      cause: `one is about ${first.fairness} fairness, and the other about ${other.fairness}`,
      remedy: "export scenarios with one of them each",
    });
  const met = (spec: typeof first.to): string => written(askedOf(exported, spec).hit, naming, true);
  return {
    names: progress.map(({ name }) => name),
    properties: progress.map((spec) => naming.spec(spec)),
    fairness: first.fairness,
    lines: progress.flatMap((spec) => {
      const { from, to, kind, sentence } = spec;
      const formula = from ? `${met(from)} ~> ${met(to)}` : `<>${met(to)}`;
      return [`\\* ${kind}: ${sentence}`, ...foldCode(`${naming.spec(spec)} == ${formula}`, 100, 8)];
    }),
  };
}
