import { specTreeOf, type Leaf, type Tree } from "../analysis/decision-tree.ts";
import { takeApart } from "../analysis/reachable.ts";
import type { Program } from "../machine/program.ts";
import type { Cell } from "../model/access.ts";
import { breaksRule } from "../model/error.ts";
import type { Spec } from "../model/spec.ts";

// It is asked of many states.
const MOST_ARMS = 500;
const MOST_ROUTES = 50;

/** How far a state is from one of which the spec has something to say, given the positions of its values. */
export type Distance = (positionIn: (cell: Cell) => number) => number;

/**
 * How much the values that a spec reads would have to change: a number by its difference, any other by one. It says
 * nothing of how many steps that takes; it is for looking at some states before others. Nothing if the spec reads too much.
 */
export function distanceTo(program: Program, spec: Spec): Distance | undefined {
  const tree = specTreeOf(program, spec);
  const route = tree && routeIn(tree, ({ kind }) => kind === "hit");
  if (!route || armsIn(route) > MOST_ARMS) return undefined;
  return (positionIn) => lengthOf(route, positionIn, Infinity);
}

/** The same of a check that fails in a step: how far the values that some step reads are from those on which it fails. */
export function distanceToFailure(program: Program, check: string): Distance | undefined {
  const fails = (leaf: Leaf): boolean => leaf.kind === "violation" && leaf.check === check;
  const routes = treesOf(program).flatMap((tree) => {
    const route = routeIn(tree, fails);
    // What always fails is far by its control point alone.
    return route === undefined || route === "hit" || armsIn(route) > MOST_ARMS ? [] : [route];
  });
  if (routes.length === 0 || routes.length > MOST_ROUTES) return undefined;
  return (positionIn) => routes.reduce((least, route) => lengthOf(route, positionIn, least), Infinity);
}

function treesOf(program: Program): readonly Tree[] {
  try {
    return takeApart(program).trees.flat();
  } catch (error) {
    if (!breaksRule(error)) throw error;
    return [];
  }
}

/** A tree without what leads to no hit. */
type Route =
  | "hit"
  | { readonly cell: Cell; readonly arms: readonly { readonly position: number; readonly route: Route }[] };

function routeIn(tree: Tree, isHit: (leaf: Leaf) => boolean): Route | undefined {
  if (tree.kind === "choice") return tree.options.map((option) => routeIn(option, isHit)).find((route) => route);
  if (tree.kind !== "branch") return isHit(tree) ? "hit" : undefined;
  const arms = tree.arms.flatMap((arm, position) => {
    const route = routeIn(arm, isHit);
    return route === undefined ? [] : [{ position, route }];
  });
  return arms.length === 0 ? undefined : { cell: tree.cell, arms };
}

const armsIn = (route: Route): number =>
  route === "hit" ? 0 : route.arms.reduce((sum, arm) => sum + 1 + armsIn(arm.route), 0);

/** The least that would have to change; or `most`, if it is no less. */
function lengthOf(route: Route, positionIn: (cell: Cell) => number, most: number): number {
  if (route === "hit") return 0;
  const here = positionIn(route.cell);
  let least = most;
  for (const { position, route: next } of route.arms) {
    const step = position === here ? 0 : route.cell.isInt ? Math.abs(position - here) : 1;
    if (step < least) least = Math.min(least, step + lengthOf(next, positionIn, least - step));
  }
  return least;
}
