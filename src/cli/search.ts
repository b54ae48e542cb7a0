import { setImmediate } from "node:timers/promises";
import { search as fastSearch, type SearchStats } from "../search/search.ts";
import { explore, type Exploration, type Progress } from "../semantics/explore.ts";
import type { Machine } from "../semantics/machine.ts";
import type { Interrupt } from "./interrupt.ts";
import type { CheckOptions } from "./options.ts";

/** What a search found, and how the fast engine got there. */
export type Searched = Exploration & { readonly stats?: SearchStats };

/** Searches a machine in slices, so that a signal is heard in between. */
export async function search(
  machine: Machine,
  { maxStates, search: { engine, timeoutSeconds, threads, symmetry, maxMemory } }: CheckOptions,
  interrupt: Interrupt,
  watch: (progress: Progress) => void,
): Promise<Searched> {
  const end = performance.now() + 1000 * (timeoutSeconds ?? Infinity);
  const limits = {
    ...(maxStates !== undefined && { maxStates }),
    stop: () => interrupt.reason() ?? (performance.now() > end ? `--timeout ${timeoutSeconds}` : undefined),
  };
  const slices =
    engine === "reference"
      ? explore(machine, limits)
      : fastSearch(machine, { ...limits, threads, symmetry, ...(maxMemory !== undefined && { maxMemory }) });
  for (;;) {
    const slice = await slices.next();
    if (slice.done === true) return slice.value;
    watch(slice.value);
    await setImmediate();
  }
}
