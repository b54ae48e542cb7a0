import type { Cell } from "../../model/access.ts";
import type { Value } from "../../model/domain.ts";
import type { MemoryModel } from "../../model/memory.ts";
import { InternalError } from "../../model/error.ts";
import type { Move } from "../../machine/schedule.ts";
import { isDone } from "../../machine/finish.ts";
import { judge } from "../../machine/judge.ts";
import { type Machine, type Option, type Run, type Step, type Taken, type Unseen } from "../../machine/machine.ts";
import { initialStates, type Program } from "../../machine/program.ts";
import { readerOf, stateKey, type State } from "../../machine/state.ts";
import { effectsOf, type Effect } from "../../machine/step.ts";
import { accountOf, placeOf } from "../../machine/tell.ts";
import { stepsOf } from "./tell.ts";
import type { Account, Place, TraceStep } from "../../machine/trace.ts";
import { retrace, runSchedule, valueIn, type Trail } from "./trail.ts";

/** What a memory model whose memory is that of its states says in its own way. */
export interface Ordinary {
  readonly memory: MemoryModel;
  readonly program: Program;
  readonly running: Program;
  account(effect: Effect, before: State): Account;
  steps(trail: Trail): readonly TraceStep[];
  /** What a step that can be taken writes, where its CPU has not written it to memory yet, too. */
  writes(effect: Effect): ReadonlyMap<Cell, Value>;
  unseen(state: State): readonly Unseen[];
}

/** Sequential consistency: each step is seen by all CPUs at once. */
export const scMachine = (program: Program): Machine<State> =>
  ordinaryMachine({
    memory: "sc",
    program,
    running: program,
    account: accountOf,
    steps: stepsOf,
    writes: ({ writes }) => writes,
    unseen: () => [],
  });

/** A machine whose states are those of a program, with threads of the hardware where it has some. */
export function ordinaryMachine(ordinary: Ordinary): Machine<State> {
  const { memory, program, running } = ordinary;
  const key = stateKey(running.cells);
  const machine: Machine<State> = {
    memory,
    isSequential: running === program,
    program,
    running,
    packed: running,
    get initial() {
      return initialStates(running);
    },
    key,
    isDone: (state) => isDone(running, state),
    pointOf: ({ points }, thread) => points.get(thread)!,
    forEachStep: (state, visit) => {
      for (const effect of effectsIn(running, state)) visit(stepOf(ordinary, effect, state));
    },
    read: (state, cell) => readerOf(state)(cell),
    isOrdered: () => false,
    unseen: (state) => ordinary.unseen(state),
    ask: (spec, state) => judge(running, spec, readerOf(state)).holds === (spec.kind === "sometimes"),
    run: (schedule) => {
      const trail = retrace(running, schedule);
      return "obstacle" in trail ? trail : runOf(machine, ordinary, trail);
    },
    along: (initial, keys) => runOf(machine, ordinary, trailAlong(running, initial, keys)),
    allowsAll: true,
  };
  return machine;
}

const effectsIn = (running: Program, state: State): readonly Effect[] =>
  running.threads
    .flatMap((_, thread) => effectsOf(running, state, thread))
    .filter(({ outcome }) => outcome.kind !== "blocked");

function trailAlong(running: Program, initial: number, keys: readonly string[]): Trail {
  const moves: Move[] = [];
  let state: State | undefined = initialStates(running)[initial]!;
  for (const key of keys) {
    const effect: Effect | undefined = state && effectsIn(running, state).find((one) => keyOf(one) === key);
    if (!effect) throw new InternalError(`no step ${key} can be taken after ${moves.length} steps`);
    moves.push(effect.move);
    state = effect.outcome.kind === "moved" ? effect.outcome.state : undefined;
  }
  return runSchedule(running, { initial, moves }, "steps that were taken before");
}

const keyOf = ({ move: { thread, picks } }: Effect): string => `${thread} ${picks.join()}`;

const stepOf = (ordinary: Ordinary, effect: Effect, before: State): Step<State> => ({
  thread: effect.move.thread,
  key: keyOf(effect),
  move: effect.move,
  point: before.points.get(effect.move.thread)!,
  reads: effect.reads,
  to: effect.outcome.kind === "moved" ? effect.outcome.state : undefined,
  failed: effect.outcome.kind === "violation" ? effect.outcome : undefined,
  meets: () => false,
  account: () => ordinary.account(effect, before),
});

function runOf(machine: Machine<State>, ordinary: Ordinary, trail: Trail): Run<State> {
  const { running } = ordinary;
  const { schedule, moments, last, failed } = trail;
  const taken = moments.map(({ effect }): Taken => {
    const { move, point, reads, writes, forgotten, outcome } = effect;
    const fails = outcome.kind === "violation";
    return { thread: move.thread, key: keyOf(effect), point, reads, writes, forgotten, fails };
  });
  const isWriter =
    (cell: Cell) =>
    ({ writes, forgotten }: Taken) =>
      writes.has(cell) && !forgotten.has(cell);
  let steps: readonly TraceStep[] | undefined;
  const run: Run<State> = {
    machine,
    schedule,
    states: [...moments.map(({ before }) => before), last],
    taken,
    get steps() {
      return (steps ??= ordinary.steps(trail));
    },
    failed,
    names: () => moments.map(({ effect: { move, point } }): Place => ({ thread: move.thread, ...placeOf(point) })),
    options: () =>
      failed
        ? []
        : effectsIn(running, last)
            .map((effect): Option => {
              const { move, outcome } = effect;
              const fails = outcome.kind === "violation" ? outcome.check : undefined;
              return { move, account: ordinary.account(effect, last), writes: ordinary.writes(effect), fails };
            })
            .toSorted((a, b) => a.account.thread - b.account.thread),
    coherence: (cell) => taken.flatMap((one, i) => (isWriter(cell)(one) ? i : [])),
    found: (step, cell) => {
      const isWrittenBy = isWriter(cell);
      for (let i = step - 1; i >= 0; i--) if (isWrittenBy(taken[i]!)) return i;
      return -1;
    },
    again: (step) => {
      const { effect, before } = moments[step]!;
      const { thread, picks } = effect.move;
      const base = (cell: Cell): Value => valueIn(before, cell);
      return { thread: running.threads[thread]!, point: before.points.get(thread)!, picks, base };
    },
    forbiddenBy: () => undefined,
    told: () => run,
  };
  return run;
}
