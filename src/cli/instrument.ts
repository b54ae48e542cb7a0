import { OWN } from "./guard-words.ts";
import { Guards } from "./guards.ts";
import { shifted } from "./source-map.ts";

/** A program and its source map, as JSON. */
interface Bundle {
  readonly code: string;
  readonly map: string;
}

/**
 * Puts guards into a program: before every assignment to what may outlive the run that makes it, at what makes objects,
 * so that a run's own are known, before each `throw`, and at the beginning of functions and of rounds of loops, so that none goes on for ever.
 * Text is only added, and no line is broken, so that every position can still be found. `runtime` is the URL of
 * src/model/asked.ts.
 */
export function instrumented({ code, map }: Bundle, runtime: string): Bundle {
  const guards = new Guards(code);
  const edits = guards.edits.toSorted((a, b) => a.at - b.at);
  const lineStarts = [0, ...[...code.matchAll(/\n/g)].map(({ index }) => index + 1)];
  let text = `import * as ${OWN} from ${JSON.stringify(runtime)};${guards.declarations}`;
  const insertions = [{ line: 0, column: 0, length: text.length }];
  let [done, line] = [0, 0];
  for (const { at, text: added } of edits) {
    while (lineStarts[line + 1] !== undefined && lineStarts[line + 1]! <= at) line++;
    insertions.push({ line, column: at - lineStarts[line]!, length: added.length });
    text += code.slice(done, at) + added;
    done = at;
  }
  const source = JSON.parse(map) as { readonly mappings: string };
  return {
    code: text + code.slice(done),
    map: JSON.stringify({ ...source, mappings: shifted(source.mappings, insertions) }),
  };
}
