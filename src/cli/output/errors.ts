import { InternalError, ModelError } from "../../model/error.ts";
import { messageOf, shown } from "../../model/explained.ts";
import { Unknown } from "../../model/unknown.ts";
import { isOfModel, placeOf } from "../../model/where.ts";
import { EXIT } from "./exit.ts";

const INDENT = "       ";

/** An error as the user reads it, and the exit code it ends with. */
export function explain(error: unknown): { readonly text: string; readonly code: number } {
  const wrong = mistakeIn(error);
  if (wrong) return { text: userError(wrong), code: EXIT.wrong.code };
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const kind = error instanceof InternalError ? "it contradicts itself" : "it did not expect this error";
  const text = [`error: this is a bug in faultline: ${kind}`, ...indented(what), ...indented(REPORT)].join("\n");
  return { text: `${text}\n`, code: EXIT.bug.code };
}

/** The mistake of the user that an error is, if it is one: faultline's own code has no part in what a file of theirs throws. */
function mistakeIn(error: unknown): ModelError | undefined {
  if (error instanceof ModelError) return error;
  if (error instanceof InternalError || error instanceof Unknown) return undefined;
  // All that faultline itself throws is an Error.
  if (!(error instanceof Error)) return new ModelError(`the model threw ${shown(error)}`, { remedy: REMEDY });
  if (!isOfModel(error)) return undefined;
  const place = placeOf(error);
  return new ModelError(`the model threw: ${messageOf(error)}`, {
    ...(place !== undefined && { where: place }),
    remedy: REMEDY,
  });
}

const REMEDY = "nothing that a model is built of may throw";

/** What nobody was there to catch. A promise that fails belongs to the model: faultline waits for all of its own. */
export function uncaught(error: unknown, isPromise: boolean): ReturnType<typeof explain> {
  if (error instanceof Error || !isPromise) return explain(error);
  return explain(
    new ModelError(`a promise of the model failed with ${shown(error)}`, {
      remedy: "let no function of the model be async",
    }),
  );
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
  const wrong = mistakeIn(error);
  if (!wrong) return error;
  const { where } = wrong.explanation;
  if (file === undefined || (where !== undefined && /:\d+:\d+/.test(where))) return wrong;
  const explanation = { ...wrong.explanation, where: [file, where].filter(Boolean).join(", ") };
  return new ModelError(wrong.message, explanation, { cause: wrong });
}
