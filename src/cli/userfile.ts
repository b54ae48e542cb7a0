import { mkdtemp, writeFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { basename, join, parse, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Message, PluginBuild } from "esbuild";
import { ModelError, listed } from "../model/error.ts";
import { POINT_LATER } from "../model/domain.ts";
import { loadModule, loadScript } from "../model/load-module.ts";
import { messageOf, shown, isA, isError, thrownLast } from "../model/thrown.ts";
import { SRC, placeOf, hasPlace, placeOfThrown } from "../model/where.ts";
import { causeOf } from "./output/files.ts";
import type { Io } from "./output/io.ts";
import { noteLoaded } from "./output/errors.ts";
import { ownModule, ownSource } from "./package.ts";
import { forget, remember } from "./output/temporary.ts";

/** Everything that a file of the user exports, once it has run. Its TypeScript is compiled, not type-checked. */
export async function importUserFile(file: string, io: Io): Promise<Readonly<Record<string, unknown>>> {
  const folder = await mkdtemp(join(tmpdir(), "faultline-")).catch((error: unknown) => {
    throw new ModelError(
      `cannot make a temporary folder in '${tmpdir()}'`,
      { cause: causeOf(error), remedy: "set TMPDIR to a folder that can be written" },
      { cause: error },
    );
  });
  remember(folder);
  try {
    // Some characters that a file may have in its name, a module may not.
    const bundle = join(folder, `${parse(file).name.replaceAll(/[^\w.-]/g, "_")}.mjs`);
    await compile(resolve(io.cwd, file), bundle, io);
    // So that errors name the user's own lines, not those of the bundle.
    process.setSourceMapsEnabled(true);
    // Not before: bundled models do without.
    const [{ watchBuiltIns }, { guardPlatform }] = await Promise.all([
      import("../model/built-in.ts"),
      import("../model/platform.ts"),
    ]);
    guardPlatform();
    watchBuiltIns();
    return await load(file, bundle);
  } finally {
    forget(folder);
  }
}

/** Puts the file and all it imports, except faultline itself, into one file that Node.js can run. */
async function compile(entry: string, bundle: string, io: Io): Promise<void> {
  const { build } = loadScript("esbuild") as typeof import("esbuild");
  const { guardModule } = await import("../model/platform.ts");
  const {
    errors,
    warnings,
    outputFiles = [],
  } = await build({
    absWorkingDir: io.cwd,
    entryPoints: [entry],
    outfile: bundle,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    sourcemap: "linked",
    write: false,
    logLevel: "silent",
    plugins: [{ name: "faultline", setup: (plugin) => resolveOwn(plugin, guardModule) }],
  }).catch((error: unknown) => {
    if (error instanceof Error && "errors" in error)
      return error as unknown as Record<Kind, Message[]> & { readonly outputFiles?: undefined };
    throw new ModelError(
      `'${entry}' could not be compiled`,
      {
        cause: `esbuild, a process of its own, has ended: ${error instanceof Error ? error.message : String(error)}`,
        remedy: "look whether it has enough memory (`ulimit -v`) and may be started",
      },
      { cause: error },
    );
  });
  const wrong = errors[0] ?? warnings.find(({ id }) => id === "duplicate-object-key");
  if (wrong) throw compileError(wrong);
  for (const warning of warnings)
    io.stderr.write(`warning: ${[warning.text, ...codeFrame(warning)].join("\n         ")}\n`);
  const textOf = (ending: string): string => outputFiles.find(({ path }) => path.endsWith(ending))!.text;
  const { instrumented } = await import("./instrument.ts");
  const guarded = instrumented({ code: textOf(".mjs"), map: textOf(".map") }, GUARDS);
  await writeFile(bundle, guarded.code);
  await writeFile(`${bundle}.map`, guarded.map);
}

const GUARDS = new URL("model/asked.js", SRC).href;

type Kind = "errors" | "warnings";

/** Leads imports of faultline to the compiled files that run already, from whatever folder the user's file is in. */
function resolveOwn(build: PluginBuild, guardModule: (path: string) => void): void {
  build.onResolve({ filter: /^(node:)?[a-z_]+(\/[a-z]+)?$/ }, ({ path }) => {
    if (!isBuiltin(path)) return null;
    guardModule(path);
    return { path, external: true };
  });
  build.onResolve({ filter: /^faultline(\/|$)/ }, ({ path }) => {
    const own = ownModule(path);
    return own === undefined ? { errors: [{ text: `There is no '${path}'` }] } : { path: own, external: true };
  });
  build.onResolve({ filter: /^\.{1,2}\// }, ({ path, resolveDir }) => {
    const own = ownSource(resolve(resolveDir, path));
    return own === undefined ? null : { path: own, external: true };
  });
}

function compileError(message: Message): ModelError {
  const [where, ...frame] = codeFrame(message);
  const isTwice = message.id === "duplicate-object-key";
  const key = /"(.*)"/.exec(message.text)?.[1] ?? "";
  const sentence = isTwice
    ? `two steps with the same label '${key}', or two fields or threads with the same name`
    : lowerFirst(message.text);
  return new ModelError(sentence, {
    ...(where !== undefined && { where: [where, ...frame].join("\n") }),
    ...(isTwice && {
      cause: "JavaScript keeps only the last of them",
      remedy: "give each a label of its own",
    }),
  });
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

/** `file:line:column`, the line, and a mark under the place. */
function codeFrame({ location }: Message): readonly string[] {
  if (!location) return [];
  const { file, line, lineText } = location;
  // Both count bytes.
  const text = Buffer.from(lineText);
  const column = text.subarray(0, location.column).toString().length;
  const length = text.subarray(location.column, location.column + location.length).toString().length;
  const margin = `${line} | `;
  return [
    `${file}:${line}:${column + 1}`,
    `${margin}${lineText}`,
    `${" ".repeat(margin.length - 2)}| ${lineText.slice(0, column).replaceAll(/[^\t]/g, " ")}${"^".repeat(Math.max(1, length))}`,
  ];
}

/** As Node.js was started: what another file that is loaded meanwhile has set is no measure. */
const usual = Error.stackTraceLimit;

async function load(file: string, bundle: string): Promise<Readonly<Record<string, unknown>>> {
  noteLoaded(file);
  // A mistake is found deep in faultline's own code; where the file called it is to be told.
  Error.stackTraceLimit = 100;
  try {
    return (await loadModule(pathToFileURL(bundle).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw await loadError(file, error);
  } finally {
    Error.stackTraceLimit = usual;
  }
}

/** What a file threw while it ran, as the user's mistake. */
async function loadError(file: string, error: unknown): Promise<ModelError> {
  const last = thrownLast();
  // Node.js may have put an error of its own in the place of what the file threw.
  const places = [placeOfThrown(error), last && placeOf(last)].filter((one) => one !== undefined);
  const place = places.find((one) => one.includes(basename(file))) ?? places[0] ?? file;
  if (!isError(error)) return new ModelError(`'${file}' threw ${shown(error)}`, { where: place });
  const missing = /^The requested module '(.*)' does not provide an export named '(.*)'$/.exec(messageOf(error));
  if (missing) {
    const [, specifier = "", name = ""] = missing;
    const exports = specifier.startsWith("file:")
      ? listed(Object.keys((await loadModule(specifier)) as object))
      : undefined;
    return new ModelError(`'${file}' imports '${name}', which does not exist`, {
      remedy: exports === undefined ? "correct the name" : `exports: ${exports}`,
    });
  }
  if (!isA(error, ModelError))
    return new ModelError(
      `'${file}' threw while it was loaded: ${messageOf(error)}`,
      {
        where: place,
        ...(/^Cannot access '.*' before initialization$/.test(messageOf(error)) && {
          remedy: `define it before it is used; where a struct points at itself, ${POINT_LATER}`,
        }),
      },
      { cause: error },
    );
  const { where } = error.explanation;
  if (where !== undefined && hasPlace(where)) return error;
  return new ModelError(
    error.message,
    { ...error.explanation, where: [place, where].filter(Boolean).join(", ") },
    { cause: error },
  );
}
