import type { Cell } from "../../model/access.ts";
import type { Value } from "../../model/domain.ts";
import { initialStates } from "../../machine/program.ts";
import { Candidates } from "./candidates.ts";
import { presentValue } from "./layout.ts";
import { closing } from "./load-cycles.ts";
import { wasCut } from "../../machine/exploration.ts";
import type { Ends } from "../../machine/machine.ts";
import { isAccident } from "../../model/spec.ts";
import type { Lkmm } from "./lkmm.ts";
import type { LkmmEffect } from "./transitions.ts";
import { isMove, LkmmGraph, type IsLast } from "./graph.ts";

// A run that reaches an end is allowed as a rule; where the first few are not, all executions are gone through.
const MOST_STATES_TRIED = 4;
const MOST_RUNS = 10;

/**
 * What the machine of LKMM ends with, each certified by the axioms: by a run of the machine or, where the first ones are
 * forbidden, by all executions of the program. Throws a ModelError where there are more than `maxStates` states.
 */
export function lkmmEnds(lkmm: Lkmm, fields: readonly Cell[], maxStates: number): Ends {
  const graph = new LkmmGraph(lkmm);
  const { states } = graph;
  const { layout } = lkmm;
  const failing: number[] = [];
  const ends = new Map<string, { readonly values: readonly Value[]; readonly found: number[] }>();
  for (let i = 0; i < states.size; i++) {
    const state = states.get(i);
    if (lkmm.isDone(state)) {
      const values = fields.map((cell) => presentValue(layout, state, cell));
      const key = JSON.stringify(values);
      const end = ends.get(key) ?? { values, found: [] };
      ends.set(key, end);
      if (end.found.length < MOST_STATES_TRIED) end.found.push(i);
      continue;
    }
    graph.expand(i);
    let fails = false;
    lkmm.forEachEffect(state, (effect) => {
      if (isMove(effect)) graph.reach(effect.state);
      else fails ||= isOops(effect);
    });
    if (fails && failing.length < MOST_STATES_TRIED) failing.push(i);
    if (states.size > maxStates) throw wasCut(`--max-states ${maxStates}`);
  }
  // How a run finds a lock that it does not take is no event of it.
  const isAllowed = (state: number, isLast?: IsLast): boolean =>
    typeof graph.certify(state, isLast, { runs: MOST_RUNS }) === "object";
  const hasWitness = (found: readonly number[]): boolean =>
    !layout.keepsHolders && found.some((state) => isAllowed(state));
  let candidates: Candidates | undefined;
  const verdicts = [...ends.values()].map(({ values, found }) => {
    if (hasWitness(found)) return { values, verdict: true as const };
    candidates ??= new Candidates(layout, initialStates(lkmm.source)[0]!);
    return { values, verdict: candidates.allows(new Map(fields.map((cell, i) => [cell, values[i]!]))) };
  });
  const those = (wanted: boolean | "unknown"): readonly (readonly Value[])[] =>
    verdicts.filter(({ verdict }) => verdict === wanted).map(({ values }) => values);
  return {
    allowed: those(true),
    undecided: those("unknown"),
    fails: failing.some((state) => layout.keepsHolders || isAllowed(state, isOops)),
    mayBufferLoads: closing(layout.unordered, layout.threads).length > 0,
  };
}

const isOops = ({ taken }: LkmmEffect): boolean => taken?.leaf.kind === "violation" && isAccident(taken.leaf.check);
