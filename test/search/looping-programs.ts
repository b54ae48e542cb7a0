import { scMachine } from "../../src/memory/sc/machine.ts";
import type { State } from "../../src/machine/state.ts";
import {
  acquire,
  int,
  once,
  release,
  spinlock,
  symmetric,
  wait,
  world,
  type ProgressSpec,
  type StateOf,
} from "faultline";
import type { Flow, Path } from "../../src/model/path.ts";
import type { Idle } from "../../src/model/scenario.ts";
import { type Program } from "../../src/machine/program.ts";
import { reach } from "../../src/analysis/reach.ts";
import { isFinished, shouldFinish } from "../../src/machine/finish.ts";
import { toy } from "../machine/toy.ts";

export const w = world({ x: int(0, 2), y: int(0, 2), l: spinlock, m: spinlock });
type K = StateOf<typeof w>;

/**
 * A step as text. `x = 1` stores; `await x 1` waits for a value and `until x 1` spins for it; `if x 1` goes back to the
 * first step, `out x 1` ends the thread; `L l`, `U l`, `T l` take, leave and try to take a lock, `T` going back to the first step.
 */
function stepOf(text: string, label: string, first: string) {
  const [verb = "", name = "x", value = ""] = text.replace(/^([xy]) = /, "set $1 ").split(" ");
  const is = (k: K): boolean => k[name as "x" | "y"] === Number(value);
  const isHeld = (k: K): boolean => k[name as "l" | "m"];
  const hold = (k: K, held: boolean): void => void (k[name as "l" | "m"] = held);
  const steps: Readonly<Record<string, unknown>> = {
    set: once((k: K): void => void (k[name as "x" | "y"] = Number(value))),
    await: acquire((k: K): Flow => (is(k) ? undefined : wait)),
    until: acquire((k: K): Flow => (is(k) ? undefined : label)),
    if: once((k: K): Flow => (is(k) ? first : undefined)),
    out: once((k: K): Flow => (is(k) ? "end" : undefined)),
    L: acquire((k: K): Flow => (isHeld(k) ? wait : hold(k, true))),
    T: acquire((k: K): Flow => (isHeld(k) ? first : hold(k, true))),
    U: release((k: K): void => hold(k, false)),
  };
  return steps[verb];
}

export function pathOf(name: string, text: string): Path {
  const texts = text.split("; ");
  const labels = texts.map((one, i) => `${i}: ${one}`);
  const steps = texts.map((one, i) => [labels[i], stepOf(one, labels[i]!, labels[0]!)]);
  return w.path(name, {}, Object.fromEntries([...steps, ["end", once(() => {})]]) as never) as Path;
}

/** The threads of these texts, `t0`, `t1`, ...; of the first one, as many as `members`, which are not told apart. */
export const looping = (
  texts: readonly string[],
  { members = 1, idle = [] as Idle, specs = [] as readonly ProgressSpec<K>[] } = {},
): Program =>
  toy({
    world: w,
    idle,
    specs,
    threads: Object.fromEntries(
      texts.map((text, i) => [
        `t${i}`,
        i === 0 && members > 1 ? symmetric(members, () => pathOf("p0", text)) : pathOf(`p${i}`, text),
      ]),
    ),
  });

/** States by number, where each leads, and whether the run is over there or can fail a check. */
export interface Naive {
  readonly next: readonly (readonly number[])[];
  readonly isOver: readonly boolean[];
  readonly pointOf: (state: number, thread: number) => number;
  readonly states: readonly State[];
}

/** By state: the threads that can no longer finish, found by following each state for each thread. */
export function doomedIn(program: Program, { next, isOver, pointOf }: Naive): readonly (readonly number[])[] {
  const canFinish = (start: number, thread: number): boolean => {
    const seen = new Set([start]);
    for (const state of seen) {
      if (isOver[state] || isFinished(program.threads[thread]!, pointOf(state, thread))) return true;
      for (const other of next[state]!) seen.add(other);
    }
    return false;
  };
  const asked = [...program.threads.keys()].filter((thread) => shouldFinish(program.threads[thread]!));
  return next.map((_, state) => asked.filter((thread) => !canFinish(state, thread)));
}

/** All states of a machine, one by one. */
export function naive(program: Program, most: number): Naive | undefined {
  const machine = scMachine(program);
  const { states, transitions, isComplete } = reach(machine, machine.initial, most);
  if (!isComplete) return undefined;
  return graphOf(states.length, transitions, (state, thread) => states[state]!.points.get(thread)!, states);
}

export function graphOf(
  count: number,
  transitions: readonly { readonly from: number; readonly to: number | undefined }[],
  pointOf: Naive["pointOf"],
  states: readonly State[] = [],
): Naive {
  const next: number[][] = Array.from({ length: count }, () => []);
  const isOver = next.map(() => true);
  const fails = new Set<number>();
  for (const { from, to } of transitions) {
    isOver[from] = false;
    if (to === undefined) fails.add(from);
    else next[from]!.push(to);
  }
  return { next, isOver: isOver.map((over, state) => over || fails.has(state)), pointOf, states };
}

const VALUES = ["x 0", "x 1", "x 2", "y 0", "y 1"];
const ONCE = ["x = 0", "x = 1", "x = 2", "y = 0", "y = 1", "L l", "U l", "L m", "U m", "T l", "T m"];
const STEPS = [
  ...ONCE,
  ...["await", "until", "if", "out"].flatMap((verb) => VALUES.map((value) => `${verb} ${value}`)),
];

/** A text of one to four steps. */
export const randomText = (next: (below: number) => number): string =>
  Array.from({ length: 1 + next(4) }, () => STEPS[next(STEPS.length)]!).join("; ");
