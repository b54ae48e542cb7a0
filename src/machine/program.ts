import { List } from "immutable";
import { access, rangeOfCell, withAccess, type Access, type Cell, type Grace, type Holds } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { isBundled } from "../model/bundled.ts";
import { ImpureError, ModelError } from "../model/error.ts";
import { explained, isPromise } from "../model/explained.ts";
import { endRun } from "../model/running.ts";
import type { Layout } from "../model/layout.ts";
import { done, wait, type AnyCall, type AnyStep, type Flow, type Path } from "../model/path.ts";
import { type Scenario, type Thread, whereIn } from "../model/scenario.ts";
import type { ParamValues } from "../model/params.ts";
import { endedBetween } from "./ended.ts";
import { scripts } from "./script.ts";
import { tellApart } from "./left-over.ts";
import { DONE, State, stateKey } from "./state.ts";

/** One activation of a path: its locals, and the frames of the paths it calls. */
export interface Frame {
  readonly path: Path;
  readonly caller?: { readonly frame: Frame; readonly label: string };
  readonly locals: Layout;
  readonly callees: Map<string, Frame>;
}

/** A place where a thread can stand: the step it takes next, in the activation it belongs to. */
export interface Point {
  readonly frame: Frame;
  readonly label: string;
  readonly step: AnyStep;
  /** It is a fence that was put behind a step of the path: where it leads. */
  readonly leadsTo?: number;
  /** The step is only the load of a word that it changes: where its store is made. */
  readonly storeAt?: number;
}

export interface ProgramThread extends Thread {
  readonly root: Frame;
  readonly points: readonly Point[];
  /** By control point: the locals that go back to their initial value there, because nothing will read what they hold. */
  readonly resets?: readonly (readonly Cell[])[];
  /** By control point, then by where its step leads: the fence that comes in between. */
  readonly fences?: ReadonlyMap<number, ReadonlyMap<number, number>>;
  /** What objects wait for, where RCU frees any. */
  readonly grace?: Grace;
  /** How many RCU read-side critical sections it is in, where any thread uses RCU. */
  readonly rcuDepth?: Cell;
  /** Which locks it holds, where locks know their owners. */
  readonly holds?: Holds;
  /** What its steps did in other runs was the same again: nobody compares what they do in this one. */
  readonly isTrusted?: true;
  /** It may wait for ever, wherever that is. */
  readonly isIdle?: true;
  /** The control points at which it may wait for ever. */
  readonly idleAt?: ReadonlySet<number>;
  /** Locals that hold what such a load has found. */
  readonly copies?: readonly Cell[];
  /** By control point: cells that hold none but these values while it is there, whatever they hold at others. */
  readonly holdsAt?: readonly ReadonlyMap<Cell, ReadonlySet<Value>>[];
  /** It is the hardware that empties the store buffer of a CPU; the first slot holds 0 once it is empty. */
  readonly buffer?: { readonly cpu: number; readonly slots: readonly Cell[]; readonly kinds?: StoreKinds };
}

/** What the values of a store buffer's slots stand for. */
export interface StoreKinds {
  /** The stores, one of which it is; of several, another cell says whose word it is to. */
  storesOf(value: Value): readonly ReadonlyMap<Cell, Value>[];
  /** The value that stands for a store; nothing if this CPU never makes it. */
  valueOf(store: ReadonlyMap<Cell, Value>): number | undefined;
}

/** A scenario at fixed parameter values, with every call inlined and every field given its place in the state. */
export interface Program {
  readonly scenario: Scenario;
  readonly params: ParamValues;
  readonly cells: readonly Cell[];
  readonly threads: readonly ProgramThread[];
}

/** What a step returns that has only loaded the word it is about to change. */
export const storesLater: unique symbol = Symbol("stores later");

/** Where a thread is after a step: a control point, or DONE; `wait` if the step is not enabled. */
export type Next = number | typeof wait;

/**
 * Takes one step of a thread under the access in force, into calls and out of them as far as no step is needed. This is
 * what the model says; `goOn` has what the thread adds to it.
 */
export function advance(thread: ProgramThread, pointIndex: number): Next {
  const { frame, label, step, leadsTo, storeAt } = thread.points[pointIndex]!;
  const world = frame.path.world.draft as never;
  const flow = step.run(world, frame.locals.draft as never);
  if (flow === wait) return wait;
  if (leadsTo !== undefined) return leadsTo;
  return storeAt !== undefined && (flow as unknown) === storesLater ? storeAt : follow(thread, frame, label, flow);
}

/** Ends what no longer lives where a step has led, and returns where its thread is then: there, or in front of it at a fence. */
export function goOn(
  thread: ProgramThread,
  pointIndex: number,
  next: number,
  written: ReadonlyMap<Cell, Value>,
): number {
  if (thread.points[pointIndex]!.leadsTo !== undefined) return next;
  if (thread.resets) for (const cell of endedBetween(thread.resets, pointIndex, next, written)) access().forget(cell);
  return thread.fences?.get(pointIndex)?.get(next) ?? next;
}

/** Where a thread begins; runs the arguments of calls that come before the first step. */
export function start(thread: ProgramThread): number {
  const point = settle(thread, thread.root, 0);
  for (const cell of thread.resets?.[point] ?? []) access().forget(cell);
  return point;
}

