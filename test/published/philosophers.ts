import { array, bool, choose, scenario, wait, world, type Scenario } from "faultline";
import { numbered } from "./range.ts";

/** n dining philosophers, who take their two forks in either order and put both back at once. */
export function philosophers(n: number): Scenario {
  const table = world({ taken: array(n, bool) });
  const philosopher = (i: number) => {
    const left = i;
    const right = (i + 1) % n;
    return table.path(
      "philosopher",
      {},
      {
        think: (k) => {
          const first = choose(left, right);
          if (k.taken[first]) return wait;
          k.taken[first] = true;
          return first === left ? "has left" : "has right";
        },
        "has left": (k) => {
          if (k.taken[right]) return wait;
          k.taken[right] = true;
          return "eat";
        },
        "has right": (k) => {
          if (k.taken[left]) return wait;
          k.taken[left] = true;
        },
        eat: (k) => {
          k.taken[left] = false;
          k.taken[right] = false;
          return "think";
        },
      },
    );
  };
  return scenario("philosophers", {
    about: "Philosophers around a table, with one fork between any two",
    world: table,
    params: {},
    threads: () => numbered("philosopher", n, philosopher),
    specs: [],
  });
}
