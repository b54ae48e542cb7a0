import { explore, type Exploration, type Limits } from "../src/search/explore.ts";
import type { Program } from "../src/machine/program.ts";

/** What a search has found in the end. */
export function endOf<T>(search: Generator<unknown, T>): T {
  for (;;) {
    const step = search.next();
    if (step.done) return step.value;
  }
}

/** Explores to the end, or to the limit. */
export const exploreAll = (program: Program, limits?: Limits): Exploration => endOf(explore(program, limits));
