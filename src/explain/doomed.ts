import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import type { Program, ProgramThread } from "../machine/program.ts";
import type { Doom, Lot } from "./doom.ts";
import type { Blocked, Ending, Read } from "../machine/trace.ts";
import { positionIn } from "../machine/tell.ts";

/** How a run ends, and what of the last state that depends on. */
export interface Ended {
  readonly ending: Ending;
  readonly reads: readonly Cell[];
}

/** A thread that waits in the last state of a run, and all that its step has read to find that out. */
export interface Waiting {
  readonly blocked: Blocked;
  readonly reads: readonly Cell[];
}

/** What is asked of the last state of a run. */
interface LastState {
  /** The thread, if it waits there. */
  readonly waiting: (thread: number) => Waiting | undefined;
  readonly now: (cell: Cell) => Value;
  readonly readsIn: (reads: ReadonlyMap<Cell, Value>) => readonly Read[];
}

/**
 * The ending of a run after which some thread can no longer finish: which, what it waits for or in which loop it is
 * caught, and what the others go on with. If all can finish: that they can.
 */
export function endingInDoom(
  program: Program,
  { threads, lots, lookedAt }: Doom,
  { waiting, now, readsIn }: LastState,
): Ended | string {
  if (threads.length === 0) return "every thread can still finish";
  const names = threads.map((thread) => program.threads[thread]!.name).join(", ");
  const sure =
    lookedAt === undefined ? "whatever happens next" : `as far as the first ${lookedAt} states that can follow tell`;
  const reason = `${threads.length === 1 ? "thread" : "threads"} ${names} can no longer finish, ${sure}`;
  const told = lots
    .flatMap((lot) => (lot.isDoomed ? tell(lot) : []))
    .concat(lots.flatMap((lot) => (lot.isDoomed ? [] : tell(lot))));
  return {
    ending: { reason, reads: [], blocked: told.map(({ blocked }) => blocked) },
    reads: [...new Set(told.flatMap(({ reads }) => reads))],
  };

  function tell(lot: Lot): readonly Waiting[] {
    const { thread, isDoomed, loops, reads } = lot;
    const points = wholeSteps(program.threads[thread]!, lot.points);
    // Behind the last step of a path lies what its CPU's store buffer does.
    const places = points.flatMap((point) => positionIn(program.threads[thread]!, point) ?? []);
    const [place] = places;
    if (!place) return [];
    // It waits there already, and no run moves it.
    const here = loops || places.length > 1 ? undefined : waiting(thread);
    if (here?.blocked.label === place.label) return [here];
    // What another step has to change first, the run has not left so.
    const left = new Map([...reads].filter(([cell, value]) => isDoomed && now(cell) === value));
    const waitsFor = readsIn(left).filter(({ scope }) => scope === "shared");
    const blocked: Blocked = {
      thread,
      ...place,
      waitsFor,
      how: isDoomed ? (loops ? "loops" : "will wait") : "goes on",
      ...(places.length > 1 && { steps: places.map(({ label }) => label), places }),
    };
    return [{ blocked, reads: [...left.keys()] }];
  }
}

/** The control points without those of stores: a step that a weaker memory takes as a load and a store is told as one. */
const wholeSteps = (thread: ProgramThread, points: readonly number[]): readonly number[] => [
  ...new Set(
    points.map((point) => {
      const load = thread.points.findIndex(({ storeAt }) => storeAt === point);
      return load < 0 ? point : load;
    }),
  ),
];
