import { specTreeOf, type Leaf, type Tree } from "../analysis/decision-tree.ts";
import { takeApart } from "../analysis/reachable.ts";
import type { Program } from "../machine/program.ts";
import { breaksRule } from "../model/error.ts";
import type { Spec } from "../model/spec.ts";
import type { Reader, Walker } from "./walker.ts";

// It is asked of many states.
const MOST_ARMS = 500;
const MOST_ROUTES = 50;

/** How far a state is from one of which the spec has something to say; `most`, if that is no less. */
export type Distance<S> = (state: S, most: number) => number;

/**
 * How much the values that a spec reads would have to change: a number by its difference, any other by one. It says
 * nothing of how many steps that takes; it is for looking at some states before others. Nothing if the spec reads too much.
 */
export function distanceTo<S>(walker: Walker<S>, spec: Spec): Distance<S> | undefined {
  const tree = specTreeOf(walker.machine.running, spec);
  const route = tree && routeIn(walker, tree, ({ kind }) => kind === "hit");
  if (!route || armsIn(route) > MOST_ARMS) return undefined;
  return (state, most) => lengthOf(route, state, most);
}

/** The same of a check that fails in a step: how far the values that some step reads are from those on which it fails. */
export function distanceToFailure<S>(walker: Walker<S>, check: string): Distance<S> | undefined {
  const fails = (leaf: Leaf): boolean => leaf.kind === "violation" && leaf.check === check;
  const routes = treesOf(walker.machine.running).flatMap((tree) => {
    const route = routeIn(walker, tree, fails);
    // What always fails is far by its control point alone.
    return route === undefined || route === "hit" || armsIn(route) > MOST_ARMS ? [] : [route];
  });
  if (routes.length === 0 || routes.length > MOST_ROUTES) return undefined;
  return (state, most) => routes.reduce((least, route) => lengthOf(route, state, least), most);
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
type Route<S> =
  | "hit"
  | {
      readonly field: Reader<S>;
      readonly isInt: boolean;
      readonly arms: readonly { readonly position: number; readonly route: Route<S> }[];
    };

function routeIn<S>(walker: Walker<S>, tree: Tree, isHit: (leaf: Leaf) => boolean): Route<S> | undefined {
  if (tree.kind === "choice")
    return tree.options.map((option) => routeIn(walker, option, isHit)).find((route) => route);
  if (tree.kind !== "branch") return isHit(tree) ? "hit" : undefined;
  const arms = tree.arms.flatMap((arm, position) => {
    const route = routeIn(walker, arm, isHit);
    return route === undefined ? [] : [{ position, route }];
  });
  return arms.length === 0 ? undefined : { field: walker.reader(tree.cell), isInt: tree.cell.isInt, arms };
}

const armsIn = <S>(route: Route<S>): number =>
  route === "hit" ? 0 : route.arms.reduce((sum, arm) => sum + 1 + armsIn(arm.route), 0);

/** The least that would have to change; or `most`, if it is no less. */
function lengthOf<S>(route: Route<S>, state: S, most: number): number {
  if (route === "hit") return 0;
  const { field, isInt, arms } = route;
  const here = field.position(state);
  let least = most;
  // Not by `of`, which is asked what it goes on with while a model of the user is loaded.
  for (let i = 0; i < arms.length; i++) {
    const { position, route: next } = arms[i]!;
    const step = position === here ? 0 : isInt ? Math.abs(position - here) : 1;
    if (step < least) least = Math.min(least, step + lengthOf(next, state, least - step));
  }
  return least;
}
