import type { Cell } from "../../model/access.ts";
import type { Value } from "../../model/domain.ts";
import { InternalError } from "../../model/error.ts";
import { showValue } from "../../model/layout.ts";
import type { Spec } from "../../model/spec.ts";
import { judge, type Judgement } from "../../machine/judge.ts";
import type { Schedule } from "../../machine/schedule.ts";
import type { Program } from "../../machine/program.ts";
import { reach, type Reach } from "../../analysis/reach.ts";
import { DONE } from "../../machine/state.ts";
import { finishing, shouldFinishIn } from "../../analysis/ways-out.ts";
import type { Account } from "../../machine/trace.ts";
import { stepsFrom, type Machine, type Run, type Step, type Unseen } from "../../machine/machine.ts";

/** What the graph is about: a spec or a built-in check, and the run that ends in it, if there is one. */
export interface Subject {
  readonly spec: Spec | string;
  readonly schedule: Schedule | undefined;
}

/** Part or all of what a scenario can reach. */
export interface StateGraph {
  /** In the order they are drawn in; a breadth-first search's, where it is all of them. */
  readonly nodes: readonly StateNode[];
  readonly edges: readonly StateEdge[];
  /** All reachable states, if they could be counted. */
  readonly states: number | undefined;
  readonly isWhole: boolean;
}

export interface StateNode {
  readonly isInitial: boolean;
  readonly isOnPath: boolean;
  /** Every thread is done, or none can go on. */
  readonly end: "done" | "stuck" | undefined;
  /** The subject is violated here, or met if it is a `sometimes` spec; or it was by the store of a step that leads here. */
  readonly isHit: boolean;
  /** Whether a hit can still be reached from here; unknown where not all states were seen, or there is no subject. */
  readonly canHit: boolean | undefined;
  /** What the subject reads in any of the states, where it is not what it was in the first initial state. */
  readonly matters: readonly (readonly [Cell, Value])[];
  /** What CPUs do not agree about here. */
  readonly held: readonly Unseen[];
  /** Where each thread is, and every shared field as a spec sees it. */
  readonly all: readonly string[];
}

export interface StateEdge {
  readonly from: number;
  /** A node; nothing, if the step ends in a failed check. */
  readonly to: number | undefined;
  readonly account: Account;
  readonly failed: Step["failed"];
  /** The step's store alone violates the subject, or meets it. */
  readonly isHit: boolean;
  readonly isOnPath: boolean;
}

// What the plain explorer keeps with all transitions in a few seconds.
const MOST_FOLLOWED = 20_000;

/**
 * The reachable states; if there are more than `most`, those of the subject's run with the branches off it. Then, too,
 * all states are looked at to tell which branches would have been fine, as long as there are not too many.
 */
export function stateGraphOf<S>(
  program: Program,
  machine: Machine<S>,
  subject: Subject | undefined,
  most: number,
): StateGraph | undefined {
  const key = (state: S): string => machine.key(state);
  const read = (state: S, cell: Cell): Value => machine.read(state, cell);
  const all = reach(machine, machine.initial, Math.max(most, MOST_FOLLOWED));
  const run = subject?.schedule && runOf(machine, subject.schedule);
  const isWhole = all.isComplete && all.states.length <= most;
  const doomed = subject?.spec === "never-finishes" ? doomedIn(program, machine, all) : new Set<string>();
  if (!isWhole && !run) return undefined;
  const drawn = isWhole ? all.states : around(machine, run!);
  const numbers = new Map(drawn.map((state, i) => [key(state), i]));
  const starts = new Set(machine.initial.map(key));
  // A step that fails a check leads nowhere.
  const path = new Map<string, string | undefined>(
    (run?.failed ? run.states.slice(0, -1) : run?.states)?.map((state, i) => [key(state), run!.taken[i]?.key]),
  );
  if ([...path.keys()].some((name) => !numbers.has(name))) throw new InternalError("a run leads out of its graph");
  const hits = subject && hitting(program, machine, subject.spec, all, doomed);
  const [first] = machine.initial as [S];
  const fields = subject ? readIn(program, machine, subject.spec, drawn) : [];
  const edges = drawn.flatMap((state, from) => {
    const name = key(state);
    // Off the path, the branches of branches would be the whole graph again.
    if (!isWhole && !path.has(name)) return [];
    return stepsFrom(machine, state).map((step): StateEdge => {
      const to = step.to && numbers.get(key(step.to));
      return {
        from,
        to,
        account: step.account(),
        failed: step.failed,
        isHit: isHitBy(step, subject?.spec),
        isOnPath: path.get(name) === step.key,
      };
    });
  });
  const hit = new Set(edges.flatMap(({ isHit, to }) => (isHit && to !== undefined ? [to] : [])));
  return {
    nodes: drawn.map((state, i): StateNode => {
      const name = key(state);
      const number = all.numberOf(state);
      const held = machine.unseen(state);
      const isHeld = (cell: Cell): boolean => held.some((one) => one.kind === "stores" && one.cell === cell);
      return {
        isInitial: starts.has(name),
        isOnPath: path.has(name),
        end: endOf(machine, state),
        isHit: hit.has(i) || (subject !== undefined && isHit(program, machine, subject.spec, state, doomed)),
        canHit: number === undefined ? undefined : hits?.[number],
        matters: fields
          .map((cell) => [cell, read(state, cell)] as const)
          .filter(([cell, value]) => value !== read(first, cell) && !isHeld(cell)),
        held,
        all: everything(program, machine, state),
      };
    }),
    edges,
    states: all.isComplete ? all.states.length : undefined,
    isWhole,
  };
}