function follow(thread: ProgramThread, frame: Frame, label: string, flow: Flow): number {
  const { labels } = frame.path;
  if (flow === undefined) return settle(thread, frame, labels.indexOf(label) + 1);
  if (flow === done) return settle(thread, frame, labels.length);
  if (typeof flow === "string") return settle(thread, frame, frame.path.target(flow));
  const what =
    typeof flow === "symbol"
      ? "wait, which the end of a call cannot"
      : isPromise(flow)
        ? "a promise: what comes after an await is no part of the step"
        : flow === null
          ? "null"
          : `${typeof flow === "object" ? "an" : "a"} ${typeof flow}`;
  return endRun(
    new ModelError("a step must return a label, done, wait or nothing", {
      cause: `it returned ${what}`,
      ...(isResult(flow) && {
        remedy:
          "say with then() where a result leads: .then({ false: done }), .then({ null: done }), or .then(() => {})",
      }),
    }),
  );
}

const isResult = (flow: unknown): boolean =>
  typeof flow === "boolean" || (typeof flow === "object" && !isPromise(flow));

/** Goes on from a position in a path that may be a call, or its end, until it finds a step. */
function settle(thread: ProgramThread, frame: Frame, index: number): number {
  const label = frame.path.labels[index];
  if (label === undefined) return leave(thread, frame);
  const callee = frame.callees.get(label);
  if (!callee) return thread.points.findIndex((point) => point.frame === frame && point.label === label);
  const entry = frame.path.entries.get(label) as AnyCall;
  const args: unknown = localsOnly(() => entry.args(frame.locals.draft as never));
  if (typeof args !== "object" || args === null || isPromise(args))
    endRun(
      new ModelError(`the arguments of call '${label}' are no object`, {
        remedy: "let them be { local: value, ... }, with the locals of the path that is called",
      }),
    );
  const locals = callee.locals.draft as Record<string, unknown>;
  for (const [name, value] of Object.entries(args as object)) locals[name] = value;
  return settle(thread, callee, 0);
}

function leave(thread: ProgramThread, frame: Frame): number {
  const { caller } = frame;
  const entry = caller?.frame.path.entries.get(caller.label) as AnyCall | undefined;
  const flow = localsOnly(() => entry?.leave(caller!.frame.locals.draft as never, frame.locals.draft));
  // The locals end with the call, so that states do not differ in values that nothing can read.
  for (const cell of frame.locals.cells) access().forget(cell);
  return caller ? follow(thread, caller.frame, caller.label, flow) : DONE;
}

// Arguments and results travel inside another step, where no other CPU's access may hide.
function localsOnly<T>(body: () => T): T {
  const outer = access();
  const refuse = (cell: Cell): void => {
    if (!cell.isLocal)
      endRun(
        new ModelError(`the arguments or the result of a call used the shared field '${cell.name}'`, {
          remedy: "read it in a step of its own and pass it on in a local",
        }),
      );
  };
  const inner: Access = {
    ...outer,
    read: (cell) => (refuse(cell), outer.read(cell)),
    write: (cell, value) => (refuse(cell), outer.write(cell, value)),
  };
  return withAccess(inner, body);
}

// Setting every field there is once takes fewer.
const MOST_ACCESSES_OF_INIT = 1_000_000;

/** The initial states as they were when they were first asked for. */
const firstStates = new WeakMap<Program, string>();
/** The same as states, where it is known that they are always the same. */
const onlyStates = new WeakMap<Program, readonly State[]>();

/** Every initial state: more than one where `init` branches with `choose`. Throws an ImpureError if they are not always the same. */
export function initialStates(program: Program): readonly State[] {
  const only = onlyStates.get(program);
  if (only) return only;
  const states = runInit(program);
  if (isBundled(program.scenario)) {
    onlyStates.set(program, states);
    return states;
  }
  const key = stateKey(program.cells);
  const keyOf = (some: readonly State[]): string => some.map(key).join("\n");
  const known = firstStates.get(program) ?? keyOf(runInit(program));
  firstStates.set(program, known);
  if (keyOf(states) !== known)
    throw new ImpureError(`init of scenario '${program.scenario.name}' is not pure`, {
      where: whereIn(program.scenario),
      cause: "run again, it makes other initial states: it uses something that is not a field",
      remedy: "set fields from parameters alone; branch with choose()",
    });
  return states;
}

function runInit(program: Program): readonly State[] {
  const what = `init of scenario '${program.scenario.name}'`;
  let accesses = 0;
  const count = (): void => {
    if (++accesses > MOST_ACCESSES_OF_INIT)
      endRun(new ModelError(`${what} does not end`, { cause: `it has used fields ${MOST_ACCESSES_OF_INIT} times` }));
  };
  return scripts(
    (script) => {
      const cells: Value[] = program.cells.map((cell) => cell.values[0]!);
      let turn = 0;
      const inner: Access = {
        read: (cell) => (count(), cells[cell.index]!),
        write: (cell, value) => {
          count();
          if (!cell.values.includes(value))
            endRun(
              new ModelError(`'${cell.name}' was set to ${String(value)}`, {
                remedy: `range: ${rangeOfCell(cell).map(String).join(" to ")}`,
              }),
            );
          cells[cell.index] = value;
        },
        forget: (cell) => {
          cells[cell.index] = cell.values[0]!;
        },
        choose: (options) => script.pick(options, turn++),
        bug: (text) => endRun(new ModelError(`a bugOn fired: ${text}`)),
      };
      const points = explained(
        what,
        () =>
          withAccess(inner, () => {
            if (isPromise(program.scenario.init(program.params)))
              throw new ModelError("init() returned a promise", {
                cause: "what comes after an await runs when the search has long begun",
                remedy: "let it set the fields before it returns",
              });
            return program.threads.map(start);
          }),
        program.scenario.definedAt,
      );
      tellApart(program.scenario.world.layout.slots, program.cells, cells);
      return State({ cells: List(cells), points: List(points) });
    },
    what,
    program.scenario.definedAt,
  );
}
