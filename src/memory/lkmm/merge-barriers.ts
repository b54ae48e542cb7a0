import type { LkmmStep, ToldRun } from "./execution.ts";

/** Full barriers behind operations are told as a part of them, except where another CPU came in between. */
export function toldOf({ steps, final, execution, stepOf }: ToldRun): ToldRun {
  const isPart = ({ effect }: LkmmStep, i: number): boolean =>
    !effect.taken && steps[i - 1]?.effect.thread === effect.thread;
  const told: LkmmStep[] = [];
  const indices = steps.map((step, i) => (isPart(step, i) ? told.length : told.push(step)) - 1);
  return { steps: told, final, execution, stepOf: stepOf.map((step) => (step < 0 ? step : indices[step]!)) };
}
