import { resolveParams } from "../src/model/scenario.ts";
import { search as searchProgram } from "../src/search/search.ts";
import { resetDeadLocals } from "../src/analysis/liveness.ts";
import { buildProgram } from "../src/machine/build.ts";
import { MEMORY_MODELS } from "../src/model/memory.ts";
import { locklessMap } from "./lockless-map.ts";
import { finish, measureSearch, type Search } from "./one-search.ts";

/**
 * One search under a memory model as a process of its own, which bench/run.ts measures. Its arguments: the number of
 * mappers, the memory model, `full` for no use of symmetry or `reduced`, and how often the same is searched before.
 */
const [mappers = "2", model = "lkmm", size = "reduced", rehearsals = "0"] = process.argv.slice(2);
const memory = MEMORY_MODELS.find((one) => one === model);
if (!memory) throw new Error(`${model} is no memory model`);
const scenario = locklessMap(Number(mappers));
const program = resetDeadLocals(buildProgram(scenario, resolveParams(scenario, {})));
const begin = (): Search => searchProgram(program, { memory, symmetry: size !== "full" });
for (let i = 0; i < Number(rehearsals); i++) await finish(begin());
await measureSearch(begin());
