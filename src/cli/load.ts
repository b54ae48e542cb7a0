import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { isProxy } from "node:util/types";
import { ModelError, didYouMean, listed } from "../model/error.ts";
import { isScenario, type Scenario } from "../model/scenario.ts";
import { bundledScenarios } from "./bundled.ts";
import type { Io } from "./io.ts";
import { importUserFile } from "./userfile.ts";

const SOURCE = /\.[cm]?[jt]s$/;

/** A scenario, and the word of the command line that names it. */
export interface Loaded {
  readonly scenario: Scenario;
  readonly argument: string;
  /** The user's own file, for errors that cannot name a line of it. */
  readonly file?: string;
}

/** The scenario that an argument names: a bundled one, or the default export of the user's own file. */
export async function loadScenario(argument: string, io: Io): Promise<Loaded> {
  // A source file does without the bundled scenarios, so that it works even where those are broken.
  if (SOURCE.test(argument)) return ownScenario(argument, io);
  const bundled = await bundledScenarios();
  const scenario = bundled.find(({ name }) => name === argument);
  if (scenario) return { scenario, argument };
  if (await isFile(argument, io)) return ownScenario(argument, io);
  const names = bundled.map(({ name }) => name);
  throw new ModelError(`there is no scenario '${argument}'${didYouMean(argument, names)}`, {
    cause: `bundled: ${listed(names)}`,
    remedy: "name one of these, or a .ts or .js file of your own",
  });
}

async function isFile(argument: string, io: Io): Promise<boolean> {
  return (await stat(resolve(io.cwd, argument)).catch(() => undefined))?.isFile() === true;
}

async function ownScenario(file: string, io: Io): Promise<Loaded> {
  if (!(await isFile(file, io)))
    throw new ModelError(`there is no file '${file}'`, { remedy: "give the name of a file that can be read" });
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
  return { scenario: value, argument: file, file };
}

const kindOf = (value: unknown): string => {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  if (typeof value !== "object") return `a ${typeof value}`;
  if (isProxy(value)) return "a proxy";
  return "labels" in value ? "a path" : "layout" in value ? "a world" : "an object that scenario() did not make";
};
