import assert from "node:assert/strict";
import { scenario, type Drafts, type Fields, type ProgressSpec, type Scenario, type Spec, type World } from "faultline";
import { ModelError } from "../../src/model/error.ts";
import { resolveParams, type Idle, type Threads } from "../../src/model/scenario.ts";
import type { ParamValues } from "../../src/model/params.ts";
import type { Exploration } from "../../src/machine/exploration.ts";
import { type Program } from "../../src/machine/program.ts";
import { buildProgram } from "../../src/machine/build.ts";
import { resultOf } from "../../src/result/result-of.ts";
import type { Result, SpecResult } from "../../src/result/result.ts";
import { exploreAll } from "../explore-all.ts";

export const machineOf = (scenario: Scenario, set: ParamValues = {}): Program =>
  buildProgram(scenario, resolveParams(scenario, set));

export interface Toy<F extends Fields> {
  readonly world: World<F>;
  readonly threads: Threads;
  readonly init?: (k: Drafts<F>) => void;
  readonly specs?: readonly (Spec<Drafts<F>> | ProgressSpec<Drafts<F>>)[];
  readonly unreached?: readonly string[];
  readonly idle?: Idle;
}

/** The machine of a scenario that is only about its threads. */
export const toy = <const F extends Fields>({
  threads,
  specs = [],
  unreached = [],
  idle = [],
  ...rest
}: Toy<F>): Program =>
  machineOf(
    scenario("toy", {
      about: "A toy",
      params: {},
      threads: () => threads,
      specs,
      unreached: () => unreached,
      idle: () => idle,
      ...rest,
    }),
  );

/** Explores a machine and judges it. */
export function check(
  program: Program,
  limits?: Parameters<typeof exploreAll>[1],
): Result & Pick<Exploration, "found"> {
  const exploration = exploreAll(program, limits);
  return { ...resultOf(program, exploration, "faultline check toy"), found: exploration.found };
}

export function specOf(result: Result, name: string): SpecResult {
  const spec = result.specs.find((one) => one.name === name);
  assert.ok(spec, `no result for '${name}'`);
  return spec;
}

/** The ModelError that `body` throws. */
export function modelError(body: () => unknown): ModelError {
  try {
    body();
  } catch (error) {
    assert.ok(error instanceof ModelError, String(error));
    return error;
  }
  assert.fail("it did not throw");
}
