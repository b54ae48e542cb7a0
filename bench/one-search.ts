import type { Exploration, Progress } from "../src/machine/exploration.ts";

export type Search = Generator<Progress, Exploration> | AsyncGenerator<Progress, Exploration>;

/** Runs a search to its end. */
export async function finish(search: Search): Promise<Exploration> {
  let slice = await search.next();
  while (slice.done !== true) slice = await search.next();
  return slice.value;
}

/**
 * Runs a search to its end, and prints as JSON what it counted and what it took, in seconds and bytes: `searchCpu` is
 * without node's start and the building of the machine, `cpu` and `memory` are of the process so far.
 */
export async function measureSearch(search: Search): Promise<void> {
  const begin = process.cpuUsage();
  const { states, transitions, depth, done, stuck, found } = await finish(search);
  const { user, system } = process.cpuUsage(begin);
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  console.log(
    JSON.stringify({
      states,
      transitions,
      depth,
      done,
      stuck,
      found: [...found.keys()],
      searchCpu: (user + system) / 1e6,
      cpu: (userCPUTime + systemCPUTime) / 1e6,
      memory: 1024 * maxRSS,
    }),
  );
}
