import { resolveParams } from "../src/model/scenario.ts";
import { searchUnder } from "../src/search/under.ts";
import { resetDeadLocals } from "../src/compile/liveness.ts";
import { buildMachine } from "../src/semantics/machine.ts";
import { MEMORY_MODELS } from "../src/model/memory.ts";
import { locklessMap } from "./lockless-map.ts";

/**
 * One search under a memory model as a process of its own, which bench/run.ts measures. Its arguments: the number of
 * mappers and the memory model; then `full` for no use of symmetry. Prints what it counted and what it took, as JSON:
 * `searchCpu` is without node's start and the building of the machine.
 */
const [mappers = "2", model = "lkmm", ...flags] = process.argv.slice(2);
const memory = MEMORY_MODELS.find((one) => one === model);
if (!memory) throw new Error(`${model} is no memory model`);
const scenario = locklessMap(Number(mappers));
const machine = resetDeadLocals(buildMachine(scenario, resolveParams(scenario, {})));
const begin = process.cpuUsage();
const search = searchUnder(machine, { memory, symmetry: !flags.includes("full") });
let slice = await search.next();
while (slice.done !== true) slice = await search.next();
const { user, system } = process.cpuUsage(begin);
const { states, transitions, depth, done, stuck, found } = slice.value;
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
console.log(
  JSON.stringify({
    states,
    transitions,
    depth,
    done,
    stuck,
    found: [...found.keys()],
    searchCpu: (user + system) / 1e6,
    cpu: (userCPUTime + systemCPUTime) / 1e6,
    memory: 1024 * maxRSS,
  }),
);
