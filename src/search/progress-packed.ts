import { decode, encode } from "../compile/compiled.ts";
import { valueAt } from "../compile/pack.ts";
import { FAILS } from "../analysis/step-graph.ts";
import { initialStates } from "../machine/program.ts";
import type { Move } from "../machine/schedule.ts";
import type { State } from "../machine/state.ts";
import { effectsOf, type Effect } from "../machine/step.ts";
import { InternalError } from "../model/error.ts";
import { lazySpec } from "./lazy-spec.ts";
import { States, type Finished } from "./states.ts";
import type { Searched } from "./progress.ts";
import { regionOf } from "./region.ts";

/** The states of a search over packed states, in which no thread was taken for another one. */
export function packedly(finished: Finished): Searched {
  const { compiled } = finished;
  const { program, packing } = compiled;
  const states = new States(finished);
  const region = regionOf(compiled.region);
  const [first] = states.views;
  const numberOf = (state: State): number => {
    const place = region.successors / 4;
    first!.set(encode(compiled, state), place);
    const only = { shard: 0, words: first!, places: [place] };
    states.reduce(only);
    return states.find(only, place);
  };
  const { threads } = program;
  /** By thread: where its first step is counted. */
  const firstCount = threads.map((_, t) =>
    threads.slice(0, t).reduce((sum, { points }) => sum + points.length, region.taken / 8),
  );
  /** By shard. */
  const counts = states.views.map(({ buffer }) => new BigUint64Array(buffer));
  return {
    count: states.count,
    threads: threads.length,
    initial: initialStates(program).map(numberOf),
    // Successors lie thread by thread; how many are whose, the counts of steps taken say.
    after: (state, tell) => {
      const where = states.where(state);
      const { shard, words, at } = where;
      const count = counts[shard]!;
      const counted = threads.map((_, t) => {
        const point = valueAt(words, at, packing.points[t]!);
        return point === 0 ? -1 : firstCount[t]! + point - 1;
      });
      const before = counted.map((place) => (place < 0 ? 0n : count[place]!));
      const after = states.expand(where);
      const taken = counted.map((place, t) => (place < 0 ? 0 : Number(count[place]! - before[t]!)));
      const isFailure = states.hasFailed(after);
      states.reduce(after);
      let i = 0;
      for (const [t, some] of taken.entries()) {
        // Some of its branches fail, and leave no state behind.
        const moved =
          isFailure && some > 0 ? movesIn(decode(compiled, words.subarray(at, at + packing.words)), t) : undefined;
        for (let branch = 0; branch < some; branch++)
          tell(t, moved?.[branch] === false ? FAILS : states.find(after, after.places[i++]!));
      }
    },
    asking: (question) => {
      const ask = lazySpec(compiled, question);
      return (state) => states.is(ask, state);
    },
    scheduleOf: ([first, ...rest], steps) => {
      const initials = initialStates(program);
      const initial = initials.findIndex((one) => numberOf(one) === first);
      let state = initials[initial]!;
      const moves: Move[] = [];
      for (const [i, next] of rest.entries()) {
        const effect = effectsOf(program, state, steps[i]!.thread).find(
          ({ outcome }) => outcome.kind === "moved" && numberOf(outcome.state) === next,
        );
        if (effect?.outcome.kind !== "moved") throw new InternalError("no step leads along a run without progress");
        moves.push(effect.move);
        ({ state } = effect.outcome);
      }
      return { initial, moves };
    },
  };

  /** By branch of a thread's step that is taken: whether it leads to a state. */
  function movesIn(state: State, thread: number): readonly boolean[] {
    const isTaken = ({ outcome }: Effect): boolean => outcome.kind !== "blocked";
    return effectsOf(program, state, thread)
      .filter(isTaken)
      .map(({ outcome }) => outcome.kind === "moved");
  }
}
