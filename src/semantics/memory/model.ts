import type { Machine } from "../machine.ts";
import { tsoMachine } from "./tso.ts";

export const MEMORY_MODELS = ["sc", "tso", "lkmm"] as const;

/** sc: sequential consistency; tso: an x86, with a store buffer for each CPU; lkmm: the Linux-kernel memory model. */
export type MemoryModel = (typeof MEMORY_MODELS)[number];

/** The machine that the threads of a scenario run on, if its state is that of an ordinary one: LKMM has its own. */
export const machineUnder = (machine: Machine, memory: Exclude<MemoryModel, "lkmm">): Machine =>
  memory === "tso" ? tsoMachine(machine) : machine;
