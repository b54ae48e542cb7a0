/**
 * `node .build/bench/align-mutations.js <tree>`: what share of small changes to a kernel tree `align` finds. One change at a time,
 * in memory, to the functions that each bundled path of the tree's release follows; the table of docs/align.md is made of this.
 * What is not found is named on standard error.
 */
import { setImmediate } from "node:timers/promises";
import { pathsIn, waysIn, type Variant } from "../src/cli/paths.ts";
import { bundledScenarios } from "../src/cli/bundled.ts";
import { readingOf } from "../src/cli/reading.ts";
import { align, type Reading } from "../src/source/align.ts";
import type { Alignment, Row } from "../src/source/result.ts";
import { isOfRelease } from "../src/source/tree.ts";
import { mutationsIn, type Spot } from "./mutations.ts";

const [, , source = process.env["FAULTLINE_SOURCE"] ?? "", only = ""] = process.argv;
const reading = await readingOf(source, { cwd: process.cwd() });
const { tree } = reading;

const beside = (variant: Variant, over: Reading): Alignment => align(variant.path, over, waysIn(variant)).alignment;

interface Tally {
  tried: number;
  found: number;
  alone: number;
}
const tallies = new Map<string, Tally>();
let paths = 0;

for (const { path, variants } of pathsIn(await bundledScenarios())) {
  if (!isOfRelease(tree.release, path.about.release ?? "") || (only !== "" && path.name !== only)) continue;
  const content = variants
    .map((variant) => ({ variant, alignment: beside(variant, reading) }))
    .filter(({ alignment }) => alignment.isContent && alignment.counts.anchored > 0)
    .toSorted((a, b) => b.alignment.counts.anchored - a.alignment.counts.anchored)[0];
  if (!content) continue;
  paths++;
  for (const { kind, file, text, what } of mutationsIn(spotsOf(content.alignment.rows), (name) => tree.read(name)!)) {
    const changed = { ...tree, read: (name: string) => (name === file ? text : tree.read(name)) };
    const { rows, isContent } = beside(content.variant, { ...reading, tree: changed });
    // What was parsed is given back between jobs alone.
    await setImmediate();
    const tally = tallies.get(kind) ?? { tried: 0, found: 0, alone: 0 };
    tallies.set(kind, tally);
    tally.tried++;
    if (isContent) {
      console.error(`not found in ${path.name}: ${kind}: ${what}`);
      continue;
    }
    tally.found++;
    if (rows.some(isTold)) tally.alone++;
  }
}

/** Found by what the path says itself, without the record of what it was compared with. */
function isTold({ kind }: Row): boolean {
  return ["missing", "reordered", "elsewhere", "negated", "new", "stale"].includes(kind);
}

function spotsOf(rows: readonly Row[]): readonly Spot[] {
  return rows.flatMap(({ kind, place }) =>
    place ? [{ ...place, isStep: kind === "anchored" || kind === "renamed" }] : [],
  );
}

console.log(`${paths} paths of ${tree.release}`);
const all = [...tallies];
const sum = (of: (one: Tally) => number): number => all.reduce((total, [, one]) => total + of(one), 0);
for (const [kind, { tried, found, alone }] of all) console.log(`| ${kind} | ${tried} | ${alone} | ${found} |`);
console.log(`| all | ${sum((one) => one.tried)} | ${sum((one) => one.alone)} | ${sum((one) => one.found)} |`);
