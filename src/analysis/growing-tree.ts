import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { InternalError } from "../model/error.ts";
import type { Script } from "../machine/script.ts";

/** What asks for the values of cells, and for choices, and comes to an end. It is pure: the same answers lead to the same. */
export type Body<L> = (base: (cell: Cell) => Value, script: Script) => L;

/**
 * What a body asks first, and what comes after each answer: the arms of a cell are in the order of its values. An arm is
 * not there before somebody has asked for it.
 */
type Growing<L> = Branch<L> | Choice<L> | L;
type Branch<L> = { readonly kind: "branch"; readonly cell: Cell; readonly arms: (Growing<L> | undefined)[] };
type Choice<L> = { readonly kind: "choice"; readonly options: (Growing<L> | undefined)[] };

/** A tree of which every arm is there. */
export type Grown<L> =
  | { readonly kind: "branch"; readonly cell: Cell; readonly arms: readonly Grown<L>[] }
  | { readonly kind: "choice"; readonly options: readonly Grown<L>[] }
  | L;

/** Which values of a cell a tree is grown for: their positions in its domain, at least one. */
export type PositionsOf = (cell: Cell) => readonly number[];

const counted = new Map<number, readonly number[]>();

/** The first values of a domain. */
export function firstPositions(length: number): readonly number[] {
  const known = counted.get(length) ?? Array.from({ length }, (_, i) => i);
  counted.set(length, known);
  return known;
}

/** All values of its domain. */
export const allPositions: PositionsOf = ({ values: { length } }) => firstPositions(length);

/** Who walks through a tree may look at what it comes to, each once. */
export interface Passing<L> {
  readonly branch?: (cell: Cell) => void;
  readonly leaf?: (leaf: L) => void;
}

/** How far a walk has come: to the end; or to the end of its slice; or it has come to too many ends. */
export type Progress = "done" | "not yet" | "too large";

/** A question that a walk has come to, by the answers before. */
interface Visit<L> {
  readonly node: Branch<L> | Choice<L>;
  readonly before: Answered<L> | undefined;
  /** So many of its answers were gone on with. */
  answered: number;
  isDue: boolean;
}

/** A question with its answer, the position of a cell's value or the number of an option; and those before it. */
interface Answered<L> {
  readonly node: Branch<L> | Choice<L>;
  readonly answer: number;
  readonly before: Answered<L> | undefined;
}

/**
 * A walk through all of a tree where cells have only some values, which lets the tree grow there. Where a cell turns out
 * to have more values, it goes on with these alone.
 */
export class Walk<L extends { readonly kind: string }> {
  private readonly tree: GrowingTree<L>;
  private readonly positionsOf: PositionsOf;
  private readonly firstPosition: PositionIn;
  private readonly mostEnds: number;
  private readonly pass: Passing<L>;
  private readonly due: Visit<L>[] = [];
  private readonly visits = new Map<Cell, Visit<L>[]>();
  private hasBegun = false;
  private ends = 0;

  /** `positionsOf` may have more positions later, behind those it had. */
  constructor(tree: GrowingTree<L>, positionsOf: PositionsOf, mostEnds: number, pass: Passing<L> = {}) {
    this.tree = tree;
    this.positionsOf = positionsOf;
    this.firstPosition = (cell) => positionsOf(cell)[0]!;
    this.mostEnds = mostEnds;
    this.pass = pass;
  }

  /** Goes on for at most so many runs of the body. */
  goOn(mostRuns: number): Progress {
    if (!this.hasBegun) this.comeTo(this.tree.first(this.firstPosition), undefined);
    this.hasBegun = true;
    for (let runs = 0; this.due.length > 0 && this.ends <= this.mostEnds;) {
      const visit = this.due.at(-1)!;
      const answer = this.nextAnswer(visit);
      if (answer === undefined) {
        visit.isDue = false;
        this.due.pop();
        continue;
      }
      const isNew = armsOf(visit.node)[answer] === undefined;
      if (isNew && ++runs > mostRuns) return "not yet";
      visit.answered++;
      const before = { node: visit.node, answer, before: visit.before };
      this.comeTo(this.tree.next(before, this.firstPosition), before);
    }
    return this.ends > this.mostEnds ? "too large" : "done";
  }

