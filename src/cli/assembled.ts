import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename } from "node:path";
import { setFlagsFromString } from "node:v8";
import { Script } from "node:vm";
import { pathToFileURL } from "node:url";

/** The modules of faultline that are named from outside, each loaded by its name below `src`. */
type Modules = Readonly<Record<string, () => unknown>>;

/** What faultline is put together in; beside it lies what V8 made of it when it was built. */
const SCRIPT = `${import.meta.dirname}/faultline.cjs`;

// V8 makes a function fast that has run for a while. Most of faultline runs for a second at most and is done before that
// pays, so that a while is eight times longer here; searches are WebAssembly. Not later: what was compiled is of one setting.
setFlagsFromString("--interrupt-budget=1000000");
// As V8 has it, and as it was when that was compiled; src/cli/bin.ts may have changed it before a thread comes here.
setFlagsFromString("--incremental-marking");

/**
 * What has run when faultline was built is in V8's own form already, so that it is neither parsed nor compiled: that takes
 * longer than most searches. Another V8 than that of the build sees that it is not its own, and takes the text.
 */
const cachedData = readIfThere(`${SCRIPT}.v8`);
const script = new Script(readFileSync(SCRIPT, "latin1"), {
  // V8 keeps the name that it had when it was compiled: none of a folder, which may be another now.
  filename: basename(SCRIPT),
  ...(cachedData && { cachedData }),
});

const required = createRequire(SCRIPT);

// What an empty process of Node.js does not have yet takes some milliseconds each, and most runs do without most of it.
const LATER =
  /^(node:)?(assert|child_process|crypto|os|readline|stream\/consumers|worker_threads|zlib|(fs|timers)\/promises)$/;

/** A module as `require` gives it, or, of what is better loaded later, something that loads it when it is asked for any part. */
function requiredLater(name: string): unknown {
  if (!LATER.test(name)) return required(name);
  let loaded: object | undefined;
  return new Proxy({}, { get: (_, key) => Reflect.get((loaded ??= required(name) as object), key) as unknown });
}

const module = { exports: {} as Modules };
(script.runInThisContext() as (...args: unknown[]) => void)(
  module.exports,
  requiredLater,
  module,
  (specifier: string) => import(specifier),
  pathToFileURL(SCRIPT).href,
);

/** A module of faultline; it is loaded once. */
export const load = (name: string): unknown => module.exports[name]!();

/** Whether V8 could take what was made when faultline was built. */
export const isReady = script.cachedDataRejected === false;

/** What V8 has made of the script by now. */
export const compiled = (): Buffer => script.createCachedData();

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
