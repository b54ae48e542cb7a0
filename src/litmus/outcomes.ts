import { initialStates, type Machine } from "../semantics/machine.ts";
import { DONE, stateKey, type State } from "../semantics/state.ts";
import { effectsOf } from "../semantics/step.ts";

export function finalStates(machine: Machine): readonly State[] {
  const key = stateKey(machine.cells);
  const seen = new Set<string>();
  const stack: State[] = [];
  const finals: State[] = [];
  const reach = (state: State): void => {
    const name = key(state);
    if (seen.has(name)) return;
    seen.add(name);
    stack.push(state);
  };
  initialStates(machine).forEach(reach);
  for (let state = stack.pop(); state; state = stack.pop()) {
    if (state.points.every((point) => point === DONE)) finals.push(state);
    for (let thread = 0; thread < machine.threads.length; thread++)
      for (const effect of effectsOf(machine, state, thread))
        if (effect.outcome.kind === "moved") reach(effect.outcome.state);
  }
  return finals;
}
