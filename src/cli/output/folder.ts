import { lstatSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { ModelError } from "../../model/error.ts";
import type { Result } from "../../result/result.ts";
import {
  WriteError,
  codeOf,
  explained,
  json,
  replaceFile,
  stage,
  sweep,
  syncFolder,
  writeError,
  type Staged,
} from "./files.ts";
import type { Io } from "./io.ts";
import { LOCK, isLock, locked } from "./lock.ts";
import { forgetEmpty, keep, rememberEmpty } from "./temporary.ts";

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

/** What is in result.json beside these files. */
export const savedText = (result: Result, files: readonly ReportFile[]): string =>
  json({ ...result, files: files.map(({ name }) => name) } satisfies SavedResult);

/** The folder a run writes into. */
export interface Folder {
  /** As the user wrote it, relative to the working directory. */
  readonly shown: string;
  /** Why nothing can be written there, if the system says so already. */
  readonly trouble?: WriteError;
  /**
   * Puts the reports and result.json, which has the given text, in their places, all or none, and removes those of an
   * older run that this one does not have. Throws a WriteError if it cannot.
   */
  save(text: string, files: readonly ReportFile[]): Promise<void>;
  /** Removes what `openFolder` made, if nothing was saved. */
  discard(): Promise<void>;
}

/**
 * Tries to make a folder under `out` and to write in it, before a long search is wasted on it. Throws a ModelError for a
 * place that is a mistake; one that is only read-only or full is the folder's `trouble`.
 */
export async function openFolder(io: Io, out: string, name: string): Promise<Folder> {
  const shown = below(out, name);
  const path = resolve(io.cwd, shown);
  const discard = async (): Promise<void> => forgetEmpty(path);
  const stageHere = async (name: string, content: string | Uint8Array, tries = TRIES): Promise<Staged> => {
    try {
      return await stage(join(path, name), content, "own");
    } catch (error) {
      // The folder is not there yet, or another run has removed it as empty meanwhile.
      if (!["ENOENT", "ENOTDIR"].includes(codeOf(error)) || tries === 0) throw writeError(join(shown, name), error);
    }
    await makeHere();
    return await stageHere(name, content, tries - 1);
  };
  const makeHere = (): Promise<void> =>
    explained(shown, () => {
      const made = makeFolder(path);
      if (made !== undefined) rememberEmpty(path, dirname(made));
    });
  const save = async (text: string, files: readonly ReportFile[]): Promise<void> => {
    const names = files.map((file) => file.name);
    for (const file of names) below(shown, file);
    if (isMissing) await makeHere();
    // All at once: the disk then has to be waited for once.
    const stages = await Promise.allSettled(
      [...files, { name: RESULT, content: text }].map(({ name, content }) => stageHere(name, content)),
    );
    const staged: readonly Staged[] = stages.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    try {
      for (const one of stages) if (one.status === "rejected") throw one.reason;
      const placed = (): void => {
        const stale = oldFiles(path, shown).filter((old) => !names.includes(old));
        for (const file of staged) file.place();
        for (const old of stale) rmSync(join(path, old), { force: true });
        sweep(path);
      };
      const say = (sentence: string): void => io.stderr.write(`${shown}: ${sentence}\n`);
      await explained(shown, () => locked(path, placed, { say }));
      keep(path);
      await syncFolder(path);
    } finally {
      for (const file of staged) file.discard();
    }
  };
  let isMissing = false;
  try {
    const above = folderAbove(path);
    isMissing = above !== undefined;
    if (above !== undefined && roomy.has(above)) return { shown, save, discard };
    (await stageHere(RESULT, "")).discard();
    await explained(join(shown, LOCK), () => isLock(join(path, LOCK)));
    oldFiles(path, shown);
    // Not kept until there is something in it: what ends the process leaves nothing behind.
    await discard();
    if (above !== undefined) roomy.add(above);
  } catch (error) {
    await discard();
    if (error instanceof WriteError && error.isOfTheSystem) return { shown, trouble: error, save, discard };
    throw error;
  }
  return { shown, save, discard };
}

/** Folders below which this process could make one: it can make others, and to try that for each of many runs takes seconds. */
const roomy = new Set<string>();

/** The folder below which a path begins that is not there; nothing if there is something at the path, or in its way. */
function folderAbove(path: string): string | undefined {
  const above = dirname(path);
  try {
    // A link that leads nowhere is there all the same.
    if (lstatSync(path, { throwIfNoEntry: false }) || above === path) return undefined;
  } catch {
    // As for a name that is too long: whoever tries to make it is told why.
    return undefined;
  }
  return whatIs(above) === "a folder" ? above : folderAbove(above);
}

/** Writes files into a folder under `out` that keeps no account of what is in it; returns the folder as the user wrote it. */
export async function writeInto(io: Io, out: string, name: string, files: readonly ReportFile[]): Promise<string> {
  const shown = below(out, name);
  const path = resolve(io.cwd, shown);
  for (const file of files) below(shown, file.name);
  await explained(shown, () => makeFolder(path));
  for (const { name: file, content } of files)
    await replaceFile(join(path, file), content, join(shown, file), undefined, "own");
  return shown;
}

/** The place of that name below a folder. Throws a ModelError for a name that leads anywhere else. */
function below(folder: string, name: string): string {
  const isPlain = name.split("/").every((part) => !["", ".", ".."].includes(part) && !part.includes("\0"));
  if (isPlain) return join(folder, name);
  throw new ModelError(`'${name}' cannot be the name of a file or folder below '${folder}'`, {
    cause: "files are named after scenarios, specs, paths and parameters, and this leads somewhere else",
    remedy: "use letters, digits and '-' in names",
  });
}

/**
 * Makes a folder and those above it; returns the first it made. Node's own recursive mkdir never ends where a folder
 * exists but cannot hold another one, as under /proc.
 */
export function makeFolder(path: string): string | undefined {
  let first: string | undefined;
  for (let tries = TRIES; ; tries--)
    try {
      mkdirSync(path);
      return first ?? path;
    } catch (error) {
      const code = codeOf(error);
      // It may be there already, and another run may make it at the same time. A read-only system says so first.
      const there = ["EEXIST", "EROFS", "EACCES", "EPERM"].includes(code) ? whatIs(path) : "nothing";
      if (there === "a folder") return first;
      // Another run may remove this one as empty as soon as it has been found, and those above as soon as they are made.
      const isGone = code === "EEXIST" && there === "nothing";
      if ((!isGone && code !== "ENOENT") || tries === 0) throw error;
      if (!isGone) first = makeFolder(dirname(path));
    }
}

/** How often a folder is made again that other runs remove as empty. */
const TRIES = 20;

function whatIs(path: string): "a folder" | "something else" | "nothing" {
  try {
    return statSync(path).isDirectory() ? "a folder" : "something else";
  } catch {
    return "nothing";
  }
}

/** What an older run left here. Whoever edits result.json must not make faultline delete anything else: hence the pattern. */
function oldFiles(path: string, shown: string): readonly string[] {
  const text = readOld(join(path, RESULT), join(shown, RESULT));
  if (text === undefined) return [];
  const old = parsed(text);
  if (old?.format !== "faultline-result")
    throw new ModelError(`'${join(shown, RESULT)}' was not written by faultline`, {
      cause: "it would be overwritten",
      remedy: "move it away, or choose another folder with --out",
    });
  const files: readonly unknown[] = Array.isArray(old.files) ? old.files : [];
  return files.filter((name): name is string => typeof name === "string" && REPORT.test(name));
}

const REPORT = /^[a-z0-9][a-z0-9-]*\.(txt|dot|svg|png|html|litmus|pml|itf\.json)$/;

function readOld(path: string, shown: string): string | undefined {
  try {
    // A pipe would be waited for.
    if (statSync(path).isFile()) return readFileSync(path, "utf8");
    throw Object.assign(new Error(`${path} is no file`), { code: "ENOTFILE" });
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw writeError(shown, error);
  }
}

function parsed(text: string): { readonly format?: unknown; readonly files?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
