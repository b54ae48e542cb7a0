import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, parse } from "node:path";
import { ROOT } from "./package.ts";
import type { Io } from "./output/io.ts";

/** A TypeScript that is installed. */
export interface Compiler {
  readonly folder: string;
  readonly version: string;
}

// The first that knows all of what our declarations are written in.
const OLDEST = [5, 4] as const;

/** The compiler that an editor takes for a file, or else one that is installed where faultline is started; nothing if there is none. */
export function compilerFor(file: string, { cwd, stderr }: Io): Compiler | undefined {
  const manifest = resolved(file, "typescript/package.json") ?? resolved(join(cwd, "x"), "typescript/package.json");
  if (manifest === undefined) return undefined;
  const version = versionIn(manifest);
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return { folder: dirname(manifest), version };
  stderr.write(`warning: types are not checked: it takes TypeScript ${OLDEST.join(".")} or later, not ${version}\n`);
  return undefined;
}

function versionIn(manifest: string): string {
  const [, version = "another"] = /"version"\s*:\s*"([^"]*)"/.exec(readFileSync(manifest, "utf8")) ?? [];
  return version;
}

function resolved(from: string, specifier: string): string | undefined {
  try {
    return createRequire(from).resolve(specifier);
  } catch {
    return undefined;
  }
}

/** How the files of a folder are compiled. */
export interface Project {
  /** The tsconfig.json that they have; the empty text if none. */
  readonly config: string;
  /** What it says, and what those say that it extends; nothing if that is not known. */
  readonly texts: readonly string[] | undefined;
  /** A tsconfig.json that checks these files alone. */
  configFor(files: readonly string[]): string;
}

/** As esbuild takes a model, which is what runs it: imports with or without endings, one module in the end. */
export const OPTIONS = {
  target: "es2022",
  lib: ["es2023"],
  module: "esnext",
  moduleResolution: "bundler",
  allowImportingTsExtensions: true,
  strict: true,
};

/** Nothing is written, and what is no mistake of a model is not asked for. `null` takes an option of the user's away. */
const ALWAYS = {
  noEmit: true,
  skipLibCheck: true,
  noUnusedLocals: false,
  noUnusedParameters: false,
  ...Object.fromEntries(
    [
      "composite",
      "declaration",
      "declarationDir",
      "declarationMap",
      "emitDeclarationOnly",
      "incremental",
      "isolatedDeclarations",
      "tsBuildInfoFile",
    ].map((name) => [name, null]),
  ),
};

/** How a file of the user is compiled: as the nearest tsconfig.json says, or else as esbuild does. */
export function projectFor(file: string): Project {
  const above = foldersAbove(file);
  const config = above.map((folder) => join(folder, "tsconfig.json")).find(existsSync) ?? "";
  const texts = config === "" ? [] : textsOf(config);
  const compilerOptions = {
    ...(config === "" && OPTIONS),
    ...ALWAYS,
    // Imports may lead anywhere.
    rootDir: parse(file).root,
    // The file that says so lies elsewhere.
    ...(!texts?.some((text) => text.includes('"typeRoots"')) && {
      typeRoots: above.map((folder) => join(folder, "node_modules", "@types")).filter(existsSync),
    }),
    // Where it is not installed, what runs is what the file means.
    ...(resolved(file, "faultline") === undefined && {
      paths: Object.fromEntries([
        ["faultline", [join(ROOT, ".build/src/index.d.ts")]],
        ...["models", "specs"].map((part) => [`faultline/${part}/*`, [join(ROOT, `.build/${part}/*.d.ts`)]]),
      ]),
    }),
  };
  return {
    config,
    texts,
    configFor: (files) =>
      JSON.stringify({
        ...(config !== "" && { extends: config }),
        files,
        include: [],
        references: [],
        compilerOptions,
      }),
  };
}

function foldersAbove(file: string): readonly string[] {
  const folder = dirname(file);
  return folder === file ? [] : [folder, ...(dirname(folder) === folder ? [] : foldersAbove(folder))];
}

/** The text of a tsconfig.json and of all that it extends by a relative path; nothing if it extends another, or is not there. */
function textsOf(config: string, seen: readonly string[] = []): readonly string[] | undefined {
  if (seen.includes(config)) return [];
  let text: string;
  try {
    text = readFileSync(config, "utf8");
  } catch {
    return undefined;
  }
  const said = /"extends"\s*:\s*(\[[^\]]*\]|"[^"]*")/.exec(text)?.[1] ?? "";
  const texts = [text];
  for (const [, name] of said.matchAll(/"([^"]*)"/g)) {
    if (!name!.startsWith(".")) return undefined;
    const path = join(dirname(config), name!);
    const more = textsOf(existsSync(path) ? path : `${path}.json`, [...seen, config]);
    if (!more) return undefined;
    texts.push(...more);
  }
  return texts;
}
