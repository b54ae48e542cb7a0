import { readdirSync, readFileSync } from "node:fs";
import { answer } from "../../src/litmus/answer.ts";
import { readLitmus } from "../../src/litmus/read.ts";
import { differenceOf, readTable, type Difference } from "../../src/litmus/table.ts";
import { ModelError } from "../../src/model/error.ts";
import type { MemoryModel } from "../../src/model/memory.ts";

/** How the tests of a folder compare with the `expected.tsv` in it. */
export interface Compared {
  readonly judged: number;
  readonly differences: readonly Difference[];
  readonly unanswered: readonly string[];
}

/** Runs every `stride`-th test of a folder under a memory model. */
export async function compareFolder(
  folder: string,
  memory: MemoryModel,
  { stride = 1, maxStates = Infinity } = {},
): Promise<Compared> {
  const table = readTable("expected.tsv", readFileSync(`${folder}/expected.tsv`, "utf8"), memory);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".litmus"))
    .toSorted();
  let judged = 0;
  const differences: Difference[] = [];
  const unanswered: string[] = [];
  for (const [i, file] of files.entries()) {
    const expected = table.get(file);
    if (!expected || i % stride !== 0) continue;
    judged++;
    try {
      const test = readLitmus(file, readFileSync(`${folder}/${file}`, "utf8"));
      const difference = differenceOf(file, await answer(test, memory, maxStates), expected);
      if (difference) differences.push(difference);
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      unanswered.push(`${error.explanation.where ?? file}: ${error.message}`);
    }
  }
  return { judged, differences, unanswered };
}
