import { showValue } from "../../model/layout.ts";
import type { Result } from "../../result/result.ts";
import type { Blocked, Trace, TraceStep } from "../../machine/trace.ts";
import { ascii, fold, plain, TIE } from "../text/wrap.ts";
import {
  doingWhat,
  functionOf,
  isHeldUp,
  localChanges,
  memoryNotes,
  sharedChanges,
  sharedReads,
  showRead,
} from "../phrases.ts";

/** What a picture says at the right of a row: pieces of one line. */
export interface Fact {
  /** Of a field that only its own thread sees. */
  readonly isLocal: boolean;
  readonly pieces: readonly Piece[];
}

export interface Piece {
  readonly text: string;
  readonly tone: "plain" | "faint" | "decisive";
}

/** What one step, or one waiting thread, puts into a picture. */
export interface Row {
  readonly thread: number;
  readonly isWaiting: boolean;
  /** It waits, or goes round, and should not. */
  readonly isHeldUp: boolean;
  /** Where the step belongs, in small print above it. */
  readonly above: readonly string[];
  readonly label: readonly string[];
  readonly facts: readonly Fact[];
  /** It has a part in how the run ends. */
  readonly hasPart: boolean;
  /** Another thread stepped before. */
  readonly isSwitch: boolean;
}

/** A row for each step, then one for each thread that waits in the end. Labels fold at `width` characters, small print at `smallWidth`. */
export function rowsOf(
  result: Result,
  { steps, slice, ending }: Trace,
  width: number,
  smallWidth: number,
): readonly Row[] {
  const above = whereabouts(result, smallWidth);
  const judged = (step: number): ReadonlySet<string> =>
    new Set(ending.reads.filter(({ writtenBy }) => writtenBy === step).map(({ field }) => field));
  const label = (words: string): readonly string[] => fold(ascii(words), width, 2);
  return [
    ...steps.map((step, i): Row => {
      const { thread } = step;
      const isSwitch = i > 0 && steps[i - 1]!.thread !== thread;
      const facts = factsOf(result, step, judged(i));
      const hasPart = slice.includes(i);
      return {
        thread,
        isWaiting: false,
        isHeldUp: false,
        above: above(step),
        label: label(step.label),
        facts,
        hasPart,
        isSwitch,
      };
    }),
    ...ending.blocked.map((blocked): Row => {
      const facts = sharedReads({ reads: blocked.waitsFor }).map((read) => fact(seen(showRead(read))));
      const { thread } = blocked;
      return {
        thread,
        isWaiting: true,
        isHeldUp: isHeldUp(blocked),
        above: above(blocked),
        label: label(doingWhat(blocked, [])),
        facts,
        hasPart: true,
        isSwitch: false,
      };
    }),
  ];
}

/** Says which calls lead to a step, in small print, where that is not what it was in the thread's step before or another thread came between. */
function whereabouts(result: Result, width: number): (event: TraceStep | Blocked) => readonly string[] {
  const last = new Map<number, string>();
  let running = -1;
  return ({ thread, calls }) => {
    const chain = calls.map((call) => call.replaceAll(" ", TIE)).join(`${TIE}> `);
    const before = last.get(thread) ?? "";
    // The header has the outermost function already.
    const isKnown = chain === before && (running === thread || chain === "");
    running = thread;
    last.set(thread, chain);
    if (isKnown) return [];
    return fold(ascii(chain || functionOf(result.threads[thread]!.path)), width, 2);
  };
}

/** What a step changed; of the shared state, if it changed nothing there, what it saw. `judged` are fields whose value here decided the verdict. */
function factsOf(result: Result, step: TraceStep, judged: ReadonlySet<string>): readonly Fact[] {
  const changes = sharedChanges(step);
  return [
    ...changes.map(({ field, from, to }) =>
      fact(
        piece(`${field}:`),
        piece(`${showValue(from)} ->`, "faint"),
        piece(showValue(to), judged.has(field) ? "decisive" : "plain"),
      ),
    ),
    ...(changes.length > 0 ? [] : sharedReads(step).map((read) => fact(seen(showRead(read))))),
    ...memoryNotes(step).map((note) => fact(piece(note))),
    ...localChanges(result, step).map(({ field, from, to }) => ({
      ...fact(piece(`${field}: ${showValue(from)} -> ${showValue(to)}`, "faint")),
      isLocal: true,
    })),
  ];
}

const fact = (...pieces: readonly Piece[]): Fact => ({ isLocal: false, pieces });
const piece = (text: string, tone: Piece["tone"] = "plain"): Piece => ({ text: plain(text), tone });
const seen = (text: string): Piece => piece(text, "faint");
