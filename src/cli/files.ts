import { randomUUID } from "node:crypto";
import { realpathSync, renameSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { ModelError } from "../model/error.ts";
import { forget, remember } from "./temporary.ts";

/** A file or folder that could not be written. */
export class WriteError extends ModelError {
  /** The place is what it should be, but the system refuses or is full: no word of the command line is to blame. */
  readonly isOfTheSystem: boolean;

  constructor(shown: string, { cause, isOfTheSystem = false }: Cause, remedy: string, error: unknown) {
    super(`cannot write '${shown}'`, { cause, remedy }, { cause: error });
    this.isOfTheSystem = isOfTheSystem;
  }
}

/** A file that was written aside and waits to be put in its place. */
export interface Staged {
  /** Puts it there, at once: a reader sees the old file or the new one, and never half of one. */
  place(): void;
  /** Removes it, if it is not in its place yet. */
  discard(): void;
}

/** Writes a file aside, in the same folder. Throws the file system's error, also where a folder is in its place. */
export async function stage(path: string, content: string | Uint8Array): Promise<Staged> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) throw Object.assign(new Error(`${path} is a folder`), { code: "EISDIR" });
  // A terminal or a pipe, such as /dev/stdout, is written to, not replaced.
  if (found && !found.isFile()) {
    await writeFile(path, content);
    return { place: () => {}, discard: () => {} };
  }
  const target = targetOf(path);
  const temporary = `${target}.${randomUUID()}.tmp`;
  remember(temporary);
  try {
    await writeFile(temporary, content, { flag: "wx" });
  } catch (error) {
    forget(temporary);
    throw error;
  }
  return { place: () => renameSync(temporary, target), discard: () => forget(temporary) };
}

/** Throws what `stage` would throw, and leaves nothing behind. A pipe is left alone: its reader would take it for the end. */
export async function probe(path: string): Promise<void> {
  if (statSync(path, { throwIfNoEntry: false })?.isFIFO() !== true) (await stage(path, "")).discard();
}

/** The file itself, which is replaced where a link leads to it. Another run may remove it at any time. */
function targetOf(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return path;
    throw error;
  }
}

/** Replaces a file as a whole. `shown` is what an error calls it, and `other` what to choose then. */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  shown: string,
  other?: string,
): Promise<void> {
  try {
    const staged = await stage(path, content);
    try {
      staged.place();
    } finally {
      staged.discard();
    }
  } catch (error) {
    throw writeError(shown, error, other);
  }
}

/** The one way in which data is written as JSON. */
export const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

export const codeOf = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : "");

/** Runs `body`, and turns the file system's errors into a WriteError about `shown`. */
export async function explained<T>(shown: string, body: () => T | Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw writeError(shown, error);
  }
}

interface Cause {
  readonly cause: string;
  readonly isOfTheSystem?: boolean;
}

const ofTheSystem = (cause: string): Cause => ({ cause, isOfTheSystem: true });

const CAUSES: Readonly<Record<string, Cause>> = {
  EEXIST: { cause: "a file is in the place of a folder" },
  ENOTDIR: { cause: "a file is in the place of a folder" },
  EISDIR: { cause: "a folder is in the place of the file" },
  ENOENT: { cause: "no folder can be made there, or it was removed meanwhile" },
  ELOOP: { cause: "the links lead in a circle" },
  ENAMETOOLONG: { cause: "the name is too long" },
  EACCES: ofTheSystem("there is no permission to write there"),
  EPERM: ofTheSystem("there is no permission to write there"),
  EROFS: ofTheSystem("the file system is read-only"),
  ENOSPC: ofTheSystem("the disk is full"),
  EDQUOT: ofTheSystem("the disk quota is used up"),
  EFBIG: ofTheSystem("files may not grow that large here"),
  EMFILE: ofTheSystem("too many files are open"),
  ENFILE: ofTheSystem("too many files are open"),
  EIO: ofTheSystem("the device failed"),
  EBUSY: ofTheSystem("another run keeps it locked"),
};

/** The error for a file or folder that could not be written; an error that is not the file system's is a bug and stays. */
export function writeError(shown: string, error: unknown, other = "folder with --out"): unknown {
  const code = codeOf(error);
  const cause = CAUSES[code];
  if (cause === undefined || error instanceof ModelError) return error;
  const isFull = code === "ENOSPC" || code === "EDQUOT";
  return new WriteError(shown, cause, `${isFull ? "make room, or choose" : "choose"} another ${other}`, error);
}
