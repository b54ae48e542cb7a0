import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import type { MemoryModel } from "../model/memory.ts";
import type { Spec } from "../model/spec.ts";
import type { Failure } from "./execute-step.ts";
import type { Exploration, Limits, Overtaken, Progress } from "./exploration.ts";
import type { Point, Program, ProgramThread } from "./program.ts";
import type { ReplayFailure } from "./replay-failure.ts";
import type { Move, Schedule } from "./schedule.ts";
import type { State } from "./state.ts";
import type { Account, FieldValue, LitmusProgram, Ordered, Place, TraceStep } from "./trace.ts";

/**
 * A scenario as a transition system under one memory model. Only the model's own folder, under src/memory, knows what a
 * state is. Whatever explores, explains or draws goes by this.
 */
export interface Machine<S = unknown> {
  readonly memory: MemoryModel;
  /** Every step is seen by all CPUs at once: what other memory models may do besides, this one does not. */
  readonly isSequential: boolean;
  /** The scenario with its calls inlined, each step taken apart as far as the memory model needs it. */
  readonly program: Program;
  /** The same with the threads of the hardware, where it has some: these are the threads that moves and steps number. */
  readonly running: Program;
  readonly initial: readonly S[];
  /** Equal for equal states alone. */
  key(state: S): string;
  /** All threads are done, or rest where they may, and what they stored is in memory. */
  isDone(state: S): boolean;
  /** Where a thread is, as an index into its control points, or DONE. */
  pointOf(state: S, thread: number): number;
  /**
   * What can happen next, in the order in which it is looked at. `reduced`, the default: as much as a search needs, where
   * a step that concerns its own CPU alone is taken before all others; `all`: whatever a person may choose.
   */
  forEachStep(state: S, visit: (step: Step<S>) => void, which?: "reduced" | "all"): void;
  /** Memory as a spec sees it; where CPUs may disagree, what the last store has left. */
  read(state: S, cell: Cell): Value;
  /** The stores to it have an order of their own, so that what a step finds there is not what `read` says. */
  isOrdered(cell: Cell): boolean;
  /** What CPUs do not agree about in a state. */
  unseen(state: S): readonly Unseen[];
  /**
   * The state in which every CPU has seen every store, where some thread waits then that could have gone on by what was
   * there before. Stores become visible in the end: who can go on only as long as they are not is not sure to.
   */
  eventually?(state: S): S | undefined;
  /**
   * Asks an `always` or `sometimes` spec of a state: whether it is violated, or met if it is a `sometimes` spec; or the
   * fields that it reads and CPUs may disagree about: then there is no answer.
   */
  ask(spec: Spec, state: S): boolean | readonly string[];
  /** Takes a run, as far as its schedule applies. Picks may lack zeros at their end. */
  run(schedule: Schedule): Run<S> | ReplayFailure;
  /** Takes a run by the keys of its steps. Throws an InternalError if there is no such step. */
  along(initial: number, keys: readonly string[]): Run<S>;
  /** No run that its steps make is forbidden by an axiom. */
  readonly allowsAll: boolean;
  /**
   * Loads that the memory model lets later stores overtake, in runs that are not explored; with the ways of all steps that
   * are ever taken, only those that can matter.
   */
  overtaken?(ways?: ReadonlySet<unknown>): readonly Overtaken[];
  /** Searches its states, where it knows to do that faster than whoever asks for its steps. Yields progress. */
  search?(limits: Limits): Generator<Progress, Exploration>;
  /** Where axioms have the last word: everything that its final states can hold in these fields. */
  ends?(fields: readonly Cell[], maxStates: number): Ends;
  /** Where states can be packed: the program that src/compile takes. */
  readonly packed?: Program;
}

/** Everything that the final states of a program can hold in some fields. */
export interface Ends {
  /** Some execution that the axioms allow ends so. Values are in the order of the fields. */
  readonly allowed: readonly (readonly Value[])[];
  /** Only executions were found that the axioms forbid, and there are too many to try them all. */
  readonly undecided: readonly (readonly Value[])[];
  /** Some allowed execution ends early, in a failed check. */
  readonly fails: boolean;
  /** There are executions in which a load returns what depends on it; they are not explored. */
  readonly mayBufferLoads: boolean;
}

