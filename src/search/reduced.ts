import type { Exploration, Progress } from "../machine/exploration.ts";
import type { Program } from "../machine/program.ts";
import { InternalError, ModelError } from "../model/error.ts";
import type { MemoryModel } from "../model/memory.ts";
import type { SearchLimits } from "./fast.ts";

type Slices<T> = AsyncGenerator<Progress, T> | Generator<Progress, T>;

/**
 * Searches with fewer states, which says what holds. Where something is found, a shortest run to it is searched for among all
 * of them: if it is a violation, by the whole search, which is told then as if there had been no other; if there are only
 * `sometimes` specs that are met, until there is a run to each. What that does not come to has the run of the first search.
 */
export async function* reducedFirst<L extends SearchLimits>(
  searching: (limits: L) => Slices<Exploration>,
  limits: L,
  { scenario: { specs } }: Program,
): AsyncGenerator<Progress, Exploration> {
  const first = yield* searching({ ...limits, reduces: true });
  const names = [...first.found.keys()];
  if (names.length === 0 || first.cut !== undefined) return { ...first, reduced: true };
  const isMet = (name: string): boolean => specs.some((spec) => spec.name === name && spec.kind === "sometimes");
  const again = yield* searching(names.every(isMet) ? { ...limits, until: new Set(names) } : limits);
  const missing = names.filter((name) => !again.found.has(name));
  if (again.cut === undefined) {
    if (missing.length > 0) throw new InternalError(`only the reduced search has found ${missing.join(", ")}`);
    return again;
  }
  const { foundBy, ...known } = first;
  const by = [...(again.foundBy ?? []), ...missing.map((name) => [name, foundBy!.get(name)!] as const)];
  return {
    ...known,
    reduced: true,
    found: new Map(names.map((name) => [name, again.found.get(name) ?? first.found.get(name)!])),
    ...(again.manyWays && { manyWays: again.manyWays }),
    ...(by.length > 0 && { foundBy: new Map(by) }),
  };
}

/** Throws a ModelError where it cannot be. */
export function refuseReduced({ scenario: { progress } }: Program, memory: MemoryModel, engine: string): void {
  const [about] = progress;
  if (about)
    throw new ModelError(`--reduced does not go with spec '${about.name}'`, {
      cause:
        "it asks which threads are passed over for ever, and where one step is taken alone, others are passed over",
      remedy: "leave out --reduced",
    });
  if (engine !== "fast")
    throw new ModelError(
      engine === "own"
        ? `--reduced does not go with --memory ${memory}`
        : "--reduced does not go with --engine reference",
      {
        cause:
          engine === "own"
            ? "steps are taken alone where all see the same memory, and there CPUs disagree about it"
            : "that engine takes every step from every state: this is how it says what a model means",
        remedy: "leave one of them out",
      },
    );
}
