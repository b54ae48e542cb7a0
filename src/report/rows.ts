import { showValue } from "../model/layout.ts";
import type { Blocked, Result, Trace, TraceStep } from "../trace/result.ts";
import { ascii, fold, plain, TIE } from "./fold.ts";
import { localChanges, sharedChanges, sharedReads, showRead } from "./wording.ts";

/** What a picture says at the right of a row: pieces of one line. */
export interface Fact {
  /** Of a field that only its own thread sees. */
  readonly isLocal: boolean;
  readonly pieces: readonly Piece[];
}

export interface Piece {
  readonly text: string;
  readonly tone: "plain" | "faint" | "new";
}

/** What one step, or one waiting thread, puts into a picture. */
export interface Row {
  readonly thread: number;
  readonly isWaiting: boolean;
  /** Where the step belongs, in small print above it. */
  readonly above: readonly string[];
  readonly label: readonly string[];
  readonly facts: readonly Fact[];
}

/** A row for each step, then one for each thread that waits in the end. Labels fold at `width` characters, small print at `smallWidth`. */
export function rowsOf(result: Result, { steps, ending }: Trace, width: number, smallWidth: number): readonly Row[] {
  const above = (event: TraceStep | Blocked): readonly string[] => {
    const words = whereabouts(result, event);
    return words === "" ? [] : fold(ascii(words), smallWidth, 2);
  };
  const label = (words: string): readonly string[] => fold(ascii(words), width, 2);
  return [
    ...steps.map((step): Row => {
      const { thread } = step;
      return { thread, isWaiting: false, above: above(step), label: label(step.label), facts: factsOf(result, step) };
    }),
    ...ending.blocked.map((blocked): Row => {
      const facts = sharedReads({ reads: blocked.waitsFor }).map((read) => fact(seen(showRead(read))));
      const { thread } = blocked;
      return { thread, isWaiting: true, above: above(blocked), label: label(`waits: ${blocked.label}`), facts };
    }),
  ];
}

/** The calls that lead to a step; for a step of the thread's outermost function, where its source is, if that is known. */
function whereabouts(result: Result, { thread, calls }: TraceStep | Blocked): string {
  const { file, release } = result.threads[thread]!;
  const chain = calls.map((call) => call.replaceAll(" ", TIE)).join(`${TIE}> `);
  return chain || [file, release].filter(Boolean).join(", ");
}

/** What a step changed; of the shared state, if it changed nothing there, what it saw. */
function factsOf(result: Result, step: TraceStep): readonly Fact[] {
  const changes = sharedChanges(step);
  return [
    ...changes.map(({ field, from, to }) =>
      fact(piece(`${field}:`), piece(`${showValue(from)} ->`, "faint"), piece(showValue(to), "new")),
    ),
    ...(changes.length > 0 ? [] : sharedReads(step).map((read) => fact(seen(showRead(read))))),
    ...localChanges(result, step).map(({ field, from, to }) => ({
      ...fact(piece(`${field}: ${showValue(from)} -> ${showValue(to)}`, "faint")),
      isLocal: true,
    })),
  ];
}

const fact = (...pieces: readonly Piece[]): Fact => ({ isLocal: false, pieces });
const piece = (text: string, tone: Piece["tone"] = "plain"): Piece => ({ text: plain(text), tone });
const seen = (text: string): Piece => piece(text, "faint");