function runOf<S>(machine: Machine<S>, schedule: Schedule): Run<S> {
  const run = machine.run(schedule);
  if ("obstacle" in run) throw new InternalError(`a run cannot be drawn: ${run.obstacle}`);
  return run;
}

/** The states of a run, then those one step off it. */
function around<S>(machine: Machine<S>, { states }: Run<S>): readonly S[] {
  const found = new Map(states.map((state) => [machine.key(state), state]));
  for (const state of states)
    for (const { to } of stepsFrom(machine, state))
      if (to !== undefined && !found.has(machine.key(to))) found.set(machine.key(to), to);
  return [...found.values()];
}

function endOf<S>(machine: Machine<S>, state: S): StateNode["end"] {
  if (machine.isDone(state)) return "done";
  return stepsFrom(machine, state).length === 0 ? "stuck" : undefined;
}

const judged = <S>(program: Program, machine: Machine<S>, spec: Spec, state: S): Judgement =>
  judge(program, spec, (cell) => machine.read(state, cell));

function isHit<S>(
  program: Program,
  machine: Machine<S>,
  spec: Spec | string,
  state: S,
  doomed: ReadonlySet<string>,
): boolean {
  if (spec === "never-finishes") return doomed.has(machine.key(state));
  if (typeof spec === "string") return spec === "not-stuck" && endOf(machine, state) === "stuck";
  if (spec.kind === "atEnd" && !machine.isDone(state)) return false;
  return judged(program, machine, spec, state).holds === (spec.kind === "sometimes");
}

const isHitBy = (step: Step, spec: Spec | string | undefined): boolean => typeof spec === "object" && step.meets(spec);

/** The fields that a spec reads in any of the states, in the order of the world. */
function readIn<S>(program: Program, machine: Machine<S>, spec: Spec | string, states: readonly S[]): readonly Cell[] {
  if (typeof spec === "string") return [];
  const read = new Set(states.flatMap((state) => [...judged(program, machine, spec, state).reads.keys()]));
  return program.cells.filter((cell) => read.has(cell));
}

/** By the number of a state: whether a hit can be reached from it. Nothing, if not all states are known. */
function hitting<S>(
  program: Program,
  machine: Machine<S>,
  spec: Spec | string,
  all: Reach<S>,
  doomed: ReadonlySet<string>,
): readonly boolean[] | undefined {
  if (!all.isComplete) return undefined;
  const can = all.states.map((state) => isHit(program, machine, spec, state, doomed));
  const before = new Map<number, number[]>();
  for (const { from, to, step } of all.transitions) {
    if (isHitBy(step, spec)) can[from] = true;
    if (to !== undefined) before.set(to, [...(before.get(to) ?? []), from]);
    else if (step.failed?.check === spec) can[from] = true;
  }
  const open = can.flatMap((is, i) => (is ? [i] : []));
  for (let i = 0; i < open.length; i++)
    for (const from of before.get(open[i]!) ?? [])
      if (!can[from]) {
        can[from] = true;
        open.push(from);
      }
  return can;
}

/** The keys of the states from which some thread can no longer finish; none, if not all states are known. */
function doomedIn<S>(program: Program, machine: Machine<S>, all: Reach<S>): ReadonlySet<string> {
  if (!all.isComplete) return new Set();
  const finished = finishing(program, all, (state, thread) => machine.pointOf(state, thread));
  const wanted = shouldFinishIn(program);
  return new Set(all.states.filter((_, i) => finished[i] !== wanted).map((state) => machine.key(state)));
}

/** Where each thread is, and every shared field. */
const everything = <S>({ cells, threads }: Program, machine: Machine<S>, state: S): readonly string[] => [
  ...threads.map(({ points }, thread) => {
    const point = machine.pointOf(state, thread);
    return `CPU${thread}: ${point === DONE ? "done" : points[point]!.label}`;
  }),
  ...cells.filter(({ isLocal }) => !isLocal).map((cell) => `${cell.name} == ${showValue(machine.read(state, cell))}`),
];
