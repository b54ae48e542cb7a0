import { takeApart, type Apart } from "../analysis/reachable.ts";
import { specTreeOf } from "../analysis/decision-tree.ts";
import { initialStates, type Frame, type Program, type ProgramThread } from "../machine/program.ts";
import { isFinished } from "../machine/finish.ts";
import { readerOf, stateKey, type State } from "../machine/state.ts";
import type { Cell } from "../model/access.ts";
import { ModelError } from "../model/error.ts";
import type { Value } from "../model/domain.ts";
import type { Spec } from "../model/spec.ts";
import { whereIn } from "../model/scenario.ts";
import { conditionOf, type Condition } from "./condition.ts";
import { decider, withoutChoices, type Decision } from "./decision.ts";

/** A step of a thread in a form from which any language can be written. */
export interface ExportedStep {
  /** Its control point. */
  readonly point: number;
  /** As its path calls it. */
  readonly own: string;
  /** `lock_page(page) > trylock_page(page)`: behind the calls that lead there. */
  readonly label: string;
  /** One for each way to choose; every transition is in one of them. */
  readonly ways: readonly Decision[];
  /** The thread may wait here for ever. */
  readonly mayRest: boolean;
}

export interface ExportedThread {
  readonly name: string;
  readonly path: string;
  /** Those that the thread gets to, in the order of the path. */
  readonly steps: readonly ExportedStep[];
  /** It may wait for ever, wherever that is. */
  readonly isIdle: boolean;
  /** Where it begins, whatever the initial state. */
  readonly begin: number;
}

export interface ExportedSpec {
  readonly spec: Spec;
  /** When it is violated; of a `sometimes` spec, when it is met. */
  readonly hit: Condition;
  /** When it is not. */
  readonly miss: Condition;
  readonly reads: ReadonlySet<Cell>;
}

/** A machine under sequential consistency, taken apart for other engines: nothing of it is left out. */
export interface Exported {
  readonly program: Program;
  readonly apart: Apart;
  readonly threads: readonly ExportedThread[];
  readonly specs: readonly ExportedSpec[];
  /** The fields that change, and those that do not. */
  readonly cells: readonly Cell[];
  readonly constants: readonly Cell[];
  readonly initial: readonly State[];
}

/** The values that runs reach, in the order of the domain. */
export const reachedIn = ({ apart }: Exported, cell: Cell): readonly Value[] =>
  apart.positionsOf(cell).map((position) => cell.values[position]!);

export const valueIn = (state: State, cell: Cell): Value => readerOf(state)(cell);

/** Throws a ModelError that names what cannot be exported. The locals that nobody reads any more must be reset. */
export function exportedOf(program: Program): Exported {
  const apart = takeApart(program);
  const initial = distinctInitial(program);
  const decide = decider(apart.positionsOf);
  const changes = (cell: Cell): boolean => apart.positionsOf(cell).length > 1;
  return {
    program,
    apart,
    initial,
    threads: program.threads.map((thread, t) => ({
      name: thread.name,
      path: thread.path.name,
      isIdle: thread.isIdle === true,
      begin: initial[0]!.points.get(t)!,
      steps: thread.points.flatMap(({ label: own }, point): ExportedStep[] => {
        const ways = withoutChoices(apart.trees[t]![point]!).flatMap((tree) => decide(tree) ?? []);
        if (ways.length === 0) return [];
        const mayRest = isFinished(thread, point);
        return [{ point, own, label: labelOf(thread, point), ways, mayRest }];
      }),
    })),
    specs: program.scenario.specs.map((spec) => exportedSpec(program, apart, spec)),
    cells: program.cells.filter(changes),
    constants: program.cells.filter((cell) => !changes(cell)),
  };
}

/** The initial states, each once. */
export function distinctInitial(program: Program): readonly State[] {
  const key = stateKey(program.cells);
  return [...new Map(initialStates(program).map((state) => [key(state), state])).values()];
}

function exportedSpec(program: Program, { positionsOf }: Apart, spec: Spec): ExportedSpec {
  const tree = specTreeOf(program, spec, positionsOf);
  const decision = tree && decider(positionsOf)(tree);
  if (!decision)
    throw new ModelError(`spec '${spec.name}' reads too much to be exported`, {
      where: whereIn(program.scenario),
      cause: "it would have to be written out for too many combinations of what its fields hold",
      remedy: "let it read fewer fields, or make several specs of it",
    });
  const reads = new Set<Cell>();
  const visit = (at: Decision): void => {
    if (!("arms" in at)) return;
    for (const { test, then } of at.arms) {
      reads.add(test.cell);
      if ("other" in test) reads.add(test.other);
      visit(then);
    }
  };
  visit(decision);
  return {
    spec,
    reads,
    // Where it throws it has no answer, and a run that gets there is told by whoever searches.
    hit: conditionOf(decision, ({ kind }) => kind !== "miss"),
    miss: conditionOf(decision, ({ kind }) => kind === "miss"),
  };
}

/** What a spec of progress asks of states, as a spec of the machine. */
export const askedOf = ({ program, apart }: Exported, spec: Spec): ExportedSpec => exportedSpec(program, apart, spec);

/** The label of a step, behind those of the calls that lead to it. */
export function labelOf({ points }: ProgramThread, point: number): string {
  const { frame, label } = points[point]!;
  const calls: string[] = [];
  for (let { caller } = frame; caller; { caller } = caller.frame) calls.unshift(caller.label);
  return [...calls, label].join(" > ");
}

/** The name of a field; of a local `fault0.page`, or `fault0.zap_pte_range.page` where it belongs to a path that is called. */
export function shortName({ program }: Pick<Exported, "program">, cell: Cell): string {
  if (!cell.isLocal) return cell.name;
  const local = cell.name.slice(cell.name.lastIndexOf(".") + 1);
  for (const { name, root } of program.threads) {
    const frame = ownerOf(root, cell);
    if (frame) return [name, ...(frame === root ? [] : [frame.path.name]), local].join(".");
  }
  return cell.name;
}

function ownerOf(frame: Frame, cell: Cell): Frame | undefined {
  if (frame.locals.cells.includes(cell)) return frame;
  for (const callee of frame.callees.values()) {
    const owner = ownerOf(callee, cell);
    if (owner) return owner;
  }
  return undefined;
}
