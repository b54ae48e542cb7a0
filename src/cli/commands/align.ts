import { basename } from "node:path";
import { setImmediate } from "node:timers/promises";
import { ModelError } from "../../model/error.ts";
import type { Scenario } from "../../model/scenario.ts";
import { placeOf } from "../../model/where.ts";
import { alignmentText, alignTotal, comparedLine, leftAside } from "../../report/text/align.ts";
import { driftTable } from "../../report/text/drift-table.ts";
import { driftMarkdown, driftText, driftTotal } from "../../report/text/drift.ts";
import { align as alignPath, filesOf, type Aligned, type Reading } from "../../source/align.ts";
import { driftOf, type Drift } from "../../source/drift.ts";
import { DRIFT, type Alignment } from "../../source/result.ts";
import { isOfRelease, isRelease, isSince, type SourceTree } from "../../source/tree.ts";
import { loadScenario } from "../load.ts";
import { command } from "../command.ts";
import { firstOf, flag, texts, type Values } from "../option.ts";
import { COMMON_OPTIONS } from "../options.ts";
import { json } from "../output/files.ts";
import type { Io } from "../output/io.ts";
import { namedTree, noTree, SOURCE_VARIABLE } from "../output/kernel-tree.ts";
import { waysIn, ofNearest, pathsCalled, pathsIn, refuseUnknown, type KnownPath, type Variant } from "../paths.ts";
import { bundledPaths } from "../path-index.ts";
import { readingOf } from "../reading.ts";

const FORMATS = ["text", "json", "markdown", "table"] as const;

const OPTIONS = {
  source: texts(
    `a kernel tree to read, repeatable: what changed from each to the next (default: what ${SOURCE_VARIABLE} names)`,
  ),
  full: flag("show the steps too that are where they should be, what is omitted, and what has another name only"),
  ...COMMON_OPTIONS,
  format: firstOf(FORMATS, "text, json; markdown or table for what changed between trees (default: text)"),
} as const;

export const align = command({
  name: "align",
  describe: "lay paths beside the kernel's source, and say where they part",
  subject: {
    name: "path",
    number: "any",
    describe: "path, bundled scenario for all that it runs, or file of your own (default: all of the tree's release)",
  },
  options: OPTIONS,
  examples: ["align filemap_map_pages --source ~/linux", "align --source ~/linux-6.1 --source ~/linux-6.12"],
  async run(words, options, io) {
    const readings = await Promise.all(treesOf(options, io).map((name) => readingOf(name, io)));
    const [first] = readings;
    const own = await Promise.all(words.filter(isFile).map((word) => loadScenario(word, io)));
    const names = words.filter((word) => !isFile(word));
    const ofFiles = own.flatMap(({ scenario, file }) => pathsOfFile(scenario, file!));
    const bundled = own.length > 0 && names.length === 0 ? [] : await bundledCalled(names, ofFiles);
    const called = [...names, ...own.map(({ scenario }) => scenario.name)];
    const { near, aside } = ofNearest(first!.tree.release, called, pathsCalled(called, [...bundled, ...ofFiles]));
    if (readings.length > 1) {
      const isTable = options.format === "table";
      const all: (readonly Drift[])[] = [];
      for (const path of isTable ? near : nearestTo(first!.tree, near)) {
        all.push(isTable ? whileOwn(path, near, readings) : driftsOf(path, readings));
        // What was parsed is given back between jobs alone, and these may be hundreds of paths and trees.
        await setImmediate();
      }
      if (isTable) io.stdout.write(driftTable(all.flat()));
      else printDrift(all, options, io);
      return all.flat().every(({ isSame }) => isSame) ? "held" : "violated";
    }
    if (options.format === "markdown" || options.format === "table")
      throw new ModelError(`--format ${options.format} is for what changed between trees`, {
        remedy: "give --source twice, or --format text or json",
      });
    const paths = chosenFor(first!.tree, called, near);
    const all = paths.map(({ variants, scenarios }) => ({ ...bestOf(variants, first!), scenarios }));
    print(all, aside, options, io);
    return all.every(({ alignment: { isContent } }) => isContent) ? "held" : "violated";
  },
});

const isFile = (word: string): boolean => /\.[cm]?[jt]s$/.test(word);

/** The bundled paths that words name which may also name a path of a user's own file. Throws a ModelError for a word that names none. */
async function bundledCalled(words: readonly string[], own: readonly KnownPath[]): Promise<readonly KnownPath[]> {
  const { paths, names } = await bundledPaths(words);
  refuseUnknown(words, { ...names, paths: new Set([...own.map(({ name }) => name), ...names.paths]) });
  return paths;
}

/** The paths that a user's own file defines; all that it runs, if it only puts others together. */
function pathsOfFile(scenario: Scenario, file: string): readonly KnownPath[] {
  const all = pathsIn([scenario]);
  const own = all.filter(({ path }) => placeOf(path.definedAt)?.split(/:\d/)[0]?.endsWith(basename(file)) === true);
  return own.length > 0 ? own : all;
}

/** The names of the trees to read, in the order in which they are given. */
function treesOf({ source }: Values<typeof OPTIONS>, io: Io): readonly string[] {
  const given = source.length > 0 ? source : [namedTree(undefined, io) ?? ""];
  if (given.includes("")) throw noTree("align");
  return given;
}

const isInC = ({ path: { about } }: KnownPath): boolean =>
  isRelease(about.release ?? "") && filesOf(about.file).length > 0;

