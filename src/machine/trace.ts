import type { Value } from "../model/domain.ts";
import type { Fence, Order, Rcu } from "../model/order.ts";
import type { Schedule } from "./schedule.ts";

/** shared: every CPU sees it; local: of one thread; ghost: for specs only. */
export type Scope = "shared" | "local" | "ghost";

export interface FieldValue {
  readonly field: string;
  readonly scope: Scope;
  readonly value: Value;
}

export interface InitialValue extends FieldValue {
  /** A spin lock. */
  readonly isLock?: true;
}

/** What a step read, as far as the state that it was taken in can say. */
export interface Seen extends FieldValue {
  /** A store to the field that was made already and that this CPU does not see yet. */
  readonly unseen?: { readonly thread: Author; readonly value: Value };
}

/** Whose store it is; a state does not always remember which CPU's. */
export type Author = number | "another CPU";

export interface Read extends Seen {
  /** The step, counted from 0, that last wrote the field; absent if it still had its initial value. */
  readonly writtenBy?: number;
  /** The same with the step that made it. */
  readonly unseen?: { readonly thread: number; readonly step: number; readonly value: Value };
}

export interface Change<A extends Author = number> {
  readonly field: string;
  /** The word of memory that the field shares with others. */
  readonly word?: string;
  readonly scope: Scope;
  readonly from: Value;
  readonly to: Value;
  /** It waits in the CPU's store buffer; a later step makes it visible. */
  readonly isBuffered?: true;
  /** Another store that was made before takes effect after it: this CPU's. */
  readonly overtakenBy?: A;
}

/** One run through the model, step by step, replayed and with what each step saw and did. */
export interface Trace {
  readonly schedule: Schedule;
  /** Under lkmm: nothing is out of order, so that sequential consistency has the run, too. */
  readonly sequential?: true;
  /** Every field that is not a local, before the first step. */
  readonly initial: readonly InitialValue[];
  /** Every local, before the first step. */
  readonly locals?: readonly FieldValue[];
  readonly steps: readonly TraceStep[];
  /** By thread: the step that it has come to when the run is over; null if it is done. */
  readonly positions?: readonly (Position | null)[];
  /** How often the run goes on on another CPU. */
  readonly switches: number;
  /** Absent for a run that was asked for, where the search found another one. */
  readonly minimal?: Minimal;
  /** The steps, counted from 0 and ascending, that have a part in how the run ends: docs/result.md says when one has. */
  readonly slice: readonly number[];
  readonly ending: Ending;
  /** Under lkmm: the same run as a program that herd7 can be asked about. */
  readonly litmus?: LitmusProgram;
  /** Under lkmm: orders that would have forbidden a violating run, none of which can be left out; empty if none would. */
  readonly forbidding?: readonly Ordered[];
  /** Why a spec is violated; absent for the run that reaches a `sometimes` spec. */
  readonly why?: Why;
}

/** A step that a thread has come to. */
export type Position = Pick<Account, "calls" | "path" | "label">;

/** Two steps of one CPU, counted from 0, with smp_mb() between them. */
export interface Ordered {
  readonly before: number;
  readonly after: number;
}

/** What no other run to the same ending has less of; under lkmm, of switches no other schedule of the same execution. */
export interface Minimal {
  /** What is least among all such runs; of the other there is none less among the runs that have no more of the first. */
  readonly first: "steps" | "switches";
  /** A shorter run was explored, and passed over, as something is out of order in it and nothing in this one. */
  readonly inOrder?: true;
  /** Why the other may not be least, as a clause; absent when both are exact. */
  readonly cut?: string;
}

/** What a reviewer asks first. Steps are those of the counterexample, counted from 0. */
export interface Why {
  /** Accesses of two CPUs to one field that decided it: the decisive pair first, then in the order of `second`. */
  readonly conflicts: readonly Conflict[];
  readonly nearMiss?: NearMiss;
  /** From this initial state, no run that ends is without this violation; then there is no near miss. */
  readonly isInevitable?: true;
  /** What becomes of runs that are without it then: some get stuck, where these threads wait, and some never end. */
  readonly otherwise?: { readonly stuck?: readonly Place[]; readonly isEndless?: true };
}

/**
 * Two steps of different CPUs that use a field which one of them changes. The other way round, the first would have
 * gone another way.
 */
