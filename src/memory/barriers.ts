import type { Machine } from "../machine/machine.ts";
import type { Schedule } from "../machine/schedule.ts";
import type { WeakModel } from "../model/memory.ts";
import type { Evidence, Sites, Strengthening } from "./barrier-sites.ts";
import { lkmmEvidence } from "./lkmm/barrier-evidence.ts";
import type { LkmmMachine } from "./lkmm/machine.ts";
import { tsoEvidence } from "./tso/barrier-evidence.ts";
import type { TsoMachine } from "./tso/machine.ts";

/** What barriers can do under a memory model. */
interface Barriers {
  /** Whether making a step so much stronger can make a difference at all. */
  matters(one: Strengthening): boolean;
  /** What a counterexample says of sets of strengthenings; the machine that it was found on may be strengthened itself. */
  evidence(machine: Machine, schedule: Schedule, spec: string, sites: Sites, all: readonly Strengthening[]): Evidence;
}

/** All else costs nothing there: loads and stores are kept in order but for a load behind a store, and RMWs are full barriers. */
const isForX86 = ({ by, access }: Strengthening): boolean => by === "mb" && access !== "RMW";

export const BARRIERS: { readonly [M in WeakModel]: Barriers } = {
  tso: {
    matters: isForX86,
    evidence: (machine, schedule, spec, sites, all) =>
      tsoEvidence((machine as TsoMachine).running, schedule, spec, sites, all),
  },
  lkmm: {
    matters: () => true,
    evidence: (machine, schedule, spec, sites, all) => lkmmEvidence(machine as LkmmMachine, schedule, spec, sites, all),
  },
};
