import { ModelError } from "../../model/error.ts";
import { alignmentText, alignTotal } from "../../report/text/align.ts";
import { align as alignPath, filesOf, type Reading } from "../../source/align.ts";
import { cParser } from "../../source/grammar.ts";
import { NameTable } from "../../source/names.ts";
import { DRIFT, type Alignment } from "../../source/result.ts";
import { isOfRelease, isRelease, type SourceTree } from "../../source/tree.ts";
import { bundledNames, bundledScenarios } from "../bundled.ts";
import { command } from "../command.ts";
import { flag, text, type Values } from "../option.ts";
import { COMMON_OPTIONS } from "../options.ts";
import { json } from "../output/files.ts";
import type { Io } from "../output/io.ts";
import { openTree, SOURCE_VARIABLE } from "../output/kernel-tree.ts";
import { followsIn, pathsCalled, pathsIn, type KnownPath } from "../paths.ts";

const OPTIONS = {
  source: text(`a kernel tree to read (default: what ${SOURCE_VARIABLE} names)`),
  full: flag("show the steps too that are where they should be, and what is omitted"),
  ...COMMON_OPTIONS,
} as const;

export const align = command({
  name: "align",
  describe: "lay paths beside the kernel's source, and say where they part",
  subject: { name: "path", number: "any", describe: "path of a bundled scenario (default: all of the tree's release)" },
  options: OPTIONS,
  examples: ["align filemap_map_pages --source ~/linux", "align --source ~/linux --full"],
  async run(words, options, io) {
    const tree = treeOf(options, io);
    const known = pathsIn(await bundledScenarios());
    const chosen = chosenFor(tree, words, known);
    const reading: Reading = { tree, parse: await cParser(), names: new NameTable(await bundledNames(), tree.release) };
    const all = chosen.map(({ variants }) =>
      bestOf(variants.map((one) => alignPath(one.path, reading, followsIn(one)).alignment)),
    );
    print(all, options, io);
    return all.every(({ isContent }) => isContent) ? "held" : "violated";
  },
});

function treeOf({ source }: Values<typeof OPTIONS>, io: Io): SourceTree {
  const name = source ?? io.env[SOURCE_VARIABLE];
  if (name !== undefined && name !== "") return openTree(name, io);
  throw new ModelError("align needs a kernel tree to read", {
    remedy: `give --source <folder>, or set ${SOURCE_VARIABLE}`,
  });
}

/** The paths that are named, whatever their release; without a name, those of the tree's own. */
function chosenFor(tree: SourceTree, words: readonly string[], known: readonly KnownPath[]): readonly KnownPath[] {
  const called = pathsCalled(words, known);
  const own = called.filter(
    ({ path: { about } }) => isOfRelease(tree.release, about.release ?? "") && filesOf(about.file).length > 0,
  );
  if (words.length === 0 && own.length === 0)
    throw new ModelError(`no bundled path follows ${tree.release}`, {
      remedy: "name a path, to lay it beside a release that is not its own",
    });
  const others = words.filter((word) => !own.some(({ path }) => path.name === word));
  // Of a path that has none for this release, those for others; what is of no release, as a patch, only if there is nothing else.
  return [
    ...own,
    ...others.flatMap((word) => {
      const all = called.filter(({ path }) => path.name === word);
      const released = all.filter(({ path }) => isRelease(path.about.release ?? ""));
      return released.length > 0 ? released : all;
    }),
  ];
}

/** Of the variants of a path, the one that the source is nearest to; of two, the one with more steps. */
function bestOf(all: readonly Alignment[]): Alignment {
  const drift = ({ counts }: Alignment): number => DRIFT.reduce((sum, kind) => sum + counts[kind], 0);
  const found = ({ counts }: Alignment): number => counts.anchored + counts.renamed;
  return all.reduce((best, one) => {
    const less = drift(best) - drift(one);
    return less > 0 || (less === 0 && found(one) > found(best)) ? one : best;
  });
}

function print(all: readonly Alignment[], { full, format, quiet }: Values<typeof OPTIONS>, { stdout }: Io): void {
  if (format === "json") return stdout.write(json(all));
  if (!quiet) for (const one of all) stdout.write(`${alignmentText(one, { full })}\n`);
  stdout.write(alignTotal(all));
}
