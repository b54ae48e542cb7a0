import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { bool, choose, done, int, wait, world } from "faultline";
import type { Path } from "faultline";
import { replay } from "../explain/replayed.ts";
import { exploreAll } from "../explore-all.ts";
import { toy } from "./toy.ts";

// A random program is data. One interpreter makes a model of it for the explorer; the other one walks it over plain
// objects. They must count the same.
const VARIABLES = ["a", "b", "flag", "mine"] as const;
type Variable = (typeof VARIABLES)[number];
type Values = readonly [number, ...number[]];

interface Step {
  /** Waits unless the variable has the value; branches over several. */
  readonly guard: { readonly of: Variable; readonly values: Values } | null;
  /** Adds one of the values to the variable, or to 0. */
  readonly assign: readonly { readonly to: Variable; readonly adds: boolean; readonly values: Values }[];
  /** Where to go if the variable has the value: a step of the thread, or its end; else on to the next one. */
  readonly jump: { readonly of: Variable; readonly value: number; readonly target: number } | null;
}
interface Program {
  readonly starts: Values;
  readonly threads: readonly (readonly Step[])[];
}

const variable = fc.constantFrom(...VARIABLES);
const values = (low: number, high: number): fc.Arbitrary<Values> =>
  fc
    .tuple(fc.integer({ min: low, max: high }), fc.array(fc.integer({ min: low, max: high }), { maxLength: 2 }))
    .map(([first, rest]) => [first, ...rest]);
const step: fc.Arbitrary<Step> = fc.record({
  guard: fc.option(fc.record({ of: variable, values: values(0, 2) })),
  assign: fc.array(
    fc.oneof(
      fc.record({ to: variable, adds: fc.constant(false), values: values(0, 2) }),
      fc.record({ to: variable, adds: fc.constant(true), values: values(-1, 1) }),
    ),
    { maxLength: 2 },
  ),
  jump: fc.option(fc.record({ of: variable, value: fc.integer({ min: 0, max: 2 }), target: fc.nat({ max: 4 }) })),
});
const program: fc.Arbitrary<Program> = fc.record({
  starts: values(0, 2),
  threads: fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 }),
});

const w = world({ a: int(0, 2), b: int(0, 2), flag: bool });
const isTwo = w.sometimes("two", "a is 2", (k) => k.a === 2);

interface Drafts {
  a: number;
  b: number;
  flag: boolean;
}

function pathOf(steps: readonly Step[], thread: number): Path {
  const get = (k: Drafts, me: { mine: number }, of: Variable): number =>
    of === "mine" ? me.mine : of === "flag" ? Number(k.flag) : k[of];
  const set = (k: Drafts, me: { mine: number }, to: Variable, value: number): void => {
    if (to === "mine") me.mine = value;
    else if (to === "flag") k.flag = value % 2 !== 0;
    else k[to] = value;
  };
  const entries = steps.map(({ guard, assign, jump }, i) => {
    const run = (k: Drafts, me: { mine: number }) => {
      if (guard && get(k, me, guard.of) !== choose(...guard.values)) return wait;
      for (const { to, adds, values } of assign) set(k, me, to, (adds ? get(k, me, to) : 0) + choose(...values));
      if (jump && get(k, me, jump.of) === jump.value) return jump.target < steps.length ? `s${jump.target}` : done;
    };
    return [`s${i}`, run] as const;
  });
  return w.path(`thread ${thread}`, { mine: int(0, 2) }, Object.fromEntries(entries));
}

/** One state of a program: the shared variables, and of each thread its place and its local. */
interface Plain extends Drafts {
  readonly threads: readonly { readonly at: number; readonly mine: number }[];
}
type Outcome = Plain | "waits" | "out of range";

const get = (state: Plain, thread: number, of: Variable): number =>
  of === "mine" ? state.threads[thread]!.mine : Number(state[of]);

const withThread = (state: Plain, thread: number, change: Partial<Plain["threads"][number]>): Plain => ({
  ...state,
  threads: state.threads.map((old, i) => (i === thread ? { ...old, ...change } : old)),
});

