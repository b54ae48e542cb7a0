import type { Path } from "../model/path.ts";
import { align, placeOf, type Reading } from "./align.ts";
import type { SourcePlace } from "./result.ts";

/** Where steps stand in a kernel tree. */
export interface KernelLines {
  /** The release that the tree is of: `v6.12.117`. */
  readonly tree: string;
  /** By path and label. Steps that are no C of the tree are not there. */
  readonly places: Readonly<Record<string, Readonly<Record<string, SourcePlace>>>>;
}

/** Finds the places of steps, by path and label, in the tree that is read. A place that was moved is one, too. */
export function kernelLines(
  told: ReadonlyMap<string, ReadonlySet<string>>,
  paths: ReadonlyMap<string, Path>,
  reading: Reading,
): KernelLines {
  const places: Record<string, Record<string, SourcePlace>> = {};
  for (const [name, labels] of told) {
    const path = paths.get(name);
    const anchors = path && anchorsOf(path, reading);
    for (const label of labels) {
      const [event] = anchors?.get(label)?.events ?? [];
      if (event) (places[name] ??= {})[label] = placeOf(event);
    }
  }
  return { tree: reading.tree.release, places };
}

type Anchors = ReturnType<typeof align>["anchored"]["anchors"];

const known = new WeakMap<Reading, WeakMap<Path, Anchors>>();

/** Of one reading, each path is looked for once. */
function anchorsOf(path: Path, reading: Reading): Anchors {
  const all = known.get(reading) ?? new WeakMap<Path, Anchors>();
  known.set(reading, all);
  const found = all.get(path) ?? align(path, reading).anchored.anchors;
  all.set(path, found);
  return found;
}

/** A function of a tree as it is written. */
export interface Excerpt {
  readonly file: string;
  readonly function: string;
  /** The number of its first line in the file. */
  readonly first: number;
  readonly lines: readonly string[];
}

/** The functions that places stand in, each once, as far as the tree has them. */
export function excerptsOf({ places }: KernelLines, tree: Reading["tree"]): readonly Excerpt[] {
  const found = new Map<string, Excerpt>();
  for (const { file, line, function: fn } of Object.values(places).flatMap((one) => Object.values(one))) {
    const known = [...found.values()].some(
      (one) => one.file === file && one.first <= line && line < one.first + one.lines.length,
    );
    const excerpt = known ? undefined : excerptAround(tree.read(file) ?? "", line);
    if (excerpt) found.set(`${file}:${excerpt.first}`, { file, function: fn, ...excerpt });
  }
  return [...found.values()];
}

/** The lines of the function that a line is in: from what stands before its `{` in the first column to its `}`. */
function excerptAround(text: string, line: number): Pick<Excerpt, "first" | "lines"> | undefined {
  const all = text.split("\n");
  const open = all.findLastIndex((one, i) => i < line && one.startsWith("{"));
  const close = all.findIndex((one, i) => i >= line - 1 && one.startsWith("}"));
  if (open < 0 || close < 0) return undefined;
  let first = open;
  while (first > 0 && /^\s*\S/.test(all[first - 1]!) && !/[;}]\s*$|^#|\*\/\s*$/.test(all[first - 1]!)) first--;
  return { first: first + 1, lines: all.slice(first, close + 1) };
}
