import { ModelError } from "../../model/error.ts";
import type { Io } from "./io.ts";

/** Says that something was left undone, and why; the run goes on. */
export type Warn = (sentence: string, error: unknown) => void;

/** Writes warnings to stderr. A cause that hits many files, such as a package that is not there, is explained once. */
export function warner({ stderr }: Pick<Io, "stderr">): Warn {
  const explained = new Set<string>();
  return (sentence, error) => {
    const why = explanation(error);
    const isNew = !explained.has(why[0]!);
    explained.add(why[0]!);
    if (!isNew && error instanceof ModelError) return;
    const lines = [`${sentence}: ${why[0]}`, ...(isNew ? why.slice(1) : [])];
    stderr.write(`warning: ${lines.join("\n         ")}\n`);
  };
}

function explanation(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [String(error)];
  if (!(error instanceof ModelError)) return [error.message.trim().replaceAll(/\s+/g, " ")];
  const { cause, remedy } = error.explanation;
  return [error.message, ...(cause === undefined ? [] : [cause]), ...(remedy === undefined ? [] : [`try: ${remedy}`])];
}