function assigned(state: Plain, thread: number, [first, ...rest]: Step["assign"]): readonly Outcome[] {
  if (!first) return [state];
  return first.values.flatMap((added): readonly Outcome[] => {
    const value = added + (first.adds ? get(state, thread, first.to) : 0);
    if (first.to === "flag") return assigned({ ...state, flag: value % 2 !== 0 }, thread, rest);
    if (value < 0 || value > 2) return ["out of range"];
    if (first.to === "mine") return assigned(withThread(state, thread, { mine: value }), thread, rest);
    return assigned({ ...state, [first.to]: value }, thread, rest);
  });
}

function outcomes(compiled: Program, state: Plain, thread: number): readonly Outcome[] {
  const steps = compiled.threads[thread]!;
  const { at } = state.threads[thread]!;
  const step = steps[at];
  if (!step) return [];
  const { guard, assign, jump } = step;
  return (guard?.values ?? [null]).flatMap((value): readonly Outcome[] => {
    if (guard && get(state, thread, guard.of) !== value) return ["waits"];
    return assigned(state, thread, assign).map((after) => {
      if (typeof after === "string") return after;
      const jumps = jump && get(after, thread, jump.of) === jump.value;
      const next = Math.min(jumps ? jump.target : at + 1, steps.length);
      return withThread(after, thread, next === steps.length ? { at: next, mine: 0 } : { at: next });
    });
  });
}

function walk(compiled: Program) {
  const seen = new Map<string, number>();
  const count = { transitions: 0, done: 0, stuck: 0, depth: 0, outOfRange: false, stepsToTwo: -1 };
  const level = (states: readonly Plain[], depth: number): void => {
    const fresh = states.filter((state) => !seen.has(JSON.stringify(state)) && seen.set(JSON.stringify(state), depth));
    if (fresh.length === 0) return;
    count.depth = depth;
    if (count.stepsToTwo < 0 && fresh.some(({ a }) => a === 2)) count.stepsToTwo = depth;
    const next = fresh.flatMap((state) => {
      const taken = compiled.threads.flatMap((_, i) => outcomes(compiled, state, i)).filter((one) => one !== "waits");
      count.transitions += taken.length;
      count.outOfRange ||= taken.includes("out of range");
      if (taken.length === 0) count[state.threads.every(({ at }, i) => !compiled.threads[i]![at]) ? "done" : "stuck"]++;
      return taken.filter((one) => one !== "out of range");
    });
    level(next, depth + 1);
  };
  const threads = compiled.threads.map(() => ({ at: 0, mine: 0 }));
  level(
    compiled.starts.map((a) => ({ a, b: 0, flag: false, threads })),
    0,
  );
  return { ...count, states: seen.size };
}

test("on random programs the explorer and a walk over plain objects count the same", () => {
  const all = { states: 0, done: 0, stuck: 0, outOfRange: 0 };
  fc.assert(
    fc.property(program, (compiled) => {
      const program = toy({
        world: w,
        threads: Object.fromEntries(compiled.threads.map((steps, i) => [`t${i}`, pathOf(steps, i)])),
        specs: [isTwo],
        init: (k) => {
          k.a = choose(...compiled.starts);
        },
      });
      const { states, transitions, done, stuck, depth, found } = exploreAll(program);
      const outOfRange = found.has("in-range");
      const stepsToTwo = found.get("two")?.moves.length ?? -1;
      assert.deepEqual({ states, transitions, done, stuck, depth, outOfRange, stepsToTwo }, walk(compiled));
      for (const [name, schedule] of found) replay(program, schedule, name === "two" ? isTwo : name);
      all.states += states;
      all.done += done;
      all.stuck += stuck;
      all.outOfRange += Number(outOfRange);
    }),
    { seed: 20_201_014, numRuns: 1000 },
  );
  // The programs are not all trivial.
  for (const [what, count] of Object.entries(all)) assert.ok(count > 50, `${what}: ${count}`);
});
