import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
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
  readonly before: { readonly visit: Visit<L>; readonly answer: number } | undefined;
  /** So many of its answers were gone on with. */
  answered: number;
  isDue: boolean;
}

/**
 * A walk through all of a tree where cells have only some values, which lets the tree grow there. Where a cell turns out
 * to have more values, it goes on with these alone.
 */
export class Walk<L extends { readonly kind: string }> {
  private readonly tree: GrowingTree<L>;
  private readonly positionsOf: PositionsOf;
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
    this.mostEnds = mostEnds;
    this.pass = pass;
  }

  /** Goes on for at most so many runs of the body. */
  goOn(mostRuns: number): Progress {
    if (!this.hasBegun) this.comeTo(this.tree.first(this.positionsOf), undefined);
    this.hasBegun = true;
    for (let runs = 0; this.due.length > 0 && this.ends <= this.mostEnds;) {
      const visit = this.due.at(-1)!;
      const answer = this.nextAnswer(visit);
      if (answer === undefined) {
        visit.isDue = false;
        this.due.pop();
        continue;
      }
      const isNew = !this.tree.has(visit.node, answer);
      if (isNew && ++runs > mostRuns) return "not yet";
      visit.answered++;
      const before = { visit, answer };
      this.comeTo(
        this.tree.next(visit.node, answer, this.positionsOf, () => answersOf(before)),
        before,
      );
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
    return visit ? [...answersOf({ visit, answer: 0 }).known.keys()].toReversed() : [];
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

  private comeTo(node: Growing<L>, before: Visit<L>["before"]): void {
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

interface Answers {
  readonly known: ReadonlyMap<Cell, number>;
  readonly picks: readonly number[];
}

function answersOf<L>(last: NonNullable<Visit<L>["before"]>): Answers {
  const known = new Map<Cell, number>();
  const picks: number[] = [];
  for (let before: Visit<L>["before"] = last; before; before = before.visit.before) {
    const { node } = before.visit;
    if (node.kind === "branch") known.set(node.cell, before.answer);
    else picks.push(before.answer);
  }
  return { known, picks: picks.toReversed() };
}

const NOTHING: Answers = { known: new Map(), picks: [] };

/** The tree of one body, as far as somebody has asked for it. */
export class GrowingTree<L extends { readonly kind: string }> {
  private root: Growing<L> | undefined;
  private readonly body: Body<L>;

  constructor(body: Body<L>) {
    this.body = body;
  }

  /** What the body asks first, where cells have only these values. */
  first(positionsOf: PositionsOf): Growing<L> {
    return (this.root ??= this.sprout((cell) => positionsOf(cell)[0]!, NOTHING));
  }

  has(node: Branch<L> | Choice<L>, answer: number): boolean {
    return armsOf(node)[answer] !== undefined;
  }

  /** What comes after an answer. `answers` has all of them. */
  next(node: Branch<L> | Choice<L>, answer: number, positionsOf: PositionsOf, answers: () => Answers): Growing<L> {
    return (armsOf(node)[answer] ??= this.sprout((cell) => positionsOf(cell)[0]!, answers()));
  }

  /**
   * The whole tree where cells have only the values of one of these; in the place of other arms is `never`. It does not
   * branch on what `isLeftOut` where that has only one value. It must have grown before.
   */
  grown(
    some: readonly PositionsOf[],
    never: L,
    end: (leaf: L) => L = (leaf) => leaf,
    isLeftOut: (cell: Cell) => boolean = () => false,
  ): Grown<L> {
    const copy = (node: Growing<L>, ways: readonly PositionsOf[]): Grown<L> => {
      if (isChoice(node)) return { kind: "choice", options: node.options.map((option) => copy(option!, ways)) };
      if (!isBranch(node)) return end(node);
      const arms = new Array<Grown<L>>(node.arms.length).fill(never);
      const { cell } = node;
      const [first, ...others] = ways;
      // Most often there is one, or all have the same.
      const isSame = others.every((way) => way(cell) === first!(cell));
      const positions = isSame ? first!(cell) : [...new Set(ways.flatMap((way) => way(cell)))];
      if (positions.length === 1 && isLeftOut(cell)) return copy(node.arms[positions[0]!]!, ways);
      for (const position of positions)
        arms[position] = copy(node.arms[position]!, isSame ? ways : ways.filter((way) => way(cell).includes(position)));
      return { kind: "branch", cell, arms };
    };
    return copy(this.root!, some);
  }

  /** The end that a state leads to, in which cells have values at these positions. The body must not choose. */
  endAt(positionIn: (cell: Cell) => number): L {
    let node = (this.root ??= this.sprout(positionIn, NOTHING));
    const known = new Map<Cell, number>();
    while (isBranch(node)) {
      const position = positionIn(node.cell);
      known.set(node.cell, position);
      const branch: Branch<L> = node;
      node = branch.arms[position] ??= this.sprout(positionIn, { known, picks: [] });
    }
    return node as L;
  }

  /** Runs the body once with these answers, and any others: all of the tree on its way behind them. */
  private sprout(positionIn: (cell: Cell) => number, { known, picks }: Answers): Growing<L> {
    /** What it asked that is not known: a cell, or a choice among so many options. */
    const asked: (Cell | number)[] = [];
    const answered = new Set<Cell>();
    const base = (cell: Cell): Value => {
      const position = known.get(cell);
      if (position !== undefined) return cell.values[position]!;
      if (!answered.has(cell)) asked.push(cell);
      answered.add(cell);
      return cell.values[positionIn(cell)]!;
    };
    const pick = (count: number, turn: number): number => {
      const picked = picks[turn];
      if (picked === undefined) asked.push(count);
      return picked ?? 0;
    };
    const end: Growing<L> = this.body(base, { pick });
    return asked.reduceRight((next: Growing<L>, one): Growing<L> => {
      if (typeof one === "number") return { kind: "choice", options: withOne(one, 0, next) };
      return { kind: "branch", cell: one, arms: withOne(one.values.length, positionIn(one), next) };
    }, end);
  }
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
