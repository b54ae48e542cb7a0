import type { Machine } from "../machine.ts";
import { tsoMachine } from "./tso.ts";

export const MEMORY_MODELS = ["sc", "tso"] as const;

/** sc: sequential consistency; tso: an x86, with a store buffer for each CPU. */
export type MemoryModel = (typeof MEMORY_MODELS)[number];

/** The machine that the threads of a scenario run on. */
export const machineUnder = (machine: Machine, memory: MemoryModel): Machine =>
  memory === "tso" ? tsoMachine(machine) : machine;
