import { array, choose, int, scenario, wait, world, type Scenario } from "faultline";
import { numbered, range } from "./range.ts";

/** Dijkstra's self-stabilising token ring (EWD426), from any state: node i has the token when it differs from i - 1. */
export function tokenRing(n: number, m: number): Scenario {
  const ring = world({ c: array(n, int(0, m - 1)) });
  const first = ring.path(
    "first",
    {},
    {
      "create token": (k) => {
        if (k.c[0] !== k.c[n - 1]) return wait;
        k.c[0] = (k.c[n - 1]! + 1) % m;
        return "create token";
      },
    },
  );
  const other = (i: number) =>
    ring.path(
      "other",
      {},
      {
        "pass token": (k) => {
          if (k.c[i] === k.c[i - 1]) return wait;
          k.c[i] = k.c[i - 1]!;
          return "pass token";
        },
      },
    );
  return scenario("token-ring", {
    about: "Nodes in a ring that pass a token on",
    world: ring,
    params: {},
    threads: () => ({ first, ...numbered("other", n - 1, (i) => other(i + 1)) }),
    init: (k) => {
      for (let i = 0; i < n; i++) k.c[i] = choose(...range(0, m - 1));
    },
    specs: [],
  });
}
