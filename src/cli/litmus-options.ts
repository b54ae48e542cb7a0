import type { InferredOptionTypes, Options } from "yargs";
import { MEMORY_MODELS, type MemoryModel } from "../model/memory.ts";
import type { Io } from "./output/io.ts";
import { commonOptions, type CommonOptions, type RawCommonOptions } from "./options.ts";
import { count, oneOf, single } from "./words.ts";

/** The options of `litmus` alone. */
export const LITMUS_OPTIONS = {
  memory: {
    type: "string",
    requiresArg: true,
    describe: "memory model: sc, tso or lkmm (default: lkmm for C tests, tso for X86 tests)",
  },
  expect: {
    type: "string",
    requiresArg: true,
    describe: "compare with a tab-separated table of verdicts and numbers of outcomes; needs --memory",
  },
  "max-states": {
    type: "string",
    requiresArg: true,
    describe: "leave a test undecided after this many states (default: 2000000, and 60000 under lkmm)",
  },
} as const satisfies Record<string, Options>;

export type RawLitmusOptions = RawCommonOptions & InferredOptionTypes<typeof LITMUS_OPTIONS>;

export interface LitmusOptions extends CommonOptions {
  /** Without it each test has the model of its language. */
  readonly memory: MemoryModel | undefined;
  /** The name of the table to compare with. */
  readonly expect: string | undefined;
  readonly maxStates: number | undefined;
}

/** Throws a ModelError for a value that is not one of the option's. */
export function litmusOptions(raw: RawLitmusOptions, io: Io): LitmusOptions {
  const memory = single("memory", raw.memory);
  return {
    ...commonOptions(raw, io),
    memory: memory === undefined ? undefined : oneOf("memory", MEMORY_MODELS, memory),
    expect: single("expect", raw.expect),
    maxStates: count("max-states", raw["max-states"], "1000000"),
  };
}
