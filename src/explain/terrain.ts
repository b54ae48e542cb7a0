import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { InternalError } from "../model/error.ts";
import type { Spec } from "../model/spec.ts";
import { lkmmSpecs } from "../memory/lkmm/spec.ts";
import type { Schedule } from "../machine/schedule.ts";
import { isDone } from "../machine/finish.ts";
import { initialStates, type Program } from "../machine/program.ts";
import type { Lkmm, LkmmEffect } from "../memory/lkmm/machine.ts";
import { initialOf, presentValue } from "../memory/lkmm/layout.ts";
import type { TsoProgram } from "../memory/tso/machine.ts";
import type { Space } from "../search/reach.ts";
import type { Failure } from "../machine/execute-step.ts";
import { DONE, readerOf, stateKey, type State } from "../machine/state.ts";
import { effectsOf, type Effect } from "../machine/step.ts";
import { accountLkmm } from "./lkmm/account.ts";
import { accountTso } from "./tso/account.ts";
import { failureOf } from "./lkmm/ending.ts";
import { heldLkmm, heldTso, type Held } from "./held.ts";
import { recordLkmm } from "./lkmm/record.ts";
import type { Account } from "../machine/trace.ts";
import { runSchedule } from "../machine/run.ts";
import { accountOf } from "../machine/tell.ts";

/** A step that can be taken in a state: where it leads, or which check it fails. */
export interface Way<S> {
  /** Tells it from the other ways out of the same state. */
  readonly key: string;
  readonly to: S | undefined;
  readonly failed: Failure | undefined;
  /** Its store alone violates the spec, or meets it, wherever it is put: then the state it leads to need not show it. */
  meets(spec: Spec): boolean;
  account(): Account;
}

/** The states of a scenario under a memory model, and the steps between them. */
export interface Terrain<S> extends Space<S, Way<S>> {
  /** All CPUs are done, and what they stored is in memory. */
  isDone(state: S): boolean;
  /** Where a thread is, as an index into its control points, or DONE. */
  pointOf(state: S, thread: number): number;
  /** Memory as a spec sees it; under lkmm, the last store to each word. */
  readonly read: (state: S, cell: Cell) => Value;
  held(state: S): readonly Held[];
  /** The states of a run, each with the way that is taken there; none in the last one, unless a check fails there. */
  along(schedule: Schedule): readonly { readonly state: S; readonly way: Way<S> | undefined }[];
}

/** Under sequential consistency, or with the store buffers of `tso`, which is the machine then. */
export function ordinaryTerrain(program: Program, tso?: TsoProgram): Terrain<State> {
  const way = (effect: Effect, before: State): Way<State> => ({
    key: `${effect.move.thread} ${effect.move.picks.join()}`,
    to: effect.outcome.kind === "moved" ? effect.outcome.state : undefined,
    failed: effect.outcome.kind === "violation" ? effect.outcome : undefined,
    meets: () => false,
    account: () => (tso ? accountTso(tso, effect, before) : accountOf(effect, before)),
  });
  return {
    initial: initialStates(program),
    key: stateKey(program.cells),
    ways: (state) =>
      program.threads
        .flatMap((_, thread) => effectsOf(program, state, thread))
        .filter(({ outcome }) => outcome.kind !== "blocked")
        .map((effect) => way(effect, state)),
    isDone: (state) => isDone(program, state),
    pointOf: ({ points }, thread) => points.get(thread)!,
    read: (state, cell) => readerOf(state)(cell),
    held: (state) => (tso ? heldTso(tso, state) : []),
    along: (schedule) => {
      const { moments, last, failed } = runSchedule(program, schedule, "a graph");
      const run = moments.map(({ effect, before }) => ({ state: before, way: way(effect, before) }));
      return failed ? run : [...run, { state: last, way: undefined }];
    },
  };
}

/**
 * Under LKMM. The states are those that its search looks at: where a step concerns its own CPU alone, it is taken before
 * all others.
 */
export function lkmmTerrain(lkmm: Lkmm): Terrain<Int32Array> {
  const { layout } = lkmm;
  const { program } = layout;
  const asked = lkmmSpecs(lkmm);
  const way = (effect: LkmmEffect, before: Int32Array): Way<Int32Array> => {
    const { thread, picks, at = "", inserted = "", state } = effect;
    const failed = failureOf(layout, { before, effect });
    return {
      key: `${thread} ${picks.join()} ${at} ${inserted}`,
      to: failed ? undefined : state,
      failed,
      meets: (spec) => spec.kind !== "atEnd" && asked(spec).askOfStore(before, effect),
      account: () => accountLkmm(lkmm, before, effect),
    };
  };
  return {
    initial: initialStates(program).map((state) => initialOf(layout, state)),
    key: (state) => state.join(),
    ways: (state) => {
      const ways: Way<Int32Array>[] = [];
      lkmm.forEachEffect(state, (effect) => ways.push(way({ ...effect, state: effect.state.slice() }, state)));
      return ways;
    },
    isDone: (state) => lkmm.isDone(state),
    pointOf: (state, thread) => state[layout.points + thread]! + DONE,
    read: (state, cell) => presentValue(layout, state, cell),
    held: heldLkmm(lkmm),
    along: (schedule) => {
      const recorded = recordLkmm(lkmm, schedule);
      if ("obstacle" in recorded) throw new InternalError(`a run cannot be drawn: ${recorded.obstacle}`);
      const { steps, final } = recorded.finish();
      const run = steps.map(({ before, effect }) => ({ state: before, way: way(effect, before) }));
      return run.at(-1)?.way.failed ? run : [...run, { state: final, way: undefined }];
    },
  };
}