export interface Conflict {
  readonly field: string;
  readonly first: number;
  readonly second: number;
  /** The next step with which the first one's CPU changed something that matters: the second one came in between. */
  readonly closes?: number;
  /** Exchanging these two is what makes the near miss. */
  readonly decisive: boolean;
}

/**
 * The closest run that is without this violation: the same up to a step, as late as possible. After that step of the
 * counterexample, no run that ends is.
 */
export interface NearMiss {
  readonly schedule: Schedule;
  /** The first step that differs, counted from 0. */
  readonly differs: number;
  /** The last step of the near miss, counted from 0, that had to come before the counterexample's step `differs`. */
  readonly earlier: number;
  /** The same step in the counterexample, which takes it later; absent if it does not take it. */
  readonly late?: number;
  /** All of it, replayed. */
  readonly steps: readonly TraceStep[];
}

/** Whose step it is, and where it stands. */
export interface Place {
  readonly thread: number;
  /** The labels of the calls that led here, outermost first. */
  readonly calls: readonly string[];
  /** The path the step belongs to: the innermost one called. */
  readonly path: string;
  readonly label: string;
}

/** What a step did, as far as the state that it was taken in can say. */
export interface Account extends Place {
  readonly order: Order;
  /** Why it may touch several shared fields at once. */
  readonly atomic?: string;
  /** In the order they were read. */
  readonly reads: readonly Seen[];
  /** Only what differs afterwards. */
  readonly changes: readonly Change<Author>[];
}

/** A step of a run, told with the steps before it. */
export interface TraceStep extends Account {
  /** The step, counted from 0, whose store becomes visible here: this is the hardware's step, not one of the path. */
  readonly visible?: number;
  readonly reads: readonly Read[];
  readonly changes: readonly Change[];
}

export interface Ending {
  /** What the spec said of the last state, or how the last step failed. */
  readonly reason: string;
  /** What the spec read to say so. */
  readonly reads: readonly Read[];
  /**
   * Each thread that waits, when the run is stuck, or over with threads that may wait; when some thread can no longer
   * finish, these threads, and then the others that go on for ever; when the run has a loop, each thread that takes no
   * step in it and is not done.
   */
  readonly blocked: readonly Blocked[];
  /** Of a leadsTo spec: after so many steps, what has to follow was waited for, and never came since. */
  readonly since?: number;
}

export interface Blocked extends Place {
  /** The shared fields it read before it decided to wait, or reads again and again in its loop, and who wrote them last. */
  readonly waitsFor: readonly Read[];
  /**
   * How the thread will spend its time; absent if it waits. is idle: it waits, and may do so for ever; will wait: it can
   * still take steps, but comes to wait here; loops: it takes these steps again and again; goes on: so does it, and can finish,
   * or need not; is passed over: it could step again and again, and others always do.
   */
  readonly how?: "is idle" | "will wait" | "loops" | "goes on" | "is passed over";
  /** All labels, where it is more than one step. */
  readonly steps?: readonly string[];
  /** Where these steps stand: a loop may lead through calls. */
  readonly places?: readonly Position[];
}

/** A run under lkmm as a straight program for each CPU: what it did to memory, and nothing else. */
export interface LitmusProgram {
  /** Every word, and the number that stands for its content at first and, if it was stored to, in the end. */
  readonly words: readonly { readonly name: string; readonly first: number; readonly last?: number }[];
  readonly locks: readonly string[];
  /** By CPU; then one for each page-table walk, which no program orders. What flushes order is left out. */
  readonly threads: readonly (readonly LitmusAccess[])[];
  readonly cpus: number;
}

export type LitmusAccess = Act & {
  readonly label: string;
  readonly word?: string;
  /** What it read and what it stored, as the number of the word's content. */
  readonly read?: number;
  readonly stored?: number;
  /** Loads of the same CPU, as positions in its list, on which its address, the stored value, or the store itself, depends. */
  readonly address: readonly number[];
  readonly data: readonly number[];
  readonly control: readonly number[];
};

type Act =
  | { readonly kind: "read" | "write" | "rmw" | "lock" | "unlock"; readonly order: Order }
  | { readonly kind: "fence"; readonly order: Fence | Rcu };
