import { lstatSync, readFileSync, rmSync } from "node:fs";
import { readFile, realpath, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, relative, resolve } from "node:path";
import { ModelError } from "../../model/error.ts";
import { ROOT } from "../package.ts";
import { OPTIONS } from "../types-project.ts";
import { codeOf, json, replaceFile, writeError } from "./files.ts";
import { makeFolder } from "./folder.ts";
import type { Io } from "./io.ts";
import { dependencyIn } from "./origin.ts";

/** What a folder for models of one's own has now. */
export interface Scaffold {
  /** The files that were written, or got something that they did not have. */
  readonly written: readonly string[];
  /** Those that were there, and are as they were. */
  readonly kept: readonly string[];
  /** Whether `npm test` checks the model. */
  readonly hasTest: boolean;
  /** Whether the packages are there that it takes. */
  readonly isInstalled: boolean;
  /** Whether the package.json that was written could not say where this package comes from. */
  readonly lacksOrigin: boolean;
  readonly hasTypescript: boolean;
}

export const FIRST_MODEL = "my-race.ts";
export const TEST = `faultline check ${FIRST_MODEL} --expected`;

const TSCONFIG = { compilerOptions: { ...OPTIONS, noEmit: true, skipLibCheck: true, types: [] } };

/** Writes a first model, and what it takes to run and to edit it, into a folder. What is there stays as it is. */
export async function scaffold(folder: string, io: Io): Promise<Scaffold> {
  const path = resolve(io.cwd, folder);
  const shownOf = (name: string): string => relative(io.cwd, join(path, name)) || name;
  const manifest = await manifestOf(path, shownOf("package.json"));
  const fresh: readonly (readonly [name: string, content: string])[] = [
    [FIRST_MODEL, readFileSync(`${ROOT}examples/${FIRST_MODEL}`, "utf8")],
    ["tsconfig.json", json(TSCONFIG)],
    ...(manifest.fresh === undefined ? [] : [["package.json", manifest.fresh] as const]),
  ];
  const written: string[] = [];
  let shown = folder;
  try {
    makeFolder(path);
    for (const [name, content] of fresh) {
      shown = shownOf(name);
      if (await isNew(join(path, name), content)) written.push(name);
    }
    if (manifest.renewed !== undefined) {
      await replaceFile(join(path, "package.json"), manifest.renewed, shownOf("package.json"), "folder");
      written.push("package.json");
    }
  } catch (error) {
    for (const name of written) rmSync(join(path, name), { force: true });
    throw writeError(shown, error, "folder");
  }
  const finds = createRequire(join(path, "package.json"));
  return {
    written,
    kept: [FIRST_MODEL, "tsconfig.json", "package.json"].filter((name) => !written.includes(name)),
    hasTest: manifest.hasTest,
    isInstalled: canFind(finds, "faultline"),
    lacksOrigin: manifest.lacksOrigin === true,
    hasTypescript: canFind(finds, "typescript/package.json") || manifest.fresh !== undefined,
  };
}

/** Writes a file that is not there yet; false if it is, be it a link that leads nowhere. */
async function isNew(path: string, content: string): Promise<boolean> {
  try {
    await writeFile(path, content, { flag: "wx" });
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST" || lstatSync(path, { throwIfNoEntry: false })) return false;
    throw error;
  }
}

function canFind(require: NodeJS.Require, specifier: string): boolean {
  try {
    require.resolve(specifier);
    return true;
  } catch {
    return false;
  }
}

/** A package.json as it should be. */
interface Manifest {
  /** The whole of it, where there is none. */
  readonly fresh?: string;
  /** The whole of it, where something is missing. */
  readonly renewed?: string;
  readonly hasTest: boolean;
  readonly lacksOrigin?: boolean;
}

/** What `npm init` writes where there is no test. */
const NO_TEST = /^echo "Error: no test specified"/;

async function manifestOf(path: string, shown: string): Promise<Manifest> {
  const text = await readFile(join(path, "package.json"), "utf8").catch((error: unknown) => {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw unreadable(shown, String(error));
  });
  if (text === undefined) return { ...(await freshManifest(path)), hasTest: true };
  const manifest = parsed(text, shown);
  const scripts: unknown = manifest["scripts"] ?? {};
  if (!isRecord(scripts)) throw unreadable(shown, "its `scripts` are no object");
  const test: unknown = scripts["test"];
  if (test === TEST) return { hasTest: true };
  if (test !== undefined && !(typeof test === "string" && NO_TEST.test(test))) return { hasTest: false };
  const indent = /^[{\s]*\n([ \t]+)"/.exec(text)?.[1] ?? "  ";
  const renewed = JSON.stringify({ ...manifest, scripts: { ...scripts, test: TEST } }, undefined, indent);
  return { renewed: `${renewed}\n`, hasTest: true };
}

/** The package that this is, as the one that a new folder uses; and the compiler that it was compiled with. */
async function freshManifest(path: string): Promise<{ readonly fresh: string; readonly lacksOrigin: boolean }> {
  const own = parsed(await readFile(`${ROOT}package.json`, "utf8"), `${ROOT}package.json`);
  const { typescript } = own["devDependencies"] as Readonly<Record<string, string>>;
  const faultline = dependencyIn(await realpath(path).catch(() => path), ROOT);
  const fresh = json({
    private: true,
    type: "module",
    scripts: { test: TEST },
    devDependencies: { ...(faultline !== undefined && { faultline }), typescript },
  });
  return { fresh, lacksOrigin: faultline === undefined };
}

function parsed(text: string, shown: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw unreadable(shown, error instanceof Error ? error.message : String(error));
  }
  if (isRecord(value)) return value;
  throw unreadable(shown, "it is no object");
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const unreadable = (shown: string, cause: string): ModelError =>
  new ModelError(`'${shown}' cannot be read, and nothing was written`, {
    cause,
    remedy: "correct it, or give the name of another folder",
  });
