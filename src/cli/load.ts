import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { isProxy } from "node:util/types";
import { ModelError, didYouMean, listed } from "../model/error.ts";
import { isScenario, isScenarioName, specNamesOf, type Scenario } from "../model/scenario.ts";
import { isSpecName } from "../model/spec.ts";
import { bundledFolder, bundledScenario, bundledScenarios, byFolder } from "./bundled.ts";
import { alike } from "./alike.ts";
import type { Io } from "./output/io.ts";
import { importUserFile } from "./userfile.ts";

const SOURCE = /\.[cm]?[jt]s$/;

/** Whether an argument names a file that has types. */
export const isTypeScript = (argument: string): boolean => /\.[cm]?ts$/.test(argument);

/** A scenario, and the word of the command line that names it. */
export interface Loaded {
  readonly scenario: Scenario;
  readonly argument: string;
  /** The user's own file, for errors that cannot name a line of it. */
  readonly file?: string;
}

/** Whether an argument names a bundled scenario, whatever files there are. */
export const isBundled = async (argument: string): Promise<boolean> =>
  !SOURCE.test(argument) && (await bundledScenario(argument)) !== undefined;

/** The scenario that an argument names: a bundled one, or the default export of the user's own file. */
export async function loadScenario(argument: string, io: Io): Promise<Loaded> {
  // A source file does without the bundled scenarios, so that it works even where those are broken.
  if (SOURCE.test(argument)) return ownScenario(argument, io);
  const scenario = await bundledScenario(argument);
  if (scenario) return { scenario, argument };
  if (await isFile(argument, io)) return ownScenario(argument, io);
  throw noScenario(argument, await bundledScenarios());
}

/** Throws what `loadScenario` would throw if an argument names nothing. Nothing of the user's is loaded. */
export async function scenarioExists(argument: string, io: Io): Promise<void> {
  if (bundledFolder(argument) !== undefined || (await isFile(argument, io))) return;
  if (SOURCE.test(argument)) throw noFile(argument);
  if (!(await isBundled(argument))) throw noScenario(argument, await bundledScenarios());
}

const noFile = (file: string): ModelError =>
  new ModelError(`there is no file '${file}'`, { remedy: "give the name of a file that can be read" });

function noScenario(argument: string, bundled: readonly Scenario[]): ModelError {
  const names = bundled.map(({ name }) => name);
  const folder = bundledFolder(argument);
  if (folder !== undefined)
    return new ModelError(`'${argument}' is a folder of scenarios`, {
      cause: `in it: ${listed(byFolder(names, String).get(folder) ?? [])}`,
      remedy: "name one of these; check and list take the folder, too",
    });
  return new ModelError(`there is no scenario '${argument}'${didYouMean(argument, names)}`, {
    cause: alike(argument, names) ?? `bundled: ${whatIsBundled(bundled)}`,
    remedy: "name one that `faultline list` shows, or a .ts or .js file of your own",
  });
}

/** Those that lie in no folder by name, of each folder how many there are: for the "what exists" line of an error. */
export function whatIsBundled(bundled: readonly Scenario[]): string {
  const folders = byFolder(bundled, ({ name }) => name);
  return listed(
    [...folders].flatMap(([folder, all]) =>
      folder === "" ? all.map(({ name }) => name) : [`${all.length} in ${folder}/`],
    ),
  );
}

async function isFile(argument: string, io: Io): Promise<boolean> {
  return (await stat(resolve(io.cwd, argument)).catch(() => undefined))?.isFile() === true;
}

async function ownScenario(file: string, io: Io): Promise<Loaded> {
  if (!(await isFile(file, io))) throw noFile(file);
  const exports = await importUserFile(file, io);
  const remedy = 'write `export default scenario("name", { ... })`';
  if (!("default" in exports))
    throw new ModelError(`'${file}' has no default export`, {
      cause: `it exports: ${listed(Object.keys(exports))}`,
      remedy,
    });
  const value = exports["default"];
  if (!isScenario(value))
    throw new ModelError(`the default export of '${file}' is no scenario`, { cause: `it is ${kindOf(value)}`, remedy });
  checkNames(value, file);
  // A name that begins with a dash would be an option where the command line is repeated.
  return { scenario: value, argument: file.startsWith("-") ? `./${file}` : file, file };
}

/** scenario() and its worlds check names; an object that was spread from one may have any. They become files. */
function checkNames(scenario: Scenario, file: string): void {
  const { name } = scenario;
  const wrong = isScenarioName(name) ? specNamesOf(scenario).find((spec) => !isSpecName(spec)) : name;
  if (wrong === undefined) return;
  throw new ModelError(`'${wrong}' cannot be the name of a ${wrong === name ? "scenario" : "spec"}`, {
    where: file,
    cause: "files are named after it",
    remedy: "use small letters, digits and '-'",
  });
}

const kindOf = (value: unknown): string => {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  if (typeof value !== "object") return `a ${typeof value}`;
  if (isProxy(value)) return "a proxy";
  return "labels" in value ? "a path" : "layout" in value ? "a world" : "an object that scenario() did not make";
};
