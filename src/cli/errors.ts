import { InternalError, ModelError } from "../model/error.ts";
import { EXIT } from "./exit.ts";

const INDENT = "       ";

/** An error as the user reads it, and the exit code it ends with. */
export function explain(error: unknown): { readonly text: string; readonly code: number } {
  if (error instanceof ModelError) return { text: userError(error), code: EXIT.wrong.code };
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const kind = error instanceof InternalError ? "it contradicts itself" : "it did not expect this error";
  const text = [`error: this is a bug in faultline: ${kind}`, ...indented(what), ...indented(REPORT)].join("\n");
  return { text: `${text}\n`, code: EXIT.bug.code };
}

const REPORT = "try: report it with the model, the command line and the lines above";

function userError({ message, explanation: { where, cause, remedy } }: ModelError): string {
  const lines = [
    `error: ${message}`,
    ...indented(where),
    ...indented(cause),
    ...indented(remedy === undefined || isList(remedy) ? remedy : `try: ${remedy}`),
  ];
  return `${lines.join("\n")}\n`;
}

// A remedy such as `labels: a, b` says what exists; that is nothing to try.
const isList = (remedy: string): boolean => /^[a-z]+( here)?: /.test(remedy);

const indented = (text: string | undefined): readonly string[] =>
  text === undefined ? [] : text.split("\n").map((line) => INDENT + line);

/** The error with the user's own file in it, if it cannot name a line of a file itself. */
export function namingFile(error: unknown, file: string | undefined): unknown {
  if (!(error instanceof ModelError) || file === undefined) return error;
  const { where } = error.explanation;
  if (where !== undefined && /:\d+:\d+/.test(where)) return error;
  const explanation = { ...error.explanation, where: [file, where].filter(Boolean).join(", ") };
  return new ModelError(error.message, explanation, { cause: error });
}
