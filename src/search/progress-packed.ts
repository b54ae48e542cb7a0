import { decode, encode } from "../compile/compiled.ts";
import { FAILURES } from "../compile/codegen.ts";
import { valueAt } from "../compile/pack.ts";
import { FAILS } from "../analysis/step-graph.ts";
import { initialStates } from "../machine/program.ts";
import type { Move } from "../machine/schedule.ts";
import type { State } from "../machine/state.ts";
import { effectsOf, type Effect } from "../machine/step.ts";
import { InternalError } from "../model/error.ts";
import { lazySpec } from "./lazy-spec.ts";
import { States, type Finished } from "./never-finishes.ts";
import type { Searched } from "./progress.ts";
import { regionOf } from "./store.ts";

/** The states of a search over packed states, in which no thread was taken for another one. */
export function packedly(finished: Finished): Searched {
  const { compiled, store, core } = finished;
  const { program, packing } = compiled;
  const states = new States(finished);
  const { words } = states;
  const region = regionOf(compiled.region);
  const numberOf = (state: State): number => {
    words.set(encode(compiled, state), region.successors / 4);
    states.reduce(region.successors + 4 * packing.words);
    return states.find(region.successors / 4);
  };
  const { threads } = program;
  /** By thread: where its first step is counted. */
  const firstCount = threads.map((_, t) =>
    threads.slice(0, t).reduce((sum, { points }) => sum + points.length, region.taken / 8),
  );
  const counts = new BigUint64Array(store.memory.buffer);
  return {
    count: states.count,
    threads: threads.length,
    initial: initialStates(program).map(numberOf),
    // Successors lie thread by thread; how many are whose, the counts of steps taken say.
    after: (state, tell) => {
      const at = states.placeOf(state);
      const counted = threads.map((_, t) => {
        const point = valueAt(words, at, packing.points[t]!);
        return point === 0 ? -1 : firstCount[t]! + point - 1;
      });
      const before = counted.map((place) => (place < 0 ? 0n : counts[place]!));
      const index = states.indexOf(state);
      words.fill(0, region.failures / 4, region.failures / 4 + FAILURES.length);
      const end = core.kernels.expand(store.layout.arena, index, index + 1, region.start);
      const taken = counted.map((place, t) => (place < 0 ? 0 : Number(counts[place]! - before[t]!)));
      states.reduce(end);
      const size = packing.words;
      let place = region.successors / 4;
      const next = (): number => {
        const found = states.find(place);
        place += size;
        return found;
      };
      const isFailure = FAILURES.some((_, i) => words[region.failures / 4 + i] !== 0);
      for (const [t, count] of taken.entries()) {
        // Some of its branches fail, and leave no state behind.
        const moved =
          isFailure && count > 0 ? movesIn(decode(compiled, words.subarray(at, at + packing.words)), t) : undefined;
        for (let i = 0; i < count; i++) tell(t, moved?.[i] === false ? FAILS : next());
      }
    },
    asking: (question) => {
      const ask = lazySpec(compiled, question);
      return (state) => ask(words, states.placeOf(state));
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
