import { resolveParams } from "../src/model/scenario.ts";
import { scMachine } from "../src/memory/sc/machine.ts";
import { buildProgram } from "../src/machine/build.ts";
import { faultVersusTruncate } from "./fault-versus-truncate.ts";
import { measureSearch, type Search } from "./one-search.ts";

/**
 * One search as a process of its own, which bench/run.ts measures. Its arguments: the number of faulters, of pages, and
 * of threads, or `reference` in place of these; then `any` for any order, and `full` for no use of symmetry.
 */
const [faulters = 2, pages = 1] = process.argv.slice(2, 4).map(Number);
const [engine = "1", ...flags] = process.argv.slice(4);
const scenario = faultVersusTruncate(faulters, pages, flags.includes("any") ? "any" : "listed");
const program = buildProgram(scenario, resolveParams(scenario, {}));

async function slices(): Promise<Search> {
  if (engine === "reference") return (await import("../src/search/explore.ts")).explore(scMachine(program));
  return (await import("../src/search/fast.ts")).searchPacked(program, {
    threads: Number(engine),
    symmetry: !flags.includes("full"),
  });
}

await measureSearch(await slices());
