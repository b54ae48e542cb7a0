import { int, once, scenario, world, type Drafts, type Scenario } from "faultline";

// A state in which all threads are done is an outcome: what is in memory then, and the registers, which are fields
// of the world so that they outlive their thread.
const variables = { x: int(0, 2), y: int(0, 2) } as const;
const registers = { r0: int(0, 2), r1: int(0, 2), r2: int(0, 2), r3: int(0, 2) } as const;
const memory = world({ ...variables, ...registers });
type Memory = Drafts<typeof variables & typeof registers>;

const store = (to: keyof typeof variables, value: number) =>
  once((k: Memory) => {
    k[to] = value;
  });

const load = (to: keyof typeof registers, from: keyof typeof variables) =>
  once((k: Memory) => {
    k[to] = k[from];
  });

type Operation = ReturnType<typeof store>;

/** One or two operations on each CPU, in program order. */
function litmus(name: string, about: string, ...cpus: readonly (readonly [Operation, Operation?])[]): Scenario {
  const cpu = ([first, second = false]: readonly [Operation, (Operation | false)?], i: number) =>
    [`P${i}`, memory.path(`P${i}`, {}, { first, second })] as const;
  return scenario(`litmus/${name}`, {
    about,
    world: memory,
    params: {},
    threads: () => Object.fromEntries(cpus.map(cpu)),
    specs: [],
  });
}

export const SB = litmus(
  "sb",
  "store buffering: each CPU stores, then loads what the other one stores",
  [store("x", 1), load("r0", "y")],
  [store("y", 1), load("r1", "x")],
);
export const MP = litmus(
  "mp",
  "message passing: data, then flag",
  [store("x", 1), store("y", 1)],
  [load("r0", "y"), load("r1", "x")],
);
export const LB = litmus(
  "lb",
  "load buffering: each CPU loads, then stores what the other one loads",
  [load("r0", "x"), store("y", 1)],
  [load("r1", "y"), store("x", 1)],
);
export const S = litmus(
  "s",
  "a store after a load of the flag, against the store before the flag",
  [store("x", 2), store("y", 1)],
  [load("r0", "y"), store("x", 1)],
);
export const R = litmus(
  "r",
  "two stores against a store and a load",
  [store("x", 1), store("y", 1)],
  [store("y", 2), load("r0", "x")],
);
export const TwoPlusTwoW = litmus(
  "2-2w",
  "two stores each, in opposite order",
  [store("x", 1), store("y", 2)],
  [store("y", 1), store("x", 2)],
);
export const WRC = litmus(
  "wrc",
  "write to read causality: a value that is seen and passed on",
  [store("x", 1)],
  [load("r0", "x"), store("y", 1)],
  [load("r1", "y"), load("r2", "x")],
);
export const IRIW = litmus(
  "iriw",
  "independent reads of independent writes: do two CPUs agree on the order of two stores?",
  [store("x", 1)],
  [store("y", 1)],
  [load("r0", "x"), load("r1", "y")],
  [load("r2", "y"), load("r3", "x")],
);
