import { existsSync, readFileSync, readdirSync } from "node:fs";
import { InternalError } from "../model/error.ts";
import { PACKAGE, SRC } from "../model/where.ts";

export { PACKAGE as ROOT } from "../model/where.ts";

/** The version in package.json. */
export function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(`${PACKAGE}package.json`, "utf8"));
  if (typeof manifest === "object" && manifest !== null && "version" in manifest) return String(manifest.version);
  throw new InternalError("package.json has no version");
}

/** The compiled file, as a URL, that an import of `faultline` or a part of it stands for; nothing if there is none. */
export function ownModule(specifier: string): string | undefined {
  if (specifier === "faultline") return new URL("index.js", SRC).href;
  const [, file] = /^faultline\/((?:models|specs)(?:\/(?!\.\.?\/)[^/]+)+)$/.exec(specifier) ?? [];
  if (file === undefined) return undefined;
  const url = new URL(`../${file}.js`, SRC);
  return existsSync(url) ? url.href : movedPath(specifier);
}

/**
 * Up to 0.1.0 the paths lay in models/paths. A model from outside that names one there gets the path of the same name,
 * or, where there are two, of the same folder and name.
 */
function movedPath(specifier: string): string | undefined {
  const old = /^faultline\/models\/paths\/(.+)$/.exec(specifier)?.[1]?.split("/");
  if (!old) return undefined;
  const models = new URL("../models/", SRC);
  const files = readdirSync(models, { recursive: true, encoding: "utf8" });
  const found = old
    .map((_, i) => files.filter((file) => `/${file}`.endsWith(`/${old.slice(i).join("/")}.js`)))
    .find((named) => named.length > 0);
  return found?.length === 1 ? new URL(found[0]!, models).href : undefined;
}

/**
 * The same for the path of a source file of faultline itself, as a file beside it may name it. A second copy of the
 * language would not know the drafts of the first. Of what is put together in few files, most have none of their own:
 * the language alone can be meant.
 */
export function ownSource(path: string): string | undefined {
  const inside = path.startsWith(PACKAGE) ? path.slice(PACKAGE.length) : "";
  const file = /^(?:\.build\/(?:dist\/)?)?src\/(.*)\.[jt]s$/.exec(inside)?.[1];
  if (file === undefined) return undefined;
  const url = new URL(`${file}.js`, SRC);
  return existsSync(url) ? url.href : new URL("index.js", SRC).href;
}
