import assert from "node:assert/strict";
import type { Cell } from "../../src/model/access.ts";
import { alikeIn, exchangedState } from "../../src/analysis/alike.ts";
import type { Labels } from "../../src/analysis/kin.ts";
import { symmetryOf, type Group } from "../../src/analysis/symmetry.ts";
import { LIFE } from "../../src/model/access.ts";
import { initialStates, type Program } from "../../src/machine/program.ts";
import { effectsOf } from "../../src/machine/step.ts";
import { stateKey, type State } from "../../src/machine/state.ts";
import { takeApart } from "../../src/analysis/reachable.ts";
import { searchAll, verdictsOf } from "./agreement.ts";

/** Every reachable state, by plain search. */
function reachable(program: Program): readonly State[] {
  const key = stateKey(program.cells);
  const states = new Map(initialStates(program).map((state) => [key(state), state]));
  for (const state of states.values())
    for (const thread of program.threads.keys())
      for (const { outcome } of effectsOf(program, state, thread))
        if (outcome.kind === "moved" && !states.has(key(outcome.state))) states.set(key(outcome.state), outcome.state);
  return [...states.values()];
}

/** How many states there are when the members of each group count as one another. */
function orbitsOf(program: Program, groups: readonly Group[]): number {
  const grouped = new Set<Cell>(groups.flatMap(({ members }) => members.flatMap(({ cells }) => cells)));
  const threads = new Set(groups.flatMap(({ members }) => members.map(({ thread }) => thread)));
  const states = reachable(program);
  // A pointer that never changes, as one of a member to what is its own, would have to move along.
  const isConstant = (cell: Cell): boolean =>
    cell.isPointer === true && states.every(({ cells }) => cells.get(cell.index) === states[0]!.cells.get(cell.index));
  const constant = new Set(program.cells.filter(isConstant));
  const nameOf = (state: State): string => {
    const rest = program.cells.filter((cell) => !grouped.has(cell)).map((cell) => state.cells.get(cell.index));
    const points = state.points.filter((_, thread) => !threads.has(thread)).toArray();
    const members = groups.map((group) =>
      group.members
        .map(({ thread, cells }) =>
          JSON.stringify([
            state.points.get(thread),
            ...cells.filter((cell) => !constant.has(cell)).map((cell) => state.cells.get(cell.index)),
          ]),
        )
        .toSorted(),
    );
    return JSON.stringify([rest, points, members]);
  };
  return new Set(states.map(nameOf)).size;
}

/** All orders of so many. */
function ordersOf(count: number): readonly (readonly number[])[] {
  if (count === 0) return [[]];
  return ordersOf(count - 1).flatMap((rest) =>
    Array.from({ length: count }, (_, i) => rest.toSpliced(i, 0, count - 1)),
  );
}

/** The same where pointers are renamed: every state is put into every order, objects that nobody has had left where they are. */
function relabelledOrbitsOf(program: Program, labels: Labels): number {
  const key = stateKey(program.cells);
  const places = labels.kin.reduce<readonly (readonly (readonly number[])[])[]>(
    (before, { members }) => before.flatMap((one) => ordersOf(members.length).map((order) => [...one, order])),
    [[]],
  );
  const exchanges = places.map((to) => ({ to, exchanged: labels.exchange(to) }));
  const states = reachable(program);
  const names = states.map((state) => {
    const isFresh = (k: number, m: number): boolean => {
      const { life } = labels.kin[k]!.members[m]!;
      return life !== undefined && state.cells.get(life.index) === LIFE.fresh;
    };
    return exchanges
      .filter(({ to }) =>
        to.every((order, k) => order.every((place, m) => place === m || (!isFresh(k, m) && !isFresh(k, place)))),
      )
      .map(({ exchanged }) => key(exchangedState(program, exchanged, state)))
      .toSorted()[0];
  });
  return new Set(names).size;
}

export const alikeOf = (program: Program) => {
  const { trees, positionsOf } = takeApart(program);
  return alikeIn(program, trees, positionsOf);
};

export const groupsOf = (program: Program) => {
  const { trees, positionsOf } = takeApart(program);
  return symmetryOf(program, trees, positionsOf);
};

/** Both searches say the same, with traces of the same length; the reduced one counts each orbit once. */
export async function assertReduced(program: Program): Promise<number> {
  const [full, reduced] = [await searchAll(program), await searchAll(program, { symmetry: true })];
  assert.deepEqual(verdictsOf(program, reduced), verdictsOf(program, full));
  assert.equal(reduced.depth, full.depth);
  assert.equal(reduced.done > 0, full.done > 0);
  assert.equal(reduced.stuck > 0, full.stuck > 0);
  const { groups, labels } = alikeOf(program);
  assert.equal(reduced.states, labels ? relabelledOrbitsOf(program, labels) : orbitsOf(program, groups));
  return full.states - reduced.states;
}
