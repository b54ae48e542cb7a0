import { HELD, type Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import type { Program, ProgramThread } from "../machine/program.ts";
import { followAlone } from "./follow-alone.ts";
import { holdingsIn, waysIn, type Holding } from "./reachable.ts";

/** A thread waits for one lock while it holds another one. */
interface Chain {
  readonly thread: number;
  readonly first: Cell;
  readonly firstAt: number;
  readonly second: Cell;
  readonly secondAt: number;
  /** What else it holds alone then: who holds one of these, too, keeps the other out. */
  readonly gates: ReadonlySet<Cell>;
}

const LONGEST = 4;

/**
 * Locks that threads take in a circle: one waits for the second while it holds the first, another the other way round. Each
 * thread is followed alone, over all values that others may leave: so it is told, too, if no schedule of these threads gets
 * stuck. A clause each.
 */
export function lockInversions(program: Program): readonly string[] {
  const all = (of: typeof chainsOf): readonly Chain[] =>
    program.threads.flatMap((thread, t) => (thread.holds ? of(program, thread, t) : []));
  // Most often what a thread may hold at each of its points, whatever its locals are, says that there is no circle.
  const holdings = holdingsIn(program);
  const possible = holdings && circlesOf(all((_, thread, t) => possibleChains(program, thread, t, holdings[t]!)));
  const inCircles = possible && new Set(possible.flatMap((circle) => circle.map(({ thread }) => thread)));
  const chains = all((_, thread, t) => (inCircles?.has(t) === false ? [] : chainsOf(program, thread, t)));
  const told = new Map<string, string>();
  for (const circle of circlesOf(chains)) {
    const locks = circle.map(({ first }) => first.name);
    const key = locks.toSorted().join();
    if (told.has(key)) continue;
    const said = circle.map((chain) => chainText(program, chain));
    told.set(key, `locks are taken in a circle, which may become a deadlock: ${said.join("; ")}`);
  }
  return [...told.values()];
}

function chainText({ threads }: Program, { thread, first, firstAt, second, secondAt }: Chain): string {
  const { name, points } = threads[thread]!;
  const label = (point: number): string => `'${points[point]!.label}'`;
  return `${name} takes ${first.name} in ${label(firstAt)}, then ${second.name} in ${label(secondAt)}`;
}

/** All chains that there can be, and others: locals may be anything that they were seen to be. */
function possibleChains(
  program: Program,
  { holds }: ProgramThread,
  thread: number,
  holdings: readonly (readonly Holding[])[],
): readonly Chain[] {
  const locks = [...holds!.by];
  const cells = new Set(locks.map(([, cell]) => cell));
  return holdings.flatMap((some, point) => {
    const taken = takenAt(program, thread, point, cells);
    if (taken.size === 0) return [];
    return some.flatMap((holding) => {
      const held = locks.filter(([, cell]) => modeIn(holding, cell) !== HELD.none);
      if (held.length === 0) return [];
      const others = locks.filter((lock) => !held.includes(lock) && taken.has(lock[1]));
      return others.flatMap(([second]) =>
        held.map(([first]): Chain => {
          const gates = held.filter(([lock, cell]) => lock !== first && modeIn(holding, cell) === HELD.exclusive);
          return {
            thread,
            first,
            firstAt: point,
            second,
            secondAt: point,
            gates: new Set(gates.map(([lock]) => lock)),
          };
        }),
      );
    });
  });
}

/** How a thread holds the lock of this cell. */
const modeIn = (holding: Holding, cell: Cell): Value => cell.values[holding.get(cell)![0]]!;

/** Of these cells, those whose lock some way through the step takes. */
function takenAt(program: Program, thread: number, point: number, cells: ReadonlySet<Cell>): ReadonlySet<Cell> {
  const taken = new Set<Cell>();
  for (const leaf of waysIn(program, thread, point)) {
    if (leaf.kind !== "moved") continue;
    for (const [cell, value] of leaf.writes) if (cells.has(cell) && value !== HELD.none) taken.add(cell);
  }
  return taken;
}

function chainsOf(program: Program, thread: ProgramThread, t: number): readonly Chain[] {
  const { by } = thread.holds!;
  const chains = new Map<string, Chain>();
  const isWhole = followAlone(program, thread, t, ({ place, after, waits }) => {
    for (const second of after.since.keys()) {
      if (place.since.has(second) || !waits) continue;
      for (const [first, firstAt] of place.since) {
        const gates = new Set(
          [...place.since.keys()].filter((lock) => lock !== first && place.own.get(by.get(lock)!) === HELD.exclusive),
        );
        const chain = { thread: t, first, firstAt, second, secondAt: place.point, gates };
        const key = [first, second, ...gates].map(({ index }) => index).join();
        if (!chains.has(key)) chains.set(key, chain);
      }
    }
  });
  return isWhole ? [...chains.values()] : [];
}

/** Chains of which each begins with the lock that the last one waits for, and that no common lock keeps apart. */
function circlesOf(chains: readonly Chain[]): readonly (readonly Chain[])[] {
  const circles: Chain[][] = [];
  const extend = (circle: readonly Chain[]): void => {
    const [head, last] = [circle[0]!, circle.at(-1)!];
    if (last.second === head.first) {
      const gated = [...head.gates].some((gate) => circle.every(({ gates }) => gates.has(gate)));
      if (!gated) circles.push([...circle]);
      return;
    }
    if (circle.length === LONGEST) return;
    for (const next of chains)
      if (
        next.first === last.second &&
        next.second.index >= head.first.index &&
        !circle.some(({ first }) => first === next.first)
      )
        extend([...circle, next]);
  };
  for (const chain of chains) if (chain.second.index > chain.first.index) extend([chain]);
  return circles.toSorted((a, b) => a.length - b.length);
}
