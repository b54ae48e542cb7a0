import {
  closeSync,
  constants,
  fsync,
  lstatSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { open, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { ModelError } from "../../model/error.ts";
import { OWNER, OWNER_PATTERN, isGone } from "./owner.ts";
import { forget, letBe, remember } from "./temporary.ts";

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

/**
 * Writes a file aside, in the same folder, and to the disk. Throws the file system's error, also where a folder is in its
 * place. "named": somebody gave its name, and may have meant a terminal or a pipe, such as /dev/stdout, which is written
 * to and not replaced, or the file that a link leads to. "own": the name is ours, and nothing but a file may have it.
 */
export async function stage(path: string, content: string | Uint8Array, kind: Kind = "named"): Promise<Staged> {
  const found = kind === "own" ? lstatSync(path, { throwIfNoEntry: false }) : statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) throw Object.assign(new Error(`${path} is a folder`), { code: "EISDIR" });
  if (kind === "own" && found && !found.isFile() && !found.isSymbolicLink())
    throw Object.assign(new Error(`${path} is no file`), { code: "ENOTFILE" });
  if (kind === "named" && found && !found.isFile()) {
    await (found.isFIFO() ? writeToPipe(path, content) : writeFile(path, content));
    return { place: () => {}, discard: () => {} };
  }
  const target = kind === "own" ? path : targetOf(path);
  const temporary = temporaryName(target);
  remember(temporary);
  try {
    const file = openSync(temporary, "wx");
    try {
      writeFileSync(file, content);
      // The disk alone is worth waiting for: to hand the rest to another thread takes longer than to do it.
      if (content.length > 0) await synced(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    forget(temporary);
    throw error;
  }
  let isPlaced = false;
  const place = (): void => {
    renameSync(temporary, target);
    isPlaced = true;
  };
  return { place, discard: () => (isPlaced ? letBe(temporary) : forget(temporary)) };
}

const synced = promisify(fsync);

type Kind = "named" | "own";

/** Throws what `stage` would throw, and leaves nothing behind. A pipe is left alone: its reader would take it for the end. */
export async function probe(path: string, kind: Kind = "named"): Promise<void> {
  const isPipe = kind === "named" && statSync(path, { throwIfNoEntry: false })?.isFIFO() === true;
  if (!isPipe) (await stage(path, "", kind)).discard();
}

const READER_MS = 10_000;
const WRITER_MS = 3_000;
const RETRY_MS = 20;

/** A pipe without a reader, or with one that does not read, is waited for, but not for ever. */
async function writeToPipe(path: string, content: string | Uint8Array): Promise<void> {
  const begin = { at: performance.now() };
  const retried = async <T>(body: () => Promise<T>, code: string): Promise<T> => {
    for (;;)
      try {
        return await body();
      } catch (error) {
        if (codeOf(error) !== code || performance.now() - begin.at > READER_MS) throw error;
        await setTimeout(RETRY_MS);
      }
  };
  const pipe = await retried(() => open(path, constants.O_WRONLY | constants.O_NONBLOCK), "ENXIO");
  try {
    for (let rest = Buffer.from(content); rest.length > 0; begin.at = performance.now()) {
      const { bytesWritten } = await retried(() => pipe.write(rest), "EAGAIN");
      rest = rest.subarray(bytesWritten);
    }
  } finally {
    await pipe.close();
  }
}

/** The text of a file. A pipe without a writer is waited for, but not for ever. */
export async function readText(path: string): Promise<string> {
  if (!statSync(path).isFIFO()) return await readFile(path, "utf8");
  const begin = performance.now();
  const pipe = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const parts: Buffer[] = [];
    for (;;) {
      const { bytesRead, buffer } = await pipe.read().catch((error: unknown) => {
        if (codeOf(error) !== "EAGAIN") throw error;
        return { bytesRead: undefined, buffer: Buffer.alloc(0) };
      });
      if (bytesRead !== undefined && bytesRead > 0) parts.push(Buffer.from(buffer.subarray(0, bytesRead)));
      else if (bytesRead === 0 && parts.length > 0) return Buffer.concat(parts).toString();
      else if (bytesRead === 0 && performance.now() - begin > WRITER_MS)
        throw Object.assign(new Error(`nobody writes to ${path}`), { code: "ENOWRITER" });
      else await setTimeout(RETRY_MS);
    }
  } finally {
    await pipe.close();
  }
}

// Whatever a model puts in its place later.
const { random } = Math;

/** Eight digits that another file will hardly have. */
export const randomDigits = (): string =>
  Math.floor(random() * 2 ** 32)
    .toString(16)
    .padStart(8, "0");

/** The name of a temporary file beside the one that it is going to be. It says whose it is. */
export const temporaryName = (target: string): string => `${target}.${OWNER}-${randomDigits()}.tmp`;

const TEMPORARY = new RegExp(String.raw`^(.*)\.(${OWNER_PATTERN})-[0-9a-f]{8}\.tmp$`);
// Of a process that cannot be seen from here. No file takes that long to be written.
const OLD_MS = 3_600_000;

/** Removes the temporary files in a folder that processes have left there which were killed; `of`: those of one file alone. */
export function sweep(folder: string, of?: string): void {
  for (const name of readdirSync(folder)) {
    const [, target, owner] = TEMPORARY.exec(name) ?? [];
    if (owner === undefined || (of !== undefined && target !== of)) continue;
    const path = join(folder, name);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found?.isFile() && (isGone(owner) || Date.now() - found.mtimeMs > OLD_MS)) rmSync(path, { force: true });
  }
}

/** Writes to the disk which files a folder has, where the system lets that be done. */
export async function syncFolder(path: string): Promise<void> {
  let folder: number | undefined;
  try {
    folder = openSync(path, "r");
    await synced(folder);
  } catch {
    // It cannot be done here.
  } finally {
    if (folder !== undefined) closeSync(folder);
  }
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
  kind: Kind = "named",
): Promise<void> {
  try {
    const staged = await stage(path, content, kind);
    try {
      staged.place();
    } finally {
      staged.discard();
    }
    await syncFolder(dirname(path));
    sweep(dirname(path), basename(path));
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
  ENOTFILE: { cause: "something that is no file, such as a pipe, is in the place of a file" },
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
  ENXIO: ofTheSystem("no program reads the pipe"),
  EAGAIN: ofTheSystem("no program reads the pipe"),
  EPIPE: ofTheSystem("no program reads the pipe any more"),
  ESTALE: ofTheSystem("the file system is not there any more"),
  ENODEV: ofTheSystem("the file system is not there any more"),
};

/** Why the file system refused, as far as its error says. */
export const causeOf = (error: unknown): string => CAUSES[codeOf(error)]?.cause ?? String(error);

/** The error for a file or folder that could not be written; an error that is not the file system's is a bug and stays. */
export function writeError(shown: string, error: unknown, other = "folder with --out"): unknown {
  const code = codeOf(error);
  const cause = CAUSES[code];
  if (cause === undefined || error instanceof ModelError) return error;
  const isFull = code === "ENOSPC" || code === "EDQUOT";
  return new WriteError(shown, cause, `${isFull ? "make room, or choose" : "choose"} another ${other}`, error);
}
