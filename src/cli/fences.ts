import { setImmediate } from "node:timers/promises";
import type { Argv, CommandModule, InferredOptionTypes, Options } from "yargs";
import { resetDeadLocals } from "../analysis/liveness.ts";
import { ModelError } from "../model/error.ts";
import type { MemoryModel } from "../model/memory.ts";
import { fencesData, fencesText } from "../report/text/fences.ts";
import { titleOf } from "../report/text/summary.ts";
import type { Explored } from "../search/under.ts";
import { buildProgram, type Program } from "../machine/program.ts";
import { loadsApart } from "../memory/loads-apart.ts";
import { sitesOf } from "../memory/barrier-sites.ts";
import { resultOf } from "../result/result-of.ts";
import { huntFences, type Hunt } from "../search/fences.ts";
import type { Result } from "../result/result.ts";
import { namingFile } from "./errors.ts";
import { outcomeOf, type Outcome } from "./exit.ts";
import { json } from "./files.ts";
import { watchInterrupts, type Interrupt } from "./interrupt.ts";
import type { Io } from "./io.ts";
import { loadScenario } from "./load.ts";
import { CHECK_OPTIONS, COMMON_OPTIONS, NOT_GIVEN, checkOptions, type CheckOptions } from "./options.ts";
import { refuseUnjudged } from "./perform.ts";
import { ticker } from "./progress.ts";
import { commandOf, truthRuns, type Run } from "./runs.ts";
import { search } from "./search.ts";
import { count, oneOf, single } from "./words.ts";

const MODELS = ["tso", "lkmm"] as const;
const MOST = 3;

/** The options of `fences` alone. */
export const FENCES_OPTIONS = {
  set: CHECK_OPTIONS.set,
  spec: { ...CHECK_OPTIONS.spec, describe: "make this spec or built-in check hold, repeatable (default: all)" },
  memory: {
    ...CHECK_OPTIONS.memory,
    describe: "memory model: tso for x86, or lkmm for the kernel's own (default: lkmm)",
  },
  most: {
    type: "string",
    requiresArg: true,
    describe: `most strengthenings of a set (default: ${MOST})`,
  },
  "max-states": {
    ...CHECK_OPTIONS["max-states"],
    describe: "stop at a search with more states than this, and print what is known (default: no limit)",
  },
  "max-memory": CHECK_OPTIONS["max-memory"],
  timeout: {
    ...CHECK_OPTIONS.timeout,
    describe: "stop after this many seconds in all, and print what is known (default: no limit)",
  },
  engine: CHECK_OPTIONS.engine,
  threads: CHECK_OPTIONS.threads,
  "no-symmetry": CHECK_OPTIONS["no-symmetry"],
} as const satisfies Record<string, Options>;

type RawOptions = InferredOptionTypes<typeof FENCES_OPTIONS> & InferredOptionTypes<typeof COMMON_OPTIONS>;
type Arguments = RawOptions & { readonly scenario: string | undefined };

/** `faultline fences <scenario>` */
export const fencesCommand = (io: Io, end: (outcome: Outcome) => void): CommandModule<object, Arguments> => ({
  command: "fences <scenario>",
  describe: "find which barriers are missing where only a weaker memory model violates a spec",
  builder: (yargs: Argv) =>
    yargs
      .positional("scenario", { type: "string", describe: "bundled scenario, or a .ts or .js file" })
      .options({ ...FENCES_OPTIONS, ...COMMON_OPTIONS }) as Argv<Arguments>,
  handler: async (args) => {
    const { most, memory, scenario, ...raw } = args;
    const [name, ...more] = [...(scenario === undefined ? [] : [scenario]), ...args._.slice(1).map(String)];
    if (name === undefined || more.length > 0)
      throw new ModelError("fences takes one scenario", { remedy: "look at one at a time" });
    const model = oneOf("memory", MODELS, single("memory", memory) ?? "lkmm");
    const options = checkOptions({ ...NOT_GIVEN, ...raw, memory: model }, io);
    const limit = count("most", most, String(MOST)) ?? MOST;
    const loaded = await loadScenario(name, io);
    const [run] = truthRuns([loaded], options);
    const command = commandOf(loaded, run!.params, options, "fences") + (limit === MOST ? "" : ` --most ${limit}`);
    const outcome = await fences({ ...run!, command }, { options, memory: model, most: limit, io }).catch(
      (error: unknown) => {
        throw namingFile(error, run!.file);
      },
    );
    end(outcome);
  },
});

interface Question {
  readonly options: CheckOptions;
  readonly memory: (typeof MODELS)[number];
  readonly most: number;
  readonly io: Io;
}

async function fences(run: Run, { options, memory, most, io }: Question): Promise<Outcome> {
  const program = resetDeadLocals(buildProgram(run.scenario, run.params));
  // A scenario that no weak model takes is refused before any search.
  const apart = loadsApart(program);
  sitesOf(apart);
  const interrupt = withTimeout(watchInterrupts(io, options.search.timeoutSeconds), options.search.timeoutSeconds);
  const explore = explorer(run, options, interrupt, io);
  const describe = async (model: MemoryModel): Promise<{ readonly explored: Explored; readonly result: Result }> => {
    const explored = await explore(program, model);
    const command = commandOf(run, run.params, { ...options, search: { ...options.search, memory: model } });
    const only = options.spec.length > 0 ? options.spec : undefined;
    return { explored, result: resultOf(program, explored, command, only, { argument: run.argument, cwd: io.cwd }) };
  };
  try {
    const { result: sc } = await describe("sc");
    const { result: weak, explored: base } = await describe(memory);
    refuseUnjudged(weak, options.spec);
    const missing = weak.specs
      .filter(({ verdict }, i) => verdict === "violated" && sc.specs[i]!.verdict === "holds")
      .map(({ name }) => name);
    const specs = new Set(missing);
    const scenario = { ...program.scenario, specs: program.scenario.specs.filter(({ name }) => specs.has(name)) };
    const hunt: Hunt = {
      program: { ...apart, scenario },
      memory,
      specs,
      most,
      base,
      explore: (stronger) => explore(stronger, memory),
      stop: () => interrupt.reason(),
      breathe: () => setImmediate(),
    };
    const found = missing.length > 0 && (await huntFences(hunt));
    const endsInBug = base.found.has("no-bug") && !specs.has("no-bug");
    const result = { command: run.command, memory, most, sc, weak, missing, endsInBug, ...(found && { found }) };
    io.stdout.write(options.format === "json" ? json(fencesData(result)) : fencesText(result, options));
    return outcomeOf(weak);
  } finally {
    interrupt.release();
  }
}

/** All searches together have the time that is given, not each. */
function withTimeout(interrupt: Interrupt, seconds: number | undefined): Interrupt {
  const end = performance.now() + 1000 * (seconds ?? Infinity);
  return {
    reason: () => interrupt.reason() ?? (performance.now() > end ? `--timeout ${seconds}` : undefined),
    release: () => interrupt.release(),
  };
}

function explorer(run: Run, options: CheckOptions, interrupt: Interrupt, io: Io) {
  let searches = 0;
  return async (program: Program, memory: MemoryModel): Promise<Explored> => {
    const title = `${titleOf(run.scenario.name, run.set)}: search ${++searches}`;
    const progress = options.quiet ? undefined : ticker(io.stderr, title);
    const how = { ...options, search: { ...options.search, memory, timeoutSeconds: undefined } };
    return await search(program, how, interrupt, (seen) => progress?.show(seen)).finally(() => progress?.end());
  };
}
