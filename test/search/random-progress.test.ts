import assert from "node:assert/strict";
import { test } from "node:test";
import {
  acquire,
  choose,
  complete,
  completion,
  int,
  lock,
  lockShared,
  mutex,
  once,
  rwsem,
  trylock,
  unlock,
  unlockShared,
  wait,
  waitForCompletion,
  world,
  type StateOf,
} from "faultline";
import { FAILS } from "../../src/analysis/step-graph.ts";
import { reach } from "../../src/analysis/reach.ts";
import type { Machine } from "../../src/machine/machine.ts";
import { scMachine } from "../../src/memory/sc/machine.ts";
import { tsoMachine } from "../../src/memory/tso/machine.ts";
import type { Flow } from "../../src/model/path.ts";
import { resultOf } from "../../src/result/result-of.ts";
import { specOf, toy } from "../machine/toy.ts";
import { randomNumbers } from "../random-numbers.ts";
import { searched } from "./searched.ts";

const w = world({ m: mutex, r: rwsem, c: completion, x: int(0, 2), y: int(0, 2) });
type K = StateOf<typeof w>;

/** Steps that belong together, as words: `L` and `U` lock and unlock, `T` goes back if it cannot; `R` reads, `W` writes. */
const SECTIONS = [
  ["L m", "x = 1", "U m"],
  ["T m", "y = 1", "U m"],
  ["L m", "await y 1", "U m"],
  ["L m", "U m", "if x 0"],
  ["R r", "x = 0", "r r"],
  ["R r", "r r", "if y 0"],
  ["W r", "x = 2", "w r"],
  ["W r", "y = 1", "w r", "if x 2"],
  ["C c"],
  ["D c"],
  ["D c", "C c", "if x 0"],
  ["x = 0"],
  ["x = 1"],
  ["y = 0"],
  ["y = 1"],
  ["pick x"],
  ["pick y", "if y 0"],
  ["until x 1"],
  ["await x 0"],
  ["if x 0"],
  ["if y 1"],
];

/** Only strong fairness lets the first one have the lock. */
const STARVING = [
  ["L m", "x = 1", "U m"],
  ["L m", "U m", "if x 0"],
];

function stepOf(text: string, label: string, first: string): unknown {
  const [verb = "", name = "", value = ""] = text.replace(/^([xy]) = /, "set $1 ").split(" ");
  const is = (k: K): boolean => k[name as "x" | "y"] === Number(value);
  return {
    L: lock((k: K) => k.m),
    T: trylock((k: K) => k.m).then({ false: first }),
    U: unlock((k: K) => k.m),
    R: lockShared((k: K) => k.r),
    r: unlockShared((k: K) => k.r),
    W: lock((k: K) => k.r),
    w: unlock((k: K) => k.r),
    C: complete((k: K) => k.c),
    D: waitForCompletion((k: K) => k.c),
    set: once((k: K): void => void (k[name as "x" | "y"] = Number(value))),
    pick: once((k: K): void => void (k[name as "x" | "y"] = choose(0, 1))),
    await: acquire((k: K): Flow => (is(k) ? undefined : wait)),
    until: acquire((k: K): Flow => (is(k) ? undefined : label)),
    if: once((k: K): Flow => (is(k) ? first : undefined)),
  }[verb];
}

const pathOf = (name: string, texts: readonly string[]) => {
  const labels = texts.map((text, i) => `${i}: ${text}`);
  const steps = texts.map((text, i) => [labels[i], stepOf(text, labels[i]!, labels[0]!)]);
  return w.path(name, {}, Object.fromEntries(steps) as { step: () => void });
};

/** Every step between two states of a machine, and which threads can step in each. */
interface Graph {
  readonly count: number;
  readonly initial: readonly number[];
  readonly edges: readonly { readonly from: number; readonly to: number; readonly thread: number }[];
  readonly can: readonly ReadonlySet<number>[];
  readonly threads: readonly number[];
}

function graphOf<S>(machine: Machine<S>): { readonly graph: Graph; readonly states: readonly S[] } {
  const reached = reach(machine, machine.initial, Infinity);
  const { states, transitions } = reached;
  const can = states.map(() => new Set<number>());
  for (const { from, step } of transitions) can[from]!.add(step.thread);
  const edges = transitions.map(({ from, to, step }) => ({ from, to: to ?? FAILS, thread: step.thread }));
  return {
    graph: {
      count: states.length,
      initial: machine.initial.map((state) => reached.numberOf(state)!),
      edges: edges.filter(({ to }) => to !== FAILS),
      can,
      threads: [...machine.running.threads.keys()],
    },
    states,
  };
}

/** By state: those that can be reached from it by some of the edges, by one at least. */
function ahead(count: number, edges: Graph["edges"]): readonly ReadonlySet<number>[] {
  const next = Array.from({ length: count }, (): number[] => []);
  for (const { from, to } of edges) next[from]!.push(to);
  return next.map((first) => {
    const seen = new Set(first);
    for (const state of seen) for (const to of next[state]!) seen.add(to);
    return seen;
  });
}

