import { isDeepStrictEqual } from "node:util";
import { InternalError, ModelError, didYouMean, listed } from "../model/error.ts";
import { BUILT_IN_NAMES } from "../model/spec.ts";
import type { Explored } from "../search/search.ts";
import { type Schedule, switchesIn } from "../machine/schedule.ts";
import type { Program } from "../machine/program.ts";
import type { Result } from "./result.ts";
import { type Token, fingerprint } from "./token.ts";
import type { Machine, Run } from "../machine/machine.ts";
import { MACHINES } from "../memory/machines.ts";
import { endingIn } from "../explain/ending.ts";

/** A token's run, repeated over the model as it is now. */
export interface Repeated {
  readonly schedule: Schedule;
  /** False if the schedule leads through other steps than when the token was made. */
  readonly isSame: boolean;
}

/** Repeats the run of a token. Throws a ModelError that names the step that does not apply any more, or what the run misses. */
export function repeat(program: Program, token: Token): Repeated {
  const { schedule, spec: name, memory, steps } = token;
  const specs = [...program.scenario.specs, ...program.scenario.progress];
  const spec = specs.find((one) => one.name === name) ?? BUILT_IN_NAMES.find((builtIn) => builtIn === name);
  const known = [...specs.map((one) => one.name), ...BUILT_IN_NAMES];
  if (spec === undefined)
    throw new ModelError(`the token is about a spec '${name}', which does not exist${didYouMean(name, known)}`, {
      remedy: `specs: ${listed(known)}`,
    });
  const run = walked(MACHINES[memory](program), schedule);
  const ending = endingIn(run, spec);
  if (typeof ending === "string") throw missed(name, ending);
  const axiom = run.forbiddenBy();
  if (axiom !== undefined) throw missed(name, `LKMM does not allow it, by the axiom of ${axiom}`);
  return { schedule: run.schedule, isSame: fingerprint(run.names()) === steps };
}

const missed = (spec: string, why: string): ModelError =>
  new ModelError(`the run does not end in '${spec}' any more`, {
    cause: why,
    remedy: "the model has changed since the token was made: search again with `faultline check`",
  });

/** Takes a run that was made elsewhere. Throws a ModelError that names the step that cannot be taken. */
export function walked(machine: Machine, schedule: Schedule): Run {
  const run = machine.run(schedule);
  if (!("obstacle" in run)) return run;
  const { taken, obstacle, instead } = run;
  const step = taken < 0 ? "its initial state" : `step ${taken + 1} of ${schedule.moves.length}`;
  throw new ModelError(`the model has changed since the token was made: ${step} does not apply any more`, {
    cause: obstacle,
    remedy: instead.length > 0 ? `possible here: ${instead.join("; ")}` : "nothing is possible here",
  });
}

/** What a search found, with the given run in place of the one it found for the spec. */
export function retold(exploration: Explored, spec: string, { schedule }: Repeated): Explored {
  const isOpen = exploration.cut !== undefined || exploration.uncertain?.has(spec) || exploration.unknown?.has(spec);
  // Of what follows on a run, the plain machine looks at so many states alone.
  if (spec === "never-finishes" && !isOpen && !exploration.found.has(spec))
    throw missed(spec, "every thread can finish");
  if (!isOpen && !exploration.found.has(spec))
    throw new InternalError(`a run ends in '${spec}', but the search did not find one`);
  return { ...exploration, found: new Map([...exploration.found, [spec, schedule]]) };
}

/**
 * The Result about a retold exploration: where the search found a run of another length, or with other switches, or under
 * lkmm another one, it says so instead of what the run has least of.
 */
export const compared = (result: Result, { found, machine }: Explored): Result => ({
  ...result,
  specs: result.specs.map((spec) => {
    if (!spec.trace) return spec;
    const { minimal: _minimal, ...trace } = spec.trace;
    const schedule = found.get(spec.name);
    const other = schedule && walked(machine, schedule).told();
    const length = other ? { steps: other.steps.length, switches: switchesIn(other.schedule.moves) } : null;
    // Where axioms judge, the switches are the fewest of one execution, which another run need not be.
    const isAlike = machine.allowsAll
      ? length?.steps === trace.steps.length && length.switches === trace.switches
      : isDeepStrictEqual(schedule?.moves, trace.schedule.moves);
    return isAlike ? spec : { ...spec, trace, found: length };
  }),
});
