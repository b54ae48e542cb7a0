import { availableParallelism } from "node:os";
import { aut } from "../../export/aut.ts";
import { expectedOf, type Expected } from "../../export/expected.ts";
import { exportedOf } from "../../export/exported.ts";
import { identifier } from "../../export/names.ts";
import { promela } from "../../export/promela/promela.ts";
import { tla } from "../../export/tla/tla.ts";
import { buildProgram } from "../../machine/build.ts";
import type { Program } from "../../machine/program.ts";
import { ModelError } from "../../model/error.ts";
import { DEFAULT_MEMORY } from "../../model/memory.ts";
import { resolveParams } from "../../model/scenario.ts";
import { counted, folded, titleOf, writtenLines } from "../../report/text/summary.ts";
import { bundledScenarios } from "../bundled.ts";
import { atMostOne, command, SCENARIO } from "../command.ts";
import { loadScenario, whatIsBundled } from "../load.ts";
import { flag, oneOf, type Options, type Values } from "../option.ts";
import { CHECK_OPTIONS, SEARCH_OPTIONS, withPossibleEngine } from "../options.ts";
import { writeInto, type ReportFile } from "../output/folder.ts";
import { watchInterrupts } from "../output/interrupt.ts";
import type { Io } from "../output/io.ts";
import { ticker } from "../output/progress.ts";
import { commandOf, settingsFor } from "../runs.ts";
import { prepared, search } from "../search.ts";

const LANGUAGES = ["promela", "tla", "aut"] as const;
type Language = (typeof LANGUAGES)[number];

const OPTIONS = {
  to: oneOf(LANGUAGES, "promela for SPIN, tla for TLC, aut for LTS tools"),
  set: CHECK_OPTIONS.set,
  memory: CHECK_OPTIONS.memory,
  out: CHECK_OPTIONS.out,
  "max-states": SEARCH_OPTIONS["max-states"],
  timeout: SEARCH_OPTIONS.timeout,
  quiet: flag("print nothing"),
} as const satisfies Options;

export const exportCommand = command({
  name: "export",
  describe: "write a scenario as a model for SPIN, TLC or LTS tools",
  subject: { ...SCENARIO, number: "at most one" },
  options: OPTIONS,
  examples: ["export fault-around-vs-punch --to promela", "export my-race.ts --to tla --set fixed=true"],
  async run(words, options, io) {
    const { to, memory = DEFAULT_MEMORY } = options;
    const name = atMostOne(words, exportCommand, "export one at a time");
    if (to === undefined)
      throw new ModelError("export needs a language", { remedy: `say which: --to ${LANGUAGES.join(", or --to ")}` });
    if (memory !== DEFAULT_MEMORY)
      throw new ModelError(`a scenario cannot be exported under --memory ${memory}`, {
        cause: "SPIN, TLC and LTS tools take every store as seen by all at once",
        remedy: `leave out --memory; \`faultline check --memory ${memory}\` looks at weak memory, and --litmus writes a run for herd7`,
      });
    if (name === undefined)
      throw new ModelError("export needs a scenario", {
        cause: `bundled: ${whatIsBundled(await bundledScenarios())}`,
        remedy: "name one, or a .ts or .js file of your own",
      });
    const loaded = await loadScenario(name, io);
    const params = resolveParams(loaded.scenario, settingsFor(loaded.scenario, options.set));
    const how = howToSearch(options, io);
    const interrupt = watchInterrupts(io);
    const progress = options.quiet ? undefined : ticker(io.stderr, titleOf(loaded.scenario.name, params));
    try {
      const program = await prepared(buildProgram(loaded.scenario, params), interrupt);
      const found = await search(program, how, interrupt, (seen) => progress?.show(seen));
      progress?.end();
      if (interrupt.reason() !== undefined) return "undecided";
      if (found.cut !== undefined)
        io.stderr.write(`warning: the search was cut, and what to expect is not known: ${found.cut}\n`);
      const choice = { ...how, spec: [], set: options.set };
      const line = commandOf(loaded, params, choice, "export").replace(" --no-symmetry", "") + ` --to ${to}`;
      const expected = expectedOf(program, found);
      const { files, facts } = written(to, program, expected, line);
      const shown = await writeInto(io, options.out, `${loaded.scenario.name}/export`, files);
      const title = titleOf(loaded.scenario.name, params);
      if (!options.quiet)
        io.stdout.write(
          [
            ...folded(`${title}: ${facts}`),
            "",
            ...writtenLines(
              shown,
              files.map((file) => file.name),
            ),
          ]
            .map((text) => `${text}\n`)
            .join(""),
        );
      return found.cut === undefined ? "held" : "undecided";
    } finally {
      progress?.end();
      interrupt.release();
    }
  },
});

/** The counts to expect are those with all threads told apart. */
const howToSearch = (options: Values<typeof OPTIONS>, io: Io) => ({
  maxStates: options["max-states"],
  minimize: "steps" as const,
  search: withPossibleEngine(
    {
      engine: "fast" as const,
      memory: DEFAULT_MEMORY,
      threads: availableParallelism(),
      symmetry: false,
      maxMemory: undefined,
      timeoutSeconds: options.timeout,
    },
    io,
  ),
});

interface Written {
  readonly files: readonly ReportFile[];
  readonly facts: string;
}

function written(to: Language, program: Program, expected: Expected, line: string): Written {
  const name = identifier(program.scenario.name);
  const { states, violated, cut } = expected;
  const verdict = violated.length === 0 ? "nothing is violated" : `violated: ${violated.join(", ")}`;
  const facts = cut === undefined ? `${counted(states, "state")}, ${verdict}` : `more than ${states - 1} states`;
  switch (to) {
    case "promela": {
      const file = `${name}.pml`;
      const { text } = promela(exportedOf(program), expected, line, file);
      return { files: [{ name: file, content: text }], facts };
    }
    case "tla": {
      const { module, config } = tla(exportedOf(program), expected, line, name);
      const files = [
        { name: `${name}.tla`, content: module },
        { name: `${name}.cfg`, content: config },
      ];
      return { files, facts };
    }
    case "aut": {
      if (cut !== undefined)
        throw new ModelError("not all states are known that would have to be written", {
          cause: `the search was cut: ${cut}`,
          remedy: "give it more room, or export it as Promela or TLA+",
        });
      const { text, transitions } = aut(program);
      return {
        files: [{ name: `${name}.aut`, content: text }],
        facts: `${facts}, ${counted(transitions, "transition")}`,
      };
    }
  }
}