  /** A cell has more values than it had. */
  hasMore(cell: Cell): void {
    for (const visit of this.visits.get(cell) ?? []) this.goOnWith(visit);
  }

  /** The cells that were read on the way to where it is. */
  whereItIs(): readonly Cell[] {
    const visit = this.due.at(-1);
    const cells: Cell[] = visit?.node.kind === "branch" ? [visit.node.cell] : [];
    for (let before = visit?.before; before; before = before.before)
      if (before.node.kind === "branch") cells.push(before.node.cell);
    return cells.toReversed();
  }

  private goOnWith(visit: Visit<L>): void {
    if (visit.isDue) return;
    visit.isDue = true;
    this.due.push(visit);
  }

  private nextAnswer({ node, answered }: Visit<L>): number | undefined {
    if (node.kind === "branch") return this.positionsOf(node.cell)[answered];
    return answered < node.options.length ? answered : undefined;
  }

  private comeTo(node: Growing<L>, before: Answered<L> | undefined): void {
    if (!isBranch(node) && !isChoice(node)) {
      this.ends++;
      this.pass.leaf?.(node);
      return;
    }
    const visit = { node, before, answered: 0, isDue: false };
    if (isBranch(node)) {
      const known = this.visits.get(node.cell);
      if (known) known.push(visit);
      else {
        this.visits.set(node.cell, [visit]);
        this.pass.branch?.(node.cell);
      }
    }
    this.goOnWith(visit);
  }
}

/** Where a body is told the value of a cell for the first time: the position of that. */
type PositionIn = (cell: Cell) => number;

/**
 * What a body was told of each cell so far, by its index: one body runs at a time, and there are many short ones. What is
 * of another run than the last one is forgotten.
 */
const told = { position: new Int32Array(64), run: new Float64Array(64), runs: 0 };

function tell({ index }: Cell, position: number): void {
  if (index >= told.run.length) {
    const { position: positions, run } = told;
    told.position = new Int32Array(2 * index);
    told.position.set(positions);
    told.run = new Float64Array(2 * index);
    told.run.set(run);
  }
  told.position[index] = position;
  told.run[index] = told.runs;
}

const isTold = ({ index }: Cell): boolean => told.run[index] === told.runs;

const NO_PICKS: readonly number[] = [];

/** The tree of one body, as far as somebody has asked for it. */
export class GrowingTree<L extends { readonly kind: string }> {
  private root: Growing<L> | undefined;
  private readonly body: Body<L>;

  constructor(body: Body<L>) {
    this.body = body;
  }

  /** What the body asks first. */
  first(positionIn: PositionIn): Growing<L> {
    return (this.root ??= this.sprout(positionIn, undefined));
  }

  /** What comes after an answer. */
  next(answered: Answered<L>, positionIn: PositionIn): Growing<L> {
    return (armsOf(answered.node)[answered.answer] ??= this.sprout(positionIn, answered));
  }

  /**
   * The whole tree where cells have only the values of one of these; in the place of other arms is `never`. It does not
   * branch on what `isLeftOut` where that has only one value. It must have grown before.
   */
  grown(some: readonly PositionsOf[], never: L, end: (leaf: L) => L, isLeftOut: (cell: Cell) => boolean): Grown<L> {
    const copy = (node: Growing<L>, ways: readonly PositionsOf[]): Grown<L> => {
      if (isChoice(node)) return { kind: "choice", options: node.options.map((option) => copy(option!, ways)) };
      if (!isBranch(node)) return end(node);
      const { cell } = node;
      const first = ways[0]!(cell);
      // Most often there is one, or all have the same.
      const isSame = ways.length === 1 || ways.every((way) => way(cell) === first);
      const positions = isSame ? first : [...new Set(ways.flatMap((way) => way(cell)))];
      if (positions.length === 1 && isLeftOut(cell)) return copy(node.arms[positions[0]!]!, ways);
      const arms = new Array<Grown<L>>(node.arms.length).fill(never);
      for (const position of positions)
        arms[position] = copy(node.arms[position]!, isSame ? ways : ways.filter((way) => way(cell).includes(position)));
      return { kind: "branch", cell, arms };
    };
    return copy(this.root!, some);
  }

