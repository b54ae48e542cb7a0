import { HELD, LIFE, rangeOfCell, withAccess, type Access, type Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { ImpureError, ModelError, breaksRule } from "../model/error.ts";
import { explained } from "../model/explained.ts";
import { shown, isA, isError, titleOf } from "../model/thrown.ts";
import { showValue } from "../model/layout.ts";
import { wait, writtenAt } from "../model/path.ts";
import { endRun } from "../model/running.ts";
import type { BuiltIn } from "../model/spec.ts";
import { placeOf, placeOfThrown } from "../model/where.ts";
import { advance, goOn, type ProgramThread, type Next, type Point } from "./program.ts";
import { asking, deedsOf, isOther, observedOf, repeating, type Difference } from "./observed.ts";
import type { Script } from "./script.ts";
import { DONE } from "./state.ts";

/** One run of a step, over whatever the fields held before. */
export interface Run {
  /** The first value read of each cell that the step had not written before. */
  readonly reads: Map<Cell, Value>;
  readonly writes: Map<Cell, Value>;
  /** What it wrote itself: of locals whose life has ended, what they held before that. */
  assigned: Map<Cell, Value>;
  /** The structs and arrays that it named, from the world on or from where a reference has led to. */
  named: ReadonlySet<string>;
  /** The locals among them whose life ended. */
  forgotten: ReadonlySet<Cell>;
  readonly picks: number[];
  /** Where the thread is afterwards, or the built-in check that failed. */
  next: Next | Failure;
}

/** A built-in check that failed during a step. */
export interface Failure {
  readonly check: BuiltIn;
  readonly reason: string;
  readonly lacks?: Lack | undefined;
}

/** What a step failed by, and did not read itself: an object that is not allocated, a lock that is not held. */
interface Lack {
  readonly cell: Cell;
  /** What it should have held. */
  readonly value: Value;
}

/** What ends a run early, by way of an exception. It is no Error: nobody asks where it was made, and that takes long to find. */
class Stop implements Failure {
  readonly check: BuiltIn;
  readonly reason: string;
  readonly lacks: Lack | undefined;
  constructor(check: BuiltIn, reason: string, lacks?: Lack) {
    this.check = check;
    this.reason = reason;
    this.lacks = lacks;
  }
}

// Most runs forget nothing, and what they leave behind is kept for long, a set for each way through a step.
const NOTHING_NAMED: ReadonlySet<string> = new Set();
const NOTHING_FORGOTTEN: ReadonlySet<Cell> = new Set();

// A step is one atomic operation of the kernel: a handful of accesses.
const MOST_ACCESSES = 10_000;

/**
 * Runs a step over the values that `base` gives, with the branches that `script` picks. Throws a ModelError if the step
 * has done something else before over the same values, or if it writes and then waits.
 */
export function runStep(thread: ProgramThread, pointIndex: number, base: (cell: Cell) => Value, script: Script): Run {
  const point = thread.points[pointIndex]!;
  const writes = new Map<Cell, Value>();
  const run: Run = {
    reads: new Map(),
    writes,
    assigned: writes,
    named: NOTHING_NAMED,
    forgotten: NOTHING_FORGOTTEN,
    picks: [],
    next: wait,
  };
  const seen = thread.isTrusted ? undefined : observedOf(point).begin();
  const isSame = (difference: Difference | undefined): void => {
    if (difference) endRun(isOther(nameOf(point), difference, whereIs(point)));
  };
  const ask = seen ? asking(seen, base, isSame).read : base;
  let accesses = 0;
  const count = (): void => {
    if (++accesses > MOST_ACCESSES)
      endRun(
        new ModelError(`${nameOf(point)} does not end`, {
          cause: `it has used fields ${MOST_ACCESSES} times; a step that spins cannot see what other CPUs write meanwhile`,
          remedy: "return wait until the condition holds, or jump back to the step's own label",
        }),
      );
  };
  const now = (cell: Cell): Value => (writes.has(cell) ? writes.get(cell)! : ask(cell));
  const checkGuard = (cell: Cell, verb: string): void => {
    const life = cell.life ? now(cell.life) : cell.typesafe && now(cell.typesafe);
    const isGone = life === LIFE.fresh || life === LIFE.freed;
    const isReader = cell.typesafe && thread.rcuDepth !== undefined;
    if (isGone && !(isReader && now(thread.rcuDepth!) !== 0)) {
      const when = life === LIFE.fresh ? "before it is allocated" : "after it was freed";
      const who = cell.typesafe ? ", by who is in no RCU read-side critical section" : "";
      const lacks = { cell: (cell.life ?? cell.typesafe)!, value: LIFE.live };
      endRun(new Stop("use-after-free", `${cell.name} is ${verb} ${when}${who}`, lacks));
    }
    if (!cell.guard) return;
    const holds = thread.holds?.by.get(cell.guard);
    const mode = holds && now(holds);
    if (mode === HELD.none)
      endRun(new Stop("guarded", `${cell.name} is ${verb} by who does not hold ${cell.guard.name}`));
    if (mode === HELD.shared && verb === "written")
      endRun(new Stop("guarded", `${cell.name} is written by who holds ${cell.guard.name} as a reader`));
    if (!holds && now(cell.guard) !== true)
      endRun(
        new Stop("guarded", `${cell.name} is ${verb} while ${cell.guard.name} is not held`, {
          cell: cell.guard,
          value: true,
        }),
      );
  };
  let named: Set<string> | undefined;
  let forgotten: Set<Cell> | undefined;
  let last: (() => void) | undefined;
  /** The pointer that was read last and is NULL. */
  let nullPointer: Cell | undefined;
  const inner: Access = {
    read: (cell) => {
      checkGuard(cell, "read");
      const value = now(cell);
      if (!writes.has(cell)) run.reads.set(cell, value);
      if (value === null) nullPointer = cell;
      count();
      return value;
    },
    write: (cell, value) => {
      checkGuard(cell, "written");
      if (cell.isLock && value === false && now(cell) === false)
        endRun(new Stop("guarded", `${cell.name} is released while nobody holds it`));
      if (!cell.values.includes(value))
        endRun(new Stop("in-range", `${cell.name} would become ${showValue(value)}; ${domainOf(cell)}`));
      writes.set(cell, value);
      if (run.assigned !== writes) run.assigned.set(cell, value);
      count();
    },
    forget: (cell) => {
      // Until then it has written nothing but what it wrote itself.
      if (run.assigned === writes) run.assigned = new Map(writes);
      writes.set(cell, cell.values[0]!);
      run.forgotten = forgotten ??= new Set();
      forgotten.add(cell);
    },
    choose: (options) => {
      if (seen) isSame(seen.ask(options));
      const pick = script.pick(options, run.picks.length);
      seen?.answer(pick);
      run.picks.push(pick);
      count();
      return pick;
    },
    // A model need not have been type-checked.
    bug: (text: unknown) => endRun(new Stop("no-bug", String(text))),
    name: (struct) => {
      run.named = named ??= new Set();
      named.add(struct);
    },
    fail: (check, reason) => endRun(new Stop(check, reason)),
    atEnd: (act) => {
      const before = last;
      last = () => {
        before?.();
        act();
      };
    },
    holds: thread.holds,
    grace: thread.grace,
  };
  const checkReleased = (): void => {
    if (thread.holds && now(thread.holds.count) !== 0)
      endRun(new Stop("locking", "the thread ends while it holds a lock"));
    const { off, preempt } = thread.holds?.context ?? {};
    if (off && now(off) !== 0) endRun(new Stop("locking", "the thread ends with interrupts off"));
    if (preempt && now(preempt) !== 0) endRun(new Stop("locking", "the thread ends with preemption off"));
  };
  const end = (how: () => string): void => {
    if (seen) isSame(seen.end(deedsOf(run.writes, run.forgotten, how())));
  };
  explained(
    nameOf(point),
    () => {
      try {
        withAccess(inner, () => {
          const next = advance(thread, pointIndex);
          if (next === DONE) checkReleased();
          last?.();
          end(() => (next === wait ? "waits" : `goes on to ${placeIn(thread, next)}`));
          run.next = next === wait ? wait : goOn(thread, pointIndex, next, run.writes);
        });
      } catch (error) {
        if (isA(error, ImpureError)) throw error;
        if (isA(error, ModelError)) end(() => `breaks a rule: ${error.message}`);
        const failure = failureOf(error, nullPointer);
        run.next = failure;
        end(() => `ends in ${failure.check}: ${failure.reason}`);
      }
    },
    writtenAt(point.frame.path, point.label),
  );
  if (run.next === wait) checkWait(point, run.writes);
  return run;
}

function domainOf(cell: Cell): string {
  if (!cell.isInt) return `its values are ${cell.values.map(showValue).join(", ")}`;
  const [low, high] = rangeOfCell(cell);
  return `its range is ${showValue(low)} to ${showValue(high)}`;
}

/** `the end`, or the step that comes next; its number tells it from others of that name. */
const placeIn = ({ points }: ProgramThread, next: number): string =>
  points[next] ? `'${points[next].label}' (step ${next + 1})` : "the end";

/** What a run has failed in by throwing this: a check, or else the model breaks a rule of the language. */
function failureOf(thrown: unknown, nullPointer: Cell | undefined): Failure {
  if (isA(thrown, Stop)) return thrown;
  if (isA(thrown, ModelError)) throw thrown;
  return { check: "no-oops", reason: oopsOf(thrown, nullPointer) };
}

function oopsOf(thrown: unknown, nullPointer: Cell | undefined): string {
  // As the engine made it: nothing of the model is asked, and where it was is not looked for, which takes long.
  const said: unknown = isA(thrown, TypeError) ? Object.getOwnPropertyDescriptor(thrown, "message")?.value : undefined;
  if (nullPointer && typeof said === "string" && /\bnull\b/.test(said))
    return `NULL pointer dereference: ${nullPointer.name} is NULL`;
  // First: what is asked of it may throw in its turn.
  const place = placeOfThrown(thrown);
  const what = isError(thrown) ? titleOf(thrown) : `it threw ${shown(thrown)}`;
  return place === undefined ? what : `${what}, at ${place}`;
}

export const isFailure = (next: Next | Failure): next is Failure => typeof next === "object";

/** `step 'lock_page(page)' of path 'truncate_inode_pages_range'`: what an error about a step calls it. */
export const nameOf = (point: Point): string => `step '${point.label}' of path '${point.frame.path.name}'`;

const whereIs = (point: Point): { where?: string } => {
  const place = placeOf(writtenAt(point.frame.path, point.label));
  return place === undefined ? {} : { where: place };
};

/** Every way through a step that was seen so far, as a function that goes it again and compares. */
export function repeatsOf(thread: ProgramThread, pointIndex: number): readonly (() => void)[] {
  return observedOf(thread.points[pointIndex]!)
    .ways()
    .map(({ answers }) => () => {
      const { base, picks } = repeating(answers);
      repeatStep(thread, pointIndex, base, picks);
    });
}

/** Takes a step once more, whatever becomes of it. */
export function repeatStep(
  thread: ProgramThread,
  pointIndex: number,
  base: (cell: Cell) => Value,
  picks: readonly number[],
): void {
  try {
    runStep(thread, pointIndex, base, { pick: (_, turn) => picks[turn] ?? 0 });
  } catch (error) {
    // A rule that a state breaks which no run may ever reach.
    if (!breaksRule(error)) throw error;
  }
}

function checkWait(point: Point, writes: ReadonlyMap<Cell, Value>): void {
  if (writes.size === 0) return;
  const written = [...writes.keys()];
  // A lock's owner is noted beside it, in what no model sees.
  const seen = written.some(({ isGhost }) => !isGhost) ? written.filter(({ isGhost }) => !isGhost) : written;
  throw new ModelError(`${nameOf(point)} writes ${seen.map(({ name }) => name).join(", ")} and then waits`, {
    ...whereIs(point),
    cause: "a step that waits is not enabled, so nothing it wrote would ever be seen",
    remedy: "test first, write after; or make two steps of it",
  });
}
