import type { MemoryModel } from "../model/memory.ts";
import type { Machine } from "../machine/machine.ts";
import type { Program } from "../machine/program.ts";
import { lkmmMachine } from "./lkmm/machine.ts";
import { scMachine } from "./sc/machine.ts";
import { tsoMachine } from "./tso/machine.ts";

/** By memory model: the machine that a program runs on. Throws a ModelError that names the step which it has no meaning for. */
export const MACHINES: { readonly [M in MemoryModel]: (program: Program) => Machine } = {
  sc: scMachine as (program: Program) => Machine,
  tso: tsoMachine as (program: Program) => Machine,
  lkmm: lkmmMachine as (program: Program) => Machine,
};
