import { FAILURES } from "../compile/codegen.ts";
import type { Exploration } from "../machine/exploration.ts";
import type { Schedule } from "../machine/schedule.ts";
import { scheduleTo, type Searched } from "./schedule.ts";
import { scheduleThrough } from "./settled.ts";

/** By what a worker has found, `spec0`, `spec1`, ... or a failure: the first level that it was found in. */
type FoundAt = ReadonlyMap<string, number>;
type Runs = Pick<Exploration, "found" | "manyWays" | "foundBy">;

/** By the name that it has for people. */
function nameOf({ compiled }: Searched, key: string): string {
  const { specs } = compiled.program.scenario;
  return FAILURES.some((failure) => failure === key) ? key : specs[Number(key.slice("spec".length))]!.name;
}

export function hasFound(searched: Searched, foundAt: FoundAt, names: ReadonlySet<string>): boolean {
  const found = new Set([...foundAt.keys()].map((key) => nameOf(searched, key)));
  return [...names].every((name) => found.has(name));
}

/** A shortest run to each. */
export function shortestRuns(searched: Searched, foundAt: FoundAt): Runs {
  const found = new Map<string, Schedule>();
  const manyWays = new Set<string>();
  for (const [key, depth] of foundAt) {
    const name = nameOf(searched, key);
    const { schedule, isOneOfAll } = scheduleTo(searched, key, depth);
    found.set(name, schedule);
    if (!isOneOfAll) manyWays.add(name);
  }
  return { found, manyWays };
}

/** Any run to each, where steps were taken alone. */
export function anyRuns(searched: Searched, foundAt: FoundAt): Runs {
  const runs = [...foundAt].map(
    ([key, depth]) => [nameOf(searched, key), scheduleThrough(searched, key, depth)] as const,
  );
  return {
    found: new Map(runs),
    ...(runs.length > 0 && { foundBy: new Map(runs.map(([name]) => [name, "reduced search"])) }),
  };
}
