import { setImmediate } from "node:timers/promises";
import { resetDeadLocals } from "../../analysis/liveness.ts";
import type { MemoryModel } from "../../model/memory.ts";
import { fencesData, fencesText } from "../../report/text/fences.ts";
import { titleOf } from "../../report/text/summary.ts";
import type { Explored } from "../../search/search.ts";
import { buildProgram } from "../../machine/build.ts";
import type { Program } from "../../machine/program.ts";
import { loadsApart } from "../../memory/loads-apart.ts";
import { sitesOf } from "../../memory/barrier-sites.ts";
import { resultOf } from "../../result/result-of.ts";
import { huntFences, type Hunt } from "../../search/fences.ts";
import type { Result } from "../../result/result.ts";
import { namingFile } from "../output/errors.ts";
import { outcomeOf } from "../../result/judgement.ts";
import type { Outcome } from "../output/exit.ts";
import { json } from "../output/files.ts";
import { watchInterrupts, type Interrupt } from "../output/interrupt.ts";
import type { Io } from "../output/io.ts";
import { loadScenario } from "../load.ts";
import { CHECK_OPTIONS, COMMON_OPTIONS, checkOptions, type CheckOptions } from "../options.ts";
import { refuseUnjudged } from "../perform.ts";
import { ticker } from "../output/progress.ts";
import { commandOf, truthRuns, type Run } from "../runs.ts";
import { search } from "../search.ts";
import { countOr, firstOf } from "../option.ts";
import { atMostOne, command, SCENARIO } from "../command.ts";

const MODELS = ["lkmm", "tso"] as const;
const MOST = 3;

export const fences = command({
  name: "fences",
  describe: "find which barriers are missing where only a weaker memory model violates a spec",
  subject: { ...SCENARIO, number: "one" },
  options: {
    set: CHECK_OPTIONS.set,
    spec: { ...CHECK_OPTIONS.spec, describe: "make this spec or built-in check hold, repeatable (default: all)" },
    memory: firstOf(MODELS, "memory model: tso for x86, or lkmm for the kernel's own (default: lkmm)"),
    most: countOr(MOST, `most strengthenings of a set (default: ${MOST})`),
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
    ...COMMON_OPTIONS,
  },
  examples: ["fences recheck-barriers", "fences recheck-barriers --memory tso --most 2"],
  async run(words, { most, memory, ...rest }, io) {
    const name = atMostOne(words, fences, "look at one at a time")!;
    const options = checkOptions({ ...rest, memory }, io);
    const loaded = await loadScenario(name, io);
    const [run] = truthRuns([loaded], options);
    const line = commandOf(loaded, run!.params, options, "fences") + (most === MOST ? "" : ` --most ${most}`);
    return hunt({ ...run!, command: line }, { options, memory, most, io }).catch((error: unknown) => {
      throw namingFile(error, run!.file);
    });
  },
});

interface Question {
  readonly options: CheckOptions;
  readonly memory: (typeof MODELS)[number];
  readonly most: number;
  readonly io: Io;
}

async function hunt(run: Run, { options, memory, most, io }: Question): Promise<Outcome> {
  const program = resetDeadLocals(buildProgram(run.scenario, run.params));
  // A scenario that no weak model takes is refused before any search.
  const apart = loadsApart(program);
  sitesOf(apart);
  const interrupt = withTimeout(watchInterrupts(io, options.search), options.search.timeoutSeconds);
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
      .filter(({ name }) => !program.scenario.progress.some((spec) => spec.name === name))
      .map(({ name }) => name);
    const specs = new Set(missing);
    const scenario = {
      ...program.scenario,
      specs: program.scenario.specs.filter(({ name }) => specs.has(name)),
      // A barrier makes runs impossible; whether endless ones are fair is not its business.
      progress: [],
    };
    const asked: Hunt = {
      program: { ...apart, scenario },
      memory,
      specs,
      most,
      base,
      explore: (stronger) => explore(stronger, memory),
      stop: () => interrupt.reason(),
      breathe: () => setImmediate(),
    };
    const found = missing.length > 0 && (await huntFences(asked));
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
