import { expectedOf, type Expected } from "../export/expected.ts";
import { exportedOf } from "../export/exported.ts";
import { differencesOf } from "../export/promela/answer.ts";
import { promela } from "../export/promela/promela.ts";
import { buildProgram } from "../machine/build.ts";
import type { Program } from "../machine/program.ts";
import { DEFAULT_MEMORY } from "../model/memory.ts";
import type { BuiltIn } from "../model/spec.ts";
import type { Result, SecondOpinion } from "../result/result.ts";
import type { CheckOptions } from "./options.ts";
import type { ReportFile } from "./output/folder.ts";
import type { Interrupt } from "./output/interrupt.ts";
import { askSpin, spinHere } from "./output/spin.ts";
import type { Warn } from "./output/warnings.ts";
import type { Run } from "./runs.ts";
import { prepared, search } from "./search.ts";

/** What another engine says of a run. */
export interface Second {
  readonly opinion: SecondOpinion;
  /** Where it does not say what faultline says: how, a sentence each, and what was asked and answered. */
  readonly differences: readonly string[];
  readonly files: readonly ReportFile[];
}

interface Asking {
  readonly options: CheckOptions;
  readonly interrupt: Interrupt;
  readonly warn: Warn;
}

const FILE = "second-opinion";

/** Asks SPIN about a run that faultline has made. Nothing where there is nothing to compare, which is said. */
export async function askSecond(
  run: Run,
  result: Result,
  { options, interrupt, warn }: Asking,
): Promise<Second | undefined> {
  const unasked = (why: string): undefined => {
    warn("SPIN is not asked", why);
    return undefined;
  };
  const title = run.folder;
  if (run.memory !== DEFAULT_MEMORY) return unasked(`${title}: it knows nothing of ${run.memory}`);
  if (result.search.cut !== null) return unasked(`${title}: the search was cut, and there is nothing to compare`);
  const engine = await spinHere();
  const program = await prepared(buildProgram(run.scenario, run.params), interrupt);
  // SPIN tells all threads apart.
  const how = {
    ...options,
    search: { ...options.search, memory: run.memory, symmetry: false },
    minimize: "steps" as const,
  };
  const found = await search(program, how, interrupt, () => {});
  if (found.cut !== undefined) return unasked(`${title}: with threads told apart the search was cut: ${found.cut}`);
  const expected = expectedOf(program, found);
  const file = `${FILE}.pml`;
  const made = promela(exportedOf(program), expected, run.command, file);
  const asked = await askSpin(made, { timeoutSeconds: options.search.timeoutSeconds });
  if (!asked) return unasked(`${title}: it had no answer in ${options.search.timeoutSeconds} s`);
  const { answer, output } = asked;
  if (!answer.isWhole) return unasked(`${title}: it has not seen everything: ${lastOf(output)}`);
  const differences = [...differencesOf(answer, expected), ...apartFrom(result, expected, program)];
  const goods = new Set(program.scenario.specs.filter(({ kind }) => kind === "sometimes").map(({ name }) => name));
  return {
    opinion: {
      engine,
      states: answer.states,
      violated: answer.found.filter((name) => !goods.has(name)),
      reached: answer.found.filter((name) => goods.has(name)),
    },
    differences,
    files:
      differences.length === 0
        ? []
        : [
            { name: file, content: made.text },
            { name: `${FILE}.txt`, content: output },
          ],
  };
}

const lastOf = (output: string): string => output.trimEnd().split("\n").at(-1) ?? "";

/** How what was told of the run differs from what is found where all threads are told apart. */
function apartFrom(
  { specs, search: { states, symmetric } }: Result,
  expected: Expected,
  program: Program,
): readonly string[] {
  const isAsked = (name: string): boolean =>
    name !== ("never-finishes" satisfies BuiltIn) && !program.scenario.progress.some((spec) => spec.name === name);
  const ours = new Set([...expected.violated, ...expected.reached]);
  return [
    ...(symmetric.length > 0 || states === expected.states
      ? []
      : [`faultline counts ${states} states, and ${expected.states} when it searches again`]),
    ...specs
      .filter(({ name }) => isAsked(name))
      .filter(
        ({ name, kind, verdict }) => ours.has(name) !== (verdict === (kind === "sometimes" ? "holds" : "violated")),
      )
      .map(({ name }) => `faultline changes its mind about ${name} where threads are told apart`),
  ];
}