/** A step that can be taken in a state: where it leads, or which check it fails. */
export interface Step<S = unknown> {
  readonly thread: number;
  /** Tells it from the other steps out of the same state. */
  readonly key: string;
  /** Enough to take it again; where a machine's moves name earlier steps of their run, only the run knows these. */
  readonly move: Move;
  /** The control point that it is taken at; nothing if it is no step of a path. */
  readonly point: number | undefined;
  readonly reads: ReadonlyMap<Cell, Value>;
  readonly to: S | undefined;
  readonly failed: Failure | undefined;
  /** Its store alone violates the spec, or meets it, wherever it is put: then the state it leads to need not show it. */
  meets(spec: Spec): boolean;
  /** Why what it leads to is not looked at, as a loop that would never end. */
  readonly outgrows?: string;
  /** Tells the ways through a step of a path apart. */
  readonly way?: unknown;
  account(): Account;
}

/** What CPUs do not agree about in a state. */
export type Unseen =
  | {
      readonly kind: "buffer";
      readonly thread: number;
      /** The stores that wait, the oldest first; one of no fields is an rcu_read_unlock(). */
      readonly stores: readonly (readonly FieldValue[])[];
    }
  | {
      readonly kind: "stores";
      readonly cell: Cell;
      /** What stores have given the field, in coherence order, without repetitions in a row. */
      readonly values: readonly Value[];
      /** By CPU that reads the field again: later values that its next load need not return, nor any of them. */
      readonly unseen: readonly { readonly thread: number; readonly values: readonly Value[] }[];
    };

/** One run, step by step. Steps are counted from 0; the last count is the end of the run. */
export interface Run<S = unknown> {
  readonly machine: Machine<S>;
  /** With all picks of every step. */
  readonly schedule: Schedule;
  /** The state before each step, and behind them the last one: that before the last step, if it fails a check. */
  readonly states: readonly S[];
  readonly taken: readonly Taken[];
  /** Each step as it is told, with what it saw and did. */
  readonly steps: readonly TraceStep[];
  /** The check that the last step fails; then nothing follows. */
  readonly failed: Failure | undefined;
  /** What a token says of the steps. */
  names(): readonly Place[];
  /** What can be done next, by CPU, each branch of a step by itself. */
  options(): readonly Option[];
  /** The steps that wrote a cell, in coherence order; under sc, that is the order of time. */
  coherence(cell: Cell): readonly number[];
  /** The step whose write a step found in a cell or wrote over; -1 for what was there at first. */
  found(step: number, cell: Cell): number;
  again(step: number): Trial;
  /** The axiom by which the memory model does not allow the run; nothing if it does. */
  forbiddenBy(): string | undefined;
  /** The same run as a report tells it: steps that are one operation are one. */
  told(): Run<S>;
  /** What only a run has whose order of time says nothing. */
  readonly outOfTime?: OutOfTime;
}

/** A run that is one of many with the same execution. */
export interface OutOfTime {
  /** Nothing is out of order, so that sequential consistency has the run, too. */
  readonly isSequential: boolean;
  /** That run, where it has the same steps. */
  inTime(): Run<State> | undefined;
  /** Orders that would have forbidden the run, none of which can be left out; empty if none would. */
  forbidding(): readonly Ordered[];
  /** Those that see, overwrite or come too late for what a step did, on other CPUs. */
  communicates(step: number): readonly number[];
  /** It is a load or a store of memory. */
  isAccess(step: number): boolean;
  /** It is a fence, or the barrier behind the operation of its thread that has this number. */
  fence(step: number): "fence" | number | undefined;
  litmus(): LitmusProgram;
}

/** What one step of a run did. */
export interface Taken {
  readonly thread: number;
  /** As `Step.key`. */
  readonly key: string;
  readonly point: Point;
  readonly reads: ReadonlyMap<Cell, Value>;
  readonly writes: ReadonlyMap<Cell, Value>;
  readonly forgotten: ReadonlySet<Cell>;
  /** It fails a check: that it only reads makes it no less a part of the end. */
  readonly fails: boolean;
  /** The step whose store was there when it loaded, and which it did not see. */
  readonly overlooks?: number;
}

/** Enough of a step to take it once more. */
export interface Trial {
  readonly thread: ProgramThread;
  readonly point: number;
  readonly picks: readonly number[];
  /** What it found. */
  readonly base: (cell: Cell) => Value;
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

/** All steps out of a state. */
export function stepsFrom<S>(machine: Machine<S>, state: S, which?: "reduced" | "all"): readonly Step<S>[] {
  const steps: Step<S>[] = [];
  machine.forEachStep(state, (step) => steps.push(step), which);
  return steps;
}

/** The CPU whose step it is: a store buffer is that of its CPU. */
export const cpuOf = ({ running }: Pick<Machine, "running">, thread: number): number =>
  running.threads[thread]!.buffer?.cpu ?? thread;
