import { existsSync, readFileSync } from "node:fs";
import { SourceMap, type SourceMapPayload } from "node:module";
import { basename, dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { InternalError, ModelError } from "../../model/error.ts";
import { messageOf, shown, isA, isError, stackOf } from "../../model/thrown.ts";
import { Paused } from "../../model/explained.ts";
import { SRC, isOfModel, hasPlace, placeOfThrown } from "../../model/where.ts";
import { EXIT } from "./exit.ts";
import { ROOT } from "../package.ts";

const INDENT = "       ";

/** An error as the user reads it, and the exit code it ends with. */
export function explain(error: unknown): { readonly text: string; readonly code: number } {
  const wrong = mistakeIn(error);
  if (wrong) return { text: userError(wrong), code: EXIT.wrong.code };
  const what = isError(error) ? inSources(stackOf(error) ?? messageOf(error)) : shown(error);
  const kind = isA(error, InternalError) ? "it contradicts itself" : "it did not expect this error";
  const text = [`error: this is a bug in faultline: ${kind}`, ...indented(what), ...indented(REPORT)].join("\n");
  return { text: `${text}\n`, code: EXIT.bug.code };
}

/** The mistake of the user that an error is, if it is one: faultline's own code has no part in what a file of theirs throws. */
function mistakeIn(error: unknown): ModelError | undefined {
  if (isA(error, ModelError)) return error;
  if (isA(error, InternalError) || isA(error, Paused)) return undefined;
  const name = missingPackage(error);
  if (name !== undefined)
    return new ModelError(`the package '${name}' is not installed, and faultline does not run without it`, {
      remedy: `run \`npm ci\` in ${ROOT}`,
    });
  // All that faultline itself throws is an Error, and has the stack that it was made with.
  if (isError(error) && stackOf(error) !== undefined && !isOfModel(error)) return undefined;
  const place = placeOfThrown(error);
  return new ModelError(`the model threw${isError(error) ? `: ${messageOf(error)}` : ` ${shown(error)}`}`, {
    ...(place !== undefined && { where: place }),
    remedy: REMEDY,
  });
}

/** A stack with the places in faultline's own files, as they were before they were put together in one script. */
function inSources(stack: string): string {
  const script = fileURLToPath(new URL("faultline.cjs", SRC));
  if (!stack.includes(basename(script)) || !existsSync(`${script}.map`)) return stack;
  const map = new SourceMap(JSON.parse(readFileSync(`${script}.map`, "utf8")) as SourceMapPayload);
  return stack.replaceAll(/\bfaultline\.cjs:(\d+):(\d+)/g, (place, line: string, column: string) => {
    const found = map.findEntry(Number(line) - 1, Number(column) - 1);
    if (!("originalSource" in found)) return place;
    return `${resolve(dirname(script), found.originalSource)}:${found.originalLine + 1}:${found.originalColumn + 1}`;
  });
}

/** The package that faultline, or what it uses, could not load. */
function missingPackage(error: unknown): string | undefined {
  if (!isError(error) || !("code" in error) || !/^(ERR_)?MODULE_NOT_FOUND$/.test(String(error.code))) return undefined;
  const [, module, by] =
    /^Cannot find (?:package|module) '([^']+)'(?: imported from (.+))?/.exec(messageOf(error)) ?? [];
  const name = /^(?:.*\/node_modules\/)?((?:@[\w.-]+\/)?\w[\w.-]*)/.exec(module ?? "")?.[1];
  return by === undefined || by.startsWith(ROOT) ? name : undefined;
}

const REMEDY = "nothing that a model is built of may throw";

let lastLoaded: string | undefined;

/** A file of the user is loaded: what nobody catches from now on is most likely its. */
export function noteLoaded(file: string): void {
  lastLoaded = file;
}

/** What was thrown where nobody was there to catch it, as an error that names a file of the user, if it is theirs. */
export const uncaught = (error: unknown): unknown => namingFile(error, lastLoaded);

/** The same for what a promise failed with. It belongs to the model: faultline waits for all of its own. */
export const uncaughtIn = (reason: unknown): unknown => uncaught(isError(reason) ? reason : failedPromise(reason));

function failedPromise(reason: unknown): ModelError {
  const place = placeOfThrown(reason);
  return new ModelError(`a promise of the model failed with ${shown(reason)}`, {
    ...(place !== undefined && { where: place }),
    remedy: "let no function of the model be async",
  });
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
  if (file === undefined || (where !== undefined && hasPlace(where))) return wrong;
  const explanation = { ...wrong.explanation, where: [placeOfThrown(wrong) ?? file, where].filter(Boolean).join(", ") };
  return new ModelError(wrong.message, explanation, { cause: wrong });
}
