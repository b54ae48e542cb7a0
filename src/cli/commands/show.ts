import type { Argv, CommandModule } from "yargs";
import { ModelError, didYouMean, listed } from "../../model/error.ts";
import { counterexampleHtml } from "../../report/html/page.ts";
import { shortestCounterexample } from "../../report/text/summary.ts";
import { counterexampleText, kernelText } from "../../report/text/text.ts";
import type { Result, SpecResult } from "../../result/result.ts";
import type { Outcome } from "../output/exit.ts";
import type { Io } from "../output/io.ts";
import { SHOW_OPTIONS, showOptions, type RawShowOptions } from "../options.ts";
import { readResult } from "../output/saved.ts";
import { viewerScript } from "../output/viewer.ts";

type Arguments = RawShowOptions & { readonly result: string };

/** `faultline show <result>`: draws a counterexample again, without a search. */
export const showCommand = (io: Io, end: (outcome: Outcome) => void): CommandModule<object, Arguments> => ({
  command: "show <result>",
  describe: "show a counterexample that was found before, without a search",
  builder: (yargs: Argv) =>
    yargs
      .positional("result", {
        type: "string",
        demandOption: true,
        describe: "a result.json, its folder, or the name of its folder under out/",
      })
      .options(SHOW_OPTIONS),
  handler: async (args) => {
    const { spec, format, text } = showOptions(args);
    const result = await readResult(args.result, io);
    const chosen = choose(result, spec);
    io.stdout.write(
      format === "html"
        ? counterexampleHtml(result, chosen, await viewerScript())
        : (format === "kernel" ? kernelText : counterexampleText)(result, chosen, text),
    );
    end("held");
  },
});

/** The spec asked for; else the shortest counterexample, or the first run that reaches a `sometimes` spec. */
function choose(result: Result, name: string | undefined): SpecResult {
  const shown = result.specs.filter(({ trace }) => trace);
  const names = shown.map((spec) => spec.name);
  if (name !== undefined) {
    const spec = result.specs.find((one) => one.name === name);
    if (spec?.trace) return spec;
    throw new ModelError(
      spec ? `'${name}' has no run to show` : `there is no spec '${name}'${didYouMean(name, names)}`,
      {
        ...(spec && { cause: spec.verdict === "holds" ? "it holds" : `it is ${spec.verdict}` }),
        remedy: `specs here: ${listed(names)}`,
      },
    );
  }
  const first = shortestCounterexample(result) ?? shown[0];
  if (first) return first;
  throw new ModelError(`'${result.scenario}' has no run to show`, {
    cause: "nothing is violated, and it has no `sometimes` spec",
    remedy: "`faultline check` says what was searched",
  });
}
