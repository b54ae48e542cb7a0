import { explore } from "../src/search/explore.ts";
import type { Limits } from "../src/machine/exploration.ts";
import type { Program } from "../src/machine/program.ts";
import { scMachine } from "../src/memory/sc/machine.ts";
import type { Explored } from "../src/search/search.ts";

/** What a search has found in the end. */
export function endOf<T>(search: Generator<unknown, T>): T {
  for (;;) {
    const step = search.next();
    if (step.done) return step.value;
  }
}

/** Explores a program under sequential consistency, to the end or to the limit. */
export function exploreAll(program: Program, limits?: Limits): Explored {
  const machine = scMachine(program);
  return { ...endOf(explore(machine, limits)), machine };
}
