import { availableParallelism } from "node:os";
import type { InferredOptionTypes, Options } from "yargs";
import { ModelError } from "../model/error.ts";
import { MEMORY_MODELS, type MemoryModel } from "../model/memory.ts";
import { CHECK_OPTIONS } from "./options.ts";
import { count, flag, oneOf, parseSettings, single, twice, type Setting } from "./words.ts";
import type { How } from "./search.ts";

/** The options of `graph` alone. */
export const GRAPH_OPTIONS = {
  path: { type: "string", describe: "draw this path instead of the states; without a name, list the paths" },
  set: CHECK_OPTIONS.set,
  spec: { type: "string", requiresArg: true, describe: "draw the run that violates this spec (default: the first)" },
  memory: CHECK_OPTIONS.memory,
  "max-nodes": {
    type: "string",
    requiresArg: true,
    describe: "most states to draw; of more, only the counterexample's surroundings (default: 500)",
  },
  out: CHECK_OPTIONS.out,
  png: CHECK_OPTIONS.png,
  quiet: { type: "boolean", describe: "print nothing" },
} as const satisfies Record<string, Options>;

export type RawGraphOptions = InferredOptionTypes<typeof GRAPH_OPTIONS>;

export interface GraphOptions {
  /** The name of a path; empty to list them. */
  readonly path: string | undefined;
  readonly set: readonly Setting[];
  readonly spec: string | undefined;
  readonly memory: MemoryModel;
  readonly maxNodes: number;
  readonly out: string;
  readonly png: boolean;
  readonly quiet: boolean;
}

/** Throws a ModelError for a value that is not one of the option's. */
export function graphOptions(raw: RawGraphOptions): GraphOptions {
  const path: unknown = raw.path;
  if (Array.isArray(path)) throw twice("path");
  const memory = single("memory", raw.memory);
  if (typeof path === "string" && memory !== undefined)
    throw new ModelError("--memory does not go with --path", {
      cause: "a path is the same under every memory model; its picture shows what each step orders, as in [ acquire ]",
      remedy: "leave one of them out",
    });
  return {
    path: typeof path === "string" ? path : undefined,
    set: parseSettings(raw.set ?? []),
    spec: single("spec", raw.spec),
    memory: oneOf("memory", MEMORY_MODELS, memory ?? "sc"),
    maxNodes: count("max-nodes", raw["max-nodes"], "500") ?? 500,
    out: single("out", raw.out) ?? "out",
    png: flag("png", raw.png),
    quiet: flag("quiet", raw.quiet),
  };
}

/** How to search for the run to draw. Under lkmm the threads are told apart, as they are in the picture. */
export const searchUnder = (memory: MemoryModel): How => ({
  maxStates: undefined,
  minimize: "steps",
  search: {
    engine: "fast",
    memory,
    threads: availableParallelism(),
    symmetry: memory !== "lkmm",
    maxMemory: undefined,
    timeoutSeconds: undefined,
  },
});
