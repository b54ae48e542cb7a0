import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { otherwise } from "./counterfactual.ts";
import { changes, lastStep, lastUse, type History } from "./history.ts";
import type { Taken } from "../machine/machine.ts";

/** A step that matters, and the cell for whose sake it does, if that is one it wrote. */
export interface Seed {
  readonly step: number;
  readonly cell?: Cell;
}

/** The steps that matter, ascending, and the cells that they, or the ending, matter for. */
export interface Slice {
  readonly steps: readonly number[];
  readonly cells: ReadonlySet<Cell>;
}

/**
 * The steps that have a part in how a run ends, found backwards from the seeds and from what the ending read. A step
 * that matters brings in
 *
 * - who wrote what it read, where the step would have acted otherwise on what was there before;
 * - the tests its own thread passed because of what another one wrote, and those it relied on though another one has
 *   changed what they read since, or had it changed before its write was overwritten;
 * - the last test of another thread that came too early to see what it wrote, and would have gone another way.
 *
 * `waiting` are the threads that cannot go on in the end: how they got there matters as if they had taken a step.
 */
export function sliceOf(
  past: History,
  endReads: Iterable<Cell>,
  seeds: readonly Seed[],
  waiting: readonly number[] = [],
): Slice {
  const { deeds } = past;
  const matters = new Map<number, Set<Cell>>();
  const all = new Set(endReads);
  const queue: number[] = [];
  const add = (step: number, cell?: Cell): void => {
    const cells = matters.get(step) ?? new Set();
    const isNews = !matters.has(step) || (cell !== undefined && !cells.has(cell));
    if (cell) {
      cells.add(cell);
      all.add(cell);
    }
    matters.set(step, cells);
    if (isNews) queue.push(step);
  };
  const threadOf = (step: number): number => deeds[step]!.thread;
  /** The same question has the same answer as long as no more cells matter, and each step asks it of all before it. */
  const remembered = <T>(ask: (step: number, cell: Cell) => T): ((step: number, cell: Cell) => T) => {
    let size = -1;
    let known: Map<Cell, { readonly answer: T }>[] = [];
    return (step, cell) => {
      if (all.size !== size) {
        size = all.size;
        known = [];
      }
      const ofStep = (known[step] ??= new Map());
      const { answer } = ofStep.get(cell) ?? { answer: ask(step, cell) };
      ofStep.set(cell, { answer });
      return answer;
    };
  };
  const withValue = (step: number, cell: Cell, value: Value): ReturnType<typeof otherwise> =>
    otherwise(past.trial(step), cell, value, all);
  const differs = (step: number, cell: Cell, value: Value): boolean => withValue(step, cell, value) !== undefined;
  // Had it waited, it would have gone the same way later.
  const goesAnotherWay = (step: number, cell: Cell, value: Value): boolean => withValue(step, cell, value) === "acts";

  /** Who left the value that a step read, if the step would have acted otherwise without it. */
  const cause = remembered((step, cell): number | undefined => {
    const writer = past.changerOf(step, cell);
    if (writer === undefined) return undefined;
    // That a thread holds what it releases follows from where it is: it matters where a step fails by it.
    if (past.program.threads[threadOf(step)]!.holds?.own.has(cell) && !deeds[step]!.fails) return undefined;
    if (threadOf(writer) === threadOf(step))
      return !givesBack(writer, cell) && differs(step, cell, past.found(writer, cell)) ? writer : undefined;
    // What other threads did since this one last saw the cell; a lock that they took and gave back is no news to it.
    const known = lastUse(past, cell, step, threadOf(step));
    const before = known === undefined ? past.initial(cell) : valueAfter(known, cell);
    return differs(step, cell, before) ? writer : undefined;
  });
  /** Does the step set a flag back that its own thread had set, or the other way round? */
  const givesBack = (step: number, cell: Cell): boolean => {
    const taken = lastUse(past, cell, step, threadOf(step));
    return (
      taken !== undefined &&
      cell.values.includes(true) &&
      changes(past, taken, cell) &&
      past.found(taken, cell) === valueAfter(step, cell)
    );
  };
  const valueAfter = (step: number, cell: Cell): Value => {
    // A null pointer is a value, too.
    const written = deeds[step]!.writes.get(cell);
    return written === undefined ? past.found(step, cell) : written;
  };

  const addLocal = (step: number, cell: Cell): void => {
    const writer = past.writerOf(step, cell);
    if (writer === undefined) return;
    const { point, reads, writes, forgotten } = deeds[writer]!;
    const own = (local: Cell): boolean => point.frame.locals.cells.includes(local) && !forgotten.has(local);
    // Arguments and results of calls travel with whatever step is there: what matters is where they come from.
    if (own(cell) || [...writes.keys()].some(own)) return add(writer, cell);
    for (const source of reads.keys()) if (source.isLocal) addLocal(writer, source);
  };

  /** By other CPU: its first step that has changed what a test found, so that it would go another way now. */
  const overtakenBy = remembered((test, cell): readonly number[] => {
    // A check asks a ghost, and the thread goes nowhere else by it.
    if (cell.isGhost) return [];
    const found = new Map<number, number>();
    for (const later of past.laterWriters(test, cell)) {
      const cpu = past.cpuOf(later);
      // What its own thread has taken and given back, such as a lock, it does not count on any more.
      if (cpu === past.cpuOf(test)) {
        if (changes(past, later, cell) && valueAfter(later, cell) === past.found(test, cell)) break;
      } else if (!found.has(cpu) && goesAnotherWay(test, cell, valueAfter(later, cell))) found.set(cpu, later);
    }
    return [...found.values()];
  });
  /**
   * What was overwritten before a step found it, and on which it would have gone another way: of each thread the last such
   * write; also of the thread that wrote what the step found, so that what came back is no secret.
   */
  const overwrittenBefore = remembered((step, cell): readonly number[] => {
    const writer = past.writerOf(step, cell);
    if (writer === undefined) return [];
    const found = past.program.threads.flatMap((_, thread) => {
      const isOwn = thread === threadOf(writer);
      if (isOwn && thread === threadOf(step)) return [];
      const other = lastStep(
        deeds,
        writer,
        (deed, i) => deed.thread === thread && deed.writes.has(cell) && goesAnotherWay(step, cell, valueAfter(i, cell)),
      );
      return other === undefined || (isOwn && isHandedBack(other, writer, cell)) ? [] : other;
    });
    return found.length > 0 ? [...found, writer] : [];
  });
  /** A lock that a thread has taken and given back is nothing to others. */
  const isHandedBack = (taken: number, given: number, cell: Cell): boolean =>
    valueAfter(taken, cell) === true && valueAfter(given, cell) === false;
  /** The tests that led a thread to where it is before step `until`. `acts`: there it does something that counts. */
  const relyOn = (thread: number, until: number, acts: boolean): void => {
    const overtaken = new Set<Cell>();
    for (let test = until - 1; test >= 0; test--) {
      if (threadOf(test) !== thread) continue;
      for (const cell of deeds[test]!.reads.keys()) {
        if (cell.isLocal) continue;
        const writer = cause(test, cell);
        if (writer !== undefined && threadOf(writer) !== thread) add(test);
        if (!acts) continue;
        if (overwrittenBefore(test, cell).length > 0) add(test);
        const since = overtaken.has(cell) ? [] : overtakenBy(test, cell);
        if (since.length === 0) continue;
        overtaken.add(cell);
        add(test);
        for (const later of since) add(later, cell);
      }
    }
  };

  const visit = (step: number): void => {
    const { thread, reads, writes, fails } = deeds[step]!;
    for (const cell of reads.keys()) {
      if (cell.isLocal) addLocal(step, cell);
      else {
        const writer = cause(step, cell);
        if (writer !== undefined) add(writer, cell);
        for (const other of overwrittenBefore(step, cell)) add(other, cell);
      }
    }
    const hasChanged = (cell: Cell): boolean => changes(past, step, cell);
    // What it wrote may be there already: then it overwrites what another thread has done.
    const isDeed = (cell: Cell): boolean => !cell.isLocal && (hasChanged(cell) || matters.get(step)!.has(cell));
    relyOn(thread, step, fails || [...writes.keys()].some(isDeed));
    for (const cell of matters.get(step)!) if (!cell.isLocal) for (const test of tooEarlyFor(step, cell)) add(test);
  };
  /** By other thread: its last test that came too early to see what a step wrote, and would have gone another way. */
  const tooEarlyFor = (step: number, cell: Cell): readonly number[] =>
    past.program.threads.flatMap((_, thread) => {
      const isEarly = (deed: Taken, test: number): boolean =>
        deed.thread === thread &&
        deed.reads.has(cell) &&
        past.laterWriters(test, cell).includes(step) &&
        goesAnotherWay(test, cell, valueAfter(step, cell));
      return thread === threadOf(step) ? [] : (lastStep(deeds, deeds.length, isEarly) ?? []);
    });

  for (const { step, cell } of seeds) add(step, cell);
  for (const cell of all) {
    const writer = past.writerOf(deeds.length, cell);
    if (writer !== undefined) add(writer, cell);
  }
  for (let known = -1; known < all.size;) {
    known = all.size;
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) visit(next);
    for (const thread of waiting) relyOn(thread, deeds.length, true);
    // A cell that has come to matter since may make a difference to what was looked at before.
    queue.push(...matters.keys());
  }
  return { steps: withoutGaps(past, [...matters.keys(), ...waitsBetween(past, matters)]), cells: all };
}

