import type { Machine } from "../../machine/machine.ts";
import type { Program } from "../../machine/program.ts";
import type { State } from "../../machine/state.ts";
import { ordinaryMachine } from "../sc/machine.ts";
import { accountTso, storeOf } from "./account.ts";
import { tsoProgram, type TsoProgram } from "./program.ts";
import { stepsOfTso } from "./tell.ts";
import { unseenTso } from "./unseen.ts";

export interface TsoMachine extends Machine<State> {
  readonly running: TsoProgram;
}

/** An x86: what its hardware does is told as steps of the CPUs. Throws a ModelError if the program does not run on it. */
export const tsoMachine = (program: Program): TsoMachine => machineOf(tsoProgram(program));

const machineOf = (running: TsoProgram): TsoMachine => ({
  ...ordinaryMachine({
    memory: "tso",
    program: running.base,
    running,
    account: (effect, before) => accountTso(running, effect, before),
    steps: (trail) => stepsOfTso(running, trail),
    writes: (effect) => new Map([...effect.writes, ...(storeOf(running, effect) ?? [])]),
    unseen: (state) => unseenTso(running, state),
  }),
  running,
});
