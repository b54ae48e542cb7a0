import { ModelError } from "../model/error.ts";
import type { Schedule } from "./schedule.ts";

/** The three ends of a run, and how a search that did not finish was cut. */
export interface Exploration {
  readonly initial: number;
  /** Distinct states reached, the initial ones included. */
  readonly states: number;
  /** Steps taken, counted with repetition: every way to step from every state. */
  readonly transitions: number;
  /** The most steps that the shortest run to any state needs. */
  readonly depth: number;
  /** States that the search had reached and not looked at yet when it was cut. */
  readonly waiting: number;
  /** States in which every thread is done, or waits where it may wait for ever. */
  readonly done: number;
  /** States in which some thread is not done, nor may wait for ever, and none can step. */
  readonly stuck: number;
  /** A shortest run to each violated spec or check, and to each `sometimes` spec that was reached. */
  readonly found: ReadonlyMap<string, Schedule>;
  /** Specs of kind leadsTo of which no state asks anything. */
  readonly neverBegun?: ReadonlySet<string>;
  /** Built-in checks, and specs of progress, that there is no answer to, although the search was not cut, and what stopped them. */
  readonly unknown?: ReadonlyMap<string, string>;
  /** By spec: the shared fields it reads while CPUs may disagree about them, so that it was not judged. */
  readonly unjudged?: ReadonlyMap<string, readonly string[]>;
  /** Specs and checks that only runs were found for which the memory model does not allow, or too many to try them all. */
  readonly uncertain?: ReadonlySet<string>;
  /** What stopped the search for schedules of the same executions with fewer context switches, where something did. */
  readonly unscheduled?: ReadonlyMap<string, string>;
  /** Those of `found` for which a shorter run was passed over, in which something is out of order. */
  readonly outOfOrder?: ReadonlySet<string>;
  /** Loads that the memory model lets later stores overtake; such runs were not explored. Absent where it has none. */
  readonly unordered?: readonly Overtaken[];
  /** Those of `found` that may have a run of as many steps with fewer context switches; absent if that may be true of all. */
  readonly manyWays?: ReadonlySet<string>;
  /** Those of them whose run has the fewest context switches instead, and among such runs the fewest steps. */
  readonly leastSwitches?: ReadonlySet<string>;
  /** What stopped the search for the others. */
  readonly switchesCut?: string;
  /** How often each step was taken, by thread and control point. */
  readonly taken: readonly (readonly number[])[];
  /** Groups of threads, and slabs of objects, that were not told apart: the counts are those of states up to who is who in them. */
  readonly symmetric: readonly string[];
  /** Slabs whose objects were told apart, as this search tells all apart. */
  readonly apart?: readonly string[];
  /** Why the search ended before it had seen everything. */
  readonly cut?: string;
  /** Random walks in place of a search: then the states are those that they came to, and the transitions their steps. */
  readonly walks?: { readonly made: number; readonly of: number; readonly seed: number };
  /** Those of `found` whose run was found by looking at some runs alone, so that there may be shorter ones. */
  readonly foundBy?: ReadonlyMap<string, FoundBy>;
  /** Steps were taken alone where nothing is lost by it: states, transitions and depth are those of fewer states. */
  readonly reduced?: true;
}

export type FoundBy = "walks" | "narrow searches" | "reduced search";

export interface Limits {
  readonly maxStates?: number;
  /** Asked every now and then: a reason to stop, or nothing. */
  readonly stop?: () => string | undefined;
  /** Treat threads declared symmetric as the same, where the search can; default: true. */
  readonly symmetry?: boolean;
}

export interface Progress {
  readonly states: number;
  /** States that were reached and not looked at yet. */
  readonly waiting: number;
  readonly depth: number;
  /** The search of the same program comes to this on every machine, whatever its threads: here it may be cut for what it has found. */
  readonly isRound?: true;
  /** Of the store: bytes in use, and how full its table is, from 0 to 1. */
  readonly store?: { readonly bytes: number; readonly load: number };
}

/** A load and a later store of one thread, as control points, that no order keeps apart. */
export interface Overtaken {
  readonly thread: number;
  readonly load: number;
  readonly store: number;
}

/** There was not enough room for all of a search. */
export class Unfinished extends ModelError {}

export const wasCut = (by: string): Unfinished =>
  new Unfinished(`not all outcomes were seen: the search was stopped by ${by}`, {
    remedy: "give it more room, or make the program smaller",
  });
