import type { Machine, Step } from "../machine/machine.ts";

/** A step from one state to another; without `to` where it ends in a failed check. */
export interface Transition<S> {
  readonly from: number;
  readonly to: number | undefined;
  readonly step: Step<S>;
}

/** States by number, in the order a breadth-first search reaches them, and every transition between them. */
export interface Reach<S> {
  readonly states: readonly S[];
  readonly transitions: readonly Transition<S>[];
  /** The number of a state that was reached. */
  numberOf(state: S): number | undefined;
  /** False if there are more than `most` states: then these are the first of them, and the transitions among them. */
  readonly isComplete: boolean;
}

/** The reachable states with all that leads from one to another, as `explore` visits them but kept. */
export function reach<S>(
  machine: Pick<Machine<S>, "key" | "forEachStep">,
  starts: readonly S[],
  most: number,
  see: (state: S, steps: number) => void = () => {},
): Reach<S> {
  const numbers = new Map<string, number>();
  const states: S[] = [];
  const transitions: Transition<S>[] = [];
  let isComplete = true;
  const number = (state: S): number | undefined => {
    const name = machine.key(state);
    const known = numbers.get(name);
    if (known !== undefined) return known;
    if (states.length >= most) {
      isComplete = false;
      return undefined;
    }
    numbers.set(name, states.length);
    return states.push(state) - 1;
  };
  for (const state of starts) number(state);
  for (let from = 0; from < states.length; from++) {
    let steps = 0;
    machine.forEachStep(states[from]!, (step) => {
      steps++;
      const to = step.to && number(step.to);
      // A step to a state that is one too many is not a failed check.
      if (step.to === undefined || to !== undefined) transitions.push({ from, to, step });
    });
    see(states[from]!, steps);
  }
  return { states, transitions, isComplete, numberOf: (state) => numbers.get(machine.key(state)) };
}
