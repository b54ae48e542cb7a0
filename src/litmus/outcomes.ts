import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { InternalError } from "../model/error.ts";
import type { BuiltIn } from "../model/spec.ts";
import { initialStates, type Program, type ProgramThread } from "../machine/program.ts";
import { DONE } from "../machine/state.ts";
import { treeOf, type Tree } from "../analysis/decision-tree.ts";

/** A set of cells, a bit for each. */
type Cells = bigint;

/** The cells that something looks at, and those it changes. */
interface Footprint {
  readonly reads: Cells;
  readonly writes: Cells;
}

/** One way through a step: what it looked at on the way, and what it does. */
interface Move extends Footprint {
  readonly kind: "move";
  /** A built-in check that fails ends the run. */
  readonly outcome: "moved" | "blocked" | "broken" | BuiltIn;
  /** Pairs of a cell's index and the position of its new value. */
  readonly changes: readonly (readonly [cell: number, value: number])[];
  readonly next: number;
}

/** A step as a decision over a state in which every value is its position in the domain of its cell. */
type Decision =
  | Move
  | { readonly kind: "branch"; readonly cell: number; readonly arms: readonly Decision[] }
  | { readonly kind: "choice"; readonly options: readonly Decision[] };

interface Step {
  readonly decision: Decision;
  /** What the thread may still read and write from here on. */
  readonly later: Footprint;
}

/** How the runs of a machine end. */
export interface Ends {
  /** The final states, each once: values by the index of their cell. */
  readonly final: readonly (readonly Value[])[];
  /** Why a run ended before its time: the checks that failed. */
  readonly failures: ReadonlySet<string>;
  /** States in which some thread waits for ever. */
  readonly stuck: number;
}

/**
 * All the final states of a machine whose runs all end. For programs of a few lines, which are done before a compiler
 * would have begun. In each state it follows only as many threads as can matter to one another: a set of threads whose
 * next moves nothing that the others may ever do can change or notice (a persistent set). That reaches every state
 * in which no thread can move. Nothing is returned if there are more than `maxStates` states.
 */
export function endsOf(program: Program, maxStates: number): Ends | undefined {
  const indices = program.cells.map((cell) => new Map(cell.values.map((value, i) => [value, i])));
  const failures = new Set<string>();
  const threads = program.threads.map((thread) => stepsOf(thread, indices));
  const size = program.cells.length;
  const seen = new Set<string>();
  const stack: number[][] = [];
  const final: (readonly Value[])[] = [];
  let stuck = 0;

  const reach = (state: number[]): void => {
    const key = String.fromCharCode(...state);
    if (seen.has(key)) return;
    seen.add(key);
    stack.push(state);
  };
  for (const { cells, points } of initialStates(program))
    reach([...cells.map((value, i) => indices[i]!.get(value)!), ...points.map((point) => point - DONE)]);
  for (let state = stack.pop(); state; state = stack.pop()) {
    if (seen.size > maxStates) return undefined;
    const at = state;
    const moves = threads.map((steps, t) =>
      at[size + t] === 0 ? [] : movesOf(steps[at[size + t]! + DONE]!.decision, at),
    );
    const chosen = persistentSet(
      moves,
      threads.map((steps, t) => steps[at[size + t]! + DONE]?.later),
    );
    if (chosen.length === 0) {
      if (isFinal(program, at, size)) final.push(program.cells.map((cell, i) => cell.values[at[i]!]!));
      else stuck++;
    }
    for (const t of chosen)
      for (const { outcome, changes, next } of moves[t]!) {
        if (outcome === "blocked") continue;
        if (outcome !== "moved") {
          failures.add(outcome);
          continue;
        }
        const successor = [...at];
        for (const [cell, value] of changes) successor[cell] = value;
        successor[size + t] = next - DONE;
        reach(successor);
      }
  }
  return { final, failures, stuck };
}

const isFinal = ({ threads }: Program, state: readonly number[], size: number): boolean =>
  threads.every(({ buffer }, t) => (buffer ? state[buffer.slots[0]!.index] === 0 : state[size + t] === 0));

