import { array, bool, choose, int, scenario, world, type Scenario } from "faultline";
import { numbered } from "./range.ts";

/**
 * Prisoners in single cells are led one by one, in any order, to a room with one light. One of them turns it
 * off and counts how often; the others turn it on once, or twice where nobody knows how it was at the start.
 */
export function prisoners(n: number): Scenario {
  const prison = world({
    light: bool,
    count: int(1, 2 * n),
    announced: bool,
    signalled: array(n - 1, int(0, 2)),
    visited: array(n, bool),
  });

  const counter = (threshold: number) =>
    prison.path(
      "counter",
      {},
      {
        visit: (k) => {
          if (k.light) {
            k.light = false;
            k.count++;
          }
          k.announced = k.count >= threshold;
          k.visited[n - 1] = true;
          return "visit";
        },
      },
    );

  const signaller = (i: number, limit: number) =>
    prison.path(
      "signaller",
      {},
      {
        visit: (k) => {
          if (!k.light && k.signalled[i]! < limit) {
            k.light = true;
            k.signalled[i]!++;
          }
          k.visited[i] = true;
          return "visit";
        },
      },
    );

  return scenario("prisoners", {
    about: "Prisoners who must find out when all of them have seen the light",
    world: prison,
    params: { lightUnknown: bool },
    threads: ({ lightUnknown }) => ({
      counter: counter(lightUnknown ? 2 * n - 1 : n),
      ...numbered("signaller", n - 1, (i) => signaller(i, lightUnknown ? 2 : 1)),
    }),
    init: (k, { lightUnknown }) => {
      k.light = lightUnknown && choose(false, true);
    },
    specs: [
      prison.always("not-too-early", "nobody announces before all have been there", (k) =>
        k.announced ? k.visited.every(Boolean) : true,
      ),
      prison.sometimes("announced", "somebody announces", (k) => k.announced),
    ],
  });
}