/**
 * Whether a fair run goes on for ever without `to`, from the start or from `from`. A run that is strongly fair leaves some
 * threads behind, which then must not be able to step anywhere in its loop: each set of threads is tried as those. For a
 * weakly fair one the largest loops are enough.
 */
function goesOn(
  { count, initial, edges, can, threads }: Graph,
  from: ((state: number) => boolean) | undefined,
  to: (state: number) => boolean,
  fairness: "weak" | "strong",
): boolean {
  const all = Array.from({ length: count }, (_, state) => state);
  const waiting = edges.filter((edge) => !to(edge.from) && !to(edge.to));
  const reached = ahead(count, waiting);
  const starts = (from ? all.filter(from) : initial).filter((state) => !to(state));
  const here = new Set(starts.flatMap((state) => [state, ...reached[state]!]));
  if ([...here].some((state) => can[state]!.size === 0)) return true;
  const left = fairness === "weak" ? [0] : Array.from({ length: 2 ** threads.length }, (_, set) => set);
  return left.some((set) => {
    const isLeft = (thread: number): boolean => ((set >> thread) & 1) === 1;
    const may = (state: number): boolean => here.has(state) && ![...can[state]!].some(isLeft);
    const inside = waiting.filter((edge) => may(edge.from) && may(edge.to));
    const further = ahead(count, inside);
    return all.some((state) => {
      if (!further[state]!.has(state)) return false;
      const loop = all.filter((one) => further[state]!.has(one) && further[one]!.has(state));
      const steps = (thread: number): boolean =>
        inside.some((edge) => edge.thread === thread && loop.includes(edge.from) && loop.includes(edge.to));
      const isServed = (thread: number): boolean =>
        steps(thread) || (fairness === "weak" ? loop.some((one) => !can[one]!.has(thread)) : isLeft(thread));
      return threads.every(isServed);
    });
  });
}

const RUNS = Number(process.env["FAULTLINE_RUNS"] ?? 20);
// What is asked by hand takes the cube of that.
const MOST_STATES = 120;

test("on random programs of locks, endless runs are those that a look at all loops finds, whatever searches", async () => {
  const next = randomNumbers(77);
  const seen = { violated: 0, holds: 0, vacuous: 0, loops: 0, strongOnly: 0, tso: 0 };
  for (let run = 0; run < RUNS; run++) {
    const random = (): readonly string[] =>
      Array.from({ length: 1 + next(3) }, () => SECTIONS[next(SECTIONS.length)]!).flat();
    const texts = run === 0 ? STARVING : Array.from({ length: 2 + next(2) }, random);
    const [x, y] = run === 0 ? [1, 0] : [next(3), next(2)];
    const [isX, isY] = [(k: K): boolean => k.x === x, (k: K): boolean => k.y === y];
    const specs = (["weak", "strong"] as const).flatMap((fairness) => [
      w.eventually(`comes-${fairness}`, "x comes", isX, { fairness }),
      w.leadsTo(`follows-${fairness}`, "x follows on y", isY, isX, { fairness }),
    ]);
    const program = toy({
      world: w,
      threads: Object.fromEntries(texts.map((all, t) => [`t${t}`, pathOf(`p${t}`, all)])),
      specs,
    });
    for (const memory of ["sc", "tso"] as const) {
      let machine: Machine;
      try {
        machine = (memory === "sc" ? scMachine(program) : tsoMachine(program)) as Machine;
      } catch {
        continue;
      }
      if (!reach(machine, machine.initial, MOST_STATES).isComplete) continue;
      const { graph, states } = graphOf(machine);
      const found = await searched(program, { memory });
      const result = resultOf(program, found, "faultline check toy");
      const others = [
        await searched(program, { memory, isPlain: true }),
        await searched(program, { memory, size: { statesPerShard: 1, slots: 2 ** 10 } }),
      ];
      for (const { name, from, to, fairness } of program.scenario.progress) {
        const met = (question: typeof to) => (state: number) => machine.ask(question, states[state]) === true;
        const { verdict, trace } = specOf(result, name);
        const expected = goesOn(graph, from && met(from), met(to), fairness);
        const text = `${texts.map((all) => all.join("; ")).join(" || ")}: ${name} of x ${x}, y ${y} under ${memory}`;
        assert.equal(verdict === "violated", expected, text);
        for (const other of others) assert.deepEqual(other.found.get(name), found.found.get(name), text);
        seen[verdict as "holds"]++;
        if (trace?.schedule.loop !== undefined) seen.loops++;
        if (memory === "tso") seen.tso++;
      }
      const said = (name: string): string => specOf(result, name).verdict;
      if (said("comes-weak") !== said("comes-strong")) seen.strongOnly++;
    }
  }
  for (const [what, times] of Object.entries(seen)) assert.ok(times > 0, `${what}: ${times}`);
});
