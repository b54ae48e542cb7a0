import type { Cell } from "../../model/access.ts";
import type { Value } from "../../model/domain.ts";
import { BUILT_IN_NAMES, FAILS_IN_STEP, type Spec } from "../../model/spec.ts";
import { initialStates } from "../../machine/program.ts";
import { judge } from "../../machine/judge.ts";
import { Candidates } from "./candidates.ts";
import type { LkmmGraph } from "./graph.ts";
import { presentValue } from "./layout.ts";
import type { Lkmm } from "./lkmm.ts";

// Of more, the first ones would be no answer.
const MOST_INITIAL = 8;
const MOST_ENDS = 200;

/**
 * Of these specs and checks, for each of which every run of the machine that was tried is forbidden: those that no execution
 * breaks at all. Where the machine says of states that they are one, there may be other runs to them; all executions are gone
 * through instead, as far as they are few.
 */
export function refuted(lkmm: Lkmm, { states }: LkmmGraph, names: ReadonlySet<string>): ReadonlySet<string> {
  const { layout, source } = lkmm;
  const initials = initialStates(source);
  if (names.size === 0 || initials.length > MOST_INITIAL) return new Set();
  const all = initials.map((initial) => new Candidates(layout, initial));
  /** By what an `atEnd` spec has read where it is violated, in every end that the machine reaches; nothing if these are many. */
  const endsOf = (spec: Spec): readonly ReadonlyMap<Cell, Value>[] | undefined => {
    const ends = new Map<string, ReadonlyMap<Cell, Value>>();
    for (let i = 0; i < states.size && ends.size <= MOST_ENDS; i++) {
      const state = states.get(i);
      if (!lkmm.isDone(state)) continue;
      const read = new Map<Cell, Value>();
      const { holds } = judge(source, spec, (cell) => {
        const value = presentValue(layout, state, cell);
        read.set(cell, value);
        return value;
      });
      if (!holds) ends.set([...read].map(([{ index }, value]) => `${index}=${String(value)}`).join(), read);
    }
    return ends.size > MOST_ENDS ? undefined : [...ends.values()];
  };
  const isRefuted = (name: string): boolean => {
    const check = BUILT_IN_NAMES.find((one) => one === name && FAILS_IN_STEP.has(one));
    if (check !== undefined) return all.every((candidates) => candidates.fails(check) === false);
    const spec = source.scenario.specs.find((one) => one.name === name);
    const ends = spec?.kind === "atEnd" && !layout.keepsHolders ? endsOf(spec) : undefined;
    return ends?.every((end) => all.every((candidates) => candidates.allows(end) === false)) === true;
  };
  return new Set([...names].filter(isRefuted));
}
