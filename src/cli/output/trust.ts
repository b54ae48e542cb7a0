import { realpath, stat } from "node:fs/promises";
import { isAbsolute, relative, resolve } from "node:path";
import { ModelError } from "../../model/error.ts";
import { quoted } from "../../report/shell.ts";
import type { Io } from "./io.ts";
import { isBundled, loadScenario, type Loaded } from "../load.ts";

/**
 * The scenario that a token names. A token comes with the mail, and to load a model runs it: so it may name what comes
 * with faultline, and files below the working directory. Throws a ModelError for any other, unless `isAllowed`.
 */
export async function loadOfToken(argument: string, isAllowed: boolean, io: Io): Promise<Loaded> {
  if (!isAllowed && !(await isBundled(argument)) && (await leadsOut(argument, io)))
    throw new ModelError(`the token names '${argument}', which is not below the working directory`, {
      cause: "a model is a program: whoever wrote the token would choose what runs here",
      remedy: `look at the file, then add --anywhere: faultline replay --anywhere <token>; or search it: faultline check ${quoted(argument)}`,
    });
  return loadScenario(argument, io);
}

async function leadsOut(argument: string, io: Io): Promise<boolean> {
  const path = resolve(io.cwd, argument);
  // What is not there is said by whoever loads it.
  if ((await stat(path).catch(() => undefined)) === undefined) return false;
  const way = relative(await realpath(io.cwd), await realpath(path));
  return way === ".." || way.startsWith("../") || isAbsolute(way);
}
