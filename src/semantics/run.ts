import { withAccess, type Access, type Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { ModelError } from "../model/error.ts";
import { showValue } from "../model/layout.ts";
import { wait } from "../model/path.ts";
import type { BuiltIn } from "../model/spec.ts";
import { placeOf } from "../model/where.ts";
import { advance, explained, type MachineThread, type Next, type Point } from "./machine.ts";
import type { Script } from "./script.ts";

/** One run of a step, over whatever the fields held before. */
export interface Run {
  /** The first value read of each cell that the step had not written before. */
  readonly reads: Map<Cell, Value>;
  readonly writes: Map<Cell, Value>;
  /** What it wrote itself: of locals whose life has ended, what they held before that. */
  readonly assigned: Map<Cell, Value>;
  /** The structs and arrays that it named, from the world on or from where a reference has led to. */
  readonly named: Set<string>;
  /** The locals among them whose life ended. */
  readonly forgotten: Set<Cell>;
  readonly picks: number[];
  /** Where the thread is afterwards, or the built-in check that failed. */
  next: Next | Failure;
  /** Everything the step did, in order: two runs over the same fields must agree on it. */
  readonly log: string[];
}

/** A built-in check that failed during a step. */
export interface Failure {
  readonly check: BuiltIn;
  readonly reason: string;
}

/** What ends a run early, by way of an exception. */
class Stop extends Error implements Failure {
  readonly check: BuiltIn;
  readonly reason: string;
  constructor(check: BuiltIn, reason: string) {
    super(reason);
    this.check = check;
    this.reason = reason;
  }
}

/**
 * Runs a step over the values that `base` gives, with the branches that `script` picks. Runs it twice, and throws a
 * ModelError if the runs differ or if the step writes and then waits.
 */
export function runStep(thread: MachineThread, pointIndex: number, base: (cell: Cell) => Value, script: Script): Run {
  const point = thread.points[pointIndex]!;
  const run = runOnce(thread, pointIndex, base, script);
  const again = runOnce(thread, pointIndex, base, { pick: (_, turn) => run.picks[turn] ?? 0 });
  checkPure(point, run.log, again.log);
  if (run.next === wait) checkWait(point, run.writes);
  return run;
}

// A step is one atomic operation of the kernel: a handful of accesses.
const MOST_ACCESSES = 10_000;

function runOnce(thread: MachineThread, pointIndex: number, base: (cell: Cell) => Value, script: Script): Run {
  const run: Run = {
    reads: new Map(),
    writes: new Map(),
    assigned: new Map(),
    named: new Set(),
    forgotten: new Set(),
    picks: [],
    log: [],
    next: wait,
  };
  const note = (what: string): void => {
    if (run.log.push(what) > MOST_ACCESSES)
      throw new ModelError(`${nameOf(thread.points[pointIndex]!)} does not end`, {
        cause: `it has used fields ${MOST_ACCESSES} times; a step that spins cannot see what other CPUs write meanwhile`,
        remedy: "return wait until the condition holds, or jump back to the step's own label",
      });
  };
  const now = (cell: Cell): Value => (run.writes.has(cell) ? run.writes.get(cell)! : base(cell));
  const checkGuard = (cell: Cell, verb: string): void => {
    if (cell.guard && now(cell.guard) !== true)
      throw new Stop("guarded", `${cell.name} is ${verb} while ${cell.guard.name} is not held`);
  };
  const access: Access = {
    read: (cell) => {
      checkGuard(cell, "read");
      const value = now(cell);
      if (!run.writes.has(cell)) run.reads.set(cell, value);
      note(`reads ${cell.name} = ${showValue(value)}`);
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
      run.assigned.set(cell, value);
      note(`writes ${cell.name} = ${showValue(value)}`);
    },
    forget: (cell) => {
      run.writes.set(cell, cell.values[0]!);
      run.forgotten.add(cell);
    },
    choose: (count) => {
      const pick = script.pick(count, run.picks.length);
      run.picks.push(pick);
      note(`chooses ${pick + 1} of ${count}`);
      return pick;
    },
    bug: (text) => {
      throw new Stop("no-bug", text);
    },
    name: (struct) => run.named.add(struct),
  };
  const point = thread.points[pointIndex]!;
  run.next = explained(
    nameOf(point),
    () => {
      try {
        return withAccess(access, () => advance(thread, pointIndex));
      } catch (error) {
        if (error instanceof Stop) return error;
        throw error;
      }
    },
    point.frame.path.definedAt,
  );
  run.log.push(isFailure(run.next) ? `ends in ${run.next.check}` : `goes to ${String(run.next)}`);
  return run;
}

export const isFailure = (next: Next | Failure): next is Failure => typeof next === "object";

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
