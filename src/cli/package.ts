import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { InternalError } from "../model/error.ts";

// This file runs as <package>/.build/src/cli/package.js.
export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** The version in package.json. */
export function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8"));
  if (typeof manifest === "object" && manifest !== null && "version" in manifest) return String(manifest.version);
  throw new InternalError("package.json has no version");
}

/** The compiled file, as a URL, that an import of `faultline` or a part of it stands for; nothing if there is none. */
export function ownModule(specifier: string): string | undefined {
  try {
    const url = import.meta.resolve(specifier);
    return existsSync(fileURLToPath(url)) ? url : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The same for the path of a source file of faultline itself, as a bundled model names it. A second copy of the
 * language would not know the drafts of the first.
 */
export function ownSource(path: string): string | undefined {
  const match = /^(?:\.build\/)?(src\/.*)\.[jt]s$/.exec(path.startsWith(ROOT) ? path.slice(ROOT.length) : "");
  return match ? new URL(`../../${match[1]}.js`, import.meta.url).href : undefined;
}
