import { resolveParams, type Scenario } from "../../src/model/scenario.ts";
import type { ParamValues } from "../../src/model/params.ts";
import { buildProgram } from "../../src/machine/build.ts";
import { resultOf } from "../../src/result/result-of.ts";
import type { Result, SpecResult } from "../../src/result/result.ts";
import { faultVsPunch } from "./fault-vs-punch.ts";
import { abba, bugOnUnmap, handOn, pingPong } from "./small-models.ts";
import { exploreAll } from "../explore-all.ts";

/** A run to render: everything a search found, and the spec whose trace is shown. */
export interface Sample {
  readonly result: Result;
  readonly spec: SpecResult;
}

/** Explores a scenario to its end and picks the spec whose trace is to be shown. */
export function sampleOf(scenario: Scenario, specName: string, given: ParamValues = {}, maxStates?: number): Sample {
  const program = buildProgram(scenario, resolveParams(scenario, given));
  const exploration = exploreAll(program, maxStates === undefined ? {} : { maxStates });
  const set = Object.entries(given).map(([name, value]) => ` --set ${name}=${String(value)}`);
  const result = resultOf(program, exploration, `faultline check ${scenario.name}${set.join("")}`);
  const spec = result.specs.find(({ name }) => name === specName);
  if (!spec) throw new Error(`no spec '${specName}'`);
  return { result, spec };
}

/** Explores at the first call only. */
function kept(make: () => Sample): () => Sample {
  let sample: Sample | undefined;
  return () => (sample ??= make());
}

/** Every kind of run that a report has to show: its name, and what makes it. */
export const SAMPLES: readonly (readonly [name: string, sample: () => Sample])[] = [
  ["two-cpus", kept(() => sampleOf(faultVsPunch, "no-stale-pte"))],
  ["three-cpus", kept(() => sampleOf(faultVsPunch, "one-stale-pte", { faulters: 2 }))],
  ["four-cpus", kept(() => sampleOf(faultVsPunch, "two-stale-ptes", { faulters: 3 }))],
  ["five-cpus", kept(() => sampleOf(handOn, "nobody-counts", { count: 5 }))],
  ["to-the-end", kept(() => sampleOf(faultVsPunch, "all-unmapped"))],
  ["to-and-fro", kept(() => sampleOf(pingPong, "few-turns"))],
  ["at-once", kept(() => sampleOf(pingPong, "starts-high"))],
  ["witness", kept(() => sampleOf(faultVsPunch, "page-leaves"))],
  ["stuck", kept(() => sampleOf(abba, "not-stuck"))],
  ["bug", kept(() => sampleOf(bugOnUnmap, "no-bug"))],
];
