import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { scenarios } from "../models/scenarios/index.ts";
import type { Result } from "../src/result/result.ts";
import { measuring, source, type Cost } from "./measure.ts";

/**
 * What storing fewer states saves: `check` with and without `--reduced`, whole processes by turns. docs/decisions/0247 has
 * what came of it. `node .build/bench/reductions.js 10 3` takes the ten largest runs that are pinned under sc, some models with
 * three and four threads, and the benchmark, three times each.
 */
const [most = 10, rounds = 3] = process.argv.slice(2).map(Number);
const bin = fileURLToPath(new URL("../src/cli/bin.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "faultline-reductions-"));
const measure = measuring(folder);

const pinned = scenarios.flatMap(({ name, expect, specs }) =>
  expect.flatMap(({ memory, set = {}, states = 0 }) =>
    memory === undefined && specs.every(({ kind }) => kind !== ("eventually" as string)) ? [{ name, set, states }] : [],
  ),
);
const wordsOf = (name: string, set: object): readonly string[] => [
  name,
  ...Object.entries(set).flatMap(([param, value]) => ["--set", `${param}=${String(value)}`]),
];
const largest = pinned
  .toSorted((a, b) => b.states - a.states)
  .slice(0, most)
  .map(({ name, set }) => wordsOf(name, set));
const more = [
  wordsOf("races/shmem-dirty-cow", { fixed: false }),
  wordsOf("fault-around", { release: "v5.15", remover: "punch", faults: 2 }),
  wordsOf("races/zap-vs-mkclean", { fixed: true, writers: 2 }),
  wordsOf("questions/unlock-without-reference", { release: "v7.1", stale: true }),
];
const sizes = ["2, 2", "3, 1", "4, 1", "5, 1"].map((size) => {
  const file = join(folder, `n${size.replace(", ", "p")}.ts`);
  const text = readFileSync(source("fault-versus-truncate.ts"), "utf8");
  writeFileSync(file, `${text}\nexport default faultVersusTruncate(${size});\n`);
  return [file, "--no-types", "--no-symmetry"];
});

const median = (costs: readonly Cost[], of: (cost: Cost) => number): number =>
  costs.map(of).toSorted((a, b) => a - b)[Math.floor(costs.length / 2)]!;

for (const words of [...largest, ...more, ...sizes]) {
  const costs: [Cost[], Cost[]] = [[], []];
  const seen: string[] = [];
  for (let round = 0; round < rounds; round++)
    for (const [i, option] of [[], ["--reduced"]].entries()) {
      const line = [
        bin,
        "check",
        ...words,
        "--threads",
        "1",
        "--format",
        "json",
        "--out",
        join(folder, "out"),
        ...option,
      ];
      const { cost, output } = measure([process.execPath, ...line], folder);
      const { search } = JSON.parse(output) as Result;
      costs[i]!.push(cost);
      seen[i] = `${search.states}, ${search.transitions}${search.reduced ? "" : " (all)"}`;
    }
  const told = costs.map(
    (all, i) =>
      `${seen[i]}: ${median(all, ({ cpu }) => cpu).toFixed(2)} s, ${(median(all, ({ memory }) => memory) / 2 ** 20).toFixed(0)} MiB`,
  );
  process.stdout.write(`${words.join(" ").replace(`${folder}/`, "")} | ${told.join(" | ")}\n`);
}
rmSync(folder, { recursive: true });
