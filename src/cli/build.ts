import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ModelError } from "../model/error.ts";

/** The folders whose sources run; `package.json` runs this file behind the compiler, to keep an account of them. */
const FOLDERS = ["models", "specs", "src"];
const BEGUN = ".build/begun";
const ACCOUNT = ".build/sources.json";

/** What was compiled: by source file, its content's digest; none for a file that was changed while the compiler ran. */
type Account = Readonly<Record<string, string | null>>;

/**
 * Throws a ModelError if what runs was not compiled from the sources beside it: a changed model would be checked as it
 * was. An installed package has those of models and specs alone. Only what is newer than the account of the build is read.
 */
export function refuseStale(root: string): void {
  if (!FOLDERS.every((folder) => existsSync(join(root, folder)))) return;
  const stale = staleSource(root);
  if (stale === undefined) return;
  throw new ModelError(`${stale} since faultline was built`, {
    cause: "what runs is compiled, so that this change would not be seen",
    remedy: "npm run build",
  });
}

/** What is not as it was compiled, if anything is: `models/x.ts was changed`. */
function staleSource(root: string): string | undefined {
  const account = readAccount(root);
  const built = writtenAt(join(root, account ? ACCOUNT : ".build/.tsbuildinfo"));
  const sources = sourcesIn(root);
  for (const file of sources) {
    if (account && !Object.hasOwn(account, file)) return `${file} was added`;
    const { mtimeMs, ctimeMs } = statSync(join(root, file));
    if (Math.max(mtimeMs, account ? ctimeMs : 0) < built && account?.[file] !== null) continue;
    if (account?.[file] !== digestOf(root, file)) return `${file} was changed`;
  }
  const here = new Set(sources);
  const gone = Object.keys(account ?? {}).find((file) => !here.has(file));
  return gone === undefined ? undefined : `${gone} was removed`;
}

const writtenAt = (file: string): number => {
  const found = statSync(file, { throwIfNoEntry: false });
  return found ? Math.min(found.mtimeMs, found.ctimeMs) : 0;
};

/** A package that was compiled without its script keeps none. */
function readAccount(root: string): Account | undefined {
  try {
    return JSON.parse(readFileSync(join(root, ACCOUNT), "utf8")) as Account;
  } catch {
    return undefined;
  }
}

const sourcesIn = (root: string): readonly string[] => FOLDERS.flatMap((folder) => sourcesBelow(root, folder));

// Much faster than Node's own recursive reading.
const sourcesBelow = (root: string, folder: string): readonly string[] =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return sourcesBelow(root, name);
    return name.endsWith(".ts") ? [name] : [];
  });

const digestOf = (root: string, file: string): string =>
  createHash("sha1")
    .update(readFileSync(join(root, file)))
    .digest("base64");

/** Keeps the account of a build that has just ended, and that began when the file BEGUN was made. */
export function keepAccount(root: string): void {
  const begun = statSync(join(root, BEGUN)).mtimeMs;
  const account: Account = Object.fromEntries(
    sourcesIn(root).map((file) => {
      const { mtimeMs } = statSync(join(root, file));
      return [file, mtimeMs > begun ? null : digestOf(root, file)];
    }),
  );
  writeFileSync(join(root, ACCOUNT), JSON.stringify(account));
}
