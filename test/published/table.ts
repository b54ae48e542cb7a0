import type { Scenario } from "faultline";
import type { ParamValues } from "../../src/model/params.ts";
import { alternatingBit } from "./alternating-bit.ts";
import { barrier } from "./barrier.ts";
import { transactionCommit, twoPhaseCommit } from "./commit.ts";
import { counters } from "./counters.ts";
import { faultVersusTruncate } from "../../bench/fault-versus-truncate.ts";
import { IRIW, LB, MP, R, S, SB, TwoPlusTwoW, WRC } from "./litmus.ts";
import { filterLock, lock, peterson, petersonSpin } from "./locks.ts";
import { philosophers } from "./philosophers.ts";
import { prisoners } from "./prisoners.ts";
import { coffeeCan, hanoi } from "./puzzles.ts";
import { asynchInterface, hourClock } from "./specifying-systems.ts";
import { simple, simpleRegular } from "./teaching-concurrency.ts";
import { tokenRing } from "./token-ring.ts";

/** What others count in a model, in their terms; a figure that a source does not give is left out. */
export interface Row {
  readonly name: string;
  readonly source: string;
  readonly scenario: Scenario;
  readonly set?: ParamValues;
  readonly distinct: number;
  /** Initial states and successors, counted with repetition. */
  readonly generated?: number;
  /** Successors alone. */
  readonly transitions?: number;
  /** States, not steps, along the longest of the shortest runs. */
  readonly depth?: number;
  readonly done?: number;
  readonly stuck?: number;
  /** In the published text a run that is done goes round in a loop, which counts as a successor. */
  readonly stutters?: true;
  /** Too big for the naive explorer to be run with every test. */
  readonly big?: true;
}

const TLA = "tlaplus/Examples, specifications";

const tla: readonly Row[] = [
  {
    name: "HourClock",
    source: `${TLA}/SpecifyingSystems/HourClock/HourClock.cfg`,
    scenario: hourClock,
    distinct: 12,
    generated: 24,
    depth: 1,
  },
  {
    name: "AsynchInterface, 3 values",
    source: `${TLA}/SpecifyingSystems/AsynchronousInterface/AsynchInterface.cfg`,
    scenario: asynchInterface,
    distinct: 12,
    generated: 30,
    depth: 2,
  },
  {
    name: "Lock, 2 processes",
    source: `${TLA}/locks_auxiliary_vars/Lock.cfg`,
    scenario: lock,
    distinct: 12,
    generated: 21,
    depth: 5,
  },
  {
    name: "Peterson, 2 processes",
    source: `${TLA}/locks_auxiliary_vars/Peterson.cfg`,
    scenario: peterson,
    distinct: 42,
    generated: 77,
    depth: 11,
  },
  {
    name: "Prisoner, 3 prisoners, light off at first",
    source: `${TLA}/Prisoners_Single_Switch/Prisoner.cfg`,
    scenario: prisoners(3),
    distinct: 16,
    generated: 49,
    depth: 5,
  },
  {
    // The depth given there is 11, which TLC with several workers may overstate: breadth first it is 10.
    name: "Prisoner, 3 prisoners, light unknown",
    source: `${TLA}/Prisoners_Single_Switch/PrisonerLightUnknown.cfg`,
    scenario: prisoners(3),
    set: { lightUnknown: true },
    distinct: 62,
    generated: 188,
  },
  {
    name: "TCommit, 3 managers",
    source: `${TLA}/transaction_commit/TCommit.cfg`,
    scenario: transactionCommit(3),
    distinct: 34,
    generated: 94,
    depth: 7,
  },
  {
    name: "TwoPhase, 3 managers",
    source: `${TLA}/transaction_commit/TwoPhase.cfg`,
    scenario: twoPhaseCommit(3),
    distinct: 288,
    generated: 1146,
    depth: 11,
  },
  {
    name: "Barrier, 6 processes",
    source: `${TLA}/barriers/Barrier.cfg`,
    scenario: barrier(6),
    distinct: 64,
    generated: 194,
    depth: 7,
  },
  {
    name: "Simple, 5 processes",
    source: `${TLA}/TeachingConcurrency/Simple.cfg`,
    scenario: simple(5),
    distinct: 723,
    generated: 1842,
    depth: 11,
    stutters: true,
  },
  {
    name: "SimpleRegular, 8 processes",
    source: `${TLA}/TeachingConcurrency/SimpleRegular.cfg`,
    scenario: simpleRegular(8),
    distinct: 277_726,
    generated: 1_454_776,
    depth: 25,
    stutters: true,
    big: true,
  },
  {
    name: "CoffeeCan, 100 beans",
    source: `${TLA}/CoffeeCan/CoffeeCan100Beans.cfg`,
    scenario: coffeeCan(100),
    distinct: 5150,
    generated: 20_002,
    depth: 1,
  },
  {
    name: "EWD426 token ring, 6 nodes, 6 values",
    source: `${TLA}/ewd426/TokenRing.cfg`,
    scenario: tokenRing(6, 6),
    distinct: 46_656,
    generated: 248_832,
    depth: 1,
  },
];

