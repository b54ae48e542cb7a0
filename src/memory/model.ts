import type { MemoryModel } from "../model/memory.ts";
import type { Machine } from "../machine/program.ts";
import { tsoMachine } from "./tso/machine.ts";

/** The machine that the threads of a scenario run on, if its state is that of an ordinary one: LKMM has its own. */
export const machineUnder = (machine: Machine, memory: Exclude<MemoryModel, "lkmm">): Machine =>
  memory === "tso" ? tsoMachine(machine) : machine;
