import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporaryName } from "./output/files.ts";
import type { Compiler, Project } from "./types-project.ts";

/** Files whose types are to be checked, and how. */
export interface Asked {
  readonly compiler: Compiler;
  readonly project: Project;
  readonly files: readonly string[];
}

/** What passed: by what was asked for, each file that the compiler read, and what it was like. */
type Known = Readonly<Record<string, Readonly<Record<string, string>>>>;

const MOST = 50;

/** Whether these files passed, and neither they nor anything that the compiler read for them has changed since. */
export function isKnown(asked: Asked): boolean {
  const key = keyOf(asked);
  const files = key === undefined ? undefined : read(fileOf(asked))[key];
  return files !== undefined && Object.entries(files).every(([file, stamp]) => stampOf(file) === stamp);
}

/**
 * Keeps that they passed, by the list of files that the compiler printed, which was started at a time. Where nothing can be
 * kept, they are checked again.
 */
export function keepKnown(asked: Asked, output: string, startedAt: number): void {
  const key = keyOf(asked);
  if (key === undefined) return;
  const path = fileOf(asked);
  const names = output.split(/\r?\n/).filter((line) => line !== "");
  // What was changed meanwhile may not be what the compiler has read.
  if (names.some((name) => changedAt(name) >= startedAt)) return;
  const files = Object.fromEntries(names.map((name) => [name, stampOf(name)]));
  const others = Object.entries(read(path)).filter(([other]) => other !== key);
  try {
    mkdirSync(dirname(path), { recursive: true });
    const temporary = temporaryName(path);
    writeFileSync(temporary, JSON.stringify(Object.fromEntries([...others.slice(1 - MOST), [key, files]])));
    renameSync(temporary, path);
  } catch {
    // It may be read-only.
  }
}

// Beside the compiler, where other tools keep such things.
const fileOf = ({ compiler }: Asked): string => join(dirname(compiler.folder), ".cache", "faultline", "types.json");

/** Nothing where it is not known what the project depends on. */
const keyOf = ({ compiler, project, files }: Asked): string | undefined =>
  project.texts && digest([compiler.folder, compiler.version, project.configFor(files), ...project.texts].join("\0"));

const digest = (text: string | Buffer): string => createHash("sha1").update(text).digest("base64");

function read(path: string): Known {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Known;
  } catch {
    return {};
  }
}

/** What a file is like: its content; of declarations, which nobody edits and of which there are many, their size and time. */
function stampOf(file: string): string {
  try {
    if (!/\.d\.[cm]?ts$/.test(file)) return digest(readFileSync(file));
    const { size, mtimeMs } = statSync(file);
    return `${size} ${mtimeMs}`;
  } catch {
    return "";
  }
}

const changedAt = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
