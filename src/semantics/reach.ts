import { initialStates, type Machine } from "./machine.ts";
import { effectsOf, type Effect } from "./step.ts";
import { stateKey, type State } from "./state.ts";

/** A step from one state to another; without `to` where it ends in a failed check. */
export interface Transition {
  readonly from: number;
  readonly to: number | undefined;
  readonly effect: Effect;
}

/** States by number, in the order a breadth-first search reaches them, and every transition between them. */
export interface Reach {
  readonly states: readonly State[];
  readonly initial: number;
  readonly transitions: readonly Transition[];
  /** The number of a state that was reached. */
  numberOf(state: State): number | undefined;
  /** False if there are more than `most` states: then these are the first of them, and the transitions among them. */
  readonly isComplete: boolean;
}

/** The reachable states with all that leads from one to another, as `explore` visits them but kept. */
export function reach(machine: Machine, most: number): Reach {
  const key = stateKey(machine.cells);
  const numbers = new Map<string, number>();
  const states: State[] = [];
  const transitions: Transition[] = [];
  let isComplete = true;
  const number = (state: State): number | undefined => {
    const name = key(state);
    const known = numbers.get(name);
    if (known !== undefined) return known;
    if (states.length >= most) {
      isComplete = false;
      return undefined;
    }
    numbers.set(name, states.length);
    return states.push(state) - 1;
  };
  for (const state of initialStates(machine)) number(state);
  const initial = states.length;
  for (let from = 0; from < states.length; from++)
    for (const [thread] of machine.threads.entries())
      for (const effect of effectsOf(machine, states[from]!, thread)) {
        if (effect.outcome.kind === "blocked") continue;
        const to = effect.outcome.kind === "moved" ? number(effect.outcome.state) : undefined;
        // A step to a state that is one too many is not a failed check.
        if (effect.outcome.kind === "violation" || to !== undefined) transitions.push({ from, to, effect });
      }
  return { states, initial, transitions, isComplete, numberOf: (state) => numbers.get(key(state)) };
}
