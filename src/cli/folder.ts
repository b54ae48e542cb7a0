import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { ModelError } from "../model/error.ts";
import type { Result } from "../trace/result.ts";
import type { Io } from "./io.ts";
import { forget, remember } from "./temporary.ts";

const RESULT = "result.json";

/** A report of one spec: `no-stale-pte.svg`. */
export interface ReportFile {
  readonly name: string;
  readonly content: string | Uint8Array;
}

/** The form in which a Result is kept: with the names of the files that were written beside it. */
export interface SavedResult extends Result {
  readonly files: readonly string[];
}

/** The folder a run writes into. */
export interface Folder {
  /** As the user wrote it, relative to the working directory. */
  readonly shown: string;
  /** Writes the reports, removes those of an older run that this one does not have, and writes result.json last. */
  save(result: Result, files: readonly ReportFile[]): Promise<SavedResult>;
  /** Removes what `openFolder` made, if nothing was saved. */
  discard(): Promise<void>;
}

/** Makes a folder under `out` and makes sure that it can be written, before a long search is wasted on it. */
export async function openFolder(io: Io, out: string, name: string): Promise<Folder> {
  const shown = join(out, name);
  const path = resolve(io.cwd, shown);
  const made = await explained(shown, () => makeFolder(path));
  const discard = async (): Promise<void> => {
    if (made !== undefined) await removeEmpty(path, dirname(made));
  };
  try {
    await explained(shown, () => probe(path));
    await oldFiles(path, shown);
  } catch (error) {
    await discard();
    throw error;
  }
  const save = async (result: Result, files: readonly ReportFile[]): Promise<SavedResult> => {
    const names = files.map((file) => file.name);
    const saved: SavedResult = { ...result, files: names };
    for (const file of files)
      await explained(join(shown, file.name), () => replace(join(path, file.name), file.content));
    const stale = (await oldFiles(path, shown)).filter((old) => !names.includes(old));
    for (const old of stale) await explained(join(shown, old), () => rm(join(path, old), { force: true }));
    await explained(join(shown, RESULT), () => replace(join(path, RESULT), json(saved)));
    return saved;
  };
  return { shown, save, discard };
}

/** Writes files into a folder under `out` that keeps no account of what is in it; returns the folder as the user wrote it. */
export async function writeInto(io: Io, out: string, name: string, files: readonly ReportFile[]): Promise<string> {
  const shown = join(out, name);
  const path = resolve(io.cwd, shown);
  await explained(shown, () => makeFolder(path));
  for (const file of files) await explained(join(shown, file.name), () => replace(join(path, file.name), file.content));
  return shown;
}

/**
 * Makes a folder and those above it; returns the first it made. Node's own recursive mkdir never ends where a folder
 * exists but cannot hold another one, as under /proc.
 */
async function makeFolder(path: string): Promise<string | undefined> {
  let first: string | undefined;
  try {
    await mkdir(path).catch(async (error: unknown) => {
      if (codeOf(error) !== "ENOENT") throw error;
      first = await makeFolder(dirname(path));
      await mkdir(path);
    });
    return first ?? path;
  } catch (error) {
    // Another run may make it at the same time.
    if (codeOf(error) === "EEXIST" && (await isFolder(path))) return first;
    throw error;
  }
}

const isFolder = async (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

const codeOf = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : "");

/** The one way in which data is written as JSON. */
export const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const temporaryFor = (path: string): string => `${path}.${randomUUID()}.tmp`;

/** A reader, or another run at the same time, sees the old file or the new one, and never half of one. */
async function replace(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = temporaryFor(path);
  remember(temporary);
  try {
    await writeFile(temporary, content, { flag: "wx" });
    await rename(temporary, path);
  } finally {
    forget(temporary);
  }
}

async function probe(path: string): Promise<void> {
  const temporary = temporaryFor(join(path, RESULT));
  remember(temporary);
  try {
    await writeFile(temporary, "", { flag: "wx" });
  } finally {
    forget(temporary);
  }
}

/** What an older run left here. Whoever edits result.json must not make faultline delete anything else: hence the pattern. */
async function oldFiles(path: string, shown: string): Promise<readonly string[]> {
  const text = await readFile(join(path, RESULT), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw writeError(join(shown, RESULT), error);
  });
  if (text === undefined) return [];
  const old = parsed(text);
  if (old?.format !== "faultline-result")
    throw new ModelError(`'${join(shown, RESULT)}' was not written by faultline`, {
      cause: "it would be overwritten",
      remedy: "move it away, or choose another folder with --out",
    });
  const files: readonly unknown[] = Array.isArray(old.files) ? old.files : [];
  return files.filter(
    (name): name is string => typeof name === "string" && /^[a-z0-9][a-z0-9-]*\.(txt|dot|svg|png|html)$/.test(name),
  );
}

function parsed(text: string): { readonly format?: unknown; readonly files?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Removes folders upwards from `path`, down to but without `above`, as long as they are empty. */
async function removeEmpty(path: string, above: string): Promise<void> {
  for (let at = path; at !== above; at = dirname(at))
    try {
      await rmdir(at);
    } catch {
      return;
    }
}

async function explained<T>(shown: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw writeError(shown, error);
  }
}

const CAUSES: Readonly<Record<string, string>> = {
  EEXIST: "a file is in the place of a folder",
  ENOTDIR: "a file is in the place of a folder",
  EISDIR: "a folder is in the place of the file",
  EACCES: "there is no permission to write there",
  EPERM: "there is no permission to write there",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  ENOENT: "no folder can be made there, or it was removed meanwhile",
  ELOOP: "the links lead in a circle",
  ENAMETOOLONG: "the name is too long",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  EIO: "the device failed",
};

/** The error for a file or folder that could not be written; an error that is not the file system's is a bug and stays. */
export function writeError(shown: string, error: unknown): unknown {
  const code = codeOf(error);
  const cause = CAUSES[code];
  if (cause === undefined) return error;
  const remedy = code === "ENOSPC" || code === "EDQUOT" ? "make room, or choose" : "choose";
  return new ModelError(
    `cannot write '${shown}'`,
    { cause, remedy: `${remedy} another folder with --out` },
    {
      cause: error,
    },
  );
}
