import { lassoIn, type Lasso } from "../analysis/lasso.ts";
import { FAILS, graphOf, MOST_STATES, MOST_STEPS, type StepGraph, type Steps } from "../analysis/step-graph.ts";
import type { Limits, Progress } from "../machine/exploration.ts";
import { stepsFrom, type Machine } from "../machine/machine.ts";
import type { Schedule } from "../machine/schedule.ts";
import type { ProgressSpec, Spec } from "../model/spec.ts";

const STATES_PER_LOOK = 5_000;

/** Every state of a search that is over, by number, for whoever asks about endless runs. */
export interface Searched extends Steps {
  /** Whether a question is met in a state. */
  asking(question: Spec): (state: number) => boolean;
  /** The moves of a run, by its states and, by step, the thread and which of the steps out of its state it is. */
  scheduleOf(states: readonly number[], steps: readonly RunStep[]): Schedule;
}

export interface RunStep {
  readonly thread: number;
  readonly place: number;
}

/** What became of progress specs; of those that are not named here, every fair run does what they say. */
export interface ProgressFound {
  readonly found: ReadonlyMap<string, Schedule>;
  /** Those of kind leadsTo of which no state asks anything. */
  readonly neverBegun: ReadonlySet<string>;
  /** Those that there is no answer to, and what stopped the search for it. */
  readonly unknown: ReadonlyMap<string, string>;
}

/** Asks each progress spec whether all fair endless runs do what it says; of one that some run does not, the run. */
export function* progressOf(
  searched: Searched,
  specs: readonly ProgressSpec[],
  { stop }: Limits,
): Generator<Progress, ProgressFound> {
  const found = new Map<string, Schedule>();
  const neverBegun = new Set<string>();
  const unknown = new Map<string, string>();
  const answer = { found, neverBegun, unknown };
  const { count } = searched;
  const give = (why: string): ProgressFound => {
    for (const { name } of specs) if (!found.has(name) && !neverBegun.has(name)) unknown.set(name, why);
    return answer;
  };
  const looks = graphOf(searched, STATES_PER_LOOK);
  let look = looks.next();
  for (; look.done !== true; look = looks.next()) {
    yield { states: count, waiting: count - look.value, depth: 0 };
    const why = stop?.();
    if (why !== undefined) return give(why);
  }
  if (look.value === "too many") return give(`more than ${MOST_STATES} states, or ${MOST_STEPS} steps between them`);
  const { graph, own } = look.value;
  for (const { name, from, to, fairness } of specs) {
    const met = (question: Spec): ((state: number) => boolean) => {
      const ask = searched.asking(question);
      return (state) => ask(own[state]!);
    };
    const lasso = lassoIn(graph, { ...(from && { from: met(from) }), to: met(to), fairness });
    if (lasso === "never begun") neverBegun.add(name);
    else if (lasso) found.set(name, told(searched, graph, own, lasso));
  }
  return answer;
}

function told(searched: Searched, graph: StepGraph, own: Int32Array, { states, steps, loop }: Lasso): Schedule {
  const schedule = searched.scheduleOf(
    states.map((state) => own[state]!),
    steps.map((step, i) => ({ thread: graph.by[step]!, place: step - graph.starts[states[i]!]! })),
  );
  return { ...schedule, ...(loop !== undefined && { loop }) };
}

/** The states of a machine as the plain explorer has seen them. */
export function plainly<S>(machine: Machine<S>, states: readonly S[], numbers: ReadonlyMap<string, number>): Searched {
  const numberOf = (state: S): number => numbers.get(machine.key(state))!;
  return {
    count: states.length,
    threads: machine.running.threads.length,
    initial: machine.initial.map(numberOf),
    after: (state, tell) =>
      machine.forEachStep(states[state]!, ({ thread, to }) => tell(thread, to === undefined ? FAILS : numberOf(to))),
    asking: (question) => (state) => machine.ask(question, states[state]!) === true,
    scheduleOf: ([first, ...rest], steps) => ({
      initial: machine.initial.findIndex((state) => numberOf(state) === first),
      moves: [first!, ...rest]
        .slice(0, steps.length)
        .map((state, i) => stepsFrom(machine, states[state]!)[steps[i]!.place]!.move),
    }),
  };
}
