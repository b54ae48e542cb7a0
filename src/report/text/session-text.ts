import type { Cell } from "../../model/access.ts";
import type { Value } from "../../model/domain.ts";
import { showValue } from "../../model/layout.ts";
import type { Result } from "../../result/result.ts";
import type { Blocked, TraceStep } from "../../machine/trace.ts";
import { violations, type Session } from "../../explain/session.ts";
import { changeOf, fieldOf } from "../../machine/tell.ts";
import { disputedIn, judgedAtEnd } from "../../explain/ending.ts";
import { blockedIn } from "../../explain/waiting.ts";
import type { Option, Run, Unseen } from "../../machine/machine.ts";
import { diagramLines, diagramOf } from "./columns.ts";
import { ascii, fold, TIE } from "./wrap.ts";
import {
  cpuOf,
  doing,
  doingWhat,
  inWords,
  memoryNotes,
  plural,
  sharedReads,
  showChanges,
  showHeld,
  showRead,
} from "../phrases.ts";

const WIDTH = 72;

/** Where a session is: what differs from the initial state, who can step and who cannot, and what is violated. */
export function placeLines(result: Result, session: Session): readonly string[] {
  const { program, walk } = session;
  return [
    ...folded(`after ${plural(walk.steps.length, "step")}: ${changesSinceStart(session)}`),
    ...heldLines(walk),
    ...threadLines(result, session),
    ...allowedLines(walk),
    ...violations(program, walk).flatMap(({ name, reason }) => folded(`violated: ${name}: ${reason}`)),
  ];
}

/** The shared state and the locals that are not as at the start. */
function changesSinceStart({ program, walk }: Session): string {
  const first = (cell: Cell): Value => walk.machine.read(walk.states[0]!, cell);
  const now = nowIn(walk);
  // Who holds a lock is told where it matters; that it is held, its own field says.
  const isOwner = (cell: Cell): boolean => program.threads.some(({ holds }) => holds?.own.has(cell) === true);
  const changed = program.cells.filter((cell) => first(cell) !== now(cell) && !isOwner(cell));
  const shown = showChanges(changed.map((cell) => changeOf(cell, first(cell), now(cell))));
  return shown.join("; ") || "as at the start";
}

/** What CPUs do not agree about. */
const heldLines = (run: Run): readonly string[] => unseenIn(run).flatMap((one) => folded(showHeld(one).join("; ")));

const unseenIn = ({ machine, states }: Run): readonly Unseen[] => machine.unseen(states.at(-1)!);

const nowIn =
  ({ machine, states }: Run) =>
  (cell: Cell): Value =>
    machine.read(states.at(-1)!, cell);

function allowedLines(walk: Run): readonly string[] {
  const axiom = walk.forbiddenBy();
  return axiom === undefined
    ? []
    : folded(`LKMM does not allow this run, by the axiom of ${axiom}: no violation of it counts`);
}

/** Every field, with its value, and what CPUs do not agree about. */
export const stateLines = ({ program, walk }: Session): readonly string[] => [
  ...program.cells.flatMap((cell) =>
    folded(`${showRead({ field: cell.name, value: nowIn(walk)(cell) })}${cell.isGhost ? " (ghost)" : ""}`),
  ),
  ...heldLines(walk),
];

/** The enabled steps, numbered from 1, and between them the threads that have none. */
function threadLines(result: Result, { program, walk }: Session): readonly string[] {
  if (walk.failed) return [`the run has ended in ${walk.failed.check}`];
  const options = walk.options();
  const blocked = walk.failed ? [] : blockedIn(walk);
  return program.threads.flatMap((_, thread) => {
    const cpu = cpuOf(result, thread);
    const waiting = blocked.find((one) => one.thread === thread);
    const mine = options.filter(({ account }) => account.thread === thread);
    return [
      ...(waiting ? behind("  ", `${cpu}: ${doing(waiting)}: ${waiting.label}`) : []),
      ...mine.flatMap((option) =>
        behind(`${options.indexOf(option) + 1}`.padStart(2), `${cpu}: ${optionText(option, mine, walk.steps)}`),
      ),
      ...(waiting || mine.length > 0 ? [] : behind("  ", `${cpu}: done`)),
    ];
  });
}

