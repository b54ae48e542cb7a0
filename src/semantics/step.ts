import { withAccess, type Access, type Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { ModelError } from "../model/error.ts";
import { showValue } from "../model/layout.ts";
import { wait } from "../model/path.ts";
import type { BuiltIn } from "../model/spec.ts";
import { placeOf } from "../model/where.ts";
import { advance, explained, type Machine, type Next, type Point } from "./machine.ts";
import { scripts, type Script } from "./script.ts";
import type { State } from "./state.ts";

/** A step of a thread, and which option each of its `choose` takes: enough to repeat it. */
export interface Move {
  readonly thread: number;
  readonly picks: readonly number[];
}

/** What one run of a step did. */
export interface Effect {
  readonly move: Move;
  readonly point: Point;
  /** The first value read of each cell that the step had not written before. */
  readonly reads: ReadonlyMap<Cell, Value>;
  /** The last value written to each cell, also where it is the old one. */
  readonly writes: ReadonlyMap<Cell, Value>;
  readonly outcome:
    | { readonly kind: "moved"; readonly state: State }
    | { readonly kind: "blocked" }
    | { readonly kind: "violation"; readonly check: BuiltIn; readonly reason: string };
}

/** Every way in which a thread can step from a state: one effect for each combination of its choices, none if it is done. */
export function effectsOf(machine: Machine, state: State, thread: number): readonly Effect[] {
  const point = machine.threads[thread]!.points[state.points.get(thread)!];
  if (!point) return [];
  return scripts((script) => {
    const run = runStep(machine, state, thread, script);
    const again = runStep(machine, state, thread, { pick: (_, turn) => run.picks[turn] ?? 0 });
    checkPure(point, run.log, again.log);
    if (run.next === wait) checkWait(point, run.writes);
    return effect(state, point, { thread, picks: run.picks }, run);
  });
}

interface Run {
  readonly reads: Map<Cell, Value>;
  readonly writes: Map<Cell, Value>;
  readonly picks: number[];
  /** Everything the step did, in order: two runs from the same state must agree on it. */
  readonly log: string[];
  next: Next | Stop;
}

/** Ends a run in which a built-in check failed. */
class Stop extends Error {
  readonly check: BuiltIn;
  readonly reason: string;
  constructor(check: BuiltIn, reason: string) {
    super(reason);
    this.check = check;
    this.reason = reason;
  }
}

function runStep(machine: Machine, state: State, threadIndex: number, script: Script): Run {
  const run: Run = { reads: new Map(), writes: new Map(), picks: [], log: [], next: wait };
  const now = (cell: Cell): Value => (run.writes.has(cell) ? run.writes.get(cell)! : state.cells.get(cell.index)!);
  const checkGuard = (cell: Cell, verb: string): void => {
    if (cell.guard && now(cell.guard) !== true)
      throw new Stop("guarded", `${cell.name} is ${verb} while ${cell.guard.name} is not held`);
  };
  const access: Access = {
    read: (cell) => {
      checkGuard(cell, "read");
      const value = now(cell);
      if (!run.writes.has(cell)) run.reads.set(cell, value);
      run.log.push(`reads ${cell.name} = ${showValue(value)}`);
      return value;
    },
    write: (cell, value) => {
      checkGuard(cell, "written");
      if (!cell.values.includes(value))
        throw new Stop(
          "in-range",
          `${cell.name} would become ${showValue(value)}; its range is ${showValue(cell.values[0]!)} to ${showValue(cell.values.at(-1)!)}`,
        );
      run.writes.set(cell, value);
      run.log.push(`writes ${cell.name} = ${showValue(value)}`);
    },
    choose: (count) => {
      const pick = script.pick(count, run.picks.length);
      run.picks.push(pick);
      run.log.push(`chooses ${pick + 1} of ${count}`);
      return pick;
    },
    bug: (text) => {
      throw new Stop("no-bug", text);
    },
  };
  const thread = machine.threads[threadIndex]!;
  const pointIndex = state.points.get(threadIndex)!;
  run.next = explained(nameOf(thread.points[pointIndex]!), () => {
    try {
      return withAccess(access, () => advance(thread, pointIndex));
    } catch (error) {
      if (error instanceof Stop) return error;
      throw error;
    }
  });
  run.log.push(run.next instanceof Stop ? `ends in ${run.next.check}` : `goes to ${String(run.next)}`);
  return run;
}

function effect(state: State, point: Point, move: Move, { reads, writes, next }: Run): Effect {
  const common = { move, point, reads, writes };
  if (next === wait) return { ...common, outcome: { kind: "blocked" } };
  if (next instanceof Stop)
    return { ...common, outcome: { kind: "violation", check: next.check, reason: next.reason } };
  const cells = state.cells.withMutations((list) => writes.forEach((value, cell) => list.set(cell.index, value)));
  return {
    ...common,
    outcome: { kind: "moved", state: state.merge({ cells, points: state.points.set(move.thread, next) }) },
  };
}

/** `step 'lock_page(page)' of path 'truncate_inode_pages_range'`: what an error about a step calls it. */
export const nameOf = (point: Point): string => `step '${point.label}' of path '${point.frame.path.name}'`;

const whereIs = (point: Point): { where?: string } => {
  const place = placeOf(point.frame.path.definedAt);
  return place === undefined ? {} : { where: place };
};

function checkPure(point: Point, first: readonly string[], second: readonly string[]): void {
  const at = first.findIndex((line, i) => line !== second[i]);
  if (at < 0 && first.length === second.length) return;
  const i = at < 0 ? first.length : at;
  throw new ModelError(`${nameOf(point)} is not pure`, {
    ...whereIs(point),
    cause: `run twice from the same state, it first ${first[i] ?? "ends"}, then ${second[i] ?? "ends"}: it uses something that is not a field`,
    remedy: "keep everything a step depends on in fields and locals; branch with choose()",
  });
}

function checkWait(point: Point, writes: ReadonlyMap<Cell, Value>): void {
  if (writes.size === 0) return;
  throw new ModelError(
    `${nameOf(point)} writes ${[...writes.keys()].map(({ name }) => name).join(", ")} and then waits`,
    {
      ...whereIs(point),
      cause: "a step that waits is not enabled, so nothing it wrote would ever be seen",
      remedy: "test first, write after; or make two steps of it",
    },
  );
}
