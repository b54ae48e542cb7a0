import type { MemoryModel } from "../model/memory.ts";
import type { Program } from "../machine/program.ts";
import { tsoProgram } from "./tso/machine.ts";

/** The machine that the threads of a scenario run on, if its state is that of an ordinary one: LKMM has its own. */
export const machineUnder = (program: Program, memory: Exclude<MemoryModel, "lkmm">): Program =>
  memory === "tso" ? tsoProgram(program) : program;
