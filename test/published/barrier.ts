import { array, bool, scenario, wait, world, type Scenario } from "faultline";
import { numbered } from "./range.ts";

/** A barrier that n processes enter one by one and leave together, again and again. */
export function barrier(n: number): Scenario {
  const gate = world({ entered: array(n, bool) });

  const process = (i: number) =>
    gate.path(
      "process",
      {},
      {
        enter: (k) => {
          if (k.entered[i]) return wait;
          k.entered[i] = true;
          return "enter";
        },
      },
    );

  const opener = gate.path(
    "opener",
    {},
    {
      open: (k) => {
        if (!k.entered.every(Boolean)) return wait;
        for (let i = 0; i < n; i++) k.entered[i] = false;
        return "open";
      },
    },
  );

  return scenario("barrier", {
    about: "Processes that leave a barrier together",
    world: gate,
    params: {},
    threads: () => ({ ...numbered("process", n, process), opener }),
    specs: [],
  });
}
