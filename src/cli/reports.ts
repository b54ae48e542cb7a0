import { lifelines } from "../report/lifelines.ts";
import { renderSvg } from "../report/svg.ts";
import { counterexampleText, type TextStyle } from "../report/text.ts";
import type { Result } from "../trace/result.ts";
import type { ReportFile } from "./folder.ts";

/** The text and the picture of each counterexample, and of each run that reaches a `sometimes` spec. */
export async function reportsOf(result: Result, style: TextStyle): Promise<readonly ReportFile[]> {
  const files = await Promise.all(
    result.specs
      .filter(({ trace }) => trace)
      .map(async (spec): Promise<readonly ReportFile[]> => {
        const dot = lifelines(result, spec);
        return [
          { name: `${spec.name}.txt`, text: counterexampleText(result, spec, style) },
          { name: `${spec.name}.dot`, text: dot },
          { name: `${spec.name}.svg`, text: await renderSvg(dot) },
        ];
      }),
  );
  return files.flat();
}
