import { readdir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ModelError, listed } from "../../model/error.ts";
import { parseResult } from "../../result/shape.ts";
import type { Result } from "../../result/result.ts";
import type { Io } from "./io.ts";

const RESULT = "result.json";
// Where `check` writes unless it is told otherwise.
const OUT = "out";

/**
 * Reads a Result that `check` wrote: the file itself, its folder, or the name of its folder under out/. Throws a
 * ModelError that says what there is instead.
 */
export async function readResult(argument: string, io: Io): Promise<Result> {
  const file = await findResult(argument, io);
  const text = await readFile(resolve(io.cwd, file), "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new ModelError(`cannot read '${file}'`, { cause: error.code ?? error.message });
  });
  return parseResult(text, file);
}

async function findResult(argument: string, io: Io): Promise<string> {
  const kindOf = async (path: string): Promise<"file" | "folder" | undefined> => {
    const found = await stat(resolve(io.cwd, path)).catch(() => undefined);
    return found && (found.isDirectory() ? "folder" : "file");
  };
  if ((await kindOf(argument)) === "file") return argument;
  const folders: string[] = [];
  for (const folder of [argument, join(OUT, argument)]) {
    if ((await kindOf(folder)) !== "folder") continue;
    folders.push(folder);
    if ((await kindOf(join(folder, RESULT))) === "file") return join(folder, RESULT);
  }
  const inside = (await Promise.all(folders.map((folder) => resultsBelow(folder, io)))).flat();
  if (inside.length === 1) return join(inside[0]!, RESULT);
  if (inside.length > 1)
    throw new ModelError(`'${argument}' holds several results`, { remedy: `results: ${listed(inside)}` });
  const others = await resultsBelow(OUT, io);
  throw new ModelError(`there is no result '${argument}'`, {
    cause:
      folders.length > 0 ? `there is no ${RESULT} in '${folders[0]}'` : `it is no file, and no folder under ${OUT}/`,
    remedy: others.length > 0 ? `results: ${listed(others)}` : "run `faultline check <scenario>` first",
  });
}

/** The folders below one that hold a result. */
async function resultsBelow(folder: string, io: Io): Promise<readonly string[]> {
  const entries = await readdir(resolve(io.cwd, folder), { recursive: true, withFileTypes: true }).catch(() => []);
  const root = resolve(io.cwd, folder);
  return entries
    .filter((entry) => entry.isFile() && entry.name === RESULT)
    .map((entry) => join(folder, entry.parentPath.slice(root.length + 1)))
    .toSorted();
}
