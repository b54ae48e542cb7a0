import { readFile, readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { testInMail } from "../../litmus/mail.ts";
import { ModelError } from "../../model/error.ts";
import type { Io } from "./io.ts";

/** A litmus test that was asked for, by name or with its folder. */
export interface Source {
  /** As the user knows it. */
  readonly name: string;
  readonly isFromFolder: boolean;
  /** One of several that were named: what is wrong with it does not keep the others from their answers. */
  readonly isInList?: boolean;
  readonly load: () => Promise<string>;
}

/** The tests that one argument names, or several: files, folders, and `-` for standard input. */
export async function sourcesOf(files: readonly string[], io: Io): Promise<readonly Source[]> {
  if (files.length === 1) return namedBy(files[0]!, io);
  const found = await Promise.all(
    files.map((file) =>
      namedBy(file, io).catch((error: unknown): readonly Source[] => [
        { name: file, isFromFolder: false, load: () => Promise.reject(error as Error) },
      ]),
    ),
  );
  return found.flat().map((one) => ({ ...one, isInList: true }));
}

async function namedBy(argument: string, io: Io): Promise<readonly Source[]> {
  if (argument === "-")
    return [{ name: "standard input", isFromFolder: false, load: async () => testInMail(await io.stdin.text()) }];
  const path = resolve(io.cwd, argument);
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new ModelError(`there is no file or folder '${argument}'`, { remedy: "name one that can be read" });
  if (!found.isDirectory()) return [source(argument, io, false)];
  const names = await readdir(path, { recursive: true });
  const tests = names.filter((name) => name.endsWith(".litmus")).toSorted();
  if (tests.length === 0)
    throw new ModelError(`there is no litmus test in '${argument}'`, { remedy: "name a folder with .litmus files" });
  return tests.map((name) => source(join(argument, name), io, true));
}

const source = (name: string, io: Io, isFromFolder: boolean): Source => ({
  name,
  isFromFolder,
  load: async () =>
    readFile(resolve(io.cwd, name), "utf8").catch(() => {
      throw new ModelError(`'${name}' cannot be read`, { remedy: "give the name of a file that can be read" });
    }),
});

/** The text of a table of expected answers. */
export const readExpected = (name: string, io: Io): Promise<string> =>
  readFile(resolve(io.cwd, name), "utf8").catch(() => {
    throw new ModelError(`there is no table '${name}'`, { remedy: "name a file that can be read" });
  });