/**
 * Where a thread had to wait while others took steps that matter, before it took one itself: that alone may say why it was
 * so late. Each such step, and who let it go on.
 */
function waitsBetween(past: History, matters: ReadonlyMap<number, unknown>): readonly number[] {
  const { deeds } = past;
  return [...deeds.entries()].flatMap(([step, { thread, reads }]) => {
    const before = lastStep(deeds, step, (deed) => deed.thread === thread) ?? -1;
    const isLate = [...matters.keys()].some((other) => other > before && other < step);
    if (!isLate || ![...matters.keys()].some((other) => other > step && deeds[other]!.thread === thread)) return [];
    const release = [...reads.keys()].find((cell) => {
      // What was there when the thread came to the step.
      const first = cell.isLocal ? -1 : deeds.findIndex(({ writes }, i) => i > before && i < step && writes.has(cell));
      return first >= 0 && otherwise(past.trial(step), cell, past.found(first, cell), new Set()) === "waits";
    });
    return release ? [step, past.writerOf(step, release)!] : [];
  });
}

/** These steps, ascending, and who changed a field in between: else one that matters would find another value than is told. */
export function withoutGaps(past: History, matters: Iterable<number>): readonly number[] {
  const steps = new Set(matters);
  const gap = (): number | undefined => {
    const told = new Map<Cell, Value>();
    for (const step of [...steps].toSorted((a, b) => a - b)) {
      const { reads, writes } = past.deeds[step]!;
      const { overlooks } = past.deeds[step]!;
      if (overlooks !== undefined && !steps.has(overlooks)) return overlooks;
      for (const cell of [...reads.keys(), ...writes.keys()]) {
        const writer = told.has(cell) && told.get(cell) !== past.found(step, cell) && past.writerOf(step, cell);
        // Under lkmm, a load may return what was told before what it does not see yet.
        if (typeof writer === "number" && !steps.has(writer)) return writer;
      }
      for (const [cell, value] of writes) if (!cell.isLocal && !cell.isGhost) told.set(cell, value);
    }
    return undefined;
  };
  for (let step = gap(); step !== undefined; step = gap()) steps.add(step);
  return [...steps].toSorted((a, b) => a - b);
}