  /**
   * The same where all cells have only these values, and it grows meanwhile: nothing if it has more ends than that, or if
   * it `isLate`. It does not branch on what has only one value. The body must not choose.
   */
  whole(positionsOf: PositionsOf, never: L, mostEnds: number, isLate: () => boolean): Grown<L> | undefined {
    const positionIn: PositionIn = (cell) => positionsOf(cell)[0]!;
    let ends = 0;
    const grow = (node: Growing<L>, before: Answered<L> | undefined): Grown<L> | undefined => {
      if (!isBranch(node)) return ++ends > mostEnds ? undefined : (node as L);
      const positions = positionsOf(node.cell);
      const arms = positions.length === 1 ? undefined : new Array<Grown<L>>(node.arms.length).fill(never);
      for (const answer of positions) {
        const answered = { node, answer, before };
        if (node.arms[answer] === undefined && isLate()) return undefined;
        const arm = grow(this.next(answered, positionIn), answered);
        if (arm === undefined || !arms) return arm;
        arms[answer] = arm;
      }
      return { kind: "branch", cell: node.cell, arms: arms! };
    };
    return grow(this.first(positionIn), undefined);
  }

  /** The end that a state leads to, in which cells have values at these positions. The body must not choose. */
  endAt(positionIn: PositionIn): L {
    let node = this.first(positionIn);
    let before: Answered<L> | undefined;
    while (isBranch(node)) {
      before = { node, answer: positionIn(node.cell), before };
      node = this.next(before, positionIn);
    }
    return node as L;
  }

  /** Runs the body once with these answers, and any others: all of the tree on its way behind them. */
  private sprout(positionIn: PositionIn, answered: Answered<L> | undefined): Growing<L> {
    const run = ++told.runs;
    const picks = tellAll(answered);
    /** What it asked that it was not told: a cell, or a choice among so many options. */
    const asked: (Cell | number)[] = [];
    const base = (cell: Cell): Value => {
      if (!isTold(cell)) {
        tell(cell, positionIn(cell));
        asked.push(cell);
      }
      return cell.values[told.position[cell.index]!]!;
    };
    const pick = (count: number, turn: number): number => {
      const picked = picks[turn];
      if (picked === undefined) asked.push(count);
      return picked ?? 0;
    };
    let next: Growing<L> = this.body(base, { pick });
    if (told.runs !== run) throw new InternalError("a body was run while another one was");
    for (let i = asked.length - 1; i >= 0; i--) {
      const one = asked[i]!;
      next =
        typeof one === "number"
          ? { kind: "choice", options: withOne(one, 0, next) }
          : { kind: "branch", cell: one, arms: withOne(one.values.length, told.position[one.index]!, next) };
    }
    return next;
  }
}

/** Tells the run that begins of the cells that were answered before; the options that were picked, in order. */
function tellAll<L>(last: Answered<L> | undefined): readonly number[] {
  let picks: number[] | undefined;
  for (let answered = last; answered; answered = answered.before) {
    const { node, answer } = answered;
    if (node.kind === "branch") tell(node.cell, answer);
    else (picks ??= []).push(answer);
  }
  return picks?.toReversed() ?? NO_PICKS;
}

function withOne<T>(length: number, at: number, one: T): (T | undefined)[] {
  const all = new Array<T | undefined>(length).fill(undefined);
  all[at] = one;
  return all;
}

const isBranch = <L extends { readonly kind: string }>(node: Growing<L>): node is Branch<L> => node.kind === "branch";
const isChoice = <L extends { readonly kind: string }>(node: Growing<L>): node is Choice<L> => node.kind === "choice";
const armsOf = <L>(node: Branch<L> | Choice<L>): (Growing<L> | undefined)[] =>
  node.kind === "branch" ? node.arms : node.options;
