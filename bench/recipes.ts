import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { install } from "./installed.ts";
import { machine, measuring, source, versionOf, type Cost, type Finished } from "./measure.ts";
import { seconds, table, typical } from "./report.ts";

/**
 * `node .build/bench/recipes.js [rounds]`: recipes beside their twins in Promela, from the text to the verdict, whole processes, by
 * turns. docs/recipes.md has what it prints.
 */
const rounds = Number(process.argv[2] ?? 5);
const RECIPES = [
  ["refcount", "inc", "-DINC"],
  ["lock-free-stack", "pop", "-DPOP"],
] as const;

const folder = mkdtempSync(join(tmpdir(), "faultline-recipes-"));
try {
  const measure = measuring(folder);
  const program = install(folder);
  /** Without comments and empty lines. */
  const linesOf = (file: string): string => {
    const text = readFileSync(file, "utf8").replaceAll(/\/\*[^]*?\*\//g, "");
    return `${text.split("\n").filter((line) => line.trim() !== "").length}`;
  };

  const verdict = ({ output }: Finished, isWrong: RegExp, isBroken: boolean): void => {
    if (isWrong.test(output) !== isBroken) throw new Error(`another verdict than is known:\n${output}`);
  };
  const byFaultline = (name: string, set: string, isBroken: boolean): Cost => {
    const line = ["check", `${name}.ts`, "--set", set, "--out", "out"];
    const finished = measure([...program, ...line], folder);
    verdict(finished, /violated/, isBroken);
    return finished.cost;
  };
  const bySpin = (name: string, define: string, isBroken: boolean): Cost => {
    const all = [
      measure(["spin", "-a", ...(isBroken ? [define] : []), source(`${name}.pml`)], folder),
      measure(["gcc", "-w", "-O2", "-DSAFETY", "-o", "pan", "pan.c"], folder),
      measure(["./pan", "-m1000"], folder),
    ];
    verdict(all[2]!, /errors: [1-9]/, isBroken);
    const sum = (of: "wall" | "cpu"): number => all.reduce((most, { cost }) => most + cost[of], 0);
    return { wall: sum("wall"), cpu: sum("cpu"), memory: Math.max(...all.map(({ cost }) => cost.memory)) };
  };

  const rows = RECIPES.flatMap(([name, bug, define]) => {
    const recipe = source(`../examples/recipes/${name}.ts`);
    copyFileSync(recipe, join(folder, `${name}.ts`));
    return [false, true].map((isBroken) => {
      const costs: { readonly faultline: Cost[]; readonly spin: Cost[] } = { faultline: [], spin: [] };
      for (let round = 0; round < rounds; round++) {
        costs.faultline.push(byFaultline(name, `${bug}=${isBroken}`, isBroken));
        costs.spin.push(bySpin(name, define, isBroken));
      }
      const cpu = (all: readonly Cost[]): string => seconds(typical(all).cpu);
      const lines = isBroken ? ["", ""] : [linesOf(recipe), linesOf(source(`${name}.pml`))];
      return [isBroken ? "" : name, isBroken ? "violated" : "holds", ...lines, cpu(costs.faultline), cpu(costs.spin)];
    });
  });
  const head = ["", "verdict", "lines here", "lines in Promela", "CPU here, s", "CPU of spin, gcc and the verifier, s"];
  process.stdout.write(`${table(head, rows)}\n\n${machine()}; ${versionOf("spin", "-V")}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
