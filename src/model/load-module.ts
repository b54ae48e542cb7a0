import { createRequire } from "node:module";

/** Node's own `import()`, where faultline is put together in one script: a script has none. See src/cli/assembled.ts. */
declare const importForScript: ((specifier: string) => Promise<unknown>) | undefined;

/** Loads a module when it is needed: a package that few commands use, a model, a file of the user. */
export const loadModule = (specifier: string): Promise<unknown> =>
  typeof importForScript === "undefined" ? import(specifier) : importForScript(specifier);

/**
 * A package that is no module but CommonJS: `import()` would read all of it first, to tell what it exports, which takes
 * longer than to run it.
 */
export const loadScript = (name: string): unknown => createRequire(import.meta.url)(name);
