import { existsSync, readFileSync, readdirSync } from "node:fs";
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
    return existsSync(fileURLToPath(url)) ? url : movedPath(specifier);
  } catch {
    return undefined;
  }
}

/**
 * Up to 0.1.0 the paths lay in models/paths. A model from outside that names one there gets the path of the same name,
 * or, where there are two, of the same folder and name.
 */
function movedPath(specifier: string): string | undefined {
  const old = /^faultline\/models\/paths\/(.+)$/.exec(specifier)?.[1]?.split("/");
  if (!old) return undefined;
  const models = new URL("../../models/", import.meta.url);
  const files = readdirSync(models, { recursive: true, encoding: "utf8" });
  const found = old
    .map((_, i) => files.filter((file) => `/${file}`.endsWith(`/${old.slice(i).join("/")}.js`)))
    .find((named) => named.length > 0);
  return found?.length === 1 ? new URL(found[0]!, models).href : undefined;
}

/**
 * The same for the path of a source file of faultline itself, as a bundled model names it. A second copy of the
 * language would not know the drafts of the first.
 */
export function ownSource(path: string): string | undefined {
  const match = /^(?:\.build\/)?(src\/.*)\.[jt]s$/.exec(path.startsWith(ROOT) ? path.slice(ROOT.length) : "");
  return match ? new URL(`../../${match[1]}.js`, import.meta.url).href : undefined;
}
