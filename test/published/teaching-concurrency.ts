import { array, bool, choose, int, scenario, world, type Scenario } from "faultline";
import { numbered } from "./range.ts";

/** Lamport's "Teaching Concurrency": n processes in a ring, x[i] = 1; y[i] = x[i - 1]. Some y ends up 1. */
export function simple(n: number): Scenario {
  const ring = world({ x: array(n, int(0, 1)), y: array(n, int(0, 1)) });
  const process = (i: number) =>
    ring.path(
      "process",
      {},
      {
        "x[i] = 1": (k) => {
          k.x[i] = 1;
        },
        "y[i] = x[i - 1]": (k) => {
          k.y[i] = k.x[(i + n - 1) % n]!;
        },
      },
    );
  return scenario("simple", {
    about: "Each process writes its own field and reads its neighbour's",
    world: ring,
    params: {},
    threads: () => numbered("process", n, process),
    specs: [ring.atEnd("some-one", "some y is 1", (k) => k.y.includes(1))],
  });
}

/**
 * The same with regular registers: a read during a write gives the old or the new value. `writing` and `x` stand for
 * the set of values that a read can give.
 */
export function simpleRegular(n: number): Scenario {
  const ring = world({ writing: array(n, bool), x: array(n, int(0, 1)), y: array(n, int(0, 1)) });
  const process = (i: number) =>
    ring.path(
      "process",
      {},
      {
        "x[i] = {0, 1}": (k) => {
          k.writing[i] = true;
        },
        "x[i] = {1}": (k) => {
          k.writing[i] = false;
          k.x[i] = 1;
        },
        "y[i] = one of x[i - 1]": (k) => {
          const neighbour = (i + n - 1) % n;
          k.y[i] = k.writing[neighbour] ? choose(0, 1) : k.x[neighbour]!;
        },
      },
    );
  return scenario("simple-regular", {
    about: "Each process writes its own field in two steps and reads its neighbour's",
    world: ring,
    params: {},
    threads: () => numbered("process", n, process),
    specs: [ring.atEnd("some-one", "some y is 1", (k) => k.y.includes(1))],
  });
}
