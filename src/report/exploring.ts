import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { showValue } from "../model/layout.ts";
import { judge } from "../semantics/check.ts";
import type { Effect } from "../semantics/step.ts";
import { DONE, readerOf } from "../semantics/state.ts";
import { blockedIn } from "../trace/replay.ts";
import type { Result } from "../trace/result.ts";
import { enabled, violations, type Session } from "../trace/session.ts";
import { changeOf, fieldOf, stepsOf } from "../trace/steps.ts";
import { valueIn } from "../trace/run.ts";
import { diagramLines, diagramOf } from "./columns.ts";
import { ascii, fold, TIE } from "./fold.ts";
import { cpuOf, plural, sharedReads, inWords, showChanges, showRead } from "./wording.ts";

const WIDTH = 72;

/** Where a session is: what differs from the initial state, who can step and who cannot, and what is violated. */
export function placeLines(result: Result, session: Session): readonly string[] {
  const { moments } = session.walk;
  return [
    ...folded(`after ${plural(moments.length, "step")}: ${changesSinceStart(session)}`),
    ...threadLines(result, session),
    ...violationLines(session),
  ];
}

/** The shared state and the locals that are not as at the start. */
function changesSinceStart({ machine, walk: { first, last } }: Session): string {
  const changed = machine.cells.filter((cell) => first.cells.get(cell.index) !== last.cells.get(cell.index));
  const shown = showChanges(changed.map((cell) => changeOf(cell, valueIn(first, cell), valueIn(last, cell))));
  return shown.join("; ") || "as at the start";
}

/** Every field, with its value. */
export const stateLines = ({ machine, walk: { last } }: Session): readonly string[] =>
  machine.cells.flatMap((cell) =>
    folded(`${showRead({ field: cell.name, value: valueIn(last, cell) })}${cell.isGhost ? " (ghost)" : ""}`),
  );

/** The enabled steps, numbered from 1, and between them the threads that have none. */
function threadLines(result: Result, session: Session): readonly string[] {
  const { machine, walk } = session;
  if (walk.failed) return [`the run has ended in ${walk.failed.check}`];
  const options = enabled(session);
  const blocked = blockedIn(machine, walk);
  return machine.threads.flatMap((_, thread) => {
    const cpu = cpuOf(result, thread);
    const waiting = blocked.find((one) => one.thread === thread);
    const mine = options.filter(({ move }) => move.thread === thread);
    if (mine.length > 0)
      return mine.flatMap((effect) =>
        behind(`${options.indexOf(effect) + 1}`.padStart(2), `${cpu}: ${optionText(effect)}`),
      );
    return behind("  ", `${cpu}: ${waiting ? `waits: ${waiting.label}` : "done"}`);
  });
}

/** A step and what it would do: branches of one step differ in that. */
function optionText({ point, move, reads, writes, outcome }: Effect): string {
  const picks = move.picks.length > 0 ? ` (option ${move.picks.map((pick) => pick + 1).join(", ")})` : "";
  const showAll = (cells: ReadonlyMap<Cell, Value>, sign: string): readonly string[] =>
    inWords(
      [...cells]
        .filter(([cell]) => !cell.isLocal && !cell.isGhost)
        .map(([cell, value]) => ({ ...fieldOf(cell), value })),
      ({ field, value }) => `${field}${TIE}${sign}${TIE}${showValue(value)}`,
    );
  const wrote = showAll(writes, "=");
  const facts = wrote.length > 0 ? wrote : showAll(reads, "==");
  const failing = outcome.kind === "violation" ? ` -> ${outcome.check}` : "";
  return `${point.label}${picks}${facts.length > 0 ? ` [ ${facts.join("; ")} ]` : ""}${failing}`;
}

const violationLines = (session: Session): readonly string[] =>
  violations(session).flatMap(({ name, reason }) => folded(`violated: ${name}: ${reason}`));

/** Why threads cannot step: what they wait for, and who left it so. */
export function waitingLines(result: Result, { machine, walk }: Session, asked?: number): readonly string[] {
  const blocked = walk.failed ? [] : blockedIn(machine, walk);
  return machine.threads.flatMap((_, thread) => {
    if (asked !== undefined && thread !== asked) return [];
    const cpu = cpuOf(result, thread);
    const waiting = blocked.find((one) => one.thread === thread);
    if (walk.last.points.get(thread) === DONE) return folded(`${cpu} is done`);
    if (!waiting) return asked === undefined ? [] : folded(walk.failed ? "the run has ended" : `${cpu} can step`);
    const reasons = sharedReads({ reads: waiting.waitsFor }).map((read) => {
      const by = read.writtenBy;
      const writer = by === undefined ? undefined : walk.moments[by]?.effect;
      const since = writer
        ? `set by ${cpuOf(result, writer.move.thread)} in step ${by! + 1}: ${writer.point.label}`
        : "as at the start";
      return `${showRead(read)}, ${since}`;
    });
    return [
      ...folded(`${cpu} waits: ${[...waiting.calls, waiting.label].join(" > ")}`),
      ...reasons.flatMap((reason) => behind("", reason)),
    ];
  });
}

/** What each spec says of the state as it is now; one about the end counts only when all are done. */
export function specLines({ machine, walk }: Session): readonly string[] {
  const isEnd = walk.last.points.every((point) => point === DONE);
  return machine.scenario.specs.flatMap((spec) => {
    const { holds, reason } = judge(machine, spec, readerOf(walk.last));
    const isReach = spec.kind === "sometimes";
    const failing = spec.kind === "always" || isEnd ? "violated" : "not yet";
    const word = isReach ? (holds ? "met" : "not met") : holds ? "holds" : failing;
    const why = isReach || holds ? "" : `: ${reason}`;
    return behind(`${word.padEnd(8)}  ${spec.kind.padEnd(9)}`, spec.name + why);
  });
}

/** The run so far as columns. */
export function runLines(result: Result, { walk }: Session): readonly string[] {
  const steps = stepsOf(walk);
  if (steps.length === 0) return ["no steps yet"];
  const drawn = { steps, slice: [], ending: { blocked: [] } };
  return diagramLines(diagramOf(result, drawn, new Map(), { width: WIDTH, isFull: true }));
}

const folded = (text: string): readonly string[] => fold(ascii(text), WIDTH, 2);

/** A text behind a fixed part of its first line. */
const behind = (fixed: string, text: string): readonly string[] =>
  fold(ascii(text), WIDTH - fixed.length - 2, 2).map(
    (line, i) => `${i === 0 ? fixed : " ".repeat(fixed.length)}  ${line}`,
  );
