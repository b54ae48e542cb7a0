import { specTreeOf } from "../analysis/decision-tree.ts";
import { clashesIn, firstOf, pairsAt, refused, type PlainUpdates } from "../analysis/plain-updates.ts";
import { compile, decode, encode, type Compiled } from "../compile/compiled.ts";
import { copyOf, forEachStep, Moved, takeFirst, throwIn, type End } from "../compile/steps-from.ts";
import { valueAt } from "../compile/pack.ts";
import { judge } from "../machine/judge.ts";
import { stepsFrom, type Machine } from "../machine/machine.ts";
import { initialStates, type Program } from "../machine/program.ts";
import type { Move } from "../machine/schedule.ts";
import { DONE, type State } from "../machine/state.ts";
import { StateSet } from "../memory/state-set.ts";
import type { Cell } from "../model/access.ts";
import type { BuiltIn, Spec } from "../model/spec.ts";
import { hasEnded } from "./ends.ts";
import { lazySpec, type AskSpec } from "./lazy-spec.ts";

/** One way to go on from a state. */
export interface Pace<S> {
  readonly thread: number;
  /** The control point that it is taken at; nothing if it is no step of a path. */
  readonly point: number | undefined;
  /** As that of the machine's step. */
  key(): string;
  /** Where it leads, which may be made each time that it is asked for; nothing where a check fails, or where that is not looked at. */
  readonly to: S | undefined;
  readonly fails: BuiltIn | undefined;
  /** Its store alone violates the spec, or meets it: then the state it leads to need not show it. */
  meets(spec: Spec): boolean;
}

/** A machine for whoever follows single runs, one state after the other. */
export interface Walker<S = unknown> {
  readonly machine: Machine;
  readonly initial: readonly S[];
  /** What of a state is not allowed to a model at all ends in a ModelError. */
  paces(state: S): readonly Pace<S>[];
  /**
   * Lets a thread go on alone, by its first pace each time, until that leads nowhere or `visit` says so. The states that
   * `visit` is told of are there only as long as it looks at them.
   */
  goAlone(state: S, thread: number, visit: (state: S) => boolean): void;
  /** Of a state that no step leads out of: the run is over, and not stuck. */
  hasEnded(state: S): boolean;
  /** Some thread can go on, but only as long as stores are not visible, which they become in the end. */
  getsStuck(state: S): boolean;
  /** Whether a spec is violated in a state, or met if it is a `sometimes` spec; or the fields that keep it from being judged. */
  ask(spec: Spec, state: S): boolean | readonly string[];
  reader(cell: Cell): Reader<S>;
  /** A set of states, still empty. */
  set(): Seen<S>;
}

/** Reads a field of any state. */
export interface Reader<S> {
  /** What it holds, as a position among its values. */
  position(state: S): number;
}

export interface Seen<S> {
  readonly size: number;
  /** False if it is there already. */
  add(state: S): boolean;
}

/** Over the steps of the machine as they are written. */
export function machineWalker<S>(machine: Machine<S>, updates?: PlainUpdates): Walker<S> {
  const { program } = machine;
  const paces = (state: S): readonly Pace<S>[] => {
    if (updates) refuse(program, updates, state as State);
    return stepsFrom(machine, state).map((step) => ({
      thread: step.thread,
      point: step.point,
      key: () => step.key,
      to: step.outgrows === undefined ? step.to : undefined,
      fails: step.failed?.check,
      meets: (spec) => step.meets(spec),
    }));
  };
  return {
    machine: machine as Machine,
    initial: machine.initial,
    paces,
    goAlone: (state, thread, visit) => {
      const next = (from: S): S | undefined => paces(from).find((pace) => pace.thread === thread)?.to;
      for (let at = next(state); at !== undefined && visit(at);) at = next(at);
    },
    hasEnded: (state) => machine.isDone(state),
    getsStuck: (state) => {
      const later = machine.eventually?.(state);
      return later !== undefined && stepsFrom(machine, later).length === 0 && !machine.isDone(later);
    },
    ask: (spec, state) =>
      spec.kind === "atEnd"
        ? !judge(program, spec, (cell) => machine.read(state, cell)).holds
        : machine.ask(spec, state),
    reader: (cell) => ({ position: (state) => cell.values.indexOf(machine.read(state, cell)) }),
    set: () => {
      const keys = new Set<string>();
      return {
        get size() {
          return keys.size;
        },
        add: (state) => {
          const before = keys.size;
          return keys.add(machine.key(state)).size > before;
        },
      };
    },
  };
}

