/** States and the steps between them, whatever a state is. */
export interface Space<S, W> {
  readonly initial: readonly S[];
  /** Equal for equal states alone. */
  readonly key: (state: S) => string;
  /** What can happen next, in the order in which it is looked at. */
  ways(state: S): readonly W[];
}

/** Leads to another state; nowhere, if it ends in a failed check. */
interface LeadsTo<S> {
  readonly to: S | undefined;
}

/** A way from one state to another; without `to` where it ends in a failed check. */
export interface Transition<W> {
  readonly from: number;
  readonly to: number | undefined;
  readonly way: W;
}

/** States by number, in the order a breadth-first search reaches them, and every transition between them. */
export interface Reach<S, W> {
  readonly states: readonly S[];
  readonly transitions: readonly Transition<W>[];
  /** The number of a state that was reached. */
  numberOf(state: S): number | undefined;
  /** False if there are more than `most` states: then these are the first of them, and the transitions among them. */
  readonly isComplete: boolean;
}

/** The reachable states with all that leads from one to another, as `explore` visits them but kept. */
export function reach<S, W extends LeadsTo<S>>(space: Space<S, W>, most: number): Reach<S, W> {
  const numbers = new Map<string, number>();
  const states: S[] = [];
  const transitions: Transition<W>[] = [];
  let isComplete = true;
  const number = (state: S): number | undefined => {
    const name = space.key(state);
    const known = numbers.get(name);
    if (known !== undefined) return known;
    if (states.length >= most) {
      isComplete = false;
      return undefined;
    }
    numbers.set(name, states.length);
    return states.push(state) - 1;
  };
  for (const state of space.initial) number(state);
  for (let from = 0; from < states.length; from++)
    for (const way of space.ways(states[from]!)) {
      const to = way.to && number(way.to);
      // A step to a state that is one too many is not a failed check.
      if (way.to === undefined || to !== undefined) transitions.push({ from, to, way });
    }
  return { states, transitions, isComplete, numberOf: (state) => numbers.get(space.key(state)) };
}
