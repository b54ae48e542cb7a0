import { ModelError, didYouMean, listed } from "../../model/error.ts";
import { counterexampleHtml } from "../../report/html/page.ts";
import { shortestCounterexample } from "../../report/text/summary.ts";
import { counterexampleText, kernelText } from "../../report/text/text.ts";
import type { Result, SpecResult } from "../../result/result.ts";
import { atMostOne, command } from "../command.ts";
import { firstOf, text } from "../option.ts";
import { TEXT_OPTIONS, textStyle } from "../options.ts";
import { readResult } from "../output/saved.ts";
import { viewerScript } from "../output/viewer.ts";

const KINDS = ["text", "kernel", "html"] as const;

export const show = command({
  name: "show",
  describe: "show a counterexample that was found before, without a search",
  subject: {
    name: "result",
    number: "one",
    describe: "a result.json, its folder, or the name of its folder under out/",
  },
  options: {
    spec: text("show this spec (default: the shortest counterexample)"),
    format: firstOf(
      KINDS,
      "text; kernel for the diagram alone, as commit messages have it; html for a page (default: text)",
    ),
    ...TEXT_OPTIONS,
  },
  examples: ["show fault-around-vs-punch --format kernel", "show fault-around-vs-punch --spec no-stale-pte --full"],
  async run(words, { spec, format, ...style }, io) {
    const result = await readResult(atMostOne(words, show, "show one at a time")!, io);
    const chosen = choose(result, spec);
    io.stdout.write(
      format === "html"
        ? counterexampleHtml(result, chosen, await viewerScript())
        : (format === "kernel" ? kernelText : counterexampleText)(result, chosen, textStyle(style)),
    );
    return "held";
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
