import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import type { Program, ProgramThread } from "../machine/program.ts";
import type { Doom, Lot } from "./doom.ts";
import type { Ended } from "./ending.ts";
import type { Blocked } from "../machine/trace.ts";
import { callsOf, type Reads } from "../machine/tell.ts";

/** A thread that waits in the last state of a run, and all that its step has read to find that out. */
export interface Waiting {
  readonly blocked: Blocked;
  readonly reads: readonly Cell[];
}

/** What is asked of the last state of a run. */
export interface LastState {
  /** The thread, if it waits there. */
  readonly waiting: (thread: number) => Waiting | undefined;
  readonly now: (cell: Cell) => Value;
  readonly readsIn: Reads;
}

/**
 * The ending of a run after which some thread can no longer finish: which, what it waits for or in which loop it is
 * caught, and what the others go on with. If all can finish: that they can.
 */
export function endingInDoom(
  program: Program,
  { threads, lots = [] }: Doom,
  { waiting, now, readsIn }: LastState,
): Ended | string {
  if (threads.length === 0) return "every thread can still finish";
  const names = threads.map((thread) => program.threads[thread]!.name).join(", ");
  const reason = `${threads.length === 1 ? "thread" : "threads"} ${names} can no longer finish, whatever happens next`;
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
    const here = loops ? undefined : waiting(thread);
    // It waits there already, and no run moves it.
    if (here && points.length === 1 && labelAt(thread, points[0]!) === here.blocked.label) return [here];
    // Behind the last step of a path lies what its CPU's store buffer does.
    const [first] = points.flatMap((point) => program.threads[thread]!.points[point] ?? []);
    if (!first) return [];
    // What another step has to change first, the run has not left so.
    const left = new Map([...reads].filter(([cell, value]) => isDoomed && now(cell) === value));
    const waitsFor = readsIn(left).filter(({ scope }) => scope === "shared");
    const blocked: Blocked = {
      thread,
      calls: callsOf(first.frame),
      path: first.frame.path.name,
      label: first.label,
      waitsFor,
      how: isDoomed ? (loops ? "loops" : "will wait") : "goes on",
      ...(points.length > 1 && { steps: points.map((point) => labelAt(thread, point)) }),
    };
    return [{ blocked, reads: [...left.keys()] }];
  }

  function labelAt(thread: number, point: number): string {
    return program.threads[thread]!.points[point]?.label ?? "";
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