/** A step and what it would do: branches of one step differ in that, or in the store that they meet. */
function optionText(option: Option, mine: readonly Option[], steps: readonly TraceStep[]): string {
  const { move, account, writes, fails } = option;
  const picks = move.picks.length > 0 ? ` (option ${move.picks.map((pick) => pick + 1).join(", ")})` : "";
  const wrote = inWords(
    [...writes].filter(isShared).map(([cell, value]) => ({ ...fieldOf(cell), value })),
    ({ field, value }) => `${field}${TIE}=${TIE}${showValue(value)}`,
  );
  const facts = wrote.length > 0 ? wrote : inWords(sharedReads(account), showRead);
  const isChosen = mine.some((other) => other.move.at !== move.at && other.move.picks.join() === move.picks.join());
  const met = isChosen ? [metStore(move.at, steps, wrote.length > 0)] : [];
  const said = [...facts, ...met, ...memoryNotes(account)];
  return `${account.label}${picks}${said.length > 0 ? ` [ ${said.join("; ")} ]` : ""}${fails === undefined ? "" : ` -> ${fails}`}`;
}

const isShared = ([cell]: readonly [Cell, Value]): boolean => !cell.isLocal && !cell.isGhost;

/** Which store a load returns, or a store comes behind, where there is a choice. */
function metStore(at: number | undefined, steps: readonly TraceStep[], isStore: boolean): string {
  const store = at === undefined ? undefined : `CPU${steps[at]!.thread}'s store of step ${at + 1}`;
  return isStore ? `behind ${store ?? "the first value"}` : (store ?? "as at the start");
}

/** Why threads cannot step: what they wait for, and who left it so. */
export function waitingLines(result: Result, { program, walk }: Session, asked?: number): readonly string[] {
  const blocked = walk.failed ? [] : blockedIn(walk);
  const options = walk.options();
  return program.threads.flatMap((_, thread) => {
    if (asked !== undefined && thread !== asked) return [];
    const cpu = cpuOf(result, thread);
    const waiting = blocked.find((one) => one.thread === thread);
    if (waiting) return [...folded(`${cpu} ${doingWhat(waiting)}`), ...causes(waiting)];
    if (asked === undefined) return [];
    if (walk.failed) return ["the run has ended"];
    return folded(options.some(({ account }) => account.thread === thread) ? `${cpu} can step` : `${cpu} is done`);
  });

  function causes({ thread, waitsFor }: Blocked): readonly string[] {
    const fields = sharedReads({ reads: waitsFor }).map((read) => {
      const by = read.writtenBy;
      const writer = by === undefined ? undefined : walk.steps[by]!;
      const since = writer
        ? `set by ${cpuOf(result, writer.thread)} in step ${by! + 1}: ${writer.label}`
        : "as at the start";
      return `${showRead(read)}, ${since}`;
    });
    const buffers = unseenIn(walk)
      .filter((one) => one.kind === "buffer" && one.thread === thread)
      .flatMap(showHeld);
    return [...fields, ...buffers.map((words) => `${words}, not empty yet`)].flatMap((reason) => behind("", reason));
  }
}

/** What each spec says of the state as it is now; one about the end counts only when all are done. */
export function specLines({ program, walk }: Session): readonly string[] {
  const said = program.scenario.specs.map((spec) => {
    const { holds, reason } = judgedAtEnd(walk, spec);
    const disputed = disputedIn(walk, spec);
    if (disputed.length > 0) {
      const fields = disputed[0]! + (disputed.length > 1 ? " and others" : "");
      return { spec, word: "not judged", why: `: it reads ${fields}, which CPUs may not agree about` };
    }
    const isReach = spec.kind === "sometimes";
    const failing = spec.kind === "always" || walk.machine.isDone(walk.states.at(-1)!) ? "violated" : "not yet";
    const word = isReach ? (holds ? "met" : "not met") : holds ? "holds" : failing;
    return { spec, word, why: isReach || holds ? "" : `: ${reason}` };
  });
  const width = Math.max(8, ...said.map(({ word }) => word.length));
  return [
    ...said.flatMap(({ spec: { name, kind }, word, why }) =>
      behind(`${word.padEnd(width)}  ${kind.padEnd(9)}`, name + why),
    ),
    ...allowedLines(walk),
  ];
}

/** The run so far as columns. */
export function runLines(result: Result, { walk: { steps } }: Session): readonly string[] {
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
