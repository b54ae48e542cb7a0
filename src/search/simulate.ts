import type { Exploration, Limits, Progress } from "../machine/exploration.ts";
import { checkPurity } from "../machine/purity.ts";
import type { Schedule } from "../machine/schedule.ts";
import { Questions, type Lead } from "./leads.ts";
import { allShortened, type Leads } from "./swarm.ts";
import type { Walker } from "./walker.ts";
import { startWalks, walk, type Walks } from "./walks.ts";

/**
 * Random walks, told as a search that was cut: what they have not met may be there all the same. Each run that is told was
 * made shorter as far as that was easy. Yields progress.
 */
export function* simulate<S>(
  walker: Walker<S>,
  walks: Walks,
  limits: Limits,
  mostRepeated: number,
): Generator<Progress, Exploration> {
  const { machine } = walker;
  const { specs } = machine.program.scenario;
  const questions = new Questions(walker, specs);
  const walked = startWalks(walker);
  const maxStates = limits.maxStates ?? Infinity;
  let cut = limits.stop?.();
  for (const progress of cut === undefined ? walk(walker, questions, walks, walked) : []) {
    yield progress;
    cut = walked.seen.size > maxStates ? `--max-states ${maxStates}` : limits.stop?.();
    if (cut !== undefined) break;
  }
  for (const _ of checkPurity(machine.running)) {
    yield { states: walked.seen.size, waiting: 0, depth: walked.longest };
    if (limits.stop?.() !== undefined) break;
  }
  const judged = new Map([...walked.leads].filter(([name]) => !questions.unjudged.has(name)));
  const shorter = yield* allShortened(walker, judged, mostRepeated);
  const initial = walker.set();
  for (const state of walker.initial) initial.add(state);
  return {
    initial: initial.size,
    states: walked.seen.size,
    transitions: walked.steps,
    depth: walked.longest,
    waiting: 0,
    done: walked.done,
    stuck: walked.stuck,
    found: schedulesOf(walker, shorter),
    foundBy: new Map([...shorter.keys()].map((name) => [name, "walks"])),
    taken: walked.taken,
    symmetric: [],
    ...(!machine.allowsAll && { unjudged: questions.unjudged }),
    ...(machine.overtaken && { unordered: machine.overtaken() }),
    walks: { made: walked.made, of: walks.count, seed: walks.seed },
    cut: cut ?? `--simulate ${walks.count}`,
  };
}

/** The runs as the machine takes them, step by step. */
export const schedulesOf = ({ machine }: Pick<Walker, "machine">, leads: Leads): ReadonlyMap<string, Schedule> =>
  new Map([...leads].map(([name, lead]) => [name, scheduleOf(machine, lead)]));

const scheduleOf = (machine: Walker["machine"], { initial, steps }: Lead): Schedule =>
  machine.along(
    initial,
    steps.map(({ key }) => key),
  ).schedule;
