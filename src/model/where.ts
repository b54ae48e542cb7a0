import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Place } from "./step-line.ts";
import { isError, linesOfStack, thrownAt } from "./thrown.ts";

/**
 * The folder `src` of what runs, as a URL. It is <package>/.build/src, as it was compiled, or <package>/.build/dist/src,
 * where the same is put together in few files, of which this is a part of one.
 */
export const SRC = import.meta.url.replace(/(\/\.build\/(?:dist\/)?src\/)(?!.*\/\.build\/).*/, "$1");

/** The package's folder. */
export const PACKAGE = fileURLToPath(new URL(SRC.endsWith("/dist/src/") ? "../../../" : "../../", SRC));

/**
 * `file:line:column` of the innermost frame that is not faultline's own. The file is relative to the working directory, if
 * it lies below that, or to faultline's own folder, if it comes with faultline.
 */
export function placeOf(error: Error): string | undefined {
  const frame = frameOf(error);
  if (!frame) return undefined;
  const here = relative(process.cwd(), frame.file);
  const isBelow = !here.startsWith("..");
  const file = isBelow ? here : frame.file.startsWith(PACKAGE) ? frame.file.slice(PACKAGE.length) : frame.file;
  return `${file}:${frame.line}:${frame.column}`;
}

/** The same of what was thrown, whatever it is: where it was made, or else where it was thrown. */
export function placeOfThrown(thrown: unknown): string | undefined {
  const at = thrownAt(thrown);
  return (isError(thrown) ? placeOf(thrown) : undefined) ?? (at && placeOf(at));
}

/**
 * `file:line` of the same frame: relative to `cwd`, or, outside of it, to faultline's own folder for what comes with
 * faultline. It is the same on every machine.
 */
export function sourceOf(error: Error, cwd: string): string | undefined {
  const frame = frameOf(error);
  if (!frame) return undefined;
  const here = relative(cwd, frame.file);
  const isOwn = here.startsWith("..") && frame.file.startsWith(PACKAGE);
  return `${isOwn ? frame.file.slice(PACKAGE.length) : here}:${frame.line}`;
}

/** Whether the text of an error's place names a line of a file already. */
export const hasPlace = (where: string): boolean => /:\d+:\d+/.test(where);

/** Whether a file that faultline neither is nor uses has a part in an error. */
export const isOfModel = (error: Error): boolean =>
  framesOf(error).some(({ file }) => !file.includes("/node_modules/") && (!file.startsWith(PACKAGE) || isModel(file)));

const isModel = (file: string): boolean =>
  ["", ".build/", ".build/dist/"].some((tree) =>
    ["models/", "specs/"].some((folder) => file.startsWith(PACKAGE + tree + folder)),
  );

/** A place on the disk. */
export interface StackFrame extends Place {
  /** Absolute. */
  readonly file: string;
}

const frames = new WeakMap<Error, StackFrame | null>();

/** The innermost frame that is not faultline's own. Who waits for faultline is no part of a model. */
export function frameOf(error: Error): StackFrame | undefined {
  let frame = frames.get(error);
  if (frame === undefined) {
    frame = framesOf(error).find(({ file }) => !OWN.some((folder) => file.startsWith(PACKAGE + folder))) ?? null;
    frames.set(error, frame);
  }
  return frame ?? undefined;
}

const OWN = ["src/", ".build/src/", ".build/dist/src/", "node_modules/"];

function framesOf(error: Error): readonly StackFrame[] {
  return linesOfStack(error).flatMap((line) => {
    const frame = /^\s+at (?!async )(?:.*\()?((?:file:\/\/)?\/.*):(\d+):(\d+)\)?$/.exec(line);
    if (!frame) return [];
    const file = frame[1]!.startsWith("file:") ? fileURLToPath(frame[1]!) : frame[1]!;
    return [{ file, line: Number(frame[2]), column: Number(frame[3]) }];
  });
}
