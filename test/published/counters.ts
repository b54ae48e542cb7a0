import { array, int, scenario, world, type Scenario } from "faultline";
import { numbered } from "./range.ts";

/** n threads that count to k, each in a field of its own: every interleaving of n times k steps. */
export function counters(n: number, k: number): Scenario {
  const grid = world({ count: array(n, int(0, k)) });
  const counter = (i: number) =>
    grid.path(
      "counter",
      {},
      {
        "count++": (g) => {
          g.count[i]!++;
          if (g.count[i]! < k) return "count++";
        },
      },
    );
  return scenario("counters", {
    about: "Threads that have nothing to do with each other",
    world: grid,
    params: {},
    threads: () => numbered("counter", n, counter),
    specs: [],
  });
}
