import { judge } from "../../src/machine/judge.ts";
import { isDone } from "../../src/machine/finish.ts";
import { initialStates, type Program } from "../../src/machine/program.ts";
import { effectsOf } from "../../src/machine/step.ts";
import { type Move } from "../../src/machine/schedule.ts";
import { DONE, readerOf, stateKey, type State } from "../../src/machine/state.ts";
import type { Trace } from "../../src/machine/trace.ts";
import { runSchedule } from "../../src/memory/sc/trail.ts";

interface Path {
  readonly move: Move;
  readonly before: Path | undefined;
}

const movesOf = (path: Path | undefined): readonly Move[] => (path ? [...movesOf(path.before), path.move] : []);

/**
 * Looks for a run in which the shown steps of a violating one come in the order in which they are shown, all others at any
 * time, and which ends without the violation: then it was not what is shown that decided it. A run that cannot go on in
 * that order decides nothing. For `atEnd` specs of threads without loops and choices, so that a step is known by its place.
 */
export function escapeFromOrder(
  program: Program,
  name: string,
  { schedule, slice }: Pick<Trace, "schedule" | "slice">,
): readonly Move[] | undefined {
  const spec = program.scenario.specs.find((one) => one.name === name)!;
  const { moments } = runSchedule(program, schedule, name);
  const shown = slice.map((step) => {
    const { effect, before } = moments[step]!;
    const { thread } = effect.move;
    return { thread, point: before.points.get(thread) };
  });
  const key = stateKey(program.cells);
  const seen = new Set<string>();
  const open: { readonly state: State; readonly turn: number; readonly path: Path | undefined }[] = [
    { state: initialStates(program)[schedule.initial]!, turn: 0, path: undefined },
  ];
  for (let at = open.pop(); at; at = open.pop()) {
    const { state, path } = at;
    if (isDone(program, state)) {
      if (judge(program, spec, readerOf(state)).holds) return movesOf(path);
      continue;
    }
    const next = shown[at.turn];
    // Its thread has gone another way, and takes it no more: nothing that is shown orders the rest.
    const turn = next && state.points.get(next.thread) === DONE ? shown.length : at.turn;
    if (seen.has(`${key(state)} ${turn}`)) continue;
    seen.add(`${key(state)} ${turn}`);
    for (const thread of program.threads.keys()) {
      const point = state.points.get(thread);
      const own = shown.findIndex((one) => one.thread === thread && one.point === point);
      if (own > turn) continue;
      for (const { move, outcome } of effectsOf(program, state, thread))
        if (outcome.kind === "moved")
          open.push({ state: outcome.state, turn: own === turn ? turn + 1 : turn, path: { move, before: path } });
    }
  }
  return undefined;
}
