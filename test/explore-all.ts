import { explore, type Exploration, type Limits } from "../src/semantics/explore.ts";
import type { Machine } from "../src/semantics/machine.ts";

/** Explores to the end, or to the limit. */
export function exploreAll(machine: Machine, limits?: Limits): Exploration {
  const search = explore(machine, limits);
  for (;;) {
    const step = search.next();
    if (step.done) return step.value;
  }
}
