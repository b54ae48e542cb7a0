import { ModelError, didYouMean, listed } from "../model/error.ts";
import { whereIn, type Scenario } from "../model/scenario.ts";
import type { ParamValues } from "../model/params.ts";
import type { ProgramThread } from "./program.ts";
import { names as isNamed, stepNames } from "./unreached.ts";

/**
 * The threads, and of each where it may wait for ever, as the scenario declares it. Throws a ModelError for a name that is
 * neither a thread's, a group's nor a step's.
 */
export function withIdle(
  scenario: Scenario,
  params: ParamValues,
  threads: readonly ProgramThread[],
): readonly ProgramThread[] {
  const idle = scenario.idle(params);
  if (idle === true) return threads.map((thread) => ({ ...thread, isIdle: true }));
  if (idle.length === 0) return threads;
  const steps = threads.map(({ points }) => points.map(({ frame, label }) => stepNames(frame.path, label)));
  const isThread = (pattern: string, { name, group }: ProgramThread): boolean => pattern === name || pattern === group;
  for (const pattern of idle) {
    if (threads.some((thread) => isThread(pattern, thread)) || steps.flat(2).some((step) => isNamed(pattern, step)))
      continue;
    const names = new Set(threads.flatMap(({ name, group }) => [name, ...(group === undefined ? [] : [group])]));
    const known = [...names, ...new Set(steps.flat(2))];
    throw new ModelError(`idle names '${pattern}', which is neither a thread nor a step${didYouMean(pattern, known)}`, {
      where: whereIn(scenario, "idle"),
      remedy: pattern.includes(":") ? `steps: ${listed(new Set(steps.flat(2)))}` : `threads: ${listed(names)}`,
    });
  }
  return threads.map((thread, t) => {
    if (idle.some((pattern) => isThread(pattern, thread))) return { ...thread, isIdle: true };
    const points = steps[t]!.flatMap((names, point) =>
      idle.some((pattern) => names.some((step) => isNamed(pattern, step))) ? [point] : [],
    );
    return points.length > 0 ? { ...thread, idleAt: new Set(points) } : thread;
  });
}