/** What changed for one path in the trees since its own release, up to the one from which on another path of its name follows them. */
function whileOwn(known: KnownPath, all: readonly KnownPath[], readings: readonly Reading[]): readonly Drift[] {
  if (!isInC(known)) return [];
  const own = known.path.about.release!;
  const later = all
    .filter((one) => isInC(one) && one.path.name === known.path.name && !isSince(own, one.path.about.release!))
    .map(({ path }) => path.about.release!);
  const isTaken = ({ tree }: Reading): boolean => later.some((release) => isSince(tree.release, release));
  const since = readings.filter(({ tree }) => isSince(tree.release, own));
  const last = since.findIndex(isTaken);
  const trees = last < 0 ? since : since.slice(0, last + 1);
  return trees.length < 2 ? [] : driftsOf(known, trees);
}

/** Of each path, the one for the release that the first tree comes next after; what follows no release is left out. */
function nearestTo({ release }: SourceTree, paths: readonly KnownPath[]): readonly KnownPath[] {
  const inC = paths.filter(isInC);
  const releaseOf = ({ path }: KnownPath): string => path.about.release!;
  return [...new Set(inC.map(({ path }) => path.name))].map((name) => {
    const all = inC.filter(({ path }) => path.name === name);
    const sorted = all.toSorted((a, b) => (isSince(releaseOf(a), releaseOf(b)) ? 1 : -1));
    return sorted.findLast((one) => isSince(release, releaseOf(one))) ?? sorted[0]!;
  });
}

/** What changed for one path from each tree to the next. */
function driftsOf({ variants, scenarios }: KnownPath, readings: readonly Reading[]): readonly Drift[] {
  const [first, ...later] = readings;
  const { variant, aligned } = bestOf(variants, first!);
  const all = [aligned, ...later.map((reading) => alignPath(variant.path, reading, waysIn(variant)))];
  return all.slice(1).map((to, i) => driftOf(all[i]!, to, scenarios, readings[0]!.names));
}

/** The paths that are named, whatever their release; without a name, those of the tree's own. */
function chosenFor(tree: SourceTree, words: readonly string[], called: readonly KnownPath[]): readonly KnownPath[] {
  const own = called.filter(
    ({ path: { about } }) => isOfRelease(tree.release, about.release ?? "") && filesOf(about.file).length > 0,
  );
  if (words.length === 0 && own.length === 0)
    throw new ModelError(`no bundled path follows ${tree.release}`, {
      remedy: "name a path, to lay it beside a release that is not its own",
    });
  if (words.length === 0) return own;
  // Of a path that has none for this release, those for others; what is of no release, as a patch, only if there is nothing else.
  return [...new Set(called.map(({ path }) => path.name))].flatMap((name) => {
    const all = called.filter(({ path }) => path.name === name);
    const released = all.filter(({ path }) => isRelease(path.about.release ?? ""));
    const ofTree = own.filter(({ path }) => path.name === name);
    return [ofTree, released, all].find((some) => some.length > 0)!;
  });
}

interface Laid {
  readonly variant: Variant;
  readonly aligned: Aligned;
  readonly alignment: Alignment;
}

/** Of the variants of a path, the one that the source is nearest to; of two, the one with more steps. */
function bestOf(variants: readonly Variant[], reading: Reading): Laid {
  const drift = ({ counts }: Alignment): number => DRIFT.reduce((sum, kind) => sum + counts[kind], 0);
  const found = ({ counts }: Alignment): number => counts.anchored + counts.renamed;
  return variants
    .map((variant) => {
      const aligned = alignPath(variant.path, reading, waysIn(variant));
      return { variant, aligned, alignment: aligned.alignment };
    })
    .reduce((best, one) => {
      const less = drift(best.alignment) - drift(one.alignment);
      return less > 0 || (less === 0 && found(one.alignment) > found(best.alignment)) ? one : best;
    });
}

/** Paths beside the source; of two with one name, the scenarios that run each say which is which. */
function print(
  all: readonly Pick<KnownPath & Laid, "alignment" | "scenarios">[],
  aside: readonly KnownPath[],
  { full, format, quiet }: Values<typeof OPTIONS>,
  { stdout }: Io,
): void {
  const alignments = all.map(({ alignment }) => alignment);
  if (format === "json") return stdout.write(json(all.map((one) => ({ ...one.alignment, scenarios: one.scenarios }))));
  const isAlone = ({ path }: Alignment): boolean => alignments.filter((one) => one.path === path).length === 1;
  for (const { alignment, scenarios } of quiet ? [] : all)
    stdout.write(`${alignmentText(alignment, { full, ...(isAlone(alignment) ? {} : { scenarios }) })}\n`);
  if (!quiet) stdout.write(comparedLine(alignments));
  if (!quiet) stdout.write(leftAside(aside.map(({ path }) => path.about.release)));
  stdout.write(alignTotal(alignments));
}

/** By path, the drifts from each tree to the next. */
function printDrift(
  all: readonly (readonly Drift[])[],
  { full, format, quiet }: Values<typeof OPTIONS>,
  { stdout }: Io,
): void {
  if (format === "json") return stdout.write(json(all.flat()));
  if (format === "markdown") return stdout.write(all.map(driftMarkdown).join("\n"));
  const shown = all.filter((drifts) => full || drifts.some(({ isSame }) => !isSame));
  if (!quiet) for (const one of shown) stdout.write(`${driftText(one, { full })}\n`);
  stdout.write(driftTotal(all.flat()));
}
