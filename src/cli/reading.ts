import type { Reading } from "../source/align.ts";
import { cParser } from "../source/grammar.ts";
import { NameTable } from "../source/names.ts";
import { bundledCompared, bundledNames } from "./bundled.ts";
import type { Io } from "./output/io.ts";
import { openTree } from "./output/kernel-tree.ts";

const readings = new Map<string, Promise<Reading>>();

/** What it takes to read a kernel tree. Of each tree, files are kept as they were when they were read first. */
export function readingOf(name: string, { cwd }: Pick<Io, "cwd">): Promise<Reading> {
  const key = `${cwd}\n${name}`;
  const reading = readings.get(key) ?? opened(name, cwd);
  readings.set(key, reading);
  return reading;
}

async function opened(name: string, cwd: string): Promise<Reading> {
  const tree = openTree(name, { cwd });
  const names = new NameTable(await bundledNames(), tree.release);
  return { tree, parse: await cParser(), names, compared: await bundledCompared() };
}