function refuse(program: Program, updates: PlainUpdates, state: State): void {
  const clash = firstOf(clashesIn(program, updates, state));
  if (clash) throw refused(program, clash);
}

/** Over packed states and the decision trees of the steps. No threads are taken for one another. */
export function packedWalker(machine: Machine, running: Program, updates?: PlainUpdates): Walker<Int32Array> {
  const compiled = compile(running, false);
  const { packing, ends, program } = compiled;
  const asks = new Map(program.scenario.specs.map((spec) => [spec.name, askIn(compiled, spec)]));
  const pointIn = (words: Int32Array, thread: number): number => valueAt(words, 0, packing.points[thread]!) + DONE;
  const check = (words: Int32Array): void => {
    if (updates && pairsAt(updates, (thread) => pointIn(words, thread)).length > 0)
      refuse(program, updates, decode(compiled, words));
  };
  return {
    machine,
    initial: initialStates(program).map((state) => encode(compiled, state)),
    paces: (words) => {
      check(words);
      const paces: Pace<Int32Array>[] = [];
      forEachStep(compiled, words, (move, end) => {
        if ("throws" in end) throwIn(compiled, [words]);
        const pace = new PackedPace(move, pointIn(words, move.thread), end);
        // Not by push(), which asks what it changes while a model of the user is loaded.
        paces[paces.length] = pace;
      });
      return paces;
    },
    goAlone: (words, thread, visit) => {
      const at = copyOf(words);
      do check(at);
      while (takeFirst(compiled, at, thread) && visit(at));
    },
    hasEnded: (words) => hasEnded(ends, words, 0),
    getsStuck: () => false,
    ask: ({ name }, words) => asks.get(name)!(words, 0),
    reader: (cell) => {
      const [positions, field] = [packing.positionsOf(cell), packing.cells.get(cell)!];
      return { position: (words) => positions[valueAt(words, 0, field)]! };
    },
    set: () => {
      const states = new StateSet();
      return {
        get size() {
          return states.size;
        },
        add: (words) => {
          const before = states.size;
          return states.add(words) === before;
        },
      };
    },
  };
}

/** By its tree, if it can be taken apart. */
function askIn(compiled: Compiled, spec: Spec): AskSpec {
  const { program, packing } = compiled;
  const tree = specTreeOf(program, spec, packing.positionsOf);
  const lazy = lazySpec(compiled, spec);
  if (!tree) return lazy;
  return (words, at) => {
    let node = tree;
    while (node.kind === "branch") {
      const { cell } = node;
      node = node.arms[packing.positionsOf(cell)[valueAt(words, at, packing.cells.get(cell)!)]!]!;
    }
    // Where the spec throws, asking it says what is wrong with it.
    return node.kind === "hit" || (node.kind === "broken" && lazy(words, at));
  };
}

class PackedPace implements Pace<Int32Array> {
  readonly thread: number;
  readonly point: number;
  private readonly picks: readonly number[];
  private readonly end: End;

  constructor({ thread, picks }: Move, point: number, end: End) {
    this.thread = thread;
    this.picks = picks;
    this.point = point;
    this.end = end;
  }

  get to(): Int32Array | undefined {
    return this.end instanceof Moved ? this.end.to : undefined;
  }

  get fails(): BuiltIn | undefined {
    return "fails" in this.end ? this.end.fails : undefined;
  }

  key(): string {
    return this.picks.length === 0 ? `${this.thread} ` : `${this.thread} ${this.picks.join()}`;
  }

  meets(): boolean {
    return false;
  }
}
