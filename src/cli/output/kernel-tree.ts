import { readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { ModelError } from "../../model/error.ts";
import { releaseIn, type SourceTree } from "../../source/tree.ts";
import type { Io } from "./io.ts";

/** The name of the tree that an option, or the environment, gives. */
export const SOURCE_VARIABLE = "FAULTLINE_SOURCE";

/** The tree that an option names, or else the environment. */
export const namedTree = (source: string | undefined, { env }: Pick<Io, "env">): string | undefined =>
  source ?? (env[SOURCE_VARIABLE] || undefined);

/** That a command needs a tree, and was given none. */
export const noTree = (command: string): ModelError =>
  new ModelError(`${command} needs a kernel tree to read`, {
    remedy: `give --source <folder>, or set ${SOURCE_VARIABLE}`,
  });

/** Opens a kernel tree, of which only the files that are asked for are read. Throws a ModelError for what is none. */
export function openTree(name: string, { cwd }: Pick<Io, "cwd">): SourceTree {
  const root = resolve(cwd, name);
  const kind = statSync(root, { throwIfNoEntry: false });
  if (!kind?.isDirectory())
    throw new ModelError(kind ? `'${name}' is no folder` : `there is no folder '${name}'`, {
      remedy: "give the top folder of a kernel tree, as in --source ~/linux",
    });
  const texts = new Map<string, string | undefined>();
  const read = (file: string): string | undefined => {
    if (!texts.has(file)) texts.set(file, textOf(join(root, file)));
    return texts.get(file);
  };
  const release = releaseIn(read("Makefile") ?? "");
  if (release === undefined)
    throw new ModelError(`'${name}' is no kernel tree`, {
      cause: read("Makefile") === undefined ? "it has no Makefile" : "its Makefile names no VERSION and PATCHLEVEL",
      remedy: "give the top folder of a kernel tree, as in --source ~/linux",
    });
  return { name, release, read };
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
