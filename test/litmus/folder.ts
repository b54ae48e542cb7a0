import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { answer, type Answer } from "../../src/litmus/answer.ts";
import { readLitmus } from "../../src/litmus/read.ts";
import { differenceOf, readTable, type Difference } from "../../src/litmus/table.ts";
import { ModelError } from "../../src/model/error.ts";
import type { MemoryModel } from "../../src/model/memory.ts";

/**
 * Others' tests, which are not part of this repository: 2272, compared with herd7. Every n-th of them is run, as
 * FAULTLINE_CORPUS says: `npm run corpus` runs all.
 */
export const CORPUS = fileURLToPath(new URL("../../../../shared/litmus", import.meta.url));
export const stride = Number(process.env["FAULTLINE_CORPUS"] ?? 37);
export const skip = existsSync(CORPUS) ? false : `there is no ${CORPUS}`;

/** How the tests of a folder compare with the `expected.tsv` in it. */
export interface Compared {
  readonly judged: number;
  readonly differences: readonly Difference[];
  readonly undecided: readonly string[];
  readonly unanswered: readonly string[];
}

/** What was answered once is not asked again: a test may be compared with more than one column. */
const answers = new Map<string, Promise<Answer>>();

/** Runs every `stride`-th test of a folder under a memory model. The table's columns go by the names that `rename` gives them. */
export async function compareFolder(
  folder: string,
  memory: MemoryModel,
  { stride = 1, maxStates = Infinity, rename = (head: string): string => head } = {},
): Promise<Compared> {
  const [head, ...rows] = readFileSync(`${folder}/expected.tsv`, "utf8").split("\n");
  const table = readTable("expected.tsv", [rename(head!), ...rows].join("\n"), memory);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".litmus"))
    .toSorted();
  let judged = 0;
  const differences: Difference[] = [];
  const undecided: string[] = [];
  const unanswered: string[] = [];
  for (const [i, file] of files.entries()) {
    const expected = table.get(file);
    if (!expected || i % stride !== 0) continue;
    judged++;
    try {
      const path = `${folder}/${file}`;
      const key = `${memory} ${path}`;
      const asked = answers.get(key) ?? answer(readLitmus(file, readFileSync(path, "utf8")), memory, maxStates);
      answers.set(key, asked);
      const difference = differenceOf(file, await asked, expected);
      if (difference === "undecided") undecided.push(file);
      else if (difference) differences.push(difference);
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      unanswered.push(`${error.explanation.where ?? file}: ${error.message}`);
    }
  }
  return { judged, differences, undecided, unanswered };
}
