import type { Document, Edit } from "./document.ts";

/** The documents with parts that `align` prints of several kernel trees. */
export const DRIFT_DOCUMENTS = ["docs/drift.md", "docs/drift-table.md"];

/** What stands between `<!-- markdown of v6.1.192 v6.12.117: finish_fault -->` and `<!-- end -->`. */
export interface MadePart {
  readonly part: Edit;
  readonly format: string;
  /** By the release that each tree says it is of. */
  readonly trees: readonly string[];
  /** As words of the command line; none for all. */
  readonly paths: string;
}

export function madeParts({ lines }: Document): readonly MadePart[] {
  return lines.flatMap((line, at) => {
    const [, format, trees, paths = ""] = /^<!-- (markdown|table) of (v[^:]*?)(?:: (.*))? -->$/.exec(line) ?? [];
    if (format === undefined) return [];
    const [from, to] = [at + 1, lines.indexOf("<!-- end -->", at)];
    return [{ part: { from, to, lines: lines.slice(from, to) }, format, trees: trees!.split(" "), paths }];
  });
}