/**
 * The set of threads with the fewest moves that can be followed alone; empty if none can move. A thread that conflicts with the next
 * move of a member belongs to it, and so on.
 */
function persistentSet(
  moves: readonly (readonly Move[])[],
  later: readonly (Footprint | undefined)[],
): readonly number[] {
  const now = moves.map(union);
  let best: readonly number[] = [];
  let fewest = Infinity;
  for (const seed of moves.keys()) {
    if (movable(moves[seed]!) === 0) continue;
    const members = [seed];
    for (const member of members)
      for (const [other, ahead] of later.entries())
        if (ahead && conflict(now[member]!, ahead) && !members.includes(other)) members.push(other);
    const size = members.reduce((sum, member) => sum + movable(moves[member]!), 0);
    if (size < fewest) [best, fewest] = [members, size];
    if (fewest === 1) break;
  }
  return best;
}

const movable = (moves: readonly Move[]): number => moves.filter(({ outcome }) => outcome !== "blocked").length;

const conflict = (now: Footprint, later: Footprint): boolean =>
  (now.reads & later.writes) !== 0n || (now.writes & (later.reads | later.writes)) !== 0n;

const union = (footprints: readonly Footprint[]): Footprint => ({
  reads: footprints.reduce((all, { reads }) => all | reads, 0n),
  writes: footprints.reduce((all, { writes }) => all | writes, 0n),
});

function movesOf(decision: Decision, state: readonly number[]): readonly Move[] {
  switch (decision.kind) {
    case "move":
      return [decision];
    case "branch":
      return movesOf(decision.arms[state[decision.cell]!]!, state);
    case "choice":
      return decision.options.flatMap((option) => movesOf(option, state));
  }
}

function stepsOf(thread: ProgramThread, indices: readonly ReadonlyMap<Value, number>[]): readonly Step[] {
  const decisions = thread.points.map((_, point) => decisionOf(treeOf(thread, point), 0n, indices));
  const leaves = decisions.map(leavesOf);
  const later = leaves.map(union);
  for (let isStable = false; !isStable;) {
    isStable = true;
    for (const [point, moves] of leaves.entries())
      for (const { next } of moves) {
        const here = later[point]!;
        const both = union([here, later[next] ?? here]);
        if (both.reads === here.reads && both.writes === here.writes) continue;
        later[point] = both;
        isStable = false;
      }
  }
  return decisions.map((decision, point) => ({ decision, later: later[point]! }));
}

function leavesOf(decision: Decision): readonly Move[] {
  if (decision.kind === "move") return [decision];
  return (decision.kind === "branch" ? decision.arms : decision.options).flatMap(leavesOf);
}

function decisionOf(tree: Tree, known: Cells, indices: readonly ReadonlyMap<Value, number>[]): Decision {
  switch (tree.kind) {
    case "branch": {
      const reads = known | bitOf(tree.cell);
      return { kind: "branch", cell: tree.cell.index, arms: tree.arms.map((arm) => decisionOf(arm, reads, indices)) };
    }
    case "choice":
      return { kind: "choice", options: tree.options.map((option) => decisionOf(option, known, indices)) };
    case "moved": {
      const writes = [...tree.writes.keys()].reduce((all, cell) => all | bitOf(cell), 0n);
      const changes = [...tree.writes].map(([cell, value]) => [cell.index, indices[cell.index]!.get(value)!] as const);
      return { kind: "move", outcome: "moved", reads: known, writes, changes, next: tree.next };
    }
    case "blocked":
      return { kind: "move", outcome: "blocked", reads: known, writes: 0n, changes: [], next: DONE };
    case "violation":
      return { kind: "move", outcome: tree.check, reads: known, writes: 0n, changes: [], next: DONE };
    case "broken":
      return { kind: "move", outcome: "broken", reads: known, writes: 0n, changes: [], next: DONE };
    case "never":
    case "hit":
    case "miss":
      throw new InternalError("a step was taken for a spec");
  }
}

const bitOf = (cell: Cell): Cells => 1n << BigInt(cell.index);
