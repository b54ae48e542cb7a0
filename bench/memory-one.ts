import { resolveParams } from "../src/model/scenario.ts";
import { searchUnder } from "../src/search/under.ts";
import { resetDeadLocals } from "../src/compile/liveness.ts";
import { buildMachine } from "../src/semantics/machine.ts";
import { MEMORY_MODELS } from "../src/model/memory.ts";
import { locklessMap } from "./lockless-map.ts";
import { measureSearch } from "./one-search.ts";

/**
 * One search under a memory model as a process of its own, which bench/run.ts measures. Its arguments: the number of
 * mappers and the memory model; then `full` for no use of symmetry.
 */
const [mappers = "2", model = "lkmm", ...flags] = process.argv.slice(2);
const memory = MEMORY_MODELS.find((one) => one === model);
if (!memory) throw new Error(`${model} is no memory model`);
const scenario = locklessMap(Number(mappers));
const machine = resetDeadLocals(buildMachine(scenario, resolveParams(scenario, {})));
await measureSearch(searchUnder(machine, { memory, symmetry: !flags.includes("full") }));
