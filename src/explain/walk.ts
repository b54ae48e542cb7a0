import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import type { MemoryModel } from "../model/memory.ts";
import type { Spec } from "../model/spec.ts";
import type { Judgement } from "../machine/judge.ts";
import type { Schedule, Move } from "../machine/schedule.ts";
import type { Program } from "../machine/program.ts";
import type { LkmmRun } from "../memory/lkmm/execution.ts";
import type { Lkmm } from "../memory/lkmm/machine.ts";
import type { Layout } from "../memory/lkmm/layout.ts";
import { tsoProgram } from "../memory/tso/machine.ts";
import type { Failure } from "../machine/execute-step.ts";
import type { Blockade } from "../machine/replay-failure.ts";
import type { Held } from "./held.ts";
import type { Account, Blocked, Ending, TraceStep } from "../machine/trace.ts";
import { lkmmWalker } from "./lkmm/walk.ts";
import { scWalker, tsoWalker } from "./walk-ordinary.ts";

/** A run as it stands, under whatever memory model: what it did, where it is, and how it can go on. */
export interface Walk {
  /** With all picks of every step. */
  readonly schedule: Schedule;
  readonly steps: readonly TraceStep[];
  /** What a token says of the steps. */
  fingerprint(): string;
  /** The check that the last step fails; then nothing follows. */
  readonly failed: Failure | undefined;
  /** All CPUs are done, and what they stored is in memory. */
  readonly isDone: boolean;
  /** Memory as a spec sees it, at first and now; under lkmm, the last store to each word. */
  readonly first: (cell: Cell) => Value;
  readonly now: (cell: Cell) => Value;
  /** What CPUs do not agree about now. */
  readonly held: readonly Held[];
  /** What can be done next, by CPU, each branch of a step by itself. */
  options(): readonly Option[];
  /** The threads that cannot go on before others do something, or that can only wait for their store buffer. */
  blocked(): readonly Blocked[];
  /** How the run ends in a spec or check, as it ends now; if it does not, why not. */
  endingIn(spec: Spec | string): Ending | string;
  /** What a spec says of memory as it is now. */
  judge(spec: Spec): WalkJudgement;
  /** Under lkmm: the axiom by which the run is not allowed; nothing if it is. */
  forbiddenBy(): string | undefined;
  /** Under lkmm, where a schedule does not say all. */
  readonly lkmm?: { readonly layout: Layout; readonly lkmm: Lkmm; readonly run: LkmmRun };
}

export interface WalkJudgement extends Judgement {
  /** Fields that it reads and CPUs may not agree about: then what it says does not count. */
  readonly disputed: readonly string[];
}

/** Something that can be done next. */
export interface Option {
  readonly move: Move;
  readonly account: Account;
  /** Also where it is the old value. */
  readonly writes: ReadonlyMap<Cell, Value>;
  /** The check that it would fail. */
  readonly fails: string | undefined;
}

/** Takes a run, as far as its schedule applies. Picks may lack zeros at their end. */
export type Walker = (schedule: Schedule) => Walk | Blockade;

/** Throws a ModelError if the machine does not run under the memory model. */
export function walkerUnder(program: Program, memory: MemoryModel): Walker {
  if (memory === "lkmm") return lkmmWalker(program);
  return memory === "tso" ? tsoWalker(tsoProgram(program)) : scWalker(program);
}
