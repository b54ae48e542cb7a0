import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

/** The folders that npx, `pnpm dlx`, `yarn dlx` and bunx install into, to run a package once: they are emptied now and then. */
const CACHES = /[\\/](?:_npx|dlx|dlx-[^\\/]+|bunx-[^\\/]+)[\\/]/;

/**
 * What a package.json in `folder` names the package at `root` by: where it lies; or, if that is a cache, what was installed there.
 * Nothing if that cannot be found out.
 */
export function dependencyIn(folder: string, root: string): string | undefined {
  if (!CACHES.test(root)) return `file:${relative(folder, root) || "."}`;
  for (let at = dirname(resolve(root)); CACHES.test(`${at}/`); at = dirname(at)) {
    const asked = dependencyNamedIn(at);
    if (asked === undefined) continue;
    const [, path] = /^(?:file|link):(?:\/\/)?(.+)$/.exec(asked) ?? [];
    if (path === undefined) return asked;
    const installed = resolve(at, path);
    return existsSync(installed) ? `file:${relative(folder, installed) || "."}` : undefined;
  }
  return undefined;
}

function dependencyNamedIn(folder: string): string | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
      readonly dependencies?: { readonly faultline?: unknown };
    };
    const asked = manifest.dependencies?.faultline;
    return typeof asked === "string" ? asked : undefined;
  } catch {
    return undefined;
  }
}