const others: readonly Row[] = [
  {
    name: "TwoPhase, 5 managers",
    source: "Stateright, examples/2pc.rs",
    scenario: twoPhaseCommit(5),
    distinct: 8832,
  },
  {
    // Its depth is not comparable, as Spin goes depth first; its transitions include one to the initial state.
    name: "peterson.pml",
    source: "Spin, Examples/peterson.pml without partial order reduction",
    scenario: petersonSpin,
    distinct: 55,
    generated: 99,
  },
  {
    name: "alternating bit protocol, 2 data values",
    source: "LTSmin, testsuite/check-LTS/test1.exp on mCRL2's abp",
    scenario: alternatingBit,
    distinct: 74,
    transitions: 92,
    depth: 20,
  },
  {
    name: "Philosophers-5",
    source: "LTSmin, testsuite/check-PNML/test1.exp",
    scenario: philosophers(5),
    distinct: 3 ** 5,
    transitions: 945,
    stuck: 2,
  },
  {
    name: "Philosophers-10",
    source: "3^n states, 7/9 n 3^n transitions",
    scenario: philosophers(10),
    distinct: 3 ** 10,
    transitions: 459_270,
    stuck: 2,
    big: true,
  },
  {
    name: "peterson.1, 3 processes",
    source: "BEEM",
    scenario: filterLock(3),
    distinct: 12_498,
    transitions: 33_369,
  },
  ...[3, 5, 8].map((discs) => ({
    name: `hanoi, ${discs} discs`,
    source:
      "BEEM hanoi.1 for 8; 3^n states, all but the 3 with one tower with three moves; 2^n - 1 moves from tower to tower",
    scenario: hanoi(discs),
    distinct: 3 ** discs,
    transitions: 3 ** (discs + 1) - 3,
    depth: 2 ** discs,
  })),
  {
    name: "fault versus truncate, 2 faulters, 1 page",
    source: "its Promela twin in Spin 6.5.2, -DNOREDUCE",
    scenario: faultVersusTruncate(2, 1),
    distinct: 6372,
    transitions: 17_188,
    done: 1,
    stuck: 0,
  },
  {
    name: "fault versus truncate, 3 faulters, 1 page",
    source: "its Promela twin in Spin 6.5.2, -DNOREDUCE",
    scenario: faultVersusTruncate(3, 1),
    distinct: 120_342,
    transitions: 435_758,
    done: 1,
    stuck: 0,
  },
];

const closedForms: readonly Row[] = [
  [2, 3],
  [3, 4],
  [4, 5],
  [2, 9],
  [6, 2],
].map(([n = 0, k = 0]) => ({
  name: `${n} counters of ${k} steps`,
  source: "(k + 1)^n states, n k (k + 1)^(n - 1) transitions",
  scenario: counters(n, k),
  distinct: (k + 1) ** n,
  transitions: n * k * (k + 1) ** (n - 1),
  depth: n * k + 1,
  done: 1,
}));

/** Under sequential consistency. GenMC counts the outcomes, done states here; the states were counted by hand. */
const litmusTests: readonly Row[] = [
  ...[SB, MP, LB, S, R, TwoPlusTwoW].map((scenario) => ({ scenario, distinct: 13, done: 3 })),
  { scenario: IRIW, distinct: 97, done: 15 },
  { scenario: WRC, distinct: 36, done: 7 },
].map((row) => ({ name: row.scenario.name, source: "GenMC's tests, expected.sc", ...row }));

export const rows: readonly Row[] = [...tla, ...others, ...closedForms, ...litmusTests];
