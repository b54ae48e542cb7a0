import { bundledScenarios } from "../../src/cli/bundled.ts";
import { pathsIn, waysIn } from "../../src/cli/paths.ts";
import { readingOf } from "../../src/cli/reading.ts";
import { align } from "../../src/source/align.ts";
import { comparedWord, type ComparedWith } from "../../src/source/compared.ts";
import { isOfRelease } from "../../src/source/tree.ts";

/** What a tree is now, of every bundled path that follows its release and is accounted for there. */
export async function comparedNow(source: string): Promise<ComparedWith> {
  const { tree, parse, names } = await readingOf(source, { cwd: "/" });
  const found = new Map<string, Set<string>>();
  for (const { path, variants } of pathsIn(await bundledScenarios())) {
    if (!isOfRelease(tree.release, path.about.release ?? "")) continue;
    for (const variant of variants) {
      const { alignment, flow, anchored } = align(variant.path, { tree, parse, names }, waysIn(variant));
      if (!alignment.isContent || anchored.anchors.size === 0) continue;
      found.set(path.name, (found.get(path.name) ?? new Set()).add(comparedWord(variant.path, flow, anchored, names)));
    }
  }
  const sorted = [...found].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { [tree.release]: Object.fromEntries(sorted.map(([name, lines]) => [name, [...lines].toSorted().join(" ")])) };
}

/** The module that keeps it, laid out as the formatter has it. */
export function comparedText(kept: ComparedWith): string {
  const releases = Object.entries(kept).toSorted(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));
  const lines = releases.flatMap(([release, paths]) => [
    `  ${JSON.stringify(release)}: {`,
    ...Object.entries(paths).flatMap(([name, all]) => entryLines(name, all)),
    "  },",
  ]);
  return `/**
 * What the trees were that the paths were compared with: digests, by the release of the tree and the name of the path, of which
 * src/source/compared.ts says how they are made. CONTRIBUTING.md says how this file is written.
 */
export const COMPARED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
${lines.join("\n")}
};
`;
}

function entryLines(name: string, text: string): readonly string[] {
  const [key, value] = [/^\w+$/.test(name) ? name : JSON.stringify(name), JSON.stringify(text)];
  const line = `    ${key}: ${value},`;
  return line.length <= 120 ? [line] : [`    ${key}:`, `      ${value},`];
}
